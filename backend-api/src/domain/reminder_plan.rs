//! What has to be announced of a task's reminders after a change, given what was announced before.

use chrono::{DateTime, Utc};
use shared_events::ids::{ReminderId, Version};

use super::task::{Status, Task};

/// What was last announced of one reminder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Announced {
    pub id: ReminderId,
    pub state: State,
    /// When it is, or was, to fire.
    pub fire_at: DateTime<Utc>,
    /// Rises by 1 with every announcement.
    pub version: Version,
}

/// Whether a reminder will fire.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    Scheduled,
    Cancelled,
}

/// One announcement to make: the reminder as it is after it, and why it is cancelled if it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Announcement {
    /// The reminder after the announcement.
    pub now: Announced,
    /// The reason of a cancellation.
    pub reason: Option<&'static str>,
}

impl State {
    /// The word in the database, where notification-svc reads it too.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Scheduled => "scheduled",
            Self::Cancelled => "cancelled",
        }
    }
}

/// The announcements that bring `before` to what the task now says. `retold` says that the words of the reminders
/// (title, due time) changed, so that those still ahead are announced again.
///
/// A reminder whose time has passed is never announced anew: it has fired, or was never to.
#[must_use]
pub fn plan(before: &[Announced], task: &Task, retold: bool, now: DateTime<Utc>) -> Vec<Announcement> {
    let wanted = wanted(task);
    let mut announcements: Vec<_> = before
        .iter()
        .filter(|known| known.state == State::Scheduled && !wanted.iter().any(|(id, _)| *id == known.id))
        .map(|known| cancel(known, why_unwanted(task)))
        .collect();
    for (id, fire_at) in wanted {
        let known = before.iter().find(|known| known.id == id);
        announcements.extend(announce(id, fire_at, known, retold, now));
    }
    announcements
}

fn wanted(task: &Task) -> Vec<(ReminderId, DateTime<Utc>)> {
    if task.status != Status::Open || task.deleted_at.is_some() {
        return Vec::new();
    }
    let (start, due) = (task.details.start.as_ref(), task.details.due.as_ref());
    task.details
        .reminders
        .iter()
        .filter_map(|r| r.fire_at(start, due).map(|at| (r.id(task.id), at)))
        .collect()
}

fn why_unwanted(task: &Task) -> &'static str {
    match task.status {
        _ if task.deleted_at.is_some() => "deleted",
        Status::Done => "completed",
        Status::Skipped => "skipped",
        Status::Open => "removed",
    }
}

fn announce(
    id: ReminderId,
    fire_at: DateTime<Utc>,
    known: Option<&Announced>,
    retold: bool,
    now: DateTime<Utc>,
) -> Option<Announcement> {
    let is_ahead = fire_at > now;
    match known {
        Some(known) if known.state == State::Scheduled => match (is_ahead, known.fire_at == fire_at) {
            (true, true) => retold.then(|| schedule(id, fire_at, known.version)),
            (true, false) => Some(schedule(id, fire_at, known.version)),
            // It was ahead and has been moved into the past, where nothing is to fire.
            (false, false) if known.fire_at > now => Some(cancel(known, "unscheduled")),
            (false, _) => None,
        },
        _ => is_ahead.then(|| schedule(id, fire_at, known.map_or(Version(0), |known| known.version))),
    }
}

fn schedule(id: ReminderId, fire_at: DateTime<Utc>, last: Version) -> Announcement {
    Announcement {
        now: Announced {
            id,
            state: State::Scheduled,
            fire_at,
            version: last.next(),
        },
        reason: None,
    }
}

fn cancel(known: &Announced, reason: &'static str) -> Announcement {
    let now = Announced {
        state: State::Cancelled,
        version: known.version.next(),
        ..known.clone()
    };
    Announcement {
        now,
        reason: Some(reason),
    }
}

#[cfg(test)]
mod tests;
