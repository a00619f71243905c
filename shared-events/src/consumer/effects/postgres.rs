//! Effect and next offset in one Postgres transaction: a paused, fenced or duplicate process can change nothing.

use async_trait::async_trait;
use sqlx::{PgConnection, PgPool};

use super::{Adopted, ApplyError, Checkpoint, Effects, Step};
use crate::consumer::cursor::{NextOffset, TopicPartition};
use crate::consumer::handler::{BatchError, Handler, HandlerError, Record, Verdict, one_by_one};
use crate::consumer::start::Stored;
use crate::consumer::store::{self, Row};
use crate::dlq::letter::closed_hole;
use crate::dlq::limit::Limit;
use crate::event::Timestamp;
use crate::event::operator::{OperatorAction, kind};
use crate::outbox;
use crate::record::RawRecord;

/// Effects of a [`Handler`] in a database.
#[derive(Debug)]
pub struct PostgresEffects<H> {
    pool: PgPool,
    handler: H,
}

impl<H: Handler> PostgresEffects<H> {
    /// Effects of `handler` in the database of `pool`.
    #[must_use]
    pub const fn new(pool: PgPool, handler: H) -> Self {
        Self { pool, handler }
    }

    async fn verdicts(
        &self,
        tx: &mut PgConnection,
        batch: &[Record<H::Message>],
    ) -> Result<Vec<Verdict>, ApplyError> {
        let applied = match batch {
            [_only] => one_by_one(&self.handler, tx, batch).await,
            _ => self.handler.apply_batch(tx, batch).await,
        };
        let verdicts = applied.map_err(|BatchError { at, error }| match at {
            Some(index) if index < batch.len() => ApplyError::Record(index, error),
            _ => ApplyError::Batch(error),
        })?;
        if verdicts.len() == batch.len() {
            return Ok(verdicts);
        }
        let (given, records) = (verdicts.len(), batch.len());
        let error = format!("the handler gave {given} verdicts on {records} records");
        Err(ApplyError::Batch(HandlerError::Unknown(error)))
    }
}

#[async_trait]
impl<H: Handler> Effects for PostgresEffects<H> {
    type Message = H::Message;
    const MAX_BATCH: usize = H::MAX_BATCH;

    async fn pin_cluster(&self, cluster_id: &str) -> Result<(), HandlerError> {
        let mut conn = self.pool.acquire().await?;
        let pinned = outbox::store::pin_cluster(&mut conn, cluster_id).await?;
        if pinned == cluster_id {
            return Ok(());
        }
        let detail =
            format!("this database belongs to Kafka cluster {pinned}, and the broker says {cluster_id}");
        Err(HandlerError::Poison {
            reason: "other_cluster",
            detail,
        })
    }

    async fn load(&self, group: &str, partition: &TopicPartition) -> Result<Checkpoint, HandlerError> {
        let mut conn = self.pool.acquire().await?;
        match store::load(&mut conn, group, partition).await? {
            Some(row) => Ok(Checkpoint::from(row)),
            None => Ok(Checkpoint::of(Stored::Nothing, store::now(&mut conn).await?)),
        }
    }

    async fn begin_at(
        &self,
        group: &str,
        partition: &TopicPartition,
        expected: Stored,
        next: NextOffset,
    ) -> Result<bool, HandlerError> {
        let mut conn = self.pool.acquire().await?;
        Ok(place(&mut conn, group, partition, expected, next).await?)
    }

    async fn adopt(
        &self,
        group: &str,
        partition: &TopicPartition,
        expected: Stored,
        next: NextOffset,
    ) -> Result<Adopted, HandlerError> {
        let mut tx = self.pool.begin().await?;
        if !place(&mut tx, group, partition, expected, next).await? {
            return Ok(Adopted::Refused);
        }
        let epoch = outbox::current_epoch(&mut tx).await?;
        let at = Timestamp::new(store::now(&mut tx).await?);
        let event = adopted(group, partition, expected, next).event(kind::OFFSETS_ADOPTED, epoch, at);
        outbox::enqueue_adopted_offset(&mut tx, &event).await?;
        tx.commit().await?;
        Ok(Adopted::Audited)
    }

    async fn apply(
        &self,
        batch: &[Record<Self::Message>],
        step: Step<'_>,
    ) -> Result<Vec<Verdict>, ApplyError> {
        let mut tx = self.pool.begin().await.map_err(whole)?;
        let verdicts = self.verdicts(&mut tx, batch).await?;
        let applied = batch.iter().map(|record| &record.raw);
        close_holes(&mut tx, step.group, applied).await.map_err(whole)?;
        if !store::advance(&mut tx, step).await.map_err(whole)? {
            return Err(ApplyError::Fenced);
        }
        tx.commit().await.map_err(whole)?;
        self.handler.after_commit();
        Ok(verdicts)
    }

    async fn pass_over(&self, raw: &RawRecord, reason: &str, step: Step<'_>) -> Result<(), ApplyError> {
        let mut tx = self.pool.begin().await.map_err(whole)?;
        close_holes(&mut tx, step.group, std::iter::once(raw))
            .await
            .map_err(whole)?;
        store::add_hole(&mut tx, step.group, step.partition, step.last_offset, reason)
            .await
            .map_err(whole)?;
        if !store::advance(&mut tx, step).await.map_err(whole)? {
            return Err(ApplyError::Fenced);
        }
        tx.commit().await.map_err(whole)
    }

    async fn stop(
        &self,
        group: &str,
        partition: &TopicPartition,
        expected: NextOffset,
        why: &str,
    ) -> Result<bool, HandlerError> {
        let mut conn = self.pool.acquire().await?;
        Ok(store::stop(&mut conn, group, partition, expected, why).await?)
    }

    async fn stored(&self, group: &str) -> Result<Vec<(TopicPartition, NextOffset)>, HandlerError> {
        let mut conn = self.pool.acquire().await?;
        Ok(store::stored(&mut conn, group).await?)
    }

    async fn holes(&self, group: &str) -> Result<Vec<(TopicPartition, i64)>, HandlerError> {
        let mut conn = self.pool.acquire().await?;
        Ok(store::holes(&mut conn, group).await?)
    }
}

/// A redriven record that is finished, well or badly, leaves the hole of its earlier death no longer open, also when
/// another tool than `taskctl` redrove it.
async fn close_holes<'a>(
    tx: &mut PgConnection,
    group: &str,
    records: impl Iterator<Item = &'a RawRecord> + Send,
) -> Result<(), sqlx::Error> {
    for raw in records {
        if let Some((partition, offset)) = closed_hole(raw, group) {
            store::close_hole(tx, group, &partition, offset).await?;
        }
    }
    Ok(())
}

async fn place(
    conn: &mut PgConnection,
    group: &str,
    partition: &TopicPartition,
    expected: Stored,
    next: NextOffset,
) -> Result<bool, sqlx::Error> {
    match expected.offset() {
        Some(expected) => store::move_to(conn, group, partition, expected, next).await,
        None => store::begin_at(conn, group, partition, next).await,
    }
}

/// What the audit log gets to know. Kafka does not tell who commits.
fn adopted(group: &str, partition: &TopicPartition, from: Stored, next: NextOffset) -> OperatorAction {
    let before = match from.offset() {
        Some(from) => format!("instead of {from}"),
        None => "where none was stored".to_owned(),
    };
    OperatorAction {
        operator: "unknown".to_owned(),
        command: "rpk group seek".to_owned(),
        subject: format!("{group} {partition}"),
        detail: format!("next offset {next} {before}; committed in Kafka past taskctl, without a reason"),
    }
}

fn whole(error: sqlx::Error) -> ApplyError {
    ApplyError::Whole(HandlerError::Database(error))
}

impl From<Row> for Checkpoint {
    fn from(row: Row) -> Self {
        let count = |value: i32| u32::try_from(value).unwrap_or(0);
        Self {
            next: Stored::At(NextOffset(row.next_offset)),
            last: row.last_offset.zip(row.last_hash),
            limit: Limit {
                run: count(row.dead_run),
                window_start: row.window_start,
                window_records: count(row.window_records),
                window_dead: count(row.window_dead),
            },
            stopped: row.stopped,
            now: row.now,
        }
    }
}
