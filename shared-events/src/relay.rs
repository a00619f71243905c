//! The relay: sends what was committed to the outbox, in order per key and source, and deletes it once the broker has
//! it.
//!
//! Every backend-api replica runs one, and one of them holds the lease. A row that exists is pending; a crash anywhere
//! leaves it in the table, and the next holder sends it, again perhaps, never out of turn.

mod cluster;
mod database;
mod epoch;
mod held_lease;
mod metrics;
mod order;
mod parked;
mod producers;
mod reads;
mod schedule;
mod schema_ids;
mod send;
mod session;
pub(crate) mod survey;

use std::sync::atomic::AtomicU64;
use std::time::{Duration, Instant};

use rdkafka::error::KafkaError;
use service_kit::health::Detail;
use sqlx::PgPool;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use tokio::sync::{Mutex, mpsc};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use self::database::DatabaseConnection;
pub use self::epoch::EpochTerms;
use self::epoch::{EpochGuard, EpochRecords};
use self::held_lease::HeldLease;
use self::metrics::LeaseChange;
pub use self::order::Limits;
use self::parked::ToldLanes;
use self::producers::Producers;
pub use self::reads::ReadIntervals;
use self::session::{LeaseSession, SessionEnd};
use crate::codec::registry::{Registry, RegistryError};
use crate::kafka::KafkaArgs;
use crate::kafka::noise::LineLimit;
use crate::outbox::lease::{Lease, LeaseTerms};
use crate::outbox::wake::{self, Waker};
use crate::producer::{ProducerError, Report};
use crate::retry::Backoff;

/// How often a relay without the lease asks for it.
const STANDBY: Duration = Duration::from_secs(1);

/// No wait before a refused cluster is looked at again is longer.
const REFUSED: Duration = Duration::from_secs(30);

/// How long giving the lease back may take.
const RELEASE: Duration = Duration::from_millis(1_500);

/// Why a relay could not be made. Once made, it runs through every outage.
#[derive(Debug, thiserror::Error)]
#[expect(missing_docs, reason = "the messages say it")]
pub enum RelayError {
    #[error("cannot start the relay's producer: {0}")]
    Producer(#[from] ProducerError),
    #[error("cannot make the registry's client: {0}")]
    Registry(#[from] RegistryError),
    #[error("cannot make the client that asks the broker about the epoch: {0}")]
    Epoch(#[from] KafkaError),
}

/// How a relay paces itself.
#[derive(Debug, Clone, Copy)]
#[expect(missing_docs, reason = "the names say it")]
pub struct Settings {
    pub limits: Limits,
    pub intervals: ReadIntervals,
    pub terms: LeaseTerms,
    /// How long a stop waits for the broker's acknowledgements.
    pub drain: Duration,
    /// How often the registry is asked again for the ids of schemas that are known, besides once per lease.
    pub confirm_schema_ids: Duration,
    pub epoch: EpochTerms,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            limits: Limits::default(),
            intervals: ReadIntervals::default(),
            terms: LeaseTerms::default(),
            drain: Duration::from_secs(4),
            confirm_schema_ids: Duration::from_secs(180),
            epoch: EpochTerms::default(),
        }
    }
}

/// One replica's relay: see the module.
pub struct Relay {
    producers: Producers,
    /// What the producers report, of this lease and of those before.
    reports: Mutex<mpsc::UnboundedReceiver<Report>>,
    /// One for each record that is handed to a producer.
    tags: AtomicU64,
    registry: Registry,
    epoch_records: EpochRecords,
    waker: Waker,
    options: PgConnectOptions,
    holder: String,
    settings: Settings,
    clock: Clock,
    told_parked: ToldLanes,
    detail: Option<Detail>,
    failures: LineLimit,
}

impl Relay {
    /// A relay for the database of `pool`, with connections of its own, so that a starved pool does not stop it.
    ///
    /// Must be called inside the runtime.
    ///
    /// # Errors
    /// [`RelayError`], when the configuration is unusable; nothing is connected yet.
    pub fn new(pool: &PgPool, kafka: &KafkaArgs, waker: &Waker, instance: &str) -> Result<Self, RelayError> {
        // A backlog of any size: its statements are planned for their values, whatever the pool does.
        let options = pool.connect_options().as_ref().clone();
        let options = options.options([("plan_cache_mode", "auto")]);
        metrics::begin();
        let (sender, reports) = mpsc::unbounded_channel();
        Ok(Self {
            producers: Producers::start(kafka, instance, sender)?,
            reports: Mutex::new(reports),
            tags: AtomicU64::new(0),
            registry: kafka.registry()?,
            epoch_records: EpochRecords::new(kafka, instance)?,
            waker: waker.clone(),
            options: options.application_name(&format!("{instance} relay")),
            // Two processes are never the same holder, not even a restarted one and its frozen predecessor.
            holder: format!("{instance}/{}", Uuid::new_v4()),
            settings: Settings::default(),
            clock: Clock::start(),
            told_parked: ToldLanes::default(),
            detail: None,
            failures: LineLimit::default(),
        })
    }

    /// For tests: the default suits production.
    #[must_use]
    pub fn with_settings(mut self, settings: Settings) -> Self {
        self.settings = settings;
        self
    }

    /// Tells of parked lanes there, while this relay leads.
    #[must_use]
    pub fn with_detail(mut self, detail: Detail) -> Self {
        self.detail = Some(detail);
        self
    }

    /// Runs until `shutdown`: then awaits the acknowledgements that are due, and gives the lease back.
    ///
    /// # Errors
    /// None so far: no outage ends a relay.
    pub async fn run(self, shutdown: CancellationToken) -> Result<(), RelayError> {
        let mut database = DatabaseConnection::new(self.options.clone());
        let mut refusals = Backoff::new(STANDBY, REFUSED);
        while let Some(lease) = self.stand_by(&mut database, &shutdown).await {
            metrics::lease(LeaseChange::Taken);
            let end = self.lead(&mut database, lease, &shutdown).await;
            metrics::lease(match end {
                SessionEnd::LeaseLost => LeaseChange::Lost,
                SessionEnd::Stopped | SessionEnd::OtherCluster { .. } => LeaseChange::GivenBack,
            });
            // Whoever leads next tells of them.
            parked::tell(self.detail.as_ref(), &[]);
            metrics::epoch_not_ours();
            match end {
                SessionEnd::Stopped => self.release(&mut database, lease.token).await,
                SessionEnd::LeaseLost => refusals.reset(),
                SessionEnd::OtherCluster {
                    pinned,
                    found,
                    changed,
                } => {
                    self.release(&mut database, lease.token).await;
                    if changed {
                        refusals.reset();
                    }
                    if refusals.attempts() == 0 {
                        tell_of_other_cluster(&pinned, &found);
                    }
                    // A new client looks again at who the brokers are.
                    self.rebuild_producers();
                    let wait = refusals.next_wait().max(STANDBY);
                    self.stay_away(&mut database, wait, &shutdown).await;
                }
            }
        }
        self.producers.close().await;
        tracing::info!(relay.holder = self.holder, "relay stopped");
        Ok(())
    }

    /// Asks for the lease until it is granted; `None` when a stop is asked for first.
    async fn stand_by(
        &self,
        database: &mut DatabaseConnection,
        shutdown: &CancellationToken,
    ) -> Option<Lease> {
        let mut reachable = true;
        loop {
            if shutdown.is_cancelled() {
                return None;
            }
            match held_lease::acquire(database, &self.holder, &self.settings.terms, self.clock).await {
                Ok(Some(lease)) => return Some(lease),
                Ok(None) => reachable = true,
                Err(error) if reachable => {
                    reachable = false;
                    tracing::warn!(%error, "the relay cannot reach the database, trying on");
                }
                Err(_unchanged) => {}
            }
            self.stay_away(database, STANDBY, shutdown).await;
        }
    }

    /// Leaves the lease to others for a while.
    async fn stay_away(
        &self,
        database: &mut DatabaseConnection,
        wait: Duration,
        shutdown: &CancellationToken,
    ) {
        let until = self.clock.now() + wait;
        loop {
            tokio::select! {
                () = shutdown.cancelled() => return,
                () = self.clock.sleep_until(until) => return,
                () = self.waker.woken() => {}
            }
            // Not given up when the time is over: the wake is taken, and the connection would have to be opened again.
            let forwarding = tokio::time::timeout(STANDBY, self.forward_wake(database));
            let _ended = shutdown.run_until_cancelled(forwarding).await;
            tokio::time::sleep(wake::DEBOUNCE).await;
        }
    }

    /// Tells the replica that holds the lease of this one's commits.
    async fn forward_wake(&self, database: &mut DatabaseConnection) {
        let payload = if self.waker.take_unparked() {
            wake::UNPARKED
        } else {
            ""
        };
        // A lost notification only delays: the holder polls.
        let _ = database.notify(wake::CHANNEL, payload).await;
    }

    /// Sends until the lease is lost or a stop is asked for.
    async fn lead(
        &self,
        database: &mut DatabaseConnection,
        lease: Lease,
        shutdown: &CancellationToken,
    ) -> SessionEnd {
        let held = HeldLease::new(lease, self.settings.terms, self.clock);
        let listener = PgPoolOptions::new()
            .max_connections(1)
            .connect_lazy_with(self.options.clone());
        let guard = EpochGuard::new(&self.epoch_records, self.settings.epoch, self.clock);
        let mut guards_database = DatabaseConnection::new(self.options.clone());
        let reports = self.reports.lock().await;
        let mut session = LeaseSession::new(self, &held, &guard, reports, shutdown);
        let end = tokio::select! {
            end = session.run() => end,
            () = guard.keep(&mut guards_database) => SessionEnd::LeaseLost,
            () = held.keep(database) => SessionEnd::LeaseLost,
            () = wake::listen(listener, self.waker.clone()) => SessionEnd::LeaseLost,
        };
        // Who acknowledged the rows can be said of these producers only, not of those that replace them.
        let may_delete = session.may_delete();
        // Before anything that waits: from here on, or soon, another relay sends what is not acknowledged.
        self.producers.purge();
        if end == SessionEnd::LeaseLost {
            let token = lease.token;
            tracing::warn!(
                relay.token = token,
                "lost the lease, forgetting what is not acknowledged"
            );
            self.rebuild_producers();
        }
        if may_delete {
            session.finish().await;
        }
        end
    }

    fn rebuild_producers(&self) {
        if let Err(error) = self.producers.rebuild() {
            tracing::error!(%error, "cannot rebuild the producers");
        }
    }

    async fn release(&self, database: &mut DatabaseConnection, token: i64) {
        let released = tokio::time::timeout(RELEASE, database.release_lease(token)).await;
        if !matches!(released, Ok(Ok(()))) {
            tracing::info!("the relay's lease could not be given back, it runs out by itself");
        }
    }
}

impl std::fmt::Debug for Relay {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("Relay")
            .field("holder", &self.holder)
            .finish_non_exhaustive()
    }
}

fn tell_of_other_cluster(pinned: &str, found: &str) {
    tracing::error!(
        kafka.cluster = found,
        kafka.pinned_cluster = pinned,
        "refusing this kafka cluster: the database belongs to cluster {pinned}, and the brokers say that they are \
         {found}; nothing more is published and no row is deleted; correct KAFKA_BROKERS, or, if the database is to \
         belong to {found} from now on, delete the row of the table outbox.cluster"
    );
}

/// Monotonic time since the relay was made.
#[derive(Debug, Clone, Copy)]
struct Clock(Instant);

impl Clock {
    fn start() -> Self {
        Self(Instant::now())
    }

    fn now(&self) -> Duration {
        self.0.elapsed()
    }

    async fn sleep_until(&self, at: Duration) {
        tokio::time::sleep(at.saturating_sub(self.now())).await;
    }
}
