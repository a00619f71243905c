//! `reminders`: when to remind of a task, and when no more.

use serde::{Deserialize, Serialize};

use super::{Event, EventMeta, Timestamp};
use crate::ids::{ReminderId, TaskId};
use crate::topic::Topic;

/// Kinds of `reminders`, as written in [`EventMeta::kind`].
pub mod kind {
    /// Fire at this moment, instead of any earlier one of the same reminder.
    pub const SCHEDULED: &str = "reminder.scheduled";
    /// Do not fire.
    pub const CANCELLED: &str = "reminder.cancelled";
}

/// A record of `reminders`. Its `meta.version` is the reminder's own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReminderEvent {
    pub meta: EventMeta,
    pub task_id: TaskId,
    pub reminder_id: ReminderId,
    /// For `reminder.scheduled`.
    #[serde(default)]
    pub scheduled: Option<ReminderScheduled>,
    /// For `reminder.cancelled`.
    #[serde(default)]
    pub cancelled: Option<ReminderCancelled>,
}

impl Event for ReminderEvent {
    const TOPIC: Topic = Topic::Reminders;

    fn meta(&self) -> &EventMeta {
        &self.meta
    }

    fn key(&self) -> String {
        self.task_id.to_string()
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename = "Scheduled")]
pub struct ReminderScheduled {
    /// Not before this moment.
    pub fire_at: Timestamp,
    pub title: String,
    #[serde(default)]
    pub due_at: Option<Timestamp>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename = "Cancelled")]
pub struct ReminderCancelled {
    /// `completed`, `skipped`, `deleted`, `removed` or `unscheduled`.
    pub reason: String,
}
