//! A task: what a user says about it ([`Details`]) and what became of it ([`Task`]).

mod values;

use chrono::{DateTime, TimeDelta, Utc};
use recurrence::Exceptions;
use serde_json::Value;
use shared_events::ids::{Position, ProjectId, SeriesId, TaskId, Version};

use super::invalid::{Invalid, Pointer, Rule};
use super::moment::Moment;
use super::order::OrderKey;
use super::recurrence::{Recurrence, Series};
use super::reminder::{self, Reminder};
use super::text::{Description, Tags, Title};

pub use values::{Estimate, NotAnEstimate, Priority, Status, UnknownWord};

/// A task lies at most under nine others.
pub const MAX_DEPTH: i32 = 10;
/// Most sub-tasks of a task that recurs: its successor comes with them in one transaction, whose changes are pushed one by
/// one up to a hundred.
pub const MAX_SUB_TASKS: usize = 99;

/// What a user says about a task: the fields that can be written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Details {
    pub title: Title,
    pub description: Option<Description>,
    pub priority: Priority,
    pub tags: Tags,
    pub project: Option<ProjectId>,
    /// The task that it is a part of.
    pub parent: Option<TaskId>,
    pub start: Option<Moment>,
    pub due: Option<Moment>,
    /// How it comes back, by its series when the task last changed; none when that had ended.
    pub recurrence: Option<Recurrence>,
    pub reminders: Vec<Reminder>,
    pub estimate: Option<Estimate>,
}

/// A task as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Task {
    pub id: TaskId,
    pub details: Details,
    /// When it is due in universal time, by the tz database of its last change.
    pub due_at: Option<DateTime<Utc>>,
    /// Open, or how it was closed.
    pub status: Status,
    /// Its place in its user's own order.
    pub order: OrderKey,
    pub occurrence: Option<Occurrence>,
    /// Rises by 1 with every change.
    pub version: Version,
    /// The user's position of the last change.
    pub position: Position,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
    /// When it was done or skipped.
    pub completed_at: Option<DateTime<Utc>>,
    /// When it was closed: set by completing, skipping and deleting, cleared by reopening, never edited. It names the
    /// closing that a successor follows.
    pub closed_at: Option<DateTime<Utc>>,
    /// When it was deleted: the rest is a tombstone.
    pub deleted_at: Option<DateTime<Utc>>,
    /// Of an occurrence that was edited by itself: what the next one is to say instead, as a request for a new task would
    /// say it.
    pub template: Option<Value>,
}

/// The place of a task in its series.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Occurrence {
    pub series: SeriesId,
    /// Its number, from 1.
    pub ordinal: i32,
    /// When it was scheduled (RFC 5545 RECURRENCE-ID), which an edit of its due time leaves alone.
    pub slot: recurrence::WallTime,
}

/// A task in the line from a sub-task up to the task that is a part of no other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ancestor {
    pub id: TaskId,
    /// Its series and its number there.
    pub occurrence: Option<(SeriesId, i32)>,
    /// True when only its tombstone is left.
    pub is_deleted: bool,
    /// True when it is the newest occurrence of a series that goes on.
    pub recurs: bool,
}

/// Which occurrences of a series a change is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// This one alone.
    This,
    /// This one, those that came later, and those to come.
    Following,
    /// Every one that is open, and those to come.
    All,
}

/// How long a deleted task can be restored.
pub const RESTORABLE: TimeDelta = TimeDelta::days(30);

/// What was sent to create or change a task.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Draft {
    /// The client's own id for a new task.
    pub id: Option<TaskId>,
    pub details: Details,
    /// Keep what lies in the past instead of refusing it.
    pub allow_past_due: bool,
}

impl Draft {
    /// The plan of the series that it begins, if it is a new task that recurs.
    #[must_use]
    pub fn plan(&self) -> Option<recurrence::Series> {
        let (recurrence, due) = self.details.recurrence.as_ref().zip(self.details.due)?;
        Some(recurrence.plan(&due, 1, Exceptions::default()))
    }

    /// Whether it names nothing that would have to be looked up, and brings nothing along, so that nothing but the task itself
    /// is to be written.
    #[must_use]
    pub fn stands_alone(&self) -> bool {
        let details = &self.details;
        details.project.is_none()
            && details.parent.is_none()
            && details.tags.as_slice().is_empty()
            && details.reminders.is_empty()
            && details.recurrence.is_none()
    }

    /// Refuses a due time or a reminder in the past, unless that is allowed or was so before.
    pub fn refuse_past(&self, before: Option<&Details>, now: DateTime<Utc>) -> Result<(), Invalid> {
        if self.allow_past_due {
            return Ok(());
        }
        let due = self
            .details
            .due
            .filter(|due| before.and_then(|before| before.due) != Some(*due));
        if due.is_some_and(|due| due.at() <= now) {
            return Err(Pointer::root().child("due").breaks(
                Rule::PastDue,
                "lies in the past; send \"allow_past_due\": true to keep it all the same",
            ));
        }
        let kept = before.map_or(&[][..], |before| &before.reminders);
        reminder::refuse_past(&self.details.reminders, now, kept)
    }
}

impl Task {
    /// A task that has just come to be.
    #[must_use]
    pub fn new(
        id: TaskId,
        details: Details,
        occurrence: Option<Occurrence>,
        position: Position,
        now: DateTime<Utc>,
    ) -> Self {
        Self {
            id,
            due_at: details.due.map(|due| due.at()),
            details,
            status: Status::Open,
            order: OrderKey::at(now, position),
            occurrence,
            version: Version(1),
            position,
            created_at: now,
            updated_at: now,
            completed_at: None,
            closed_at: None,
            deleted_at: None,
            template: None,
        }
    }

    /// The task after one more change: what follows from its series and from the tz database is derived anew.
    fn changed(&self, series: Option<&Series>, position: Position, now: DateTime<Utc>) -> Self {
        Self {
            details: Details {
                recurrence: series.and_then(Series::recurrence),
                ..self.details.clone()
            },
            due_at: self.details.due.map(|due| due.at()),
            version: self.version.next(),
            position,
            updated_at: now,
            ..self.clone()
        }
    }

    /// The task with another description, or another place in its series. What it says about coming back is what its
    /// series then says.
    #[must_use]
    pub fn edited(
        &self,
        details: Details,
        occurrence: Option<Occurrence>,
        series: Option<&Series>,
        position: Position,
        now: DateTime<Utc>,
    ) -> Self {
        Self {
            details,
            occurrence,
            ..self.clone()
        }
        .changed(series, position, now)
    }

    #[must_use]
    pub fn closed(
        &self,
        how: Status,
        series: Option<&Series>,
        position: Position,
        now: DateTime<Utc>,
    ) -> Self {
        Self {
            status: how,
            completed_at: Some(now),
            closed_at: Some(now),
            ..self.changed(series, position, now)
        }
    }

    #[must_use]
    pub fn reopened(&self, series: Option<&Series>, position: Position, now: DateTime<Utc>) -> Self {
        Self {
            status: Status::Open,
            completed_at: None,
            closed_at: None,
            ..self.changed(series, position, now)
        }
    }

    /// The task's tombstone. Deleting closes an open task; one that was closed stays closed at that time, since the
    /// command for its successor may still be on its way.
    #[must_use]
    pub fn deleted(&self, series: Option<&Series>, position: Position, now: DateTime<Utc>) -> Self {
        Self {
            closed_at: self.closed_at.or(Some(now)),
            deleted_at: Some(now),
            ..self.changed(series, position, now)
        }
    }

    /// The task as it was before it was deleted, without what is not there any more.
    #[must_use]
    pub fn restored(
        &self,
        details: Details,
        series: Option<&Series>,
        position: Position,
        now: DateTime<Utc>,
    ) -> Self {
        Self {
            details,
            closed_at: self.closed_at.filter(|_| self.status != Status::Open),
            deleted_at: None,
            ..self.clone()
        }
        .changed(series, position, now)
    }

    #[must_use]
    pub fn moved(
        &self,
        order: OrderKey,
        series: Option<&Series>,
        position: Position,
        now: DateTime<Utc>,
    ) -> Self {
        Self {
            order,
            ..self.changed(series, position, now)
        }
    }

    /// True when something is to be done about it.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.status == Status::Open && self.deleted_at.is_none()
    }
}
