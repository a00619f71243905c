//! `task-commands`: what recurring-svc asks of backend-api.

use serde::{Deserialize, Serialize};

use super::{Event, EventMeta, Timestamp};
use crate::ids::{SeriesId, TaskId};
use crate::topic::Topic;

/// Kinds of `task-commands`, as written in [`EventMeta::kind`].
pub mod kind {
    pub const CREATE_OCCURRENCE: &str = "create_occurrence";
}

/// A record of `task-commands`. Computed twice it is the same to the byte: its id is derived and its time is that of
/// the event that caused it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TaskCommand {
    pub meta: EventMeta,
    pub series_id: SeriesId,
    #[serde(default)]
    pub create_occurrence: Option<CreateOccurrence>,
}

impl Event for TaskCommand {
    const TOPIC: Topic = Topic::TaskCommands;

    fn meta(&self) -> &EventMeta {
        &self.meta
    }

    fn key(&self) -> String {
        self.series_id.to_string()
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CreateOccurrence {
    /// The occurrence before it, which must not be open and whose tags, reminders and sub-tasks are copied.
    pub predecessor: TaskId,
    /// Its number: one above the series' last.
    pub ordinal: i32,
    /// The wall time at which it is scheduled, in the series' zone.
    pub start: String,
    /// That it was computed from: a newer one makes the command void.
    pub series_revision: i64,
    /// When the predecessor was closed: if it was closed at another time since, the command has no effect. None: any.
    #[serde(default)]
    pub closed_at: Option<Timestamp>,
}
