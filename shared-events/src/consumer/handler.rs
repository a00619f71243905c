//! What a service writes: the effect of one record.

use async_trait::async_trait;
use sqlx::PgConnection;

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

    /// Called after each commit: the place to wake what waits for new rows.
    fn after_commit(&self) {}
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
