//! Tasks, series, tags, projects, filters, settings and notifications as people see them: REST, sync and sockets show the same types, so that a screen
//! can put a pushed change where a fetched one was. Sockets make them from snapshots, REST from what is stored.

mod snapshots;

use chrono::{DateTime, Utc};
use serde::Serialize;
use utoipa::ToSchema;

use crate::ids::{
    FilterId, NotificationId, Position, ProjectId, ReminderId, SeriesId, SettingsId, TagId, TaskId, Version,
};

/// A task. The first eleven fields can be written, the others follow from what happens.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = Task)]
pub struct TaskView {
    /// What is to be done, on one line.
    #[schema(max_length = 500, example = "Water the plants")]
    pub title: String,
    /// Up to 32 KiB.
    pub description: Option<String>,
    /// `low`, `normal`, `high` or `critical`.
    #[schema(example = "normal")]
    pub priority: String,
    /// Ids of its tags; that of a deleted tag is to be ignored.
    #[schema(value_type = Vec<Uuid>)]
    pub tags: Vec<String>,
    #[schema(value_type = Option<Uuid>)]
    pub project_id: Option<ProjectId>,
    /// The task that it is a part of.
    #[schema(value_type = Option<Uuid>)]
    pub parent_id: Option<TaskId>,
    /// When work may begin.
    pub start: Option<MomentView>,
    /// When it is due: local wall time and zone are the truth.
    pub due: Option<MomentView>,
    /// How it comes back; null once its series ended.
    pub recurrence: Option<RecurrenceView>,
    /// When to remind.
    #[schema(max_items = 20)]
    pub reminders: Vec<ReminderView>,
    /// How many minutes of work it is thought to be.
    #[schema(minimum = 1, maximum = 525600, example = 30)]
    pub estimate: Option<i32>,
    #[schema(value_type = Uuid)]
    pub id: TaskId,
    /// The series that it is an occurrence of.
    #[schema(value_type = Option<Uuid>)]
    pub series_id: Option<SeriesId>,
    /// Its number in the series, from 1.
    pub ordinal: Option<i32>,
    /// `open`, `done` or `skipped`.
    #[schema(example = "open")]
    pub status: String,
    /// Rises by 1 with every change; the `ETag` says the same.
    #[schema(value_type = i64)]
    pub version: Version,
    /// The user's position of the last change.
    #[schema(value_type = i64)]
    pub position: Position,
    /// When it is due in universal time; a whole day at its end.
    pub due_at: Option<DateTime<Utc>>,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
    /// When it was done or skipped.
    pub completed_at: Option<DateTime<Utc>>,
    /// Its place in its user's own order: the lower text, compared byte by byte, comes first. `move` changes it.
    #[schema(value_type = String, example = "0661A4B2C3D58080")]
    pub order_key: Option<String>,
    /// Present, and true, in the last event of a task alone.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    #[schema(ignore)]
    pub deleted: bool,
}

/// A local time, or a whole day, in a zone: exactly one of `datetime` and `date` is there.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = Moment)]
pub struct MomentView {
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "2026-12-01T09:00:00")]
    pub datetime: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "2026-12-01")]
    pub date: Option<String>,
    #[schema(example = "Europe/Berlin")]
    pub timezone: String,
}

#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = Recurrence)]
pub struct RecurrenceView {
    /// RFC 5545 RRULE value, in canonical form.
    #[schema(example = "FREQ=DAILY")]
    pub rrule: String,
    /// `schedule`: the calendar decides; `completion`: the rule starts anew when the task is done.
    #[schema(example = "schedule")]
    pub anchor: String,
    /// `skip`: slots that passed meanwhile are left out; `keep`: each comes in its turn.
    #[schema(example = "skip")]
    pub missed: String,
}

/// A reminder: exactly one of `before` and `at` is there.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = Reminder)]
pub struct ReminderView {
    /// ISO 8601 duration before the due time, or before the start; days are calendar days.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "PT1H")]
    pub before: Option<String>,
    /// `start` when `before` counts from there; absent when it counts from the due time.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "start")]
    pub relative_to: Option<String>,
    /// An instant, in UTC.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub at: Option<DateTime<Utc>>,
}

/// A series of recurring tasks.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = Series)]
pub struct SeriesView {
    #[schema(value_type = Uuid)]
    pub id: SeriesId,
    /// RFC 5545 RRULE value.
    pub rrule: String,
    /// `schedule` or `completion`.
    pub anchor: String,
    /// `skip` or `keep`.
    pub missed: String,
    /// Where the rule starts.
    pub start: MomentView,
    /// Wall times at which there is no occurrence (RFC 5545 EXDATE).
    pub exdates: Vec<String>,
    /// Wall times of occurrences besides those of the rule (RFC 5545 RDATE).
    pub rdates: Vec<String>,
    /// Rises with every change of the rule.
    pub revision: i64,
    /// False once it ended.
    pub alive: bool,
    /// Rises by 1 with every change.
    #[schema(value_type = i64)]
    pub version: Version,
    /// The user's position of the last change.
    #[schema(value_type = i64)]
    pub position: Position,
    /// When it came to be; absent in events from before schema version 3.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = DateTime<Utc>, required = true)]
    pub created_at: Option<DateTime<Utc>>,
    /// When it last changed; absent in events from before schema version 3.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = DateTime<Utc>, required = true)]
    pub updated_at: Option<DateTime<Utc>>,
}

#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = Tag)]
pub struct TagView {
    /// What tasks hold.
    #[schema(value_type = Uuid)]
    pub id: TagId,
    /// What people call it, on one line and in NFC.
    #[schema(max_length = 64, example = "garden")]
    pub name: String,
    /// Rises by 1 with every change; the `ETag` says the same.
    #[schema(value_type = i64)]
    pub version: Version,
    /// The user's position of the last change.
    #[schema(value_type = i64)]
    pub position: Position,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
    /// Present, and true, in the last event of a tag alone.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    #[schema(ignore)]
    pub deleted: bool,
}

#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = Project)]
pub struct ProjectView {
    /// What tasks hold.
    #[schema(value_type = Uuid)]
    pub id: ProjectId,
    /// What people call it, on one line and in NFC.
    #[schema(max_length = 120, example = "Garden")]
    pub name: String,
    /// Of its mark on a screen.
    #[schema(example = "#2e7d32")]
    pub color: Option<String>,
    /// True when it is out of the way; its tasks are as they were.
    pub archived: bool,
    /// Its place among the projects: the lower text, compared byte by byte, comes first. `move` changes it.
    #[schema(example = "0661A4B2C3D58080")]
    pub order_key: String,
    /// Rises by 1 with every change; the `ETag` says the same.
    #[schema(value_type = i64)]
    pub version: Version,
    /// The user's position of the last change.
    #[schema(value_type = i64)]
    pub position: Position,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
    /// Present, and true, in the last event of a project alone.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    #[schema(ignore)]
    pub deleted: bool,
}

/// A filter that was saved: `GET /v1/tasks?filter_id=…` lists by it.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = Filter)]
pub struct FilterView {
    #[schema(value_type = Uuid)]
    pub id: FilterId,
    /// What people call it, on one line and in NFC.
    #[schema(max_length = 120, example = "Soon at home")]
    pub name: String,
    /// What it says of tasks, as its user wrote it. Names in it are looked up when it is used.
    #[schema(max_length = 2000, example = "due < today + 7d and tag = home")]
    pub filter: String,
    /// The order of its list, unless another one is asked for; null for the usual one.
    #[schema(example = "-priority,due")]
    pub sort: Option<String>,
    /// Its place among the filters: the lower text, compared byte by byte, comes first. `move` changes it.
    #[schema(example = "0661A4B2C3D58080")]
    pub order_key: String,
    /// Rises by 1 with every change; the `ETag` says the same.
    #[schema(value_type = i64)]
    pub version: Version,
    /// The user's position of the last change.
    #[schema(value_type = i64)]
    pub position: Position,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
    /// Present, and true, in the last event of a filter alone.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    #[schema(ignore)]
    pub deleted: bool,
}

/// What a user chose for all tasks.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = Settings)]
pub struct SettingsView {
    #[schema(value_type = Uuid)]
    pub id: SettingsId,
    /// IANA zone of wall times that name none; null when there is none, and then each must name its own.
    #[schema(example = "Europe/Berlin")]
    pub timezone: Option<String>,
    /// `monday` to `sunday`.
    #[schema(example = "monday")]
    pub first_day_of_week: String,
    /// Reminders of new tasks that are due and name none: ISO 8601 durations before the due time.
    pub default_reminders: Vec<String>,
    /// Rises by 1 with every change; 0 before the first. The `ETag` says the same.
    #[schema(value_type = i64)]
    pub version: Version,
    /// The user's position of the last change.
    #[schema(value_type = i64)]
    pub position: Position,
    /// Absent before the first change.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub created_at: Option<DateTime<Utc>>,
    /// Absent before the first change.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub updated_at: Option<DateTime<Utc>>,
    /// Present, and true, in the last event of the settings alone.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    #[schema(ignore)]
    pub deleted: bool,
}

/// A notification in the inbox.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = Notification)]
pub struct NotificationView {
    #[schema(value_type = Uuid)]
    pub id: NotificationId,
    #[schema(value_type = Uuid)]
    pub task_id: TaskId,
    /// The task's reminder that fired.
    #[schema(value_type = Uuid)]
    pub reminder_id: ReminderId,
    /// The task's title when the reminder fired.
    pub title: String,
    /// When the task was due then.
    pub due_at: Option<DateTime<Utc>>,
    /// When the reminder was to fire.
    pub fire_at: DateTime<Utc>,
    /// When it fired: never before `fire_at`.
    pub fired_at: DateTime<Utc>,
    /// True when it fired more than ten seconds after `fire_at`.
    pub late: bool,
    /// When it was read.
    pub read_at: Option<DateTime<Utc>>,
    /// Where it last changed in the user's stream `notifications`.
    #[schema(value_type = i64)]
    pub position: Position,
}

#[cfg(test)]
mod tests;
