//! `task-updates`: what a screen needs, in the order of its user's positions.

use serde::{Deserialize, Serialize};

use super::task::{
    FilterSnapshot, ProjectSnapshot, SeriesSnapshot, SettingsSnapshot, TagSnapshot, TaskSnapshot,
};
use super::{Event, EventMeta, Timestamp};
use crate::ids::{NotificationId, Position, ReminderId, TaskId};
use crate::topic::Topic;

/// Streams, as written in [`UserUpdate::stream`]: each has positions of its own.
pub mod stream {
    /// Tasks, series, tags and everything else of backend-api.
    pub const TASKS: &str = "tasks";
    pub const NOTIFICATIONS: &str = "notifications";
}

/// Kinds that only `task-updates` has; the others are those of the fact that it tells of.
pub mod kind {
    pub const NOTIFICATION_CREATED: &str = "notification.created";
    pub const NOTIFICATION_READ: &str = "notification.read";
    /// Too many changes to push one by one: fetch them.
    pub const REFRESH: &str = "refresh";
}

/// A record of `task-updates`. Every position of a user has exactly one, or lies inside one with `refresh`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UserUpdate {
    pub meta: EventMeta,
    /// See [`stream`].
    pub stream: String,
    /// The first position that this record stands for; `meta.position` is the last.
    pub from: Position,
    /// True when the changes themselves are not here but at `/v1/sync`.
    pub refresh: bool,
    /// For `task.*`.
    #[serde(default)]
    pub task: Option<TaskSnapshot>,
    /// For `series.*`.
    #[serde(default)]
    pub series: Option<SeriesSnapshot>,
    /// For `notification.*`.
    #[serde(default)]
    pub notification: Option<NotificationSnapshot>,
    /// For `tag.*`.
    #[serde(default)]
    pub tag: Option<TagSnapshot>,
    /// For `project.*`.
    #[serde(default)]
    pub project: Option<ProjectSnapshot>,
    /// For `settings.*`.
    #[serde(default)]
    pub settings: Option<SettingsSnapshot>,
    /// For `filter.*`.
    #[serde(default)]
    pub filter: Option<FilterSnapshot>,
}

impl UserUpdate {
    /// An update in the given stream, for the position of `meta` alone, that says nothing yet of what changed.
    #[must_use]
    pub fn new(meta: EventMeta, stream: &str) -> Self {
        Self {
            stream: stream.to_owned(),
            from: meta.position,
            refresh: false,
            task: None,
            series: None,
            notification: None,
            tag: None,
            project: None,
            settings: None,
            filter: None,
            meta,
        }
    }
}

impl Event for UserUpdate {
    const TOPIC: Topic = Topic::TaskUpdates;

    fn meta(&self) -> &EventMeta {
        &self.meta
    }

    fn key(&self) -> String {
        self.meta.user_id.to_string()
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename = "Notification")]
pub struct NotificationSnapshot {
    pub id: NotificationId,
    pub task_id: TaskId,
    pub reminder_id: ReminderId,
    pub title: String,
    pub fire_at: Timestamp,
    pub fired_at: Timestamp,
    /// True when it fired noticeably after `fire_at`.
    pub late: bool,
    #[serde(default)]
    pub read_at: Option<Timestamp>,
    /// When the task was due when the reminder fired; null in events from before schema version 5.
    #[serde(default)]
    pub due_at: Option<Timestamp>,
}
