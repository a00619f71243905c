//! What a record of topic `reminders` says.

use chrono::{DateTime, Utc};
use shared_events::ids::{Epoch, EventId, ReminderId, TaskId, UserId, Version};

/// What a record puts into the schedule: at this version, this reminder shall fire, or shall not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScheduleEntry {
    pub reminder_id: ReminderId,
    pub task_id: TaskId,
    pub user: UserId,
    /// The life of the database that the version belongs to.
    pub epoch: Epoch,
    /// The reminder's own version.
    pub version: Version,
    pub event_id: EventId,
    /// The record's trace.
    pub traceparent: Option<String>,
    pub intention: Intention,
}

/// What is to happen to a reminder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Intention {
    Fire(Scheduled),
    /// It does not fire any more.
    Forget,
}

impl Intention {
    /// The state that the schedule gets.
    pub const fn state(&self) -> &'static str {
        match self {
            Self::Fire(_) => "scheduled",
            Self::Forget => "cancelled",
        }
    }

    pub fn fire_at(&self) -> Option<DateTime<Utc>> {
        self.scheduled().map(|scheduled| scheduled.fire_at)
    }

    pub fn title(&self) -> Option<&str> {
        self.scheduled().map(|scheduled| scheduled.title.as_str())
    }

    pub fn due_at(&self) -> Option<DateTime<Utc>> {
        self.scheduled()?.due_at
    }

    const fn scheduled(&self) -> Option<&Scheduled> {
        match self {
            Self::Fire(scheduled) => Some(scheduled),
            Self::Forget => None,
        }
    }
}

/// When a reminder fires, and what it says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scheduled {
    pub fire_at: DateTime<Utc>,
    pub title: String,
    pub due_at: Option<DateTime<Utc>>,
}
