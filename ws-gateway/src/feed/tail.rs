//! The thread that tails all partitions of `task-updates`, from the recovery window on, without a group.

mod assignment;
mod watch;

use std::{
    collections::HashSet,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::Duration,
};

use rdkafka::{
    ClientConfig, ClientContext,
    consumer::{BaseConsumer, Consumer, ConsumerContext},
    error::{KafkaError, RDKafkaErrorCode},
};
use shared_events::{kafka::KafkaArgs, record::RawRecord};
use tokio::sync::{mpsc, oneshot};
use tokio_util::sync::CancellationToken;

use super::{Item, State};

/// Nothing is committed; the name is for the broker's access list only.
const GROUP: &str = "ws-gateway.feed.v1";
const POLL: Duration = Duration::from_millis(100);
const FIRST_PAUSE: Duration = Duration::from_millis(200);
const LONGEST_PAUSE: Duration = Duration::from_secs(30);

/// What the thread needs.
#[derive(Debug)]
pub struct Tail {
    /// Where the broker is.
    pub kafka: KafkaArgs,
    /// Who we are to the broker.
    pub client_id: String,
    /// How far back to begin.
    pub window: Duration,
    /// Where records go; when it is full the thread waits.
    pub items: mpsc::Sender<Item>,
    /// What to tell about it.
    pub state: State,
    /// Ends the thread.
    pub stop: CancellationToken,
}

/// Why one run over an assignment ended.
#[derive(Debug)]
enum End {
    /// It was asked to.
    Stopped,
    /// The broker could not be asked for the topic; nothing was read, so nothing was missed.
    Outage(KafkaError),
    /// What is read from now on may not join what was read before.
    Resync(&'static str),
    /// The client says that it will never work again.
    Fatal(String),
}

impl From<KafkaError> for End {
    fn from(error: KafkaError) -> Self {
        Self::Outage(error)
    }
}

/// What the polling thread and the watching thread share.
#[derive(Debug, Default)]
struct Shared {
    topic_has_changed: AtomicBool,
    polls: AtomicU64,
}

type TailConsumer = BaseConsumer<Quiet>;

/// Librdkafka's callbacks: statistics are not asked for, and errors come out of `poll` as well.
#[derive(Clone, Copy, Debug)]
struct Quiet;

impl ClientContext for Quiet {
    fn error(&self, error: KafkaError, reason: &str) {
        tracing::debug!(%error, reason, "librdkafka reports an error");
    }
}

impl ConsumerContext for Quiet {}

impl Tail {
    /// Runs the thread; ends when it ends, with an error when it died.
    pub async fn run(self) -> anyhow::Result<()> {
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
        loop {
            match self.tail_once() {
                End::Stopped => return Ok(()),
                End::Fatal(why) => anyhow::bail!("the broker's client has failed for good: {why}"),
                End::Outage(error) => {
                    tracing::warn!(%error, "cannot read task-updates yet");
                    self.state.broker_answers(false);
                    pause = (pause * 2).min(LONGEST_PAUSE);
                }
                End::Resync(why) => {
                    if self.items.blocking_send(Item::Resync(why)).is_err() {
                        return Ok(());
                    }
                    pause = FIRST_PAUSE;
                }
            }
            if watch::sleep_unless(&self.stop, pause.mul_f64(rand::random())) {
                return Ok(());
            }
        }
    }

    /// One consumer, one assignment, until something ends it.
    fn tail_once(&self) -> End {
        let consumer: Arc<TailConsumer> = match self.config().create_with_context(Quiet) {
            Ok(consumer) => Arc::new(consumer),
            Err(error) => return End::Fatal(error.to_string()),
        };
        let partitions = match assignment::assign(&consumer, self.window) {
            Ok(partitions) => partitions,
            Err(error) => return error.into(),
        };
        tracing::info!(partitions, "reading task-updates");
        self.state.broker_answers(true);
        let shared = Arc::new(Shared::default());
        let watching = CancellationToken::new();
        let watcher = watch::Watcher {
            consumer: Arc::clone(&consumer),
            partitions,
            shared: Arc::clone(&shared),
            state: self.state.clone(),
            stop: watching.clone(),
        };
        let watcher = std::thread::spawn(move || watcher.run());
        let end = self.poll(&consumer, partitions, &shared);
        watching.cancel();
        // It holds the consumer, which must be closed before another one begins.
        let _ = watcher.join();
        end
    }

    fn poll(&self, consumer: &TailConsumer, partitions: usize, shared: &Shared) -> End {
        let mut still_catching_up: HashSet<i32> = (0..).take(partitions).collect();
        loop {
            shared.polls.fetch_add(1, Ordering::Relaxed);
            if self.stop.is_cancelled() {
                return End::Stopped;
            }
            if shared.topic_has_changed.load(Ordering::Relaxed) {
                return End::Resync("the topic has other partitions than before");
            }
            let item = match consumer.poll(POLL) {
                None => continue,
                Some(Ok(message)) => Item::Record(RawRecord::detach(&message)),
                Some(Err(KafkaError::PartitionEOF(partition))) => {
                    let was_last = still_catching_up.remove(&partition) && still_catching_up.is_empty();
                    if !was_last {
                        continue;
                    }
                    Item::CaughtUp
                }
                Some(Err(error)) => match self.judge(consumer, &error) {
                    Some(end) => return end,
                    None => continue,
                },
            };
            if self.items.blocking_send(item).is_err() {
                return End::Stopped;
            }
        }
    }

    /// Most errors of `poll` are news of an outage that the client gets over by itself.
    fn judge(&self, consumer: &TailConsumer, error: &KafkaError) -> Option<End> {
        if let Some((_, why)) = consumer.client().fatal_error() {
            return Some(End::Fatal(why));
        }
        match error.rdkafka_error_code() {
            Some(RDKafkaErrorCode::AutoOffsetReset | RDKafkaErrorCode::OffsetOutOfRange) => {
                Some(End::Resync("updates were deleted before they were read"))
            }
            Some(
                RDKafkaErrorCode::UnknownTopic
                | RDKafkaErrorCode::UnknownPartition
                | RDKafkaErrorCode::UnknownTopicOrPartition,
            ) => Some(End::Resync("the topic is gone")),
            _ => {
                tracing::warn!(%error, "the broker's client reports an error");
                None
            }
        }
    }

    fn config(&self) -> ClientConfig {
        let mut config = self.kafka.consumer(&self.client_id, GROUP);
        config
            .set("enable.partition.eof", "true")
            .set("statistics.interval.ms", "0");
        config
    }
}
