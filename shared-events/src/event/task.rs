//! `task-events`: one fact per changed task, series or tag, with a snapshot after the change and what differs from before.

use serde::{Deserialize, Serialize};

use super::operator::OperatorAction;
use super::{Event, EventMeta, Timestamp};
use crate::ids::{Position, ProjectId, ReminderId, SeriesId, TagId, TaskId, Version};
use crate::topic::Topic;

/// Kinds of `task-events`, as written in [`EventMeta::kind`].
pub mod kind {
    /// A task came to be.
    pub const TASK_CREATED: &str = "task.created";
    /// Fields of a task changed.
    pub const TASK_UPDATED: &str = "task.updated";
    /// A task was done.
    pub const TASK_COMPLETED: &str = "task.completed";
    /// A done or skipped task is open again.
    pub const TASK_REOPENED: &str = "task.reopened";
    /// An occurrence was left out.
    pub const TASK_SKIPPED: &str = "task.skipped";
    /// A task was deleted.
    pub const TASK_DELETED: &str = "task.deleted";
    /// A series came to be.
    pub const SERIES_CREATED: &str = "series.created";
    /// A series' rule changed: its revision rose.
    pub const SERIES_UPDATED: &str = "series.updated";
    /// A series ended: no occurrence follows.
    pub const SERIES_ENDED: &str = "series.ended";
    /// A tag came to be.
    pub const TAG_CREATED: &str = "tag.created";
    /// A tag has another name.
    pub const TAG_UPDATED: &str = "tag.updated";
    /// A tag was deleted; tasks may still hold its id, which says nothing any more.
    pub const TAG_DELETED: &str = "tag.deleted";
}

/// A record of `task-events`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TaskEvent {
    /// What every record says about itself.
    pub meta: EventMeta,
    /// What differs from the version before; for a creation, every field that was set.
    pub changes: Vec<FieldChange>,
    /// The task after the change, for `task.*`.
    #[serde(default)]
    pub task: Option<TaskSnapshot>,
    /// The series after the change, for `series.*`.
    #[serde(default)]
    pub series: Option<SeriesSnapshot>,
    /// The tag after the change, for `tag.*`.
    #[serde(default)]
    pub tag: Option<TagSnapshot>,
    /// What was done, for `operator.*`.
    #[serde(default)]
    pub operator: Option<OperatorAction>,
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

/// One changed field.
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

/// A task as it is after a change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename = "Task")]
pub struct TaskSnapshot {
    /// Identity.
    pub id: TaskId,
    /// What is to be done.
    pub title: String,
    /// More about it.
    #[serde(default)]
    pub description: Option<String>,
    /// `low`, `normal`, `high` or `critical`.
    pub priority: String,
    /// `open`, `done` or `skipped`.
    pub status: String,
    /// Ids of its tags. Text, since facts of schema version 1 hold names here.
    pub tags: Vec<String>,
    /// The project it belongs to.
    #[serde(default)]
    pub project_id: Option<ProjectId>,
    /// The task that it is a part of.
    #[serde(default)]
    pub parent_id: Option<TaskId>,
    /// When work may begin.
    #[serde(default)]
    pub start: Option<WallTime>,
    /// When it is due: the truth.
    #[serde(default)]
    pub due: Option<WallTime>,
    /// When it is due in universal time: derived.
    #[serde(default)]
    pub due_at: Option<Timestamp>,
    /// The series that it is an occurrence of.
    #[serde(default)]
    pub series_id: Option<SeriesId>,
    /// Its number in the series, from 1.
    #[serde(default)]
    pub ordinal: Option<i32>,
    /// How it comes back.
    #[serde(default)]
    pub recurrence: Option<RecurrenceSnapshot>,
    /// When to remind.
    pub reminders: Vec<ReminderSpec>,
    /// Rises by 1 with every change.
    pub version: Version,
    /// The user's position of the last change.
    pub position: Position,
    /// When it came to be.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
    /// When it was done or skipped.
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
    /// RFC 5545 RRULE value.
    pub rrule: String,
    /// `schedule` or `completion`.
    pub anchor: String,
    /// `skip` or `keep`.
    pub missed: String,
    /// DTSTART of the rule at this revision: a wall time.
    pub dtstart: String,
    /// IANA zone of all wall times of the series.
    pub zone: String,
    /// This occurrence's scheduled wall time (RFC 5545 RECURRENCE-ID), which an edit of its due time leaves alone.
    pub slot: String,
    /// This occurrence's number in the series, from 1.
    pub ordinal: i32,
    /// The ordinal of the occurrence at `dtstart`, from which COUNT counts.
    pub count_base: i32,
    /// Rises with every change of the rule; a command computed from an older one has no effect.
    pub series_revision: i64,
}

/// A reminder as its task keeps it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReminderSpec {
    /// Identity, stable while its specification is.
    pub id: ReminderId,
    /// ISO 8601 duration before the due time; or else `at`.
    #[serde(default)]
    pub before: Option<String>,
    /// A moment; or else `before`.
    #[serde(default)]
    pub at: Option<Timestamp>,
}

/// A series as it is after a change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename = "Series")]
pub struct SeriesSnapshot {
    /// Identity.
    pub id: SeriesId,
    /// RFC 5545 RRULE value.
    pub rrule: String,
    /// `schedule` or `completion`.
    pub anchor: String,
    /// `skip` or `keep`.
    pub missed: String,
    /// DTSTART of the rule at this revision: a wall time.
    pub dtstart: String,
    /// IANA zone of all wall times of the series.
    pub zone: String,
    /// The ordinal of the occurrence at `dtstart`.
    pub count_base: i32,
    /// Rises with every change of the rule.
    pub revision: i64,
    /// False once the series ended.
    pub alive: bool,
    /// The highest ordinal that exists.
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
}

/// The newest occurrence of a series.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Frontier {
    /// The occurrence.
    pub task_id: TaskId,
    /// Its number.
    pub ordinal: i32,
    /// `open`, `done` or `skipped`.
    pub status: String,
    /// Its scheduled wall time.
    pub slot: String,
    /// When it was done or skipped.
    #[serde(default)]
    pub completed_at: Option<Timestamp>,
    /// As the task has it.
    #[serde(default)]
    pub closed_at: Option<Timestamp>,
}

/// A tag as it is after a change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename = "Tag")]
pub struct TagSnapshot {
    /// Identity: what tasks hold.
    pub id: TagId,
    /// What people call it.
    pub name: String,
    /// Rises by 1 with every change.
    pub version: Version,
    /// The user's position of the last change.
    pub position: Position,
    /// When it came to be.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
    /// True in the last event of a tag.
    #[serde(default)]
    pub deleted: bool,
}
