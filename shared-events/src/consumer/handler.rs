//! What a service writes: the effect of one record.

use async_trait::async_trait;
use sqlx::PgConnection;
use tracing::Instrument as _;

use super::span;
use crate::codec::FromRecord;
use crate::event::command::TaskCommand;
use crate::record::RawRecord;

/// A decoded record and where it came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record<M> {
    /// Decoded.
    pub message: M,
    /// As it came.
    pub raw: RawRecord,
}

/// What became of a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Its effect is in the transaction.
    Applied,
    /// Something newer, or the same, was applied before: no effect.
    Superseded,
    /// It asks for nothing here, for the named reason: no effect.
    Skipped(&'static str),
}

impl Verdict {
    /// A stable label for metrics.
    #[must_use]
    pub const fn kind(self) -> &'static str {
        match self {
            Self::Applied => "applied",
            Self::Superseded => "superseded",
            Self::Skipped(_) => "skipped",
        }
    }
}

/// Why an effect could not be applied.
#[derive(Debug, thiserror::Error)]
pub enum HandlerError {
    /// The record is to blame: dead letter.
    #[error("{reason}: {detail}")]
    Poison {
        /// A stable label.
        reason: &'static str,
        /// In words, without personal data.
        detail: String,
    },
    /// Something else is to blame: the partition waits.
    #[error("{0}")]
    Outage(String),
    /// Nobody knows who is to blame: tried a few times, then a dead letter.
    #[error("{0}")]
    Unknown(String),
    /// The database refused; whether the record or the database is to blame depends on the error.
    #[error(transparent)]
    Database(#[from] sqlx::Error),
}

impl From<crate::outbox::EnqueueError> for HandlerError {
    fn from(error: crate::outbox::EnqueueError) -> Self {
        use crate::outbox::EnqueueError;
        match error {
            EnqueueError::Database(error) => Self::Database(error),
            error @ (EnqueueError::Encode(_) | EnqueueError::TooLarge(_)) => Self::Poison {
                reason: "effect_not_publishable",
                detail: error.to_string(),
            },
        }
    }
}

impl HandlerError {
    /// True when no record is to blame, whichever it was that failed.
    pub(super) fn is_outage(&self) -> bool {
        match self {
            Self::Outage(_) => true,
            Self::Database(error) => service_kit::pg::is_outage(error),
            Self::Poison { .. } | Self::Unknown(_) => false,
        }
    }
}

/// Why a batch could not be applied, and which of its records was in the way where that is known. Where it is not, the
/// runtime applies them one by one, so that exactly the bad one is judged.
#[derive(Debug)]
pub struct BatchError {
    /// The index of the record, where it is known.
    pub at: Option<usize>,
    /// Why.
    pub error: HandlerError,
}

impl<E: Into<HandlerError>> From<E> for BatchError {
    fn from(error: E) -> Self {
        Self {
            at: None,
            error: error.into(),
        }
    }
}

/// The effect of a record in a database. Must be safe to run twice: the runtime repeats it when a commit's outcome is
/// unknown, and dead letters come back.
#[async_trait]
pub trait Handler: Send + Sync + 'static {
    /// What it reads.
    type Message: FromRecord;

    /// Most records of one transaction. One that locks rows of several users has to say 1, or two partitions could
    /// wait for each other.
    const MAX_BATCH: usize = 100;

    /// Applies one record inside the runtime's transaction, which also moves the offset.
    async fn apply(
        &self,
        tx: &mut PgConnection,
        record: &Record<Self::Message>,
    ) -> Result<Verdict, HandlerError>;

    /// Applies several records inside the runtime's transaction, with the effect and the verdicts that they have one
    /// after another, which is how it is done unless a handler can do it in fewer statements.
    async fn apply_batch(
        &self,
        tx: &mut PgConnection,
        batch: &[Record<Self::Message>],
    ) -> Result<Vec<Verdict>, BatchError> {
        one_by_one(self, tx, batch).await
    }

    /// Called after each commit: the place to wake what waits for new rows.
    fn after_commit(&self) {}
}

/// Applies the records one after another, each in the trace of its change.
///
/// # Errors
/// Those of [`Handler::apply`], and which record it was.
pub async fn one_by_one<H: Handler + ?Sized>(
    handler: &H,
    tx: &mut PgConnection,
    batch: &[Record<H::Message>],
) -> Result<Vec<Verdict>, BatchError> {
    let mut verdicts = Vec::with_capacity(batch.len());
    for (index, record) in batch.iter().enumerate() {
        let applied = handler.apply(tx, record).instrument(span(&record.raw)).await;
        verdicts.push(applied.map_err(|error| BatchError {
            at: Some(index),
            error,
        })?);
    }
    Ok(verdicts)
}

/// The spans of a batch's records, each in the trace of its change: held while statements write for all of them.
#[must_use]
pub fn spans<M>(batch: &[Record<M>]) -> Vec<tracing::Span> {
    batch.iter().map(|record| span(&record.raw)).collect()
}

/// The effect of a record as commands, for a service without a database: they are acknowledged by the broker before
/// the record's offset is committed.
#[async_trait]
pub trait CommandHandler: Send + Sync + 'static {
    /// What it reads.
    type Message: FromRecord;

    /// The commands that follow from one record, the same each time.
    async fn handle(&self, record: &Record<Self::Message>) -> Result<Vec<TaskCommand>, HandlerError>;
}
