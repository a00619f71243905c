//! The handler of `task-commands`: recurring-svc says which occurrence is next, and this service creates it, once.

use async_trait::async_trait;
use recurrence::WallTime;
use shared_events::consumer::{Handler, HandlerError, Record, Verdict};
use shared_events::event::command::{CreateOccurrence, TaskCommand, kind};
use shared_events::event::{Timestamp, intent};
use shared_events::ids::SeriesId;
use shared_events::outbox::wake::Waker;
use sqlx::PgConnection;

use crate::change::{Actor, Change, Reserve};
use crate::domain::recurrence::Series;
use crate::domain::successor;
use crate::domain::task::{Occurrence, Task};
use crate::error::Error;

/// The consumer group of the commands.
pub const GROUP: &str = "backend-api.commands.v1";

/// Applies commands. Each is safe to apply twice: the second time the occurrence is not the next one any more.
#[derive(Debug, Clone)]
pub struct Commands {
    relay: Waker,
}

impl Commands {
    /// Wakes the relay after each commit.
    #[must_use]
    pub fn new(relay: Waker) -> Self {
        Self { relay }
    }
}

#[async_trait]
impl Handler for Commands {
    type Message = TaskCommand;
    /// Each command locks its user.
    const MAX_BATCH: usize = 1;

    async fn apply(
        &self,
        tx: &mut PgConnection,
        record: &Record<TaskCommand>,
    ) -> Result<Verdict, HandlerError> {
        apply(tx, &record.message).await
    }

    fn after_commit(&self) {
        self.relay.wake();
    }
}

/// Applies one command in the caller's transaction.
pub async fn apply(conn: &mut PgConnection, command: &TaskCommand) -> Result<Verdict, HandlerError> {
    if command.meta.kind != kind::CREATE_OCCURRENCE {
        return Ok(Verdict::Skipped("unknown kind"));
    }
    let create = command
        .create_occurrence
        .as_ref()
        .ok_or_else(|| poison("body_missing", "create_occurrence without its body"))?;
    let slot: WallTime = create
        .start
        .parse()
        .map_err(|error| poison("invalid_start", error))?;
    let Some(mut change) = Change::begin_known(conn, actor(command), Reserve::Nothing)
        .await
        .map_err(failed)?
    else {
        return Ok(Verdict::Skipped("no such user"));
    };
    let verdict = create_occurrence(&mut change, command.series_id, create, slot).await?;
    change.finish().await.map_err(failed)?;
    Ok(verdict)
}

/// Lock order: the user's state, which `change` holds → the series, by counting → the task.
async fn create_occurrence(
    change: &mut Change<'_>,
    series: SeriesId,
    create: &CreateOccurrence,
    slot: WallTime,
) -> Result<Verdict, HandlerError> {
    let Some(series) = change.series(series).await.map_err(failed)? else {
        return Ok(Verdict::Skipped("no such series"));
    };
    let before = create.ordinal.saturating_sub(1);
    let predecessor = change.occurrence(series.id, before).await.map_err(failed)?;
    let predecessor = match judge(&series, predecessor, create) {
        Ok(predecessor) => predecessor,
        Err(verdict) => return Ok(verdict),
    };
    if slot.is_all_day() != series.plan.dtstart.is_all_day() {
        return Err(poison(
            "invalid_start",
            "the start and the series must both be all day or both timed",
        ));
    }
    if !change
        .advance_series(series.id, create.ordinal)
        .await
        .map_err(failed)?
    {
        return Ok(Verdict::Superseded);
    }
    let series = Series {
        last_ordinal: create.ordinal,
        ..series
    };
    let details = successor::details(&predecessor, &series, slot);
    let occurrence = Occurrence {
        series: series.id,
        ordinal: create.ordinal,
        slot,
    };
    let id = series.id.occurrence(create.ordinal);
    let task = Task::new(
        id,
        details,
        Some(occurrence),
        change.next_position(),
        change.now(),
    );
    change.create_task(&task, Some(&series)).await.map_err(failed)?;
    Ok(Verdict::Applied)
}

/// Says whether the command still holds, and if so for which predecessor.
fn judge(series: &Series, predecessor: Option<Task>, create: &CreateOccurrence) -> Result<Task, Verdict> {
    if create.ordinal <= series.last_ordinal {
        return Err(Verdict::Superseded);
    }
    if !series.alive {
        return Err(Verdict::Skipped("the series has ended"));
    }
    if create.series_revision != series.revision {
        return Err(Verdict::Skipped("the series has another revision"));
    }
    match predecessor {
        Some(task) if task.id != create.predecessor => Err(Verdict::Skipped("another predecessor")),
        Some(task) if task.is_open() => Err(Verdict::Skipped("the predecessor is open")),
        Some(task) if !follows(create, &task) => {
            Err(Verdict::Skipped("the predecessor was closed at another time"))
        }
        Some(task) => Ok(task),
        None => Err(Verdict::Skipped("no such predecessor")),
    }
}

/// Whether the command was computed from the closing that holds now: a task may have been opened and closed again
/// meanwhile. A fact of an older version does not say when the task was closed, and then any closing will do.
fn follows(create: &CreateOccurrence, predecessor: &Task) -> bool {
    let closed_at = predecessor.closed_at.map(Timestamp::new);
    create.closed_at.is_none() || create.closed_at == closed_at
}

/// The service acts for the user whose completion caused it; that fact is the cause that the audit log knows.
fn actor(command: &TaskCommand) -> Actor {
    let meta = &command.meta;
    Actor {
        user: meta.user_id.clone(),
        name: meta.actor.clone(),
        action: meta.action_id,
        cause: meta.causation_id.or(Some(meta.event_id)),
        intent: intent::RECUR,
    }
}

fn poison(reason: &'static str, detail: impl ToString) -> HandlerError {
    HandlerError::Poison {
        reason,
        detail: detail.to_string(),
    }
}

fn failed(error: Error) -> HandlerError {
    match error {
        Error::Database(error) => HandlerError::Database(error),
        Error::Enqueue(error) => error.into(),
        other => poison("refused", other),
    }
}
