//! One partition's worker: decodes, applies in order and in batches, waits through outages, dead-letters poison.

use std::collections::VecDeque;
use std::panic::AssertUnwindSafe;
use std::sync::PoisonError;

use chrono::{DateTime, Utc};
use futures_util::FutureExt as _;
use tokio::sync::mpsc;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tracing::{error, info, warn};

use super::cursor::{NextOffset, Place};
use super::effects::{ApplyError, Effects, Memory, Step};
use super::handler::{HandlerError, Record, Verdict};
use super::poller::Command;
use super::shared::{BeginError, Shared};
use crate::codec::{DecodeError, FromRecord as _};
use crate::dlq::limit::Limit;
use crate::dlq::record::{Class, DeadLetter};
use crate::metrics::{self, label};
use crate::record::RawRecord;
use crate::retry::{self, Backoff};

/// Records that wait for a worker; what is beyond pauses the partition.
const QUEUE: usize = 256;
/// Records taken from the queue at once.
const MAX_TAKEN: usize = 100;
/// Attempts at an error that may be the record's fault or ours.
const MAX_ATTEMPTS: u32 = 10;

/// Why a worker left its loop.
#[derive(Debug)]
pub(super) enum Leave {
    /// The partition was revoked, or the process stops.
    Cancelled,
    /// Look again where the partition stands.
    Restart(&'static str),
    /// An operator has to decide.
    Stopped(String),
}

type Flow<T = ()> = Result<T, Leave>;

/// The cursor of one assignment.
pub(super) struct Worker<E: Effects> {
    shared: std::sync::Arc<Shared<E>>,
    place: Place,
    cancel: CancellationToken,
    next: NextOffset,
    /// The record before `next`, to be found again at the start.
    last: Option<(i64, Vec<u8>)>,
    limit: Limit,
    clock: (DateTime<Utc>, Instant),
    backoff: Backoff,
    first_error: Option<DateTime<Utc>>,
}

impl<E: Effects> Worker<E> {
    pub(super) fn new(shared: std::sync::Arc<Shared<E>>, place: Place, cancel: CancellationToken) -> Self {
        let backoff = Backoff::new(retry::FIRST, shared.longest_wait);
        Self {
            shared,
            place,
            cancel,
            next: NextOffset(0),
            last: None,
            limit: Limit::default(),
            clock: (DateTime::UNIX_EPOCH, Instant::now()),
            backoff,
            first_error: None,
        }
    }

    /// Works until the partition is revoked or the process stops.
    pub(super) async fn run(mut self) {
        loop {
            match self.serve().await {
                Ok(()) | Err(Leave::Cancelled) => return,
                Err(Leave::Restart(why)) => {
                    info!(partition = %self.place, why, "looking again where the partition stands");
                    if self.wait().await.is_err() {
                        return;
                    }
                }
                Err(Leave::Stopped(why)) => return self.stay_stopped(&why).await,
            }
        }
    }

    async fn stay_stopped(&self, why: &str) {
        error!(partition = %self.place, why, "partition stopped until an operator decides (taskctl offsets, taskctl dlq)");
        metrics::CONSUMER.stopped.record(1, &self.labels());
        self.shared.send(Command::Halt(self.place.clone()));
        self.cancel.cancelled().await;
        metrics::CONSUMER.stopped.record(0, &self.labels());
    }

    async fn serve(&mut self) -> Flow {
        let from = self.find_start().await?;
        let (sender, mut queue) = mpsc::channel(QUEUE);
        self.shared.send(Command::Begin(self.place.clone(), from, sender));
        loop {
            let batch = self.receive(&mut queue).await?;
            let batch = match self.verify(batch) {
                Err(Leave::Stopped(why)) => return self.stop(why).await,
                verified => verified?,
            };
            self.finish(batch).await?;
        }
    }

    async fn receive(&self, queue: &mut mpsc::Receiver<RawRecord>) -> Flow<VecDeque<RawRecord>> {
        let first = tokio::select! {
            biased;
            () = self.cancel.cancelled() => return Err(Leave::Cancelled),
            first = queue.recv() => first.ok_or(Leave::Restart("the poll thread dropped the queue"))?,
        };
        let mut batch = VecDeque::from([first]);
        while batch.len() < MAX_TAKEN
            && let Ok(record) = queue.try_recv()
        {
            batch.push_back(record);
        }
        Ok(batch)
    }

    /// Finds where the partition stands, for as long as it takes.
    async fn find_start(&mut self) -> Flow<NextOffset> {
        loop {
            match self.shared.begin(&self.place).await {
                Ok(begin) => {
                    self.backoff.reset();
                    let Memory { last, limit, now, .. } = begin.memory;
                    self.clock = (now, Instant::now());
                    (self.next, self.last, self.limit) = (begin.next, last, limit);
                    // One record earlier when it is still there, to see that the topic is the one we knew.
                    let known = self.last.as_ref().map(|(offset, _)| *offset);
                    let known = known
                        .filter(|offset| NextOffset::after(*offset) == self.next && *offset >= begin.low);
                    if known.is_none() {
                        self.last = None;
                    }
                    return Ok(NextOffset(known.unwrap_or(self.next.0)));
                }
                Err(BeginError::Stopped(why)) => return Err(Leave::Stopped(why)),
                Err(BeginError::Outage(why)) => {
                    warn!(partition = %self.place, why, "cannot tell where the partition stands");
                    self.wait().await?;
                }
            }
        }
    }

    /// Compares the record before ours with the one that we remember, and drops what is behind us.
    fn verify(&mut self, mut batch: VecDeque<RawRecord>) -> Flow<VecDeque<RawRecord>> {
        if let Some((offset, hash)) = self.last.take()
            && let Some(record) = batch.front().filter(|record| record.offset == offset)
            && hash != record.fingerprint()
        {
            return Err(Leave::Stopped(format!(
                "the record at offset {offset} is not the one that was applied: the topic was re-created"
            )));
        }
        batch.retain(|record| record.offset >= self.next.0);
        Ok(batch)
    }

    /// Brings every record of the batch to its end.
    async fn finish(&mut self, batch: VecDeque<RawRecord>) -> Flow {
        let mut ready = VecDeque::with_capacity(batch.len());
        for raw in batch {
            match self.decode(&raw).await? {
                Ok(message) => ready.push_back(Record { message, raw }),
                Err((reason, detail)) => {
                    self.apply(&mut ready).await?;
                    self.bury(&raw, Class::Poison, reason, &detail).await?;
                }
            }
        }
        self.apply(&mut ready).await
    }

    async fn decode(&mut self, raw: &RawRecord) -> Flow<Result<E::Message, (&'static str, String)>> {
        let Some(origin) = raw.origin() else {
            return Ok(Err((
                "unknown_topic",
                format!("{} is not a topic of Taskwire", raw.topic),
            )));
        };
        loop {
            match E::Message::from_record(&self.shared.decoder, origin, raw).await {
                Ok(message) => return Ok(Ok(message)),
                Err(DecodeError::Poison { reason, detail }) => return Ok(Err((reason, detail))),
                Err(DecodeError::Outage(why)) => self.sit_out(&why).await?,
            }
        }
    }

    /// Applies all of `ready`, as one batch where that works and record by record where one is in the way.
    async fn apply(&mut self, ready: &mut VecDeque<Record<E::Message>>) -> Flow {
        let mut at_most = E::MAX_BATCH;
        while !ready.is_empty() {
            let batch = ready.make_contiguous();
            let (batch, _later) = batch.split_at(batch.len().min(at_most));
            match self.attempt(batch).await? {
                Ok(done) => {
                    ready.drain(..done);
                    at_most = E::MAX_BATCH;
                }
                Err(ApplyError::Fenced) => return Err(Leave::Restart("another process has the partition")),
                Err(ApplyError::Whole(error)) => self.sit_out(&error.to_string()).await?,
                Err(ApplyError::Record(0, error)) => {
                    at_most = 1;
                    if let Some((class, reason, detail)) = self.judge(error).await?
                        && let Some(record) = ready.pop_front()
                    {
                        self.bury(&record.raw, class, reason, &detail).await?;
                    }
                }
                Err(ApplyError::Record(before, _)) => at_most = before,
            }
        }
        Ok(())
    }

    /// One transaction. A panic of the handler counts as an unknown error of the first record.
    async fn attempt(&mut self, batch: &[Record<E::Message>]) -> Flow<Result<usize, ApplyError>> {
        let Some(last) = batch.last() else {
            return Ok(Ok(0));
        };
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
                self.moved(NextOffset::after(last.raw.offset), limit);
                Ok(Ok(batch.len()))
            }
            Ok(Err(error)) => Ok(Err(error)),
            Err(_panic) => {
                let error = HandlerError::Unknown("the handler panicked".to_owned());
                Ok(Err(ApplyError::Record(0, error)))
            }
        }
    }

    /// Says that the record in front is dead, or waits.
    async fn judge(&mut self, error: HandlerError) -> Flow<Option<(Class, &'static str, String)>> {
        let unknown = match &error {
            HandlerError::Poison { reason, detail } => {
                return Ok(Some((Class::Poison, reason, detail.clone())));
            }
            HandlerError::Outage(_) => false,
            HandlerError::Unknown(_) => true,
            HandlerError::Database(error) => !service_kit::pg::is_outage(error),
        };
        let text = error.to_string();
        if unknown && self.backoff.attempts().saturating_add(1) >= MAX_ATTEMPTS {
            return Ok(Some((Class::Exhausted, "unknown_error", text)));
        }
        self.sit_out(&text).await?;
        Ok(None)
    }

    /// Dead-letters a record: acknowledged first, then the offset moves over it.
    async fn bury(&mut self, raw: &RawRecord, class: Class, reason: &'static str, detail: &str) -> Flow {
        let Some(origin) = raw.origin() else {
            return Err(Leave::Stopped(format!(
                "{} is not a topic of Taskwire",
                raw.topic
            )));
        };
        let now = self.now();
        let mut limit = self.limit;
        if let Err(reached) = limit.dead(now) {
            return self
                .stop(format!("{reached}; the last one: {reason}: {detail}"))
                .await;
        }
        let letter = DeadLetter {
            raw,
            origin,
            class,
            reason,
            error: detail,
            attempts: self.backoff.attempts().saturating_add(1),
            first_error_at: self.first_error.unwrap_or(now),
            last_error_at: now,
        };
        while let Err(error) = self.shared.dead_letters.publish(&letter).await {
            self.sit_out(&format!("cannot dead-letter: {error}")).await?;
        }
        let hash = raw.fingerprint();
        loop {
            let step = self.step(raw.offset, &hash, &limit);
            match self.shared.effects.pass_over(reason, step).await {
                Ok(()) => break,
                Err(ApplyError::Fenced) => return Err(Leave::Restart("another process has the partition")),
                Err(ApplyError::Whole(error) | ApplyError::Record(_, error)) => {
                    self.sit_out(&error.to_string()).await?;
                }
            }
        }
        let id = letter.id(self.shared.service);
        warn!(dead_letter.id = id, reason, detail, "record dead-lettered");
        self.count_outcome("dead_lettered");
        self.moved(NextOffset::after(raw.offset), limit);
        Ok(())
    }

    async fn stop(&mut self, why: String) -> Flow {
        while let Err(error) = self
            .shared
            .effects
            .stop(&self.shared.group, &self.place, &why)
            .await
        {
            self.sit_out(&error.to_string()).await?;
        }
        Err(Leave::Stopped(why))
    }

    fn step<'a>(&'a self, last_offset: i64, last_hash: &'a [u8], limit: &'a Limit) -> Step<'a> {
        Step {
            group: &self.shared.group,
            place: &self.place,
            expected: self.next,
            last_offset,
            last_hash,
            limit,
        }
    }

    fn moved(&mut self, next: NextOffset, limit: Limit) {
        self.next = next;
        self.limit = limit;
        self.backoff.reset();
        self.first_error = None;
        let mut finished = self
            .shared
            .finished
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        finished.insert(self.place.clone(), next.0);
    }

    /// Waits through an outage, which dead-letters nothing however long it lasts.
    async fn sit_out(&mut self, why: &str) -> Flow {
        if self.first_error.is_none() {
            self.first_error = Some(self.now());
        }
        metrics::CONSUMER.outages.add(1, &self.labels());
        warn!(partition = %self.place, offset = %self.next, why, "waiting before the next attempt");
        self.wait().await
    }

    async fn wait(&mut self) -> Flow {
        let wait = self.backoff.next_wait();
        tokio::select! {
            () = self.cancel.cancelled() => Err(Leave::Cancelled),
            () = tokio::time::sleep(wait) => Ok(()),
        }
    }

    /// The time where the offsets are kept, carried on by a monotonic clock.
    fn now(&self) -> DateTime<Utc> {
        let (base, since) = self.clock;
        base.checked_add_signed(chrono::TimeDelta::from_std(since.elapsed()).unwrap_or_default())
            .unwrap_or(base)
    }

    fn count(&self, record: &Record<E::Message>, verdict: Verdict) {
        if let Verdict::Skipped(why) = verdict {
            tracing::debug!(partition = %self.place, offset = record.raw.offset, why, "record skipped");
        }
        self.count_outcome(verdict.kind());
    }

    fn count_outcome(&self, outcome: &'static str) {
        let mut labels = self.labels().to_vec();
        labels.push(label("outcome", outcome));
        metrics::CONSUMER.records.add(1, &labels);
    }

    fn labels(&self) -> [opentelemetry::KeyValue; 2] {
        [
            label("group", self.shared.group.clone()),
            label("topic", self.place.topic.clone()),
        ]
    }
}
