//! From a fact about a closed occurrence to the command that creates the next one; pure.
//!
//! The service has no memory, so a fact carries whatever is needed: the rule in a snapshot and the series'
//! revision. The command is a function of the fact alone: computed twice, it is the same to the byte. Whether
//! it still applies is backend-api's to decide, which holds the series' lock.

use chrono::{DateTime, Utc};
use recurrence::{
    Exceptions, ExceptionsError, Occurrence, RuleError, Series, SeriesError, UnknownWord, WallTime,
    WallTimeError, ZoneError,
};
use shared_events::event::command::{CreateOccurrence, TaskCommand, kind as command_kind};
use shared_events::event::task::{RecurrenceSnapshot, SeriesSnapshot, TaskEvent, TaskSnapshot, kind};
use shared_events::event::{EventMeta, Timestamp, aggregate, intent, service_actor};
use shared_events::ids::{EventId, Position, SeriesId, TaskId, Version};
use shared_events::topic::Service;

/// The status of an occurrence that is still to be done.
const OPEN: &str = "open";

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Successor {
    /// This command is to be sent.
    Create(Box<TaskCommand>),
    Nothing(Reason),
}

/// Why nothing follows from a fact.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reason {
    /// Facts of this kind close no occurrence.
    OtherKind,
    /// A newer version of the sender has kinds that this one does not know.
    UnknownKind,
    /// The task belongs to no series, or to one that has ended.
    NotRecurring,
    /// The occurrence was closed before, so that its successor is known already.
    ClosedBefore,
    /// The newest occurrence is still open; closing it will be a fact of its own.
    StillOpen,
    /// The rule allows no further occurrence.
    Exhausted,
}

/// A fact that contradicts itself: no attempt will ever make sense of it.
#[derive(Debug, thiserror::Error)]
pub enum SuccessorError {
    /// The kind promises a snapshot that is not there.
    #[error("an event of kind {kind} carries no {missing}")]
    SnapshotMissing { kind: String, missing: &'static str },
    #[error("the rule of the series is invalid: {0}")]
    Rule(#[from] RuleError),
    #[error("the zone of the series is invalid: {0}")]
    Zone(#[from] ZoneError),
    #[error("the {field} of the series is invalid: {source}")]
    WallTime {
        field: &'static str,
        source: WallTimeError,
    },
    /// A word is not one of those defined.
    #[error("the series is invalid: {0}")]
    Word(#[from] UnknownWord),
    #[error("the exceptions of the series are invalid: {0}")]
    Exceptions(#[from] ExceptionsError),
    /// The parts do not go together.
    #[error("the series is invalid: {0}")]
    Series(#[from] SeriesError),
}

impl Reason {
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::OtherKind => "other_kind",
            Self::UnknownKind => "unknown_kind",
            Self::NotRecurring => "not_recurring",
            Self::ClosedBefore => "closed_before",
            Self::StillOpen => "still_open",
            Self::Exhausted => "exhausted",
        }
    }
}

impl SuccessorError {
    /// A stable name for metrics and dead letters.
    #[must_use]
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::SnapshotMissing { .. } => "snapshot_missing",
            Self::Rule(_) => "invalid_rule",
            Self::Zone(_) => "invalid_zone",
            Self::WallTime { .. } => "invalid_wall_time",
            Self::Word(_) => "invalid_word",
            Self::Exceptions(_) | Self::Series(_) => "invalid_series",
        }
    }
}

/// What follows from `event`.
///
/// # Errors
/// [`SuccessorError`] if the event contradicts itself, which no later attempt can change.
pub fn successor(event: &TaskEvent) -> Result<Successor, SuccessorError> {
    match command(event) {
        Ok(command) => Ok(Successor::Create(Box::new(command))),
        Err(Stop::Nothing(reason)) => Ok(Successor::Nothing(reason)),
        Err(Stop::Invalid(error)) => Err(error),
    }
}

fn command(event: &TaskEvent) -> Result<TaskCommand, Stop> {
    let closed = match event.meta.kind.as_str() {
        kind::TASK_COMPLETED | kind::TASK_SKIPPED => closed_task(event)?,
        kind::TASK_DELETED => deleted_task(event)?,
        kind::SERIES_UPDATED => closed_frontier(event)?,
        kind::TASK_CREATED
        | kind::TASK_UPDATED
        | kind::TASK_REOPENED
        | kind::SERIES_CREATED
        | kind::SERIES_ENDED
        | kind::TAG_CREATED
        | kind::TAG_UPDATED
        | kind::TAG_DELETED
        | kind::TASK_RESTORED
        | kind::PROJECT_CREATED
        | kind::PROJECT_UPDATED
        | kind::PROJECT_DELETED
        | kind::SETTINGS_UPDATED
        | kind::SETTINGS_DELETED
        | kind::FILTER_CREATED
        | kind::FILTER_UPDATED
        | kind::FILTER_DELETED => return Err(Stop::Nothing(Reason::OtherKind)),
        _ if event.operator.is_some() => return Err(Stop::Nothing(Reason::OtherKind)),
        _ => return Err(Stop::Nothing(Reason::UnknownKind)),
    };
    let next = closed
        .series
        .successor(&closed.occurrence, closed.at)
        .map_err(SuccessorError::from)?;
    Ok(closed.command(&event.meta, &next.ok_or(Reason::Exhausted)?))
}

enum Stop {
    Nothing(Reason),
    Invalid(SuccessorError),
}

impl From<Reason> for Stop {
    fn from(reason: Reason) -> Self {
        Self::Nothing(reason)
    }
}

impl From<SuccessorError> for Stop {
    fn from(error: SuccessorError) -> Self {
        Self::Invalid(error)
    }
}

/// An occurrence that is over, with all that decides what follows it.
struct Closed {
    series_id: SeriesId,
    series_revision: i64,
    series: Series,
    task_id: TaskId,
    occurrence: Occurrence,
    /// When its user was done with it, from which a series anchored to completion goes on.
    at: DateTime<Utc>,
    /// Which closing this is, for a task can be opened and closed again; unknown to facts of version 1.
    closed_at: Option<Timestamp>,
}

impl Closed {
    fn command(&self, cause: &EventMeta, next: &Occurrence) -> TaskCommand {
        TaskCommand {
            meta: self.command_meta(cause, next.ordinal),
            series_id: self.series_id,
            create_occurrence: Some(CreateOccurrence {
                predecessor: self.task_id,
                ordinal: next.ordinal,
                start: next.slot.to_string(),
                series_revision: self.series_revision,
                closed_at: self.closed_at,
            }),
        }
    }

    /// What makes a command another one: the same closing gives the same command, however often it is computed.
    fn command_name(&self, ordinal: i32) -> String {
        let name = format!("create_occurrence:{ordinal}:{}", self.series_revision);
        match self.closed_at {
            Some(closed_at) => format!("{name}:{}", closed_at.micros()),
            None => name,
        }
    }

    /// A command is numbered by the ordinal it creates; it changes nothing by itself and so has no position.
    fn command_meta(&self, cause: &EventMeta, ordinal: i32) -> EventMeta {
        let name = self.command_name(ordinal);
        EventMeta {
            event_id: EventId::derived(self.series_id.as_uuid(), &name),
            kind: command_kind::CREATE_OCCURRENCE.to_owned(),
            occurred_at: cause.occurred_at,
            user_id: cause.user_id.clone(),
            actor: service_actor(Service::RecurringSvc),
            action_id: cause.action_id,
            causation_id: Some(cause.event_id),
            intent: intent::RECUR.to_owned(),
            aggregate: aggregate::SERIES.to_owned(),
            aggregate_id: self.series_id.to_string(),
            version: Version(i64::from(ordinal)),
            previous: Version(i64::from(ordinal) - 1),
            epoch: cause.epoch,
            position: Position::default(),
        }
    }
}

/// Deleting the open occurrence counts as skipping it; an earlier one was followed when it was closed.
fn deleted_task(event: &TaskEvent) -> Result<Closed, Stop> {
    if task_of(event)?.status != OPEN {
        return Err(Stop::Nothing(Reason::ClosedBefore));
    }
    closed_task(event)
}

fn closed_task(event: &TaskEvent) -> Result<Closed, Stop> {
    let task = task_of(event)?;
    let recurrence = task.recurrence.as_ref().ok_or(Reason::NotRecurring)?;
    let done_at = task.completed_at.unwrap_or(event.meta.occurred_at);
    Ok(Closed {
        series_id: task
            .series_id
            .ok_or_else(|| snapshot_missing(event, "series id"))?,
        series_revision: recurrence.series_revision,
        series: RuleText::from(recurrence).parse()?,
        task_id: task.id,
        occurrence: occurrence(&recurrence.slot, recurrence.ordinal)?,
        at: done_at.at(),
        closed_at: task.closed_at,
    })
}

/// A new rule for a series whose newest occurrence is over already: the command computed from the old rule may
/// have been refused, so it is computed again from the new one.
fn closed_frontier(event: &TaskEvent) -> Result<Closed, Stop> {
    let series = series_of(event)?;
    let frontier = series
        .frontier
        .as_ref()
        .filter(|_| series.alive)
        .ok_or(Reason::NotRecurring)?;
    if frontier.status == OPEN {
        return Err(Stop::Nothing(Reason::StillOpen));
    }
    let done_at = frontier.completed_at.unwrap_or(event.meta.occurred_at);
    Ok(Closed {
        series_id: series.id,
        series_revision: series.revision,
        series: RuleText::from(series).parse()?,
        task_id: frontier.task_id,
        occurrence: occurrence(&frontier.slot, frontier.ordinal)?,
        at: done_at.at(),
        closed_at: frontier.closed_at,
    })
}

/// The text form of a series, common to both snapshots.
struct RuleText<'event> {
    rrule: &'event str,
    zone: &'event str,
    dtstart: &'event str,
    anchor: &'event str,
    missed: &'event str,
    count_base: i32,
    exdates: &'event [String],
    rdates: &'event [String],
}

impl RuleText<'_> {
    fn parse(&self) -> Result<Series, SuccessorError> {
        Ok(Series {
            rule: self.rrule.parse()?,
            zone: self.zone.parse()?,
            dtstart: self.dtstart.parse().map_err(|source| SuccessorError::WallTime {
                field: "dtstart",
                source,
            })?,
            count_base: self.count_base,
            anchor: self.anchor.parse()?,
            missed: self.missed.parse()?,
            exceptions: Exceptions::new(
                wall_times("exdates", self.exdates)?,
                wall_times("rdates", self.rdates)?,
            )?,
        })
    }
}

fn wall_times(field: &'static str, texts: &[String]) -> Result<Vec<WallTime>, SuccessorError> {
    let parsed = texts.iter().map(|text| text.parse());
    parsed
        .collect::<Result<_, _>>()
        .map_err(|source| SuccessorError::WallTime { field, source })
}

impl<'event> From<&'event RecurrenceSnapshot> for RuleText<'event> {
    fn from(snapshot: &'event RecurrenceSnapshot) -> Self {
        Self {
            rrule: &snapshot.rrule,
            zone: &snapshot.zone,
            dtstart: &snapshot.dtstart,
            anchor: &snapshot.anchor,
            missed: &snapshot.missed,
            count_base: snapshot.count_base,
            exdates: &snapshot.exdates,
            rdates: &snapshot.rdates,
        }
    }
}

impl<'event> From<&'event SeriesSnapshot> for RuleText<'event> {
    fn from(snapshot: &'event SeriesSnapshot) -> Self {
        Self {
            rrule: &snapshot.rrule,
            zone: &snapshot.zone,
            dtstart: &snapshot.dtstart,
            anchor: &snapshot.anchor,
            missed: &snapshot.missed,
            count_base: snapshot.count_base,
            exdates: &snapshot.exdates,
            rdates: &snapshot.rdates,
        }
    }
}

fn occurrence(slot: &str, ordinal: i32) -> Result<Occurrence, SuccessorError> {
    let slot = slot.parse().map_err(|source| SuccessorError::WallTime {
        field: "slot",
        source,
    })?;
    Ok(Occurrence { slot, ordinal })
}

fn task_of(event: &TaskEvent) -> Result<&TaskSnapshot, SuccessorError> {
    event.task.as_ref().ok_or_else(|| snapshot_missing(event, "task"))
}

fn series_of(event: &TaskEvent) -> Result<&SeriesSnapshot, SuccessorError> {
    event
        .series
        .as_ref()
        .ok_or_else(|| snapshot_missing(event, "series"))
}

fn snapshot_missing(event: &TaskEvent, missing: &'static str) -> SuccessorError {
    SuccessorError::SnapshotMissing {
        kind: event.meta.kind.clone(),
        missing,
    }
}

#[cfg(test)]
mod tests;
