//! `task-events`: one fact per changed task, series, tag, project, filter or settings, with a snapshot after the change and what differs from before.

use serde::{Deserialize, Serialize};

use super::operator::OperatorAction;
use super::{Event, EventMeta, Timestamp};
use crate::ids::{FilterId, Position, ProjectId, ReminderId, SeriesId, SettingsId, TagId, TaskId, Version};
use crate::topic::Topic;

/// Kinds of `task-events`, as written in [`EventMeta::kind`].
pub mod kind {
    pub const TASK_CREATED: &str = "task.created";
    pub const TASK_UPDATED: &str = "task.updated";
    pub const TASK_COMPLETED: &str = "task.completed";
    /// A done or skipped task is open again.
    pub const TASK_REOPENED: &str = "task.reopened";
    /// An occurrence was left out.
    pub const TASK_SKIPPED: &str = "task.skipped";
    pub const TASK_DELETED: &str = "task.deleted";
    /// A deleted task is there again, as it was.
    pub const TASK_RESTORED: &str = "task.restored";
    pub const SERIES_CREATED: &str = "series.created";
    /// The rule changed, and the revision rose with it.
    pub const SERIES_UPDATED: &str = "series.updated";
    /// A series ended: no occurrence follows.
    pub const SERIES_ENDED: &str = "series.ended";
    pub const TAG_CREATED: &str = "tag.created";
    pub const TAG_UPDATED: &str = "tag.updated";
    /// A tag was deleted; tasks may still hold its id, which says nothing any more.
    pub const TAG_DELETED: &str = "tag.deleted";
    pub const PROJECT_CREATED: &str = "project.created";
    pub const PROJECT_UPDATED: &str = "project.updated";
    /// A project was deleted, and all its tasks with it.
    pub const PROJECT_DELETED: &str = "project.deleted";
    /// Settings were changed, for the first time too.
    pub const SETTINGS_UPDATED: &str = "settings.updated";
    /// Settings went with their user's account.
    pub const SETTINGS_DELETED: &str = "settings.deleted";
    pub const FILTER_CREATED: &str = "filter.created";
    pub const FILTER_UPDATED: &str = "filter.updated";
    pub const FILTER_DELETED: &str = "filter.deleted";
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TaskEvent {
    pub meta: EventMeta,
    /// What differs from the version before; for a creation, every field that was set.
    pub changes: Vec<FieldChange>,
    /// For `task.*`.
    #[serde(default)]
    pub task: Option<TaskSnapshot>,
    /// For `series.*`.
    #[serde(default)]
    pub series: Option<SeriesSnapshot>,
    /// For `tag.*`.
    #[serde(default)]
    pub tag: Option<TagSnapshot>,
    /// For `operator.*`.
    #[serde(default)]
    pub operator: Option<OperatorAction>,
    /// For `project.*`.
    #[serde(default)]
    pub project: Option<ProjectSnapshot>,
    /// For `settings.*`.
    #[serde(default)]
    pub settings: Option<SettingsSnapshot>,
    /// True when the request could have named the version that it changes, by `If-Match`, and did not.
    #[serde(default)]
    pub unconditional: bool,
    /// For `filter.*`.
    #[serde(default)]
    pub filter: Option<FilterSnapshot>,
}

impl TaskEvent {
    /// A fact that says nothing yet of what changed.
    #[must_use]
    pub const fn new(meta: EventMeta) -> Self {
        Self {
            meta,
            changes: Vec::new(),
            task: None,
            series: None,
            tag: None,
            operator: None,
            project: None,
            settings: None,
            unconditional: false,
            filter: None,
        }
    }
}

impl Event for TaskEvent {
    const TOPIC: Topic = Topic::TaskEvents;

    fn meta(&self) -> &EventMeta {
        &self.meta
    }

    fn key(&self) -> String {
        self.meta.aggregate_id.clone()
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FieldChange {
    /// The field's name as the REST API has it.
    pub field: String,
    /// Its JSON value before; absent at creation.
    #[serde(default)]
    pub before: Option<String>,
    /// Its JSON value after; absent at deletion.
    #[serde(default)]
    pub after: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename = "Task")]
pub struct TaskSnapshot {
    pub id: TaskId,
    pub title: String,
    #[serde(default)]
    pub description: Option<String>,
    /// `low`, `normal`, `high` or `critical`.
    pub priority: String,
    /// `open`, `done` or `skipped`.
    pub status: String,
    /// Ids of its tags. Text, since facts of schema version 1 hold names here.
    pub tags: Vec<String>,
    #[serde(default)]
    pub project_id: Option<ProjectId>,
    #[serde(default)]
    pub parent_id: Option<TaskId>,
    #[serde(default)]
    pub start: Option<WallTime>,
    #[serde(default)]
    pub due: Option<WallTime>,
    /// `due` in UTC; a whole day at its end.
    #[serde(default)]
    pub due_at: Option<Timestamp>,
    #[serde(default)]
    pub series_id: Option<SeriesId>,
    /// Its number in the series, from 1.
    #[serde(default)]
    pub ordinal: Option<i32>,
    #[serde(default)]
    pub recurrence: Option<RecurrenceSnapshot>,
    pub reminders: Vec<ReminderSpec>,
    pub version: Version,
    pub position: Position,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
    #[serde(default)]
    pub completed_at: Option<Timestamp>,
    /// True in the last event of a task.
    #[serde(default)]
    pub deleted: bool,
    /// When it was closed: set by completing, skipping and deleting, cleared by reopening, never edited.
    #[serde(default)]
    pub closed_at: Option<Timestamp>,
    /// How many minutes of work it is thought to be.
    #[serde(default)]
    pub estimate: Option<i32>,
    /// Its place in its user's own order, compared byte by byte; unknown of facts before schema version 5.
    #[serde(default)]
    pub order_key: Option<String>,
}

/// A local wall time in an IANA zone, or a whole day there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WallTime {
    /// `2026-12-01T09:00:00`, or `2026-12-01` for the whole day.
    pub local: String,
    /// IANA zone, for example `Europe/Berlin`.
    pub zone: String,
}

/// What recurring-svc, which has no memory, needs in order to compute the occurrence that follows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename = "Recurrence")]
pub struct RecurrenceSnapshot {
    pub rrule: String,
    /// `schedule` or `completion`.
    pub anchor: String,
    /// `skip` or `keep`.
    pub missed: String,
    /// DTSTART of the rule at this revision, as wall time.
    pub dtstart: String,
    /// Of all wall times of the series.
    pub zone: String,
    /// This occurrence's scheduled wall time (RFC 5545 RECURRENCE-ID), which an edit of its due time leaves alone.
    pub slot: String,
    /// This occurrence's number in the series, from 1.
    pub ordinal: i32,
    /// The ordinal of the occurrence at `dtstart`, from which COUNT counts.
    pub count_base: i32,
    /// Rises with every change of the rule; a command computed from an older one has no effect.
    pub series_revision: i64,
    /// Wall times at which there is no occurrence (RFC 5545 EXDATE).
    #[serde(default)]
    pub exdates: Vec<String>,
    /// Wall times of occurrences besides those of the rule (RFC 5545 RDATE).
    #[serde(default)]
    pub rdates: Vec<String>,
}

/// A reminder as its task keeps it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReminderSpec {
    /// Stable as long as `before` or `at` is.
    pub id: ReminderId,
    /// ISO 8601 duration before the due time, or before the start; exactly one of this and `at` is there.
    #[serde(default)]
    pub before: Option<String>,
    #[serde(default)]
    pub at: Option<Timestamp>,
    /// `start` when `before` counts from there; the due time if absent.
    #[serde(default)]
    pub relative_to: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename = "Series")]
pub struct SeriesSnapshot {
    pub id: SeriesId,
    pub rrule: String,
    /// `schedule` or `completion`.
    pub anchor: String,
    /// `skip` or `keep`.
    pub missed: String,
    /// DTSTART of the rule at this revision, as wall time.
    pub dtstart: String,
    /// Of all wall times of the series.
    pub zone: String,
    /// The ordinal of the occurrence at `dtstart`.
    pub count_base: i32,
    /// Rises with every change of the rule.
    pub revision: i64,
    pub alive: bool,
    pub last_ordinal: i32,
    /// The newest occurrence, from which recurring-svc goes on when it is closed already.
    #[serde(default)]
    pub frontier: Option<Frontier>,
    /// When it came to be; unknown of facts before schema version 3.
    #[serde(default)]
    pub created_at: Option<Timestamp>,
    /// When it last changed; unknown of facts before schema version 3.
    #[serde(default)]
    pub updated_at: Option<Timestamp>,
    /// Wall times at which there is no occurrence (RFC 5545 EXDATE).
    #[serde(default)]
    pub exdates: Vec<String>,
    /// Wall times of occurrences besides those of the rule (RFC 5545 RDATE).
    #[serde(default)]
    pub rdates: Vec<String>,
}

/// The newest occurrence of a series.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Frontier {
    pub task_id: TaskId,
    pub ordinal: i32,
    /// `open`, `done` or `skipped`.
    pub status: String,
    pub slot: String,
    #[serde(default)]
    pub completed_at: Option<Timestamp>,
    #[serde(default)]
    pub closed_at: Option<Timestamp>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename = "Tag")]
pub struct TagSnapshot {
    pub id: TagId,
    pub name: String,
    pub version: Version,
    pub position: Position,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
    /// True in the last event of a tag.
    #[serde(default)]
    pub deleted: bool,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename = "Project")]
pub struct ProjectSnapshot {
    pub id: ProjectId,
    pub name: String,
    /// `#rrggbb`.
    #[serde(default)]
    pub color: Option<String>,
    /// True when it is out of the way.
    #[serde(default)]
    pub archived: bool,
    /// Its place among the projects, compared byte by byte.
    pub order_key: String,
    pub version: Version,
    pub position: Position,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
    /// True in the last event of a project.
    #[serde(default)]
    pub deleted: bool,
}

/// What a user chose for all tasks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename = "Settings")]
pub struct SettingsSnapshot {
    pub id: SettingsId,
    /// IANA zone of wall times that name none.
    #[serde(default)]
    pub timezone: Option<String>,
    /// `monday` to `sunday`.
    pub first_day_of_week: String,
    /// Reminders of new tasks that are due and name none: ISO 8601 durations before the due time.
    pub default_reminders: Vec<String>,
    pub version: Version,
    pub position: Position,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
    /// True in the last event of the settings.
    #[serde(default)]
    pub deleted: bool,
}

/// A filter that was saved.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename = "Filter")]
pub struct FilterSnapshot {
    pub id: FilterId,
    pub name: String,
    /// What it says of tasks, as its user wrote it.
    pub filter: String,
    /// The order of its list; the usual one if there is none.
    #[serde(default)]
    pub sort: Option<String>,
    /// Its place among the filters, compared byte by byte.
    pub order_key: String,
    pub version: Version,
    pub position: Position,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
    /// True in the last event of a filter.
    #[serde(default)]
    pub deleted: bool,
}
