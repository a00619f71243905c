//! Where effects go and where the offset is kept: both move together, or not at all.

mod commands;
mod postgres;

use async_trait::async_trait;
use chrono::{DateTime, Utc};

pub use self::commands::CommandEffects;
pub use self::postgres::PostgresEffects;
use super::cursor::{NextOffset, TopicPartition};
use super::handler::{HandlerError, Record, Verdict};
use super::start::Stored;
use crate::codec::FromRecord;
use crate::dlq::limit::Limit;
use crate::record::RawRecord;

/// What is remembered of a partition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkpoint {
    /// Where to go on.
    pub next: Stored,
    /// Offset and hash of the last record that was finished.
    pub last: Option<(i64, Vec<u8>)>,
    /// The dead-letter limit's counts.
    pub limit: Limit,
    /// Why the partition is stopped.
    pub stopped: Option<String>,
    /// The time where the checkpoint is kept.
    pub now: DateTime<Utc>,
}

impl Checkpoint {
    /// Nothing but where to go on, and what time it is.
    #[must_use]
    pub const fn of(next: Stored, now: DateTime<Utc>) -> Self {
        let limit = Limit {
            run: 0,
            window_start: None,
            window_records: 0,
            window_dead: 0,
        };
        Self {
            next,
            last: None,
            limit,
            stopped: None,
            now,
        }
    }

    /// Whether a partition that stopped may look again where it stands: what an operator changed shows in the stored
    /// offset, or, before there is one, in what is committed. A service without a database has to be started again.
    pub(super) fn is_open(&self) -> bool {
        match self.next {
            Stored::At(_) => self.stopped.is_none(),
            Stored::Nothing => true,
            Stored::InKafka => false,
        }
    }
}

/// One move of a partition's offset over finished records.
#[derive(Debug, Clone, Copy)]
pub struct Step<'a> {
    /// The consumer group.
    pub group: &'a str,
    /// The partition.
    pub partition: &'a TopicPartition,
    /// Where the offset must still be.
    pub expected: NextOffset,
    /// The last finished record's offset.
    pub last_offset: i64,
    /// Its hash.
    pub last_hash: &'a [u8],
    /// The dead-letter limit's counts after it.
    pub limit: &'a Limit,
}

impl Step<'_> {
    /// Where the offset goes.
    #[must_use]
    pub const fn next(&self) -> NextOffset {
        NextOffset::after(self.last_offset)
    }
}

/// Why a batch was not applied. Nothing of it was.
#[derive(Debug)]
pub enum ApplyError {
    /// The record at this index of the batch.
    Record(usize, HandlerError),
    /// One of its records, and nobody knows which.
    Batch(HandlerError),
    /// The transaction as a whole.
    Whole(HandlerError),
    /// Another process moved the offset: it has the partition now.
    Fenced,
}

/// What became of an offset that an operator committed in Kafka.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Adopted {
    /// It is followed, and the audit log will tell.
    Audited,
    /// It is followed, and nothing but this process's log and its metric tell.
    Unaudited,
    /// Another process has moved the offset meanwhile.
    Refused,
}

/// Where effects go and where the offset is kept.
#[async_trait]
pub trait Effects: Send + Sync + 'static {
    /// What the handler reads.
    type Message: FromRecord;

    /// Most records of one transaction.
    const MAX_BATCH: usize;

    /// What an operator can do about a partition that waits for one.
    fn way_out_of_a_stop(group: &str, partition: &TopicPartition) -> String {
        format!(
            "`taskctl offsets set {group} {partition} OFFSET --reason TEXT` goes on elsewhere, `taskctl dlq resume \
             {group} {partition} --reason TEXT` goes on here"
        )
    }

    /// The metadata of a commit to Kafka that is to be remembered there; none where the checkpoint is kept elsewhere.
    fn remember(_limit: &Limit, _stopped: Option<&str>) -> Option<String> {
        None
    }

    /// Adds to the checkpoint what our last commit to Kafka remembers.
    fn recall(_checkpoint: &mut Checkpoint, _metadata: &str) {}

    /// Refuses a cluster that the stored offsets do not belong to.
    async fn pin_cluster(&self, cluster_id: &str) -> Result<(), HandlerError>;

    /// What is remembered of a partition.
    async fn load(&self, group: &str, partition: &TopicPartition) -> Result<Checkpoint, HandlerError>;

    /// Remembers where to begin, if what is stored still is `expected`: false when another process has moved it.
    async fn begin_at(
        &self,
        group: &str,
        partition: &TopicPartition,
        expected: Stored,
        next: NextOffset,
    ) -> Result<bool, HandlerError>;

    /// Remembers where to begin as [`Effects::begin_at`] does, where a commit in Kafka that is not ours says where; tells
    /// the audit log in the same transaction.
    async fn adopt(
        &self,
        group: &str,
        partition: &TopicPartition,
        expected: Stored,
        next: NextOffset,
    ) -> Result<Adopted, HandlerError>;

    /// Applies a batch and moves the offset over it, in one transaction.
    async fn apply(
        &self,
        batch: &[Record<Self::Message>],
        step: Step<'_>,
    ) -> Result<Vec<Verdict>, ApplyError>;

    /// Moves the offset over a record whose dead letter is acknowledged.
    async fn pass_over(&self, raw: &RawRecord, reason: &str, step: Step<'_>) -> Result<(), ApplyError>;

    /// Remembers that a partition waits for an operator, if it still stands at `expected`: false when another process
    /// has moved it.
    async fn stop(
        &self,
        group: &str,
        partition: &TopicPartition,
        expected: NextOffset,
        why: &str,
    ) -> Result<bool, HandlerError>;

    /// Where the group's partitions stand, as far as that is stored.
    async fn stored(&self, group: &str) -> Result<Vec<(TopicPartition, NextOffset)>, HandlerError>;

    /// How many dead letters of each partition left a hole that is still open; 0 where none did.
    async fn holes(&self, group: &str) -> Result<Vec<(TopicPartition, i64)>, HandlerError>;
}
