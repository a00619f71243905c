//! The handler of `task-commands`: recurring-svc says which occurrence is next, and this service creates it, once.

use async_trait::async_trait;
use shared_events::consumer::{Handler, HandlerError, Record, Verdict};
use shared_events::event::command::{TaskCommand, kind};
use shared_events::event::intent;
use shared_events::outbox::wake::Waker;
use sqlx::PgConnection;

use crate::actions::tasks::{self, Recurred, Successor};
use crate::change::{self, Actor};
use crate::error::Error;

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

pub async fn apply(conn: &mut PgConnection, command: &TaskCommand) -> Result<Verdict, HandlerError> {
    if command.meta.kind != kind::CREATE_OCCURRENCE {
        return Ok(Verdict::Skipped("unknown kind"));
    }
    let create = command
        .create_occurrence
        .as_ref()
        .ok_or_else(|| poison("body_missing", "create_occurrence without its body"))?;
    let successor = Successor {
        series: command.series_id,
        series_revision: create.series_revision,
        predecessor: create.predecessor,
        closed_at: create.closed_at,
        ordinal: create.ordinal,
        slot: create
            .start
            .parse()
            .map_err(|error| poison("invalid_start", error))?,
    };
    let recurred = change::within_known(conn, actor(command), async |change| {
        tasks::recur(change, &successor).await
    });
    match recurred.await.map_err(failed)? {
        Some(Recurred::Created(_)) => Ok(Verdict::Applied),
        Some(Recurred::Superseded) => Ok(Verdict::Superseded),
        Some(Recurred::Void(why)) => Ok(Verdict::Skipped(why)),
        Some(Recurred::MixedKinds) => Err(poison(
            "invalid_start",
            "the start and the series must both be all day or both timed",
        )),
        None => Ok(Verdict::Skipped("no such user")),
    }
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
        unconditional: false,
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
