//! The relay while it holds the lease: one loop that reads, sends, and deletes what was acknowledged.

use std::{collections::HashSet, sync::Arc, time::Duration};

use futures_util::{StreamExt, future::BoxFuture, stream::FuturesUnordered};
use tokio_util::sync::CancellationToken;
use tracing::Instrument;

use super::{
    Relay,
    desk::{Desk, Done, Job, Outcome, PageOf, Park, SESSION},
    metrics, record,
    tenure::Tenure,
};
use crate::{
    codec::wire::SchemaId,
    outbox::{
        queue::{Admission, Found, Lane, Queues, Refill, Sending},
        reading::{Read, Reading},
        schema_ids::{SchemaIds, Wanted},
        store::relay::{Except, Parked, Row},
    },
    producer::{Acknowledged, FailureKind, ProducerError},
    retry,
};

/// Acknowledged rows wait this long for others, to be deleted together.
const DELETE_AFTER: Duration = Duration::from_millis(10);

/// So many acknowledged rows are not kept waiting.
const DELETE_BATCH: usize = 512;

/// How often the backlog is measured and the parked keys are read again.
const SURVEY: Duration = Duration::from_secs(5);

/// How long sending pauses when the producer's queue is full, unless an acknowledgement comes first.
const QUEUE_FULL: Duration = Duration::from_millis(10);

/// How long a row waits for its schema's id, unless the id comes first.
const SCHEMA_WAIT: Duration = Duration::from_secs(30);

/// A record is refused for good after so many tries: a neighbour in its batch may have been to blame before.
const REFUSALS: u32 = 3;

/// Lanes that one statement refills.
const REFILLS: usize = 32;

/// Lanes that a page leaves out by name; more than that are left out after reading.
const PASSED_OVER: usize = 1_000;

/// How long the last deletes may take when the lease ends.
const LAST_DELETE: Duration = Duration::from_millis(1_500);

/// Why a relay stopped leading.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    /// A stop was asked for, and what was in flight has been acknowledged or waited for long enough.
    Stopped,
    /// The lease passed on, or its deadline passed.
    LeaseLost,
}

/// What the loop wakes up for.
enum Event {
    Woken,
    Delivered(Delivered),
    Done(Outcome),
    SchemaLearned(Wanted, SchemaId),
    StopAsked,
    Timer,
}

/// The fate of one record.
struct Delivered {
    id: i64,
    row: Arc<Row>,
    sent_at: Duration,
    result: Result<Acknowledged, ProducerError>,
}

/// One lease's worth of relaying. All of it can be forgotten at any moment: the table knows everything that counts.
pub(super) struct Session<'a> {
    relay: &'a Relay,
    tenure: &'a Tenure,
    stop: &'a CancellationToken,
    queues: Queues<Arc<Row>>,
    reading: Reading,
    schema_ids: SchemaIds,
    desk: Desk,
    /// Jobs that go before any read.
    errands: Vec<Job>,
    deliveries: FuturesUnordered<BoxFuture<'static, Delivered>>,
    opened: bool,
    refill_next: bool,
    desk_failures: u32,
    desk_free_at: Duration,
    delete_at: Option<Duration>,
    survey_at: Duration,
    paused_until: Option<Duration>,
    stop_by: Option<Duration>,
}

impl<'a> Session<'a> {
    pub(super) fn new(relay: &'a Relay, tenure: &'a Tenure, stop: &'a CancellationToken) -> Self {
        let now = relay.clock.now();
        let registry = relay.registry.url().to_owned();
        Self {
            relay,
            tenure,
            stop,
            queues: Queues::new(relay.settings.limits, HashSet::new()),
            reading: Reading::new(relay.settings.rhythm, now),
            schema_ids: SchemaIds::new(relay.registry.clone(), Vec::new()),
            desk: Desk::new(relay.options.clone().options(SESSION)),
            errands: vec![Job::Open { registry }],
            deliveries: FuturesUnordered::new(),
            opened: false,
            refill_next: false,
            desk_failures: 0,
            desk_free_at: now,
            delete_at: None,
            survey_at: now,
            paused_until: None,
            stop_by: None,
        }
    }

    /// The loop. It may be dropped at any await.
    pub(super) async fn run(&mut self) -> End {
        loop {
            let now = self.now();
            if !self.tenure.holds() {
                return End::LeaseLost;
            }
            if self.has_stopped(now) {
                return End::Stopped;
            }
            self.send_ready();
            self.start_job(now);
            match self.next_event().await {
                Event::Woken => self.woken(),
                Event::Delivered(delivered) => self.delivered(delivered),
                Event::Done(Ok(done)) => self.done(done),
                Event::Done(Err((job, error))) => self.job_failed(job, &error),
                Event::SchemaLearned(schema, id) => self.schema_learned(schema, id.0),
                Event::StopAsked => self.stop_by = Some(self.now() + self.relay.settings.drain),
                Event::Timer => {}
            }
        }
    }

    /// Deletes what was acknowledged but is still in the table; right even after the lease was lost.
    pub(super) async fn finish(mut self) {
        let deletes = async {
            if !self.desk.is_free()
                && let Ok(Done::Deleted(ids)) = self.desk.done().await
            {
                self.queues.deleted(&ids);
            }
            let ids = self.queues.take_acknowledged(usize::MAX);
            if !ids.is_empty() {
                self.desk.start(self.tenure.token(), Job::Delete(ids));
                let _repeated_by_the_next_holder = self.desk.done().await;
            }
        };
        let _late = tokio::time::timeout(LAST_DELETE, deletes).await;
    }

    async fn next_event(&mut self) -> Event {
        let timer = self.next_timer();
        let stopping = self.stop_by.is_some();
        tokio::select! {
            Some(delivered) = self.deliveries.next() => Event::Delivered(delivered),
            outcome = self.desk.done() => Event::Done(outcome),
            () = self.relay.waker.woken() => Event::Woken,
            (schema, id) = self.schema_ids.learned() => Event::SchemaLearned(schema, id),
            () = self.stop.cancelled(), if !stopping => Event::StopAsked,
            () = self.relay.clock.sleep_until(timer) => Event::Timer,
        }
    }

    /// The next moment at which something is to be done without any other event.
    fn next_timer(&self) -> Duration {
        let idle = self.now() + Duration::from_secs(1);
        let desk = self
            .desk
            .is_free()
            .then(|| self.next_job_at().max(self.desk_free_at));
        let timers = [desk, self.queues.next_retry(), self.paused_until, self.stop_by];
        timers.into_iter().flatten().fold(idle, Duration::min)
    }

    fn next_job_at(&self) -> Duration {
        let now = self.now();
        let reads = self.may_read().then(|| self.reading.next_at(now));
        let refills = (self.may_read() && !self.queues.refills(1).is_empty()).then_some(now);
        let errands = (!self.errands.is_empty()).then_some(now);
        let survey = self.opened.then_some(self.survey_at);
        let jobs = [reads, refills, errands, self.delete_at, survey];
        jobs.into_iter().flatten().min().unwrap_or(Duration::MAX)
    }

    fn may_read(&self) -> bool {
        self.opened && self.stop_by.is_none() && self.queues.room() > 0
    }

    fn has_stopped(&self, now: Duration) -> bool {
        self.stop_by
            .is_some_and(|stop_by| self.queues.in_flight() == 0 || stop_by <= now)
    }

    /// Sends every row whose turn it is; asks before each whether the lease still holds.
    fn send_ready(&mut self) {
        let now = self.now();
        if self.stop_by.is_some() || self.paused_until.is_some_and(|until| now < until) {
            return;
        }
        self.paused_until = None;
        if self.relay.producer.is_broken()
            && let Err(error) = self.relay.producer.rebuild()
        {
            tracing::error!(%error, "cannot rebuild the producer, trying on");
            self.paused_until = Some(now + full_jitter(5));
        }
        while self.paused_until.is_none() && self.tenure.holds() {
            match self.queues.next(now) {
                Some(sending) => self.send(sending),
                None => return,
            }
        }
    }

    fn send(&mut self, sending: Sending<Arc<Row>>) {
        let Sending { id, payload: row, .. } = sending;
        let Some(schema_id) = self.schema_id(&row) else {
            return self.queues.failed(id, self.now() + SCHEMA_WAIT);
        };
        let record = record::outgoing(&row, schema_id);
        let span = send_span(&row);
        let sent_at = self.now();
        match span.in_scope(|| self.relay.producer.enqueue(&record)) {
            Ok(delivery) => {
                let delivered = async move {
                    Delivered {
                        id,
                        row,
                        sent_at,
                        result: delivery.await,
                    }
                };
                self.deliveries.push(Box::pin(delivered.instrument(span)));
            }
            Err(error) => self.undelivered(id, &row, &error),
        }
    }

    fn schema_id(&mut self, row: &Row) -> Option<SchemaId> {
        // The table's CHECK allows 32 bytes only.
        let fingerprint = row.fingerprint.as_slice().try_into().ok()?;
        self.schema_ids.get(Wanted {
            subject: record::subject(&row.topic),
            fingerprint,
        })
    }

    fn woken(&mut self) {
        self.reading.wake();
        if self.relay.waker.take_unparked() {
            self.survey_at = self.now();
        }
    }

    fn delivered(&mut self, delivered: Delivered) {
        let now = self.now();
        self.paused_until = None;
        match delivered.result {
            Ok(_) => {
                self.queues.acknowledged(delivered.id, now);
                self.delete_at.get_or_insert(now + DELETE_AFTER);
                let after = now.saturating_sub(delivered.sent_at);
                metrics::acknowledged(&delivered.row.topic, after);
            }
            Err(error) => self.undelivered(delivered.id, &delivered.row, &error),
        }
    }

    fn undelivered(&mut self, id: i64, row: &Row, error: &ProducerError) {
        let now = self.now();
        let failures = self.queues.failures(id);
        metrics::failed(&row.topic, error.kind().name());
        match error.kind() {
            FailureKind::QueueFull => {
                self.queues.returned(id);
                self.paused_until = Some(now + QUEUE_FULL);
            }
            FailureKind::Record if failures + 1 >= REFUSALS => self.park(id, row, error),
            FailureKind::Record | FailureKind::Outage | FailureKind::Purged | FailureKind::Fatal => {
                tracing::warn!(%error, outbox.id = id, topic = row.topic, "record not delivered, trying again");
                self.queues.failed(id, now + full_jitter(failures));
            }
        }
    }

    fn park(&mut self, id: i64, row: &Row, error: &ProducerError) {
        let Some(lane) = self.queues.park(id) else { return };
        tracing::error!(
            %error, outbox.id = id, event.id = %row.event_id, topic = row.topic,
            "the broker refuses a record for good, its key is parked: see `taskctl outbox list`"
        );
        self.errands.push(Job::Park(Park {
            lane,
            id,
            error: error.to_string(),
        }));
    }

    /// Gives the desk its next job: errands, then in turn reads and refills, deletes when they are due.
    fn start_job(&mut self, now: Duration) {
        if !self.desk.is_free() || now < self.desk_free_at {
            return;
        }
        let job = self.next_job(now);
        if let Some(job) = job {
            self.desk.start(self.tenure.token(), job);
        }
    }

    fn next_job(&mut self, now: Duration) -> Option<Job> {
        if !self.errands.is_empty() {
            return Some(self.errands.remove(0));
        }
        if !self.opened {
            return None;
        }
        if self.queues.take_sweep_wanted() {
            self.reading.sweep_soon(now);
        }
        if self.queues.to_delete() >= DELETE_BATCH {
            return self.delete();
        }
        self.refill_next = !self.refill_next;
        let read = if self.refill_next {
            self.refill().or_else(|| self.read(now))
        } else {
            self.read(now)
        };
        read.or_else(|| self.refill())
            .or_else(|| self.delete_due(now))
            .or_else(|| self.survey(now))
    }

    fn read(&mut self, now: Duration) -> Option<Job> {
        let limit = i64::try_from(self.queues.room()).ok()?;
        if !self.may_read() {
            return None;
        }
        let read = self.reading.next(now)?;
        let ids = match &read {
            Read::Fresh { .. } => Vec::new(),
            Read::Sweep { after, until } => self.queues.known_within(*after, *until),
        };
        let topics = self
            .queues
            .closed_topics(now)
            .iter()
            .map(ToString::to_string)
            .collect();
        let lanes = self.queues.passed_over(PASSED_OVER);
        let lanes = lanes
            .iter()
            .map(|lane| (lane.topic.to_string(), lane.key.to_string()))
            .unzip();
        Some(Job::Page(PageOf {
            read,
            except: Except { ids, topics, lanes },
            limit,
        }))
    }

    fn refill(&self) -> Option<Job> {
        let lanes = self.may_read().then(|| self.queues.refills(REFILLS))?;
        if lanes.is_empty() {
            return None;
        }
        let each = (self.queues.room() / lanes.len()).max(1);
        let limit = i64::try_from(each).ok()?;
        Some(Job::Refill { lanes, limit })
    }

    fn delete_due(&mut self, now: Duration) -> Option<Job> {
        self.delete_at.filter(|at| *at <= now).and_then(|_| self.delete())
    }

    fn delete(&mut self) -> Option<Job> {
        self.delete_at = None;
        let ids = self.queues.take_acknowledged(DELETE_BATCH);
        (!ids.is_empty()).then_some(Job::Delete(ids))
    }

    fn survey(&mut self, now: Duration) -> Option<Job> {
        (self.survey_at <= now).then(|| {
            self.survey_at = now + SURVEY;
            Job::Survey
        })
    }

    fn done(&mut self, done: Done) {
        self.desk_failures = 0;
        match done {
            Done::Opened { schema_ids, parked } => self.open(schema_ids, parked),
            Done::Page { read, rows, examined } => {
                let found: Vec<i64> = rows.iter().map(|row| row.id).collect();
                self.admit(rows);
                match read {
                    Read::Fresh { .. } => self.reading.fresh_done(&found, examined, self.now()),
                    Read::Sweep { .. } => self.reading.sweep_done(examined, self.now()),
                }
            }
            Done::Refilled { lanes, limit, rows } => self.refilled(&lanes, limit, rows),
            Done::Deleted(ids) => {
                self.queues.deleted(&ids);
                self.delete_again();
            }
            Done::Parked | Done::KeptSchemaId => {}
            Done::Surveyed { backlog, parked } => {
                metrics::surveyed(backlog, parked.len(), self.queues.rows());
                self.set_parked(parked);
            }
        }
    }

    fn open(&mut self, schema_ids: Vec<(String, Vec<u8>, i32)>, parked: Vec<Parked>) {
        self.schema_ids = SchemaIds::new(self.relay.registry.clone(), schema_ids);
        self.set_parked(parked);
        self.opened = true;
    }

    /// Keys that are parked here and not yet noted in the table stay parked.
    fn set_parked(&mut self, parked: Vec<Parked>) {
        let noted = parked.into_iter().map(|p| Lane {
            topic: p.topic.into(),
            key: p.key.into(),
        });
        let unnoted = self.errands.iter().filter_map(|errand| match errand {
            Job::Park(park) => Some(park.lane.clone()),
            _ => None,
        });
        let parked = noted.chain(unnoted).collect();
        self.queues.set_parked(parked);
    }

    fn admit(&mut self, rows: Vec<Found<Arc<Row>>>) {
        for row in rows {
            self.queues.admit(row);
        }
    }

    /// A lane that gave fewer rows than asked for has no more, if all of them found room.
    fn refilled(&mut self, lanes: &[Refill], limit: i64, rows: Vec<Found<Arc<Row>>>) {
        let mut left: HashSet<Lane> = HashSet::new();
        let mut counts = std::collections::HashMap::<Lane, i64>::new();
        for row in rows {
            let lane = row.lane.clone();
            *counts.entry(lane.clone()).or_default() += 1;
            if self.queues.admit(row) == Admission::PassedOver {
                left.insert(lane);
            }
        }
        for Refill { lane, .. } in lanes {
            if !left.contains(lane) && counts.get(lane).is_none_or(|count| *count < limit) {
                self.queues.caught_up(lane);
            }
        }
    }

    fn delete_again(&mut self) {
        if self.queues.to_delete() > 0 {
            let at = self.now() + DELETE_AFTER;
            self.delete_at.get_or_insert(at);
        }
    }

    fn schema_learned(&mut self, schema: Wanted, id: u32) {
        self.queues.end_rests();
        let Ok(id) = i32::try_from(id) else { return };
        let registry = self.schema_ids.registry_url().to_owned();
        let Wanted { subject, fingerprint } = schema;
        self.errands.push(Job::KeepSchemaId {
            registry,
            subject,
            fingerprint,
            id,
        });
    }

    fn job_failed(&mut self, job: Job, error: &sqlx::Error) {
        if self.desk_failures == 0 {
            tracing::warn!(%error, "the relay cannot work on the outbox, trying on");
        }
        self.desk_free_at = self.now() + full_jitter(self.desk_failures);
        self.desk_failures += 1;
        match job {
            Job::Page(PageOf {
                read: Read::Fresh { .. },
                ..
            }) => self.reading.wake(),
            Job::Delete(ids) => {
                self.queues.not_deleted(ids);
                self.delete_at = Some(self.desk_free_at);
            }
            Job::Open { .. } | Job::Park(_) | Job::KeepSchemaId { .. } => self.errands.push(job),
            Job::Page(_) | Job::Refill { .. } | Job::Survey => {}
        }
    }

    fn now(&self) -> Duration {
        self.relay.clock.now()
    }
}

/// How long a send or a statement that failed so often rests.
fn full_jitter(failures: u32) -> Duration {
    retry::full_jitter(failures, Duration::from_millis(100), Duration::from_secs(5))
}

/// The span of one record, from here to the broker's answer, in the trace of the request that made the change.
fn send_span(row: &Row) -> tracing::Span {
    let span = tracing::info_span!(
        "outbox send",
        otel.kind = "producer",
        messaging.destination.name = row.topic,
        messaging.message.id = %row.event_id,
        outbox.id = row.id,
    );
    if let Some(traceparent) = &row.traceparent {
        service_kit::trace::set_parent(&span, traceparent);
    }
    span
}
