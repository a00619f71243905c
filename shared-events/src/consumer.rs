//! The one consumer runtime of every service.
//!
//! A poll thread owns the client; each partition has a bounded queue and one cursor; records are applied in order.
//! Effect and next offset move in one transaction ([`PostgresEffects`]), or the effect is acknowledged before the
//! offset is committed ([`CommandEffects`]). **Poison** is dead-lettered and the partition moves on; an **outage**
//! pauses that partition for as long as it lasts, and dead-letters nothing.

pub mod commit;
mod context;
mod coordinator;
pub mod cursor;
pub mod effects;
pub mod expected;
pub mod handler;
mod partition;
mod poller;
pub(crate) mod progress;
mod queue;
mod shared;
mod stall;
pub mod start;
mod store;
mod watch;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use rdkafka::ClientConfig;
use rdkafka::consumer::{BaseConsumer, Consumer as _};
use rdkafka::error::KafkaError;
use service_kit::health::{Component, Detail, Health};
use service_kit::lifecycle::Lifecycle;
use tokio::sync::oneshot;
use tokio_util::sync::CancellationToken;
use tracing::warn;

use self::context::Context;
use self::coordinator::Coordinator;
pub use self::effects::{CommandEffects, Effects, PostgresEffects};
pub use self::expected::ExpectedPartitions;
pub use self::handler::{
    BatchError, CommandHandler, Handler, HandlerError, Record, Verdict, one_by_one, spans,
};
use self::poller::{Finished, PollRequest, Poller};
use self::progress::GroupProgress;
use self::queue::Budget;
use self::shared::{Client, Heartbeat, Shared};
use crate::codec::registry::RegistryError;
use crate::codec::{Decoder, headers};
use crate::dlq::DeadLetters;
use crate::kafka::KafkaArgs;
use crate::kafka::noise::LineLimit;
use crate::producer::{Producer, ProducerError};
use crate::record::RawRecord;
use crate::retry::{self, Backoff};
use crate::topic::{Service, Topic};

/// How long a request to the broker may take before it counts as an outage.
const BROKER_DEADLINE: Duration = Duration::from_secs(5);
/// How long a stop waits for the group to be left, after the records in hand.
const LEAVE_GROUP_DEADLINE: Duration = Duration::from_secs(5);
/// How often a stopped partition looks whether an operator has opened it again.
const REREAD_STOPPED: Duration = Duration::from_secs(5);
/// How long a dead letter waits for its acknowledgement, in milliseconds.
const DEAD_LETTER_TIMEOUT_MS: u32 = 120_000;
/// So many bytes of one fetch are not kept back.
const GATHERED_BYTES: u32 = 64 << 10;

/// What to read, and as whom.
#[derive(Debug, Clone)]
pub struct ConsumerConfig {
    /// Whose dead-letter and retry topics go with it.
    pub service: Service,
    /// The consumer group, `<service>.<purpose>.v<N>`: a new N reads everything again.
    pub group: &'static str,
    /// The topics; each one's retry topic is read as well.
    pub topics: Vec<Topic>,
    /// The client's name at the broker, `<service>-<replica>`.
    pub client_id: String,
    /// How long the broker may keep a record back for others to come along.
    pub gather: Duration,
}

impl ConsumerConfig {
    /// The service's own group.
    #[must_use]
    pub fn new(service: Service, topics: &[Topic], client_id: String) -> Self {
        Self {
            service,
            group: service.group(),
            topics: topics.to_vec(),
            client_id,
            gather: Duration::ZERO,
        }
    }

    /// Lets the broker keep records back for so long, or until there are 64 KiB of them: fewer and larger fetches,
    /// batches and commits for a consumer that nobody waits for.
    #[must_use]
    pub fn gathering(mut self, gather: Duration) -> Self {
        self.gather = gather;
        self
    }

    fn client(&self, kafka: &KafkaArgs) -> ClientConfig {
        let mut client = kafka.consumer(&self.client_id, self.group);
        if !self.gather.is_zero() {
            client
                .set("fetch.min.bytes", GATHERED_BYTES.to_string())
                .set("fetch.wait.max.ms", self.gather.as_millis().to_string());
        }
        client
    }
}

/// Why the runtime could not start, or had to end.
#[derive(Debug, thiserror::Error)]
pub enum ConsumerError {
    /// The client could not be made.
    #[error("cannot make the kafka consumer: {0}")]
    Client(#[from] KafkaError),
    /// The dead-letter producer could not be made.
    #[error("cannot make the dead-letter producer: {0}")]
    Producer(#[from] ProducerError),
    /// The registry's client could not be made.
    #[error("cannot make the registry client: {0}")]
    Registry(#[from] RegistryError),
    /// A topic has another number of partitions than declared.
    #[error("refusing these topics: {0}")]
    OtherPartitions(String),
    /// The stored offsets belong to another cluster.
    #[error("refusing this kafka cluster: {0}")]
    OtherCluster(String),
    /// The poll thread could not be started.
    #[error("cannot start the poll thread: {0}")]
    Thread(#[from] std::io::Error),
    /// The client is beyond repair; a restart helps.
    #[error("kafka consumer: {0}")]
    Fatal(String),
}

/// What a consumer tells of itself.
#[derive(Debug, Clone)]
pub struct ConsumerHealth {
    /// Ready with the first assignment, and not while records do not come although the broker has them.
    pub ready: Component,
    /// False when the thread that polls the broker does not move, so that only a restart helps.
    pub alive: Component,
    /// Says when no partition is assigned, so that nothing is read.
    pub detail: Detail,
}

impl ConsumerHealth {
    /// Readiness and liveness under these names.
    #[must_use]
    pub fn of(health: &Health, ready: &'static str, alive: &'static str) -> Self {
        Self {
            ready: health.component(ready),
            alive: health.liveness(alive),
            detail: health.detail(ready),
        }
    }
}

/// Runs the service's consumer under its lifecycle.
pub fn start<E: Effects>(
    lifecycle: &Lifecycle,
    config: ConsumerConfig,
    kafka: &KafkaArgs,
    effects: E,
    health: ConsumerHealth,
) {
    let (kafka, shutdown) = (kafka.clone(), lifecycle.shutdown_token());
    lifecycle.spawn("consumer", async move {
        run(config, &kafka, effects, health, shutdown).await
    });
}

/// Reads the topics and applies `effects` until `shutdown`.
///
/// # Errors
/// [`ConsumerError`]: nothing that passes by itself, so the process should end and be started again.
pub async fn run<E: Effects>(
    config: ConsumerConfig,
    kafka: &KafkaArgs,
    effects: E,
    health: ConsumerHealth,
    shutdown: CancellationToken,
) -> Result<(), ConsumerError> {
    let tuning = Tuning {
        client: config.client(kafka),
        partitions: ExpectedPartitions::declared(&config),
        longest_wait: retry::LONGEST,
        reread_stopped: REREAD_STOPPED,
    };
    run_with(config, tuning, kafka, effects, health, shutdown).await
}

/// What tests set otherwise than production, to wait less.
#[derive(Debug, Clone)]
pub struct Tuning {
    /// The client's configuration.
    pub client: ClientConfig,
    /// How many partitions the topics have.
    pub partitions: ExpectedPartitions,
    /// The longest wait between two attempts.
    pub longest_wait: Duration,
    /// How often a stopped partition looks whether an operator has opened it again.
    pub reread_stopped: Duration,
}

/// [`run`] with a tuning of one's own.
///
/// # Errors
/// As [`run`].
pub async fn run_with<E: Effects>(
    config: ConsumerConfig,
    tuning: Tuning,
    kafka: &KafkaArgs,
    effects: E,
    health: ConsumerHealth,
    shutdown: CancellationToken,
) -> Result<(), ConsumerError> {
    let (events, inbox) = tokio::sync::mpsc::unbounded_channel();
    let consumer: BaseConsumer<Context> = tuning.client.create_with_context(Context::new(events.clone()))?;
    let consumer = Arc::new(consumer);
    let producer = Producer::start(kafka.producer(&config.client_id, DEAD_LETTER_TIMEOUT_MS, 0))?;
    let (requests, requested) = channel();
    let finished = Finished::default();
    let shared = Arc::new(Shared {
        service: config.service,
        group: config.group.to_owned(),
        effects,
        decoder: Decoder::new(kafka.registry()?),
        dead_letters: DeadLetters::new(config.service, producer),
        client: Client::of(&consumer),
        events,
        requests,
        finished: Arc::clone(&finished),
        progress: GroupProgress::register(config.group),
        expected: tuning.partitions,
        budget: Budget::default(),
        longest_wait: tuning.longest_wait,
        reread_stopped: tuning.reread_stopped,
    });
    let ended = tokio::select! {
        () = shutdown.cancelled() => Some(Ok(())),
        checked = check_cluster(&shared) => checked.err().map(Err),
    };
    if let Some(outcome) = ended {
        // No group was joined, and closing the client could wait for a broker that does not answer.
        std::mem::forget(consumer);
        return outcome;
    }
    let topics = subscription(&config);
    consumer.subscribe(&topics.iter().map(String::as_str).collect::<Vec<_>>())?;
    let heartbeat = Arc::<Heartbeat>::default();
    let progress = Arc::clone(&shared.progress);
    let left = start_poll_thread(consumer, requested, finished, Arc::clone(&heartbeat), progress)?;
    let coordinator = Coordinator::new(Arc::clone(&shared), health.ready, health.detail);
    let outcome = tokio::select! {
        outcome = coordinator.run(inbox, shutdown) => outcome,
        () = watch::watch(Arc::clone(&shared), heartbeat, health.alive) => Ok(()),
    };
    shared.send(PollRequest::Close);
    // The thread is not joined: whatever the broker does, the process can end.
    if tokio::time::timeout(LEAVE_GROUP_DEADLINE, left).await.is_err() {
        warn!("the group was not left in time");
    }
    outcome
}

/// Starts the poll thread, which owns the consumer; the receiver fails when the thread has ended.
fn start_poll_thread(
    consumer: Arc<BaseConsumer<Context>>,
    requests: Receiver<PollRequest>,
    finished: Finished,
    heartbeat: Arc<Heartbeat>,
    progress: Arc<GroupProgress>,
) -> Result<oneshot::Receiver<()>, ConsumerError> {
    let (ended, left) = oneshot::channel();
    let poller = Poller::new(consumer, requests, finished, heartbeat, progress, ended);
    std::thread::Builder::new()
        .name("kafka-poll".to_owned())
        .spawn(move || poller.run())?;
    Ok(left)
}

fn subscription(config: &ConsumerConfig) -> Vec<String> {
    let with_retry = |topic: &Topic| [topic.name().to_owned(), topic.retry(config.service)];
    config.topics.iter().flat_map(with_retry).collect()
}

/// Refuses another cluster, and topics of another shape, for as long as it takes to find out.
async fn check_cluster<E: Effects>(shared: &Arc<Shared<E>>) -> Result<(), ConsumerError> {
    let mut backoff = Backoff::default();
    let limit = LineLimit::default();
    loop {
        let why = match ask_cluster(shared).await {
            Ok((id, found)) => match shared.effects.pin_cluster(&id).await {
                Ok(()) => {
                    return shared
                        .expected
                        .compare(&found)
                        .map_err(ConsumerError::OtherPartitions);
                }
                Err(HandlerError::Poison { detail, .. }) => return Err(ConsumerError::OtherCluster(detail)),
                Err(error) => error.to_string(),
            },
            Err(why) => why,
        };
        if let Some(left_out) = limit.pass(&why) {
            warn!(why, left_out, "cannot tell which kafka cluster this is");
        }
        tokio::time::sleep(backoff.next_wait()).await;
    }
}

/// The cluster's id, and how many partitions it has of the topics.
async fn ask_cluster<E: Effects>(shared: &Shared<E>) -> Result<(String, BTreeMap<String, i32>), String> {
    let expected = shared.expected.clone();
    let answer = shared.client.ask(move |consumer| {
        let id = consumer.client().fetch_cluster_id(BROKER_DEADLINE);
        let found = expected.found(consumer)?;
        Ok(id.map(|id| (id, found)))
    });
    match answer.await {
        Ok(Some(answer)) => Ok(answer),
        Ok(None) => Err("the broker does not answer".to_owned()),
        Err(error) => Err(format!("broker: {error}")),
    }
}

/// The span of one record's effect, in the trace of the change that caused it.
pub(crate) fn span(raw: &RawRecord) -> tracing::Span {
    let kind = headers::get(&raw.headers, headers::name::TYPE).unwrap_or("unknown");
    let span = tracing::info_span!(
        "consume",
        messaging.destination = raw.topic,
        messaging.partition = raw.partition,
        messaging.offset = raw.offset,
        event.kind = kind,
    );
    if let Some(traceparent) = raw.traceparent() {
        service_kit::trace::set_parent(&span, traceparent);
    }
    span
}

#[cfg(test)]
mod tests {
    use clap::Parser as _;

    use super::*;

    #[derive(Debug, clap::Parser)]
    struct Cli {
        #[command(flatten)]
        kafka: KafkaArgs,
    }

    #[test]
    fn records_are_kept_back_only_for_whom_nobody_waits() {
        let words = [
            "test",
            "--kafka-brokers",
            "a:9092",
            "--registry-url",
            "http://127.0.0.1:1",
        ];
        let kafka = Cli::parse_from(words).kafka;
        let config = ConsumerConfig::new(Service::AuditSvc, &[Topic::TaskEvents], "test".to_owned());
        assert_eq!(config.client(&kafka).get("fetch.min.bytes"), None);
        let client = config.gathering(Duration::from_millis(250)).client(&kafka);
        assert_eq!(client.get("fetch.min.bytes"), Some("65536"));
        assert_eq!(client.get("fetch.wait.max.ms"), Some("250"));
    }
}
