//! The relay while it holds the lease: one loop that reads, sends, and deletes what was acknowledged.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{MutexGuard, mpsc};
use tokio_util::sync::CancellationToken;

use super::cluster::{ClusterCheck, FoundCluster};
use super::database::{CONNECTION_SETTINGS, DatabaseWorker, Done, Job, JobResult};
use super::epoch::EpochGuard;
use super::held_lease::HeldLease;
use super::schedule::{Schedule, Work};
use super::schema_ids::{SchemaIds, SchemaKey};
use super::send::Sent;
use super::{Relay, metrics, parked};
use crate::codec::wire::SchemaId;
use crate::outbox::Encoded;
use crate::outbox::Lane;
use crate::outbox::store::relay::Parked;
use crate::producer::Report;
use crate::retry;

/// The loop looks around at least this often.
const IDLE: Duration = Duration::from_secs(1);

/// Reports of records that are taken at once: what they set free is then sent together.
const REPORTS: usize = 1_024;

/// How long the last deletes may take when the lease ends.
const LAST_DELETE: Duration = Duration::from_millis(1_500);

/// Why a relay stopped leading.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum SessionEnd {
    /// A stop was asked for, and what was in flight has been acknowledged or waited for long enough.
    Stopped,
    /// The lease passed on, or its deadline passed.
    LeaseLost,
    /// The brokers are not those that the database belongs to.
    OtherCluster {
        /// The cluster that the database belongs to.
        pinned: String,
        /// The cluster that the brokers say they are.
        found: String,
        /// They were the right ones when the lease began.
        changed: bool,
    },
}

/// What the loop wakes up for.
enum SessionEvent {
    ClusterFound(FoundCluster),
    Woken,
    /// Of records, into [`LeaseSession::reported`].
    Reported,
    Done(JobResult),
    SchemaLearned(SchemaKey, SchemaId),
    EpochSettled,
    StopAsked,
    Timer,
}

/// One lease's worth of relaying. All of it can be forgotten at any moment: the table knows everything that counts.
pub(super) struct LeaseSession<'a> {
    pub(super) relay: &'a Relay,
    pub(super) held: &'a HeldLease,
    epoch: &'a EpochGuard<'a>,
    stop: &'a CancellationToken,
    pub(super) schedule: Schedule<Arc<Encoded>>,
    pub(super) schema_ids: SchemaIds,
    /// For everything but deletes, which have their own: no read waits for them.
    database: DatabaseWorker,
    deletes: DatabaseWorker,
    cluster: ClusterCheck,
    refused: Option<SessionEnd>,
    /// Jobs that go before everything else.
    pub(super) urgent_jobs: Vec<Job>,
    reports: MutexGuard<'a, mpsc::UnboundedReceiver<Report>>,
    /// Reports that were taken and not looked at yet.
    pub(super) reported: Vec<Report>,
    /// Records whose fate was not reported yet, by their tags.
    pub(super) sent: HashMap<u64, Sent>,
    /// What earlier holders left in the table has been read.
    opened: bool,
    /// Sending pauses: the producer's queue is full.
    pub(super) paused_until: Option<Duration>,
    pub(super) stop_by: Option<Duration>,
}

impl<'a> LeaseSession<'a> {
    pub(super) fn new(
        relay: &'a Relay,
        held: &'a HeldLease,
        epoch: &'a EpochGuard<'a>,
        reports: MutexGuard<'a, mpsc::UnboundedReceiver<Report>>,
        stop: &'a CancellationToken,
    ) -> Self {
        let now = relay.clock.now();
        let registry = relay.registry.url().to_owned();
        let worker = || DatabaseWorker::new(relay.options.clone().options(CONNECTION_SETTINGS));
        Self {
            relay,
            held,
            epoch,
            stop,
            schedule: Schedule::new(
                relay.settings.limits,
                relay.settings.intervals,
                HashSet::new(),
                now,
            ),
            schema_ids: SchemaIds::new(
                relay.registry.clone(),
                Vec::new(),
                relay.settings.confirm_schema_ids,
            ),
            database: worker(),
            deletes: worker(),
            cluster: ClusterCheck::new(relay.producers.clone()),
            refused: None,
            urgent_jobs: vec![Job::Open { registry }],
            reports,
            reported: Vec::new(),
            sent: HashMap::new(),
            opened: false,
            paused_until: None,
            stop_by: None,
        }
    }

    /// The loop. It may be dropped at any await.
    pub(super) async fn run(&mut self) -> SessionEnd {
        loop {
            let now = self.now();
            if !self.held.holds() {
                return SessionEnd::LeaseLost;
            }
            if let Some(end) = self.refused.take() {
                return end;
            }
            if self.has_stopped(now) {
                return SessionEnd::Stopped;
            }
            if self.cluster.ask_again_if_replaced() {
                self.schedule.hold_deletes(true);
            }
            self.send_ready();
            self.start_job(now);
            if let Some(refused) = self.start_delete(now) {
                return refused;
            }
            match self.next_event().await {
                SessionEvent::ClusterFound(found) => self.urgent_jobs.push(Job::CheckCluster { found }),
                SessionEvent::Woken => self.woken(),
                SessionEvent::Reported => self.take_reports(),
                SessionEvent::Done(Ok(done)) => self.done(done),
                SessionEvent::Done(Err((job, error))) => self.job_failed(job, &error),
                SessionEvent::SchemaLearned(schema, id) => self.schema_learned(schema, id.0),
                SessionEvent::StopAsked => self.stop_asked(),
                SessionEvent::EpochSettled | SessionEvent::Timer => {}
            }
        }
    }

    /// Whether [`Self::finish`] may be called: the database's brokers acknowledged what would be deleted.
    pub(super) fn may_delete(&self) -> bool {
        self.cluster.may_delete()
    }

    /// Deletes what was acknowledged but is still in the table; right even after the lease was lost.
    pub(super) async fn finish(mut self) {
        let deletes = async {
            // What is not deleted is published again by the next holder.
            if !self.deletes.is_idle() {
                let _ = self.deletes.done().await;
            }
            let published = self.schedule.delete_all();
            if !published.is_empty() {
                self.deletes.start(self.held.token(), Job::Delete(published));
                let _ = self.deletes.done().await;
            }
        };
        let _ = tokio::time::timeout(LAST_DELETE, deletes).await;
    }

    async fn next_event(&mut self) -> SessionEvent {
        let timer = self.next_timer();
        let stopping = self.stop_by.is_some();
        tokio::select! {
            _ = self.reports.recv_many(&mut self.reported, REPORTS) => SessionEvent::Reported,
            outcome = self.database.done() => SessionEvent::Done(outcome),
            outcome = self.deletes.done() => SessionEvent::Done(outcome),
            found = self.cluster.found() => SessionEvent::ClusterFound(found),
            () = self.relay.waker.woken() => SessionEvent::Woken,
            (schema, id) = self.schema_ids.learned() => SessionEvent::SchemaLearned(schema, id),
            () = self.epoch.settled(), if !self.epoch.is_settled() => SessionEvent::EpochSettled,
            () = self.stop.cancelled(), if !stopping => SessionEvent::StopAsked,
            () = self.relay.clock.sleep_until(timer) => SessionEvent::Timer,
        }
    }

    /// The next moment at which something is to be done without any other event.
    fn next_timer(&self) -> Duration {
        let now = self.now();
        let job_at = match (self.urgent_jobs.is_empty(), self.opened) {
            (false, _) => now,
            (true, true) => self.schedule.next_work_at(now),
            (true, false) => Duration::MAX,
        };
        let database = self.database.free_at().map(|free_at| job_at.max(free_at));
        let delete_at = self.schedule.next_delete_at().filter(|_| self.opened);
        let deletes = delete_at
            .zip(self.deletes.free_at())
            .map(|(at, free_at)| at.max(free_at));
        let sends = self
            .may_send()
            .then(|| self.schedule.queues.next_retry())
            .flatten();
        let timers = [database, deletes, sends, self.paused_until, self.stop_by];
        timers.into_iter().flatten().fold(now + IDLE, Duration::min)
    }

    /// Neither winding down, nor waiting for room in the producer's queue, nor in doubt about whose brokers they are or
    /// which life of the database this is.
    pub(super) fn may_send(&self) -> bool {
        let is_settled = self.cluster.is_confirmed() && self.epoch.is_settled();
        self.stop_by.is_none() && self.paused_until.is_none() && is_settled
    }

    fn has_stopped(&self, now: Duration) -> bool {
        self.stop_by
            .is_some_and(|stop_by| self.schedule.queues.in_flight() == 0 || stop_by <= now)
    }

    fn stop_asked(&mut self) {
        self.stop_by = Some(self.now() + self.relay.settings.drain);
        self.schedule.stop_reading();
    }

    fn woken(&mut self) {
        self.schedule.wake();
        if self.relay.waker.take_unparked() {
            self.schedule.measure_soon(self.now());
        }
    }

    /// Starts the job that is due.
    fn start_job(&mut self, now: Duration) {
        if !self.database.is_free(now) {
            return;
        }
        let job = if self.urgent_jobs.is_empty() {
            None
        } else {
            Some(self.urgent_jobs.remove(0))
        };
        let schedule = self.opened.then_some(&mut self.schedule);
        let job = job.or_else(|| {
            schedule
                .and_then(|schedule| schedule.next_work(now))
                .map(Job::Work)
        });
        if let Some(job) = job {
            self.database.start(self.held.token(), job);
        }
    }

    /// Starts the delete that is due: of no row that other brokers than the database's may have acknowledged.
    fn start_delete(&mut self, now: Duration) -> Option<SessionEnd> {
        if !self.deletes.is_free(now) || !self.opened {
            return None;
        }
        let published = self.schedule.next_delete(now)?;
        if let Some((pinned, found)) = self.cluster.changed() {
            metrics::other_cluster(true);
            return Some(SessionEnd::OtherCluster {
                pinned,
                found,
                changed: true,
            });
        }
        self.deletes.start(self.held.token(), Job::Delete(published));
        None
    }

    fn done(&mut self, done: Done) {
        let now = self.now();
        match &done {
            Done::Deleted(_) => self.deletes.succeeded(),
            _ => self.database.succeeded(),
        }
        match done {
            Done::Opened { schema_ids, parked } => self.open(schema_ids, parked),
            Done::CheckedCluster { found, pinned } => self.cluster_checked(found, pinned),
            Done::Page { read, rows, examined } => self.schedule.page_done(&read, rows, examined, now),
            Done::Refilled { lanes, limit, rows } => self.schedule.refill_done(&lanes, limit, rows),
            Done::Deleted(published) => self.schedule.delete_done(published, now),
            Done::Parked | Done::KeptSchemaId => {}
            Done::Measured { backlog, parked } => {
                metrics::measured(backlog, parked.len(), self.schedule.queues.rows());
                self.set_parked(parked);
            }
        }
    }

    fn open(&mut self, schema_ids: Vec<(String, Vec<u8>, i32)>, parked: Vec<Parked>) {
        let every = self.relay.settings.confirm_schema_ids;
        self.schema_ids = SchemaIds::new(self.relay.registry.clone(), schema_ids, every);
        self.set_parked(parked);
        self.opened = true;
    }

    /// Rows are read, and sent and deleted, only if the records go where the database belongs.
    fn cluster_checked(&mut self, found: FoundCluster, pinned: String) {
        metrics::other_cluster(found.id != pinned);
        if found.id == pinned {
            tracing::info!(
                relay.token = self.held.token(),
                kafka.cluster = found.id,
                "relaying the outbox"
            );
            self.cluster.confirm(found);
            self.schedule.hold_deletes(false);
            self.schedule.begin_reading();
        } else {
            self.refused = Some(SessionEnd::OtherCluster {
                pinned,
                found: found.id,
                changed: false,
            });
        }
    }

    /// Lanes that are parked here and not yet noted in the table stay parked.
    fn set_parked(&mut self, parked: Vec<Parked>) {
        parked::tell(self.relay.detail.as_ref(), &parked);
        let noted = parked.into_iter().map(|p| Lane {
            topic: p.topic.into(),
            key: p.key.into(),
            source: p.source.into(),
        });
        let unnoted = self.urgent_jobs.iter().filter_map(|job| match job {
            Job::Park(park) => Some(park.lane.clone()),
            _ => None,
        });
        let parked = noted.chain(unnoted).collect();
        self.schedule.queues.set_parked(parked);
    }

    fn schema_learned(&mut self, schema: SchemaKey, id: u32) {
        self.schedule.queues.end_rests();
        let Ok(id) = i32::try_from(id) else { return };
        let registry = self.schema_ids.registry_url().to_owned();
        let SchemaKey { subject, fingerprint } = schema;
        self.urgent_jobs.push(Job::KeepSchemaId {
            registry,
            subject,
            fingerprint,
            id,
        });
    }

    fn job_failed(&mut self, job: Job, error: &sqlx::Error) {
        let worker = match job {
            Job::Delete(_) => &mut self.deletes,
            _ => &mut self.database,
        };
        let (free_at, first) = worker.failed(self.relay.clock.now());
        if first {
            tracing::warn!(%error, "the relay cannot work on the outbox, trying on");
        }
        if matches!(job, Job::Work(Work::Measure)) {
            metrics::not_measured();
        }
        match job {
            Job::Work(work) => self.schedule.work_failed(work, free_at),
            Job::Delete(published) => self.schedule.delete_failed(published, free_at),
            Job::Open { .. } | Job::CheckCluster { .. } | Job::Park(_) | Job::KeepSchemaId { .. } => {
                self.urgent_jobs.push(job);
            }
        }
    }

    pub(super) fn now(&self) -> Duration {
        self.relay.clock.now()
    }
}

/// How long a send or a statement that failed so often rests.
pub(super) fn full_jitter(failures: u32) -> Duration {
    retry::full_jitter(failures, Duration::from_millis(100), Duration::from_secs(5))
}
