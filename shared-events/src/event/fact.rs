//! Any fact of the three topics that the audit log keeps.

use super::notification::NotificationEvent;
use super::reminder::ReminderEvent;
use super::task::TaskEvent;
use super::{Event, EventMeta};
use crate::ids::TaskId;

/// A record of `task-events`, `reminders` or `notification-events`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AnyFact {
    Task(Box<TaskEvent>),
    Reminder(Box<ReminderEvent>),
    Notification(Box<NotificationEvent>),
}

impl AnyFact {
    #[must_use]
    pub fn meta(&self) -> &EventMeta {
        match self {
            Self::Task(event) => event.meta(),
            Self::Reminder(event) => event.meta(),
            Self::Notification(event) => event.meta(),
        }
    }

    /// The task that the fact is about; none for a fact about anything else.
    #[must_use]
    pub fn task_id(&self) -> Option<TaskId> {
        match self {
            Self::Task(event) => event.task.as_ref().map(|task| task.id),
            Self::Reminder(event) => Some(event.task_id),
            Self::Notification(event) => Some(event.task_id),
        }
    }
}
