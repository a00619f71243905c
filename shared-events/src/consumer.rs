//! The one consumer runtime of every service.
//!
//! A poll thread owns the client; each partition has a bounded queue and one cursor; records are applied in order.
//! Effect and next offset move in one transaction ([`PostgresEffects`]), or the effect is acknowledged before the
//! offset is committed ([`CommandEffects`]). **Poison** is dead-lettered and the partition moves on; an **outage**
//! pauses that partition for as long as it lasts, and dead-letters nothing.

mod context;
pub mod cursor;
pub mod effects;
pub mod handler;
mod partition;
mod poller;
mod shared;
mod store;

use std::collections::HashMap;
use std::sync::mpsc::channel;
use std::sync::{Arc, PoisonError};
use std::time::Duration;

use rdkafka::ClientConfig;
use rdkafka::consumer::{BaseConsumer, Consumer as _};
use rdkafka::error::KafkaError;
use service_kit::health::Component;
use tokio::sync::mpsc::UnboundedReceiver;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};

use self::context::{Context, Event};
use self::cursor::Place;
pub use self::effects::{CommandEffects, Effects, PostgresEffects};
pub use self::handler::{CommandHandler, Handler, HandlerError, Record, Verdict};
use self::partition::Worker;
use self::poller::{Command, Finished, Poller};
use self::shared::Shared;
use crate::codec::registry::RegistryError;
use crate::codec::{Decoder, headers};
use crate::dlq::DeadLetters;
use crate::kafka::KafkaArgs;
use crate::producer::{Producer, ProducerError};
use crate::record::RawRecord;
use crate::retry::{self, Backoff};
use crate::topic::{Service, Topic};

/// How long a request to the broker may take before it counts as an outage.
const BROKER_DEADLINE: Duration = Duration::from_secs(5);
/// How long a stop waits for the records in hand.
const DRAIN: Duration = Duration::from_secs(8);
/// How long a stop waits for the broker to take leave.
const FAREWELL: Duration = Duration::from_secs(4);
/// How long a dead letter waits for its acknowledgement, in milliseconds.
const DEAD_LETTER_TIMEOUT_MS: u32 = 120_000;

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

/// Reads the topics and applies `effects` until `shutdown`.
///
/// `ready` turns ready with the first assignment.
///
/// # Errors
/// [`ConsumerError`]: nothing that passes by itself, so the process should end and be started again.
pub async fn run<E: Effects>(
    config: ConsumerConfig,
    kafka: &KafkaArgs,
    effects: E,
    ready: Component,
    shutdown: CancellationToken,
) -> Result<(), ConsumerError> {
    let client = kafka.consumer(&config.client_id, config.group);
    let tuning = Tuning {
        client,
        longest_wait: retry::LONGEST,
    };
    run_with(config, tuning, kafka, effects, ready, shutdown).await
}

/// What tests set otherwise than production, to wait less.
#[derive(Debug, Clone)]
pub struct Tuning {
    /// The client's configuration.
    pub client: ClientConfig,
    /// The longest wait between two attempts.
    pub longest_wait: Duration,
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
    ready: Component,
    shutdown: CancellationToken,
) -> Result<(), ConsumerError> {
    let (events, inbox) = tokio::sync::mpsc::unbounded_channel();
    let consumer: BaseConsumer<Context> = tuning.client.create_with_context(Context::new(events))?;
    let consumer = Arc::new(consumer);
    let producer = Producer::start(kafka.producer(&config.client_id, DEAD_LETTER_TIMEOUT_MS, 0))?;
    let (commands, orders) = channel();
    let finished = Finished::default();
    let shared = Arc::new(Shared {
        service: config.service,
        group: config.group.to_owned(),
        effects,
        decoder: Decoder::new(kafka.registry()?),
        dead_letters: DeadLetters::new(config.service, producer),
        consumer: Arc::clone(&consumer),
        commands,
        finished: Arc::clone(&finished),
        longest_wait: tuning.longest_wait,
    });
    let pinned = tokio::select! {
        () = shutdown.cancelled() => { std::mem::forget(consumer); return Ok(()) },
        pinned = pin_cluster(&shared) => pinned,
    };
    pinned?;
    consumer.subscribe(
        &subscription(&config)
            .iter()
            .map(String::as_str)
            .collect::<Vec<_>>(),
    )?;
    let poller = Poller::new(consumer, orders, finished);
    let thread = std::thread::Builder::new()
        .name("kafka-poll".to_owned())
        .spawn(move || poller.run())?;
    let outcome = Coordinator {
        shared: Arc::clone(&shared),
        workers: HashMap::new(),
    }
    .run(inbox, ready, shutdown)
    .await;
    shared.send(Command::Close);
    drop(shared);
    let goodbye = tokio::task::spawn_blocking(move || thread.join());
    if tokio::time::timeout(FAREWELL, goodbye).await.is_err() {
        warn!("the broker did not take leave in time");
    }
    outcome
}

fn subscription(config: &ConsumerConfig) -> Vec<String> {
    let with_retry = |topic: &Topic| [topic.name().to_owned(), topic.retry(config.service)];
    config.topics.iter().flat_map(with_retry).collect()
}

async fn pin_cluster<E: Effects>(shared: &Arc<Shared<E>>) -> Result<(), ConsumerError> {
    let mut backoff = Backoff::default();
    loop {
        let asked = Arc::clone(shared);
        let id =
            tokio::task::spawn_blocking(move || asked.consumer.client().fetch_cluster_id(BROKER_DEADLINE));
        let outage = match id.await.ok().flatten() {
            Some(id) => match shared.effects.pin_cluster(&id).await {
                Ok(()) => return Ok(()),
                Err(HandlerError::Poison { detail, .. }) => return Err(ConsumerError::OtherCluster(detail)),
                Err(error) => error.to_string(),
            },
            None => "the broker does not answer".to_owned(),
        };
        warn!(why = outage, "cannot tell which kafka cluster this is");
        tokio::time::sleep(backoff.next_wait()).await;
    }
}

struct Running {
    cancel: CancellationToken,
    task: JoinSet<()>,
}

/// Starts and ends the workers as the group's protocol says.
struct Coordinator<E: Effects> {
    shared: Arc<Shared<E>>,
    workers: HashMap<Place, Running>,
}

impl<E: Effects> Coordinator<E> {
    async fn run(
        mut self,
        mut inbox: UnboundedReceiver<Event>,
        ready: Component,
        shutdown: CancellationToken,
    ) -> Result<(), ConsumerError> {
        loop {
            let event = tokio::select! {
                biased;
                () = shutdown.cancelled() => break,
                event = inbox.recv() => event,
            };
            match event {
                Some(Event::Assigned(places)) => {
                    self.start(places);
                    ready.ready();
                }
                Some(Event::Revoked(places, reply)) => {
                    let _gone = reply.send(self.end(&places).await);
                }
                Some(Event::OutOfRange) => self.restart_all().await,
                Some(Event::Fatal(why)) => return Err(ConsumerError::Fatal(why)),
                None => return Err(ConsumerError::Fatal("the poll thread ended".to_owned())),
            }
        }
        info!(group = self.shared.group, "finishing the records in hand");
        let all: Vec<Place> = self.workers.keys().cloned().collect();
        let done = self.end(&all).await;
        self.shared
            .finished
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .extend(done);
        Ok(())
    }

    fn start(&mut self, places: Vec<Place>) {
        for place in places {
            let cancel = CancellationToken::new();
            let mut task = JoinSet::new();
            task.spawn(Worker::new(Arc::clone(&self.shared), place.clone(), cancel.clone()).run());
            self.workers.insert(place, Running { cancel, task });
        }
    }

    /// Ends these workers, each after the transaction in hand, and says how far the partitions got.
    async fn end(&mut self, places: &[Place]) -> Vec<(Place, i64)> {
        let mut ending: Vec<Running> = places
            .iter()
            .filter_map(|place| self.workers.remove(place))
            .collect();
        for worker in &ending {
            worker.cancel.cancel();
        }
        let all = async {
            for worker in &mut ending {
                worker.task.join_next().await;
            }
        };
        if tokio::time::timeout(DRAIN, all).await.is_err() {
            // Whatever they still do is refused by the offset's compare-and-set, or repeated by its next reader.
            warn!("records in hand took too long and are left to the next reader");
        }
        let mut finished = self
            .shared
            .finished
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        places
            .iter()
            .filter_map(|place| finished.remove_entry(place))
            .collect()
    }

    async fn restart_all(&mut self) {
        let all: Vec<Place> = self.workers.keys().cloned().collect();
        let done = self.end(&all).await;
        self.shared
            .finished
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .extend(done);
        self.start(all);
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
