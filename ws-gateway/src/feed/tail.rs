//! The thread that tails all partitions of `task-updates`, from the recovery window on, without a group. It passes on
//! every offset in its turn, or says that something may be missing.

mod assignment;
mod continuity;
mod stall;
mod watch;

use std::collections::HashSet;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, LazyLock, OnceLock};
use std::time::{Duration, Instant};

use rdkafka::config::RDKafkaLogLevel;
use rdkafka::consumer::{BaseConsumer, Consumer, ConsumerContext};
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::{ClientConfig, ClientContext};
use shared_events::kafka::KafkaArgs;
use shared_events::kafka::noise::ClientLog;
use shared_events::record::RawRecord;
use shared_events::topic::Service;
use tokio::runtime::Handle;
use tokio::sync::oneshot;
use tokio_util::sync::CancellationToken;

use self::assignment::Begin;
use self::continuity::{Arrival, Continuity};
use super::{Item, Sender, State};
use crate::metrics;

const POLL: Duration = Duration::from_millis(100);
const FIRST_PAUSE: Duration = Duration::from_millis(200);
const LONGEST_PAUSE: Duration = Duration::from_secs(30);

#[derive(Debug)]
pub struct Tail {
    pub kafka: KafkaArgs,
    pub client_id: String,
    /// How far back to begin.
    pub window: Duration,
    /// Where records go; when it is full the thread waits.
    pub items: Sender,
    /// Where the thread waits for room.
    pub runtime: Handle,
    pub state: State,
    /// Cancelled when the gateway begins to stop: from here on the broker is asked nothing new.
    pub draining: CancellationToken,
    pub stop: CancellationToken,
}

/// Why one run over an assignment ended.
#[derive(Debug)]
enum RunEnd {
    Stopped,
    /// The broker could not be asked for the topic; nothing was read, so nothing was missed.
    Outage(KafkaError),
    /// What is read from now on may not join what was read before.
    Resync(&'static str),
    /// The client delivers nothing although there is more; what another one reads joins what was read before.
    Stalled,
    /// The client says that it will never work again.
    Fatal(String),
}

impl From<KafkaError> for RunEnd {
    fn from(error: KafkaError) -> Self {
        Self::Outage(error)
    }
}

/// What the polling thread and the watching thread share.
#[derive(Debug)]
struct Shared {
    /// Why the polling thread is to end its run.
    finding: OnceLock<Finding>,
    polls: AtomicU64,
    /// Per partition, the offset that is waited for.
    next: Vec<AtomicI64>,
    waits_for_hub: AtomicBool,
    waited_for_hub_us: AtomicU64,
}

/// What the watching thread finds.
#[derive(Debug, Clone, Copy)]
enum Finding {
    TopicChanged,
    Stalled,
}

impl Shared {
    fn new(begin: &[Begin]) -> Self {
        Self {
            finding: OnceLock::new(),
            polls: AtomicU64::default(),
            next: begin.iter().map(|begin| AtomicI64::new(begin.offset)).collect(),
            waits_for_hub: AtomicBool::default(),
            waited_for_hub_us: AtomicU64::default(),
        }
    }

    fn passed(&self, partition: i32, offset: i64) {
        let next = usize::try_from(partition).ok().and_then(|at| self.next.get(at));
        if let Some(next) = next {
            next.store(offset + 1, Ordering::Relaxed);
        }
    }
}

type TailConsumer = BaseConsumer<Quiet>;

/// Librdkafka's callbacks: statistics are not asked for, and errors come out of `poll` as well.
#[derive(Debug, Clone, Copy)]
struct Quiet;

/// The feed's, whichever consumer reads it.
static LOG: LazyLock<ClientLog> = LazyLock::new(ClientLog::default);

impl ClientContext for Quiet {
    fn error(&self, error: KafkaError, reason: &str) {
        LOG.error(&error, reason);
    }

    fn log(&self, level: RDKafkaLogLevel, facility: &str, message: &str) {
        LOG.line(level, facility, message);
    }
}

impl ConsumerContext for Quiet {}

impl Tail {
    /// Runs the thread; ends when it ends, with an error when it died.
    pub async fn run(self) -> anyhow::Result<()> {
        metrics::begin();
        let (ended, end) = oneshot::channel();
        let thread = std::thread::Builder::new().name("feed".to_owned());
        thread.spawn(move || {
            // When nobody waits any more the process is about to end.
            let _ = ended.send(self.tail());
        })?;
        end.await
            .unwrap_or_else(|_| Err(anyhow::anyhow!("the feed's thread panicked")))
    }

    fn tail(&self) -> anyhow::Result<()> {
        let mut pause = FIRST_PAUSE;
        let mut continuity = Continuity::default();
        let mut goes_on = false;
        loop {
            let began = Instant::now();
            let end = self.tail_once(&mut continuity, goes_on);
            goes_on = match end {
                RunEnd::Stalled => true,
                RunEnd::Outage(_) => goes_on,
                RunEnd::Stopped | RunEnd::Resync(_) | RunEnd::Fatal(_) => false,
            };
            match end {
                RunEnd::Stopped => return Ok(()),
                RunEnd::Fatal(why) => anyhow::bail!("the broker's client has failed for good: {why}"),
                RunEnd::Outage(error) => {
                    tracing::warn!(%error, "cannot read task-updates yet");
                    self.state.broker_answers(false);
                }
                RunEnd::Stalled => metrics::feed_stalled(),
                RunEnd::Resync(why) => {
                    if self.runtime.block_on(self.items.send(Item::Resync(why))).is_err() {
                        return Ok(());
                    }
                }
            }
            let was_long = began.elapsed() > LONGEST_PAUSE;
            pause = if was_long {
                FIRST_PAUSE
            } else {
                (pause * 2).min(LONGEST_PAUSE)
            };
            if watch::sleep_unless(&self.draining, pause.mul_f64(rand::random())) {
                return Ok(());
            }
        }
    }

    /// One consumer, one assignment, until something ends it.
    fn tail_once(&self, continuity: &mut Continuity, goes_on: bool) -> RunEnd {
        let consumer: Arc<TailConsumer> = match self.config().create_with_context(Quiet) {
            Ok(consumer) => Arc::new(consumer),
            Err(error) => return RunEnd::Fatal(error.to_string()),
        };
        let begin = match self.assign(&consumer, continuity, goes_on) {
            Ok(begin) => begin,
            Err(end) => return end,
        };
        tracing::info!(partitions = begin.len(), "reading task-updates");
        self.state.broker_answers(true);
        let shared = Arc::new(Shared::new(&begin));
        let watching = self.draining.child_token();
        let watcher = watch::Watcher {
            consumer: Arc::clone(&consumer),
            shared: Arc::clone(&shared),
            state: self.state.clone(),
            stop: watching.clone(),
        };
        let watcher = std::thread::spawn(move || watcher.run());
        let end = self.poll(&consumer, continuity, &shared);
        watching.cancel();
        // It holds the consumer, which must be closed before another one begins.
        let _ = watcher.join();
        end
    }

    fn assign(
        &self,
        consumer: &TailConsumer,
        continuity: &mut Continuity,
        goes_on: bool,
    ) -> Result<Vec<Begin>, RunEnd> {
        let begin = if goes_on {
            continuity.positions()
        } else {
            assignment::window(consumer, self.window, &self.draining)?
        };
        assignment::assign(consumer, &begin)?;
        continuity.assigned(&begin);
        Ok(begin)
    }

    fn poll(&self, consumer: &TailConsumer, continuity: &mut Continuity, shared: &Shared) -> RunEnd {
        let mut still_catching_up: HashSet<i32> = (0..).take(shared.next.len()).collect();
        loop {
            shared.polls.fetch_add(1, Ordering::Relaxed);
            if self.stop.is_cancelled() {
                return RunEnd::Stopped;
            }
            match shared.finding.get() {
                Some(Finding::TopicChanged) => {
                    return RunEnd::Resync("the topic has other partitions than before");
                }
                Some(Finding::Stalled) => return RunEnd::Stalled,
                None => {}
            }
            let sent = match consumer.poll(POLL) {
                None => continue,
                Some(Ok(message)) => {
                    LOG.heard();
                    self.pass(RawRecord::detach(&message), continuity, shared)
                }
                Some(Err(KafkaError::PartitionEOF(partition))) => {
                    let was_last = still_catching_up.remove(&partition) && still_catching_up.is_empty();
                    if !was_last {
                        continue;
                    }
                    self.send(Item::CaughtUp, shared)
                }
                Some(Err(error)) => match self.judge(consumer, &error) {
                    Some(end) => Err(end),
                    None => continue,
                },
            };
            if let Err(end) = sent {
                return end;
            }
        }
    }

    /// Passes a record on, in its turn. Records that are missing are looked for once more; those that the log itself
    /// lacks are passed over only after everybody was told.
    fn pass(&self, record: RawRecord, continuity: &mut Continuity, shared: &Shared) -> Result<(), RunEnd> {
        let (partition, offset) = (record.partition, record.offset);
        match continuity.take(partition, offset) {
            Arrival::Next => {}
            Arrival::NewGap(gap) => {
                tracing::error!(
                    kafka.partition = partition,
                    first = gap.first,
                    last = gap.last,
                    "updates were not delivered, reading again"
                );
                metrics::feed_gap(metrics::READ_AGAIN);
                return Err(RunEnd::Resync("updates were not delivered"));
            }
            Arrival::KnownGap(gap) => {
                tracing::error!(
                    kafka.partition = partition,
                    first = gap.first,
                    last = gap.last,
                    "the log lacks updates, going on after them"
                );
                metrics::feed_gap(metrics::PASSED_OVER);
                self.send(Item::Lost("updates are missing for good"), shared)?;
            }
            Arrival::Back { expected } => {
                tracing::error!(
                    kafka.partition = partition,
                    kafka.offset = offset,
                    expected,
                    "a record comes again, reading again"
                );
                metrics::feed_gap(metrics::READ_AGAIN);
                return Err(RunEnd::Resync("the topic is not the one that was read before"));
            }
        }
        self.send(Item::Record(record), shared)?;
        shared.passed(partition, offset);
        Ok(())
    }

    /// Waits for room, and lets the watching thread know: a reader that is held up has not stalled.
    fn send(&self, item: Item, shared: &Shared) -> Result<(), RunEnd> {
        let began = Instant::now();
        shared.waits_for_hub.store(true, Ordering::Relaxed);
        let sent = self.runtime.block_on(self.items.send(item));
        shared.waits_for_hub.store(false, Ordering::Relaxed);
        let waited = u64::try_from(began.elapsed().as_micros()).unwrap_or(u64::MAX);
        shared.waited_for_hub_us.fetch_add(waited, Ordering::Relaxed);
        sent.map_err(|_| RunEnd::Stopped)
    }

    /// Most errors of `poll` are news of an outage that the client gets over by itself.
    fn judge(&self, consumer: &TailConsumer, error: &KafkaError) -> Option<RunEnd> {
        if let Some((_, why)) = consumer.client().fatal_error() {
            return Some(RunEnd::Fatal(why));
        }
        match error.rdkafka_error_code() {
            Some(RDKafkaErrorCode::AutoOffsetReset | RDKafkaErrorCode::OffsetOutOfRange) => {
                Some(RunEnd::Resync("updates were deleted before they were read"))
            }
            Some(
                RDKafkaErrorCode::UnknownTopic
                | RDKafkaErrorCode::UnknownPartition
                | RDKafkaErrorCode::UnknownTopicOrPartition,
            ) => Some(RunEnd::Resync("the topic is gone")),
            _ => {
                tracing::warn!(%error, "the broker's client reports an error");
                None
            }
        }
    }

    fn config(&self) -> ClientConfig {
        let mut config = self.kafka.consumer(&self.client_id, Service::WsGateway.group());
        config
            .set("enable.partition.eof", "true")
            .set("statistics.interval.ms", "0");
        config
    }
}

#[cfg(test)]
mod tests;
