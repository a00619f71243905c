//! One partition's worker: decodes, applies in order and in batches, waits through outages, dead-letters poison.

mod dead_letter;
mod stop;
#[cfg(test)]
mod tests;

use std::collections::VecDeque;
use std::panic::AssertUnwindSafe;
use std::time::Duration;

use chrono::{DateTime, Utc};
use futures_util::FutureExt as _;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};

use self::dead_letter::Cause;
use super::cursor::{Cursor, Delivered, GapCount, NextOffset, Refused, TopicPartition};
use super::effects::{ApplyError, Checkpoint, Effects, Step};
use super::handler::{HandlerError, Record, Verdict};
use super::poller::PollRequest;
use super::queue::{Receiver, queue};
use super::shared::{BeginError, Shared};
use crate::codec::{DecodeError, FromRecord as _};
use crate::dlq::limit::Limit;
use crate::metrics::{self, label};
use crate::record::RawRecord;
use crate::retry::{self, Backoff};

/// Records taken from the queue at once.
const MAX_TAKEN: usize = 100;

#[derive(Debug)]
pub(super) enum WorkerExit {
    /// The partition was revoked, or the process stops.
    Cancelled,
    /// Look again where the partition stands.
    Restart(String),
    /// An operator has to decide.
    Stopped(String),
}

impl WorkerExit {
    fn restart(why: &str) -> Self {
        Self::Restart(why.to_owned())
    }

    fn fenced() -> Self {
        Self::restart("another process has moved the offset")
    }
}

type Flow<T = ()> = Result<T, WorkerExit>;

/// Works on one partition from its assignment to its revocation.
pub(super) struct Worker<E: Effects> {
    shared: std::sync::Arc<Shared<E>>,
    partition: TopicPartition,
    cancel: CancellationToken,
    cursor: Cursor,
    gaps: GapCount,
    limit: Limit,
    clock: (DateTime<Utc>, Instant),
    /// Waits between attempts at what is in front; begins anew with every success.
    backoff: Backoff,
    /// Waits before it is asked anew where the partition stands; begins anew when a record is finished.
    restarts: Backoff,
    /// Attempts at the record in front that failed for a reason nobody knows. Waits of an outage are not counted: they
    /// never add up to a dead letter.
    unknown_failures: u32,
    first_error: Option<DateTime<Utc>>,
    /// Outcomes counted since the offset moved last.
    outcomes: i64,
}

impl<E: Effects> Worker<E> {
    pub(super) fn new(
        shared: std::sync::Arc<Shared<E>>,
        partition: TopicPartition,
        cancel: CancellationToken,
    ) -> Self {
        let backoff = || Backoff::new(retry::FIRST, shared.longest_wait);
        let (backoff, restarts) = (backoff(), backoff());
        Self {
            shared,
            partition,
            cancel,
            cursor: Cursor::new(NextOffset(0), None, 0),
            gaps: GapCount::default(),
            limit: Limit::default(),
            clock: (DateTime::UNIX_EPOCH, Instant::now()),
            backoff,
            restarts,
            unknown_failures: 0,
            first_error: None,
            outcomes: 0,
        }
    }

    /// Works until the partition is revoked or the process stops.
    pub(super) async fn run(mut self) {
        metrics::CONSUMER.begin(&self.shared.group, &self.partition);
        if let Some(why) = self.shared.expected.refuses(&self.partition) {
            self.stay_out(&why).await;
            return;
        }
        loop {
            let left = match self.serve().await {
                Ok(()) => WorkerExit::Cancelled,
                Err(leave) => leave,
            };
            let goes_on = match left {
                WorkerExit::Cancelled => Err(WorkerExit::Cancelled),
                WorkerExit::Restart(why) => {
                    info!(partition = %self.partition, why, "looking again where the partition stands");
                    self.shared.send(PollRequest::StopReading(self.partition.clone()));
                    let wait = self.restarts.next_wait();
                    self.pause(wait).await
                }
                WorkerExit::Stopped(why) => self.stay_stopped(&why).await,
            };
            if goes_on.is_err() {
                return;
            }
        }
    }

    async fn serve(&mut self) -> Flow {
        self.find_start().await?;
        let (sender, mut queue) = queue(&self.shared.budget);
        self.shared.progress.reads_into(&self.partition, queue.bytes());
        let from = self.cursor.expected();
        self.shared
            .send(PollRequest::StartReading(self.partition.clone(), from, sender));
        loop {
            let batch = self.receive(&mut queue).await?;
            let (batch, refused) = self.verify(batch);
            self.finish(batch).await?;
            if let Some(refused) = refused {
                return self.refuse(refused).await;
            }
        }
    }

    async fn receive(&self, queue: &mut Receiver) -> Flow<VecDeque<RawRecord>> {
        let first = tokio::select! {
            biased;
            () = self.cancel.cancelled() => return Err(WorkerExit::Cancelled),
            first = queue.recv() => first.ok_or_else(|| WorkerExit::restart("the partition is no longer read"))?,
        };
        let mut batch = VecDeque::from([first]);
        while batch.len() < MAX_TAKEN
            && let Some(record) = queue.try_recv()
        {
            batch.push_back(record);
        }
        Ok(batch)
    }

    /// Finds where the partition stands, for as long as it takes.
    async fn find_start(&mut self) -> Flow {
        loop {
            let begun = tokio::select! {
                () = self.cancel.cancelled() => return Err(WorkerExit::Cancelled),
                begun = self.shared.begin(&self.partition) => begun,
            };
            match begun {
                Ok(begin) => {
                    self.backoff.reset();
                    let Checkpoint { last, limit, now, .. } = begin.checkpoint;
                    self.clock = (now, Instant::now());
                    self.cursor = Cursor::new(begin.next, last, begin.low);
                    self.limit = limit;
                    self.shared.progress.found(&self.partition, begin.next);
                    return Ok(());
                }
                Err(BeginError::Stopped(why, None)) => return Err(WorkerExit::Stopped(why)),
                Err(BeginError::Stopped(why, Some(stored))) => {
                    self.cursor = Cursor::new(stored, None, 0);
                    return self.stop(why).await;
                }
                Err(BeginError::Outage(why)) => {
                    warn!(partition = %self.partition, why, "cannot tell where the partition stands");
                    self.wait().await?;
                }
            }
        }
    }

    /// The records that may be applied, up to the first that must not be.
    fn verify(&mut self, batch: VecDeque<RawRecord>) -> (VecDeque<RawRecord>, Option<Refused>) {
        let mut next = VecDeque::with_capacity(batch.len());
        for record in batch {
            match self.cursor.deliver(record.offset, || record.fingerprint()) {
                Ok(Delivered::Next) => next.push_back(record),
                Ok(Delivered::Last | Delivered::Behind) => {}
                Err(refused) => return (next, Some(refused)),
            }
        }
        (next, None)
    }

    /// Brings every record of the batch to its end.
    async fn finish(&mut self, batch: VecDeque<RawRecord>) -> Flow {
        let mut ready = VecDeque::with_capacity(batch.len());
        for raw in batch {
            match self.decode(&raw).await? {
                Ok(message) => ready.push_back(Record { message, raw }),
                Err(cause) => {
                    self.apply(&mut ready).await?;
                    self.dead_letter(&raw, cause).await?;
                }
            }
        }
        self.apply(&mut ready).await
    }

    async fn decode(&mut self, raw: &RawRecord) -> Flow<Result<E::Message, Cause>> {
        let Some(origin) = raw.origin() else {
            let detail = format!("{} is not a topic of Taskwire", raw.topic);
            return Ok(Err(Cause::poison("unknown_topic", detail)));
        };
        loop {
            match E::Message::from_record(&self.shared.decoder, origin, raw).await {
                Ok(message) => return Ok(Ok(message)),
                Err(DecodeError::Poison { reason, detail }) => return Ok(Err(Cause::poison(reason, detail))),
                Err(DecodeError::Outage(why)) => self.wait_out_outage(&why).await?,
            }
        }
    }

    /// Applies all of `ready`, as one batch where that works and record by record where one is in the way.
    async fn apply(&mut self, ready: &mut VecDeque<Record<E::Message>>) -> Flow {
        let mut at_most = E::MAX_BATCH;
        // So many records in front failed as a batch, and nobody knows for which of them.
        let mut alone = 0_usize;
        while !ready.is_empty() {
            let batch = ready.make_contiguous();
            let (batch, _) = batch.split_at(batch.len().min(at_most));
            let tried = batch.len();
            let finished = match self.attempt(batch).await? {
                Ok(()) => {
                    ready.drain(..tried);
                    tried
                }
                Err(ApplyError::Fenced) => return Err(WorkerExit::fenced()),
                Err(ApplyError::Whole(error)) => {
                    self.wait_out_outage(&error.to_string()).await?;
                    continue;
                }
                Err(ApplyError::Batch(error)) if tried > 1 && error.is_outage() => {
                    self.wait_out_outage(&error.to_string()).await?;
                    continue;
                }
                Err(ApplyError::Batch(_)) if tried > 1 => {
                    (at_most, alone) = (1, tried);
                    continue;
                }
                Err(ApplyError::Batch(error) | ApplyError::Record(0, error)) => {
                    at_most = 1;
                    match self.cause_of_death(error).await? {
                        Some(cause) => self.bury(ready, cause).await?,
                        None => continue,
                    }
                }
                Err(ApplyError::Record(before, _)) => {
                    at_most = before;
                    continue;
                }
            };
            alone = alone.saturating_sub(finished);
            at_most = if alone > 0 { 1 } else { E::MAX_BATCH };
        }
        Ok(())
    }

    /// Dead-letters the record in front.
    async fn bury(&mut self, ready: &mut VecDeque<Record<E::Message>>, cause: Cause) -> Flow<usize> {
        let Some(record) = ready.pop_front() else {
            return Ok(0);
        };
        self.dead_letter(&record.raw, cause).await?;
        Ok(1)
    }

    /// One transaction. A panic of the handler counts as an unknown error of one of the records.
    async fn attempt(&mut self, batch: &[Record<E::Message>]) -> Flow<Result<(), ApplyError>> {
        let (Some(first), Some(last)) = (batch.first(), batch.last()) else {
            return Ok(Ok(()));
        };
        let next = self.after(first.raw.offset, last.raw.offset, batch.len())?;
        let mut limit = self.limit;
        limit.good(u32::try_from(batch.len()).unwrap_or(u32::MAX), self.now());
        let hash = last.raw.fingerprint();
        let step = self.step(last.raw.offset, &hash, &limit);
        let applied = AssertUnwindSafe(self.shared.effects.apply(batch, step))
            .catch_unwind()
            .await;
        match applied {
            Ok(Ok(verdicts)) => {
                for (record, verdict) in batch.iter().zip(verdicts) {
                    self.count(record, verdict);
                }
                self.moved(next, limit);
                Ok(Ok(()))
            }
            Ok(Err(error)) => Ok(Err(error)),
            Err(_) => {
                let error = HandlerError::Unknown("the handler panicked".to_owned());
                Ok(Err(ApplyError::Batch(error)))
            }
        }
    }

    /// Where the partition stands after these records: the invariant that none is passed over, asked once more right
    /// before their effect.
    fn after(&self, first: i64, last: i64, records: usize) -> Flow<NextOffset> {
        let after = self.cursor.after(first, last, records);
        after.map_err(|gap| WorkerExit::Restart(format!("refusing to apply out of turn: {gap}")))
    }

    fn step<'a>(&'a self, last_offset: i64, last_hash: &'a [u8], limit: &'a Limit) -> Step<'a> {
        Step {
            group: &self.shared.group,
            partition: &self.partition,
            expected: self.cursor.next(),
            last_offset,
            last_hash,
            limit,
        }
    }

    /// The offset has moved. What was consumed is counted by the offset, and compared with the outcomes counted.
    fn moved(&mut self, next: NextOffset, limit: Limit) {
        let records = next.0.saturating_sub(self.cursor.next().0);
        let labels = self.labels();
        metrics::CONSUMER
            .consumed
            .add(u64::try_from(records).unwrap_or(0), &labels);
        let outcomes = std::mem::take(&mut self.outcomes);
        self.shared.progress.consumed(&self.partition, records, outcomes);
        self.cursor.moved(next);
        self.limit = limit;
        self.backoff.reset();
        self.restarts.reset();
        self.unknown_failures = 0;
        self.first_error = None;
        self.shared.moved(&self.partition, next, &limit);
    }

    /// Waits through an outage, which dead-letters nothing however long it lasts.
    async fn wait_out_outage(&mut self, why: &str) -> Flow {
        if self.first_error.is_none() {
            self.first_error = Some(self.now());
        }
        metrics::CONSUMER.outages.add(1, &self.labels());
        warn!(partition = %self.partition, offset = %self.cursor.next(), why, "waiting before the next attempt");
        self.wait().await?;
        metrics::CONSUMER.retries.add(1, &self.labels());
        self.expect_not_moved().await
    }

    /// An operator may have moved the partition past the record that waits; without this a wait without an end would
    /// never hear of it.
    async fn expect_not_moved(&self) -> Flow {
        let checkpoint = tokio::select! {
            () = self.cancel.cancelled() => return Err(WorkerExit::Cancelled),
            checkpoint = self.shared.effects.load(&self.shared.group, &self.partition) => checkpoint,
        };
        let stored = checkpoint.ok().and_then(|checkpoint| checkpoint.next.offset());
        match stored {
            Some(next) if next != self.cursor.next() => Err(WorkerExit::fenced()),
            _ => Ok(()),
        }
    }

    async fn wait(&mut self) -> Flow {
        let wait = self.backoff.next_wait();
        self.pause(wait).await
    }

    async fn pause(&self, wait: Duration) -> Flow {
        tokio::select! {
            () = self.cancel.cancelled() => Err(WorkerExit::Cancelled),
            () = tokio::time::sleep(wait) => Ok(()),
        }
    }

    /// The time where the offsets are kept, carried on by a monotonic clock.
    fn now(&self) -> DateTime<Utc> {
        let (base, since) = self.clock;
        base.checked_add_signed(chrono::TimeDelta::from_std(since.elapsed()).unwrap_or_default())
            .unwrap_or(base)
    }

    fn count(&mut self, record: &Record<E::Message>, verdict: Verdict) {
        if let Verdict::Skipped(why) = verdict {
            tracing::debug!(partition = %self.partition, offset = record.raw.offset, why, "record skipped");
        }
        if verdict == Verdict::Applied && record.raw.is_redriven() {
            metrics::CONSUMER.redriven.add(1, &self.labels());
        }
        self.count_outcome(verdict.kind());
    }

    fn count_outcome(&mut self, outcome: &'static str) {
        self.outcomes = self.outcomes.saturating_add(1);
        let labels = [self.labels().as_slice(), &[label("outcome", outcome)]].concat();
        metrics::CONSUMER.records.add(1, &labels);
    }

    fn labels(&self) -> [opentelemetry::KeyValue; 3] {
        metrics::partition_labels(&self.shared.group, &self.partition)
    }
}
