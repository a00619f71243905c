//! One word on one reminder, as a record of topic `reminders` carries it.

use chrono::{DateTime, Utc};
use uuid::Uuid;

/// What a record says: at this version, this reminder shall fire, or shall not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// The reminder.
    pub reminder_id: Uuid,
    /// The task it belongs to.
    pub task_id: Uuid,
    /// Whose it is.
    pub user_id: String,
    /// The history the version belongs to.
    pub epoch: i64,
    /// The reminder's own version.
    pub version: i64,
    /// The record's event.
    pub event_id: Uuid,
    /// The trace it belongs to.
    pub traceparent: Option<String>,
    /// What is to happen.
    pub intention: Intention,
}

/// What is to happen to a reminder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Intention {
    /// It fires at its time.
    Fire(Scheduled),
    /// It does not fire any more.
    Forget,
}

/// When a reminder fires, and what it says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scheduled {
    /// When.
    pub fire_at: DateTime<Utc>,
    /// The task's title.
    pub title: String,
    /// When the task is due.
    pub due_at: Option<DateTime<Utc>>,
}
