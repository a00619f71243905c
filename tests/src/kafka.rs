//! An observer of the broker: every record of the topics from now on, decoded as a consumer would decode it, outside
//! of all consumer groups.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use anyhow::Context as _;
use rdkafka::consumer::{BaseConsumer, Consumer as _};
use rdkafka::producer::{BaseProducer, BaseRecord, Producer as _};
use rdkafka::{Offset, TopicPartitionList};
use shared_events::codec::{Decoder, FromRecord, headers};
use shared_events::event::EventMeta;
use shared_events::event::command::TaskCommand;
use shared_events::event::fact::AnyFact;
use shared_events::event::update::UserUpdate;
use shared_events::kafka::KafkaArgs;
use shared_events::record::RawRecord;
use shared_events::topic::{self, Topic};
use tokio::runtime::Handle;

use crate::journal::Journal;

const BROKER_TIMEOUT: Duration = Duration::from_secs(10);
const POLL: Duration = Duration::from_millis(100);

/// A record that the observer saw.
#[derive(Debug, Clone)]
pub struct Record {
    pub raw: RawRecord,
    pub message: Message,
}

#[derive(Debug, Clone)]
pub enum Message {
    /// A fact of `task-events`, `reminders` or `notification-events`.
    Fact(AnyFact),
    Update(Box<UserUpdate>),
    Command(Box<TaskCommand>),
    /// Not decodable, and why; dead letters among them.
    Undecoded(String),
}

impl Record {
    /// What the message says about itself, if it could be read.
    pub fn meta(&self) -> Option<&EventMeta> {
        match &self.message {
            Message::Fact(fact) => Some(fact.meta()),
            Message::Update(update) => Some(&update.meta),
            Message::Command(command) => Some(&command.meta),
            Message::Undecoded(_) => None,
        }
    }

    /// The fact, if it is one of this kind.
    pub fn fact(&self, kind: &str) -> Option<&AnyFact> {
        match &self.message {
            Message::Fact(fact) if fact.meta().kind == kind => Some(fact),
            _ => None,
        }
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        headers::get(&self.raw.headers, name)
    }

    /// `task-events/3@17`.
    pub fn place(&self) -> String {
        format!("{}/{}@{}", self.raw.topic, self.raw.partition, self.raw.offset)
    }
}

impl fmt::Display for Record {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.meta() {
            Some(meta) => write!(f, "{} {} of {}", self.place(), meta.kind, meta.user_id),
            None => f.write_str(&self.place()),
        }
    }
}

/// Follows every topic until dropped.
#[derive(Debug)]
pub struct Observer {
    /// All records since the observer started.
    pub records: Journal<Record>,
    stop: Arc<AtomicBool>,
}

impl Observer {
    /// Starts at the present end of every topic, dead-letter topics included.
    pub async fn start(kafka: &KafkaArgs) -> anyhow::Result<Self> {
        let decoder = Decoder::new(kafka.registry()?);
        let mut config = kafka.consumer("taskwire-observer", "taskwire-observer");
        // The broker answers early even when nothing came, so that no partition waits for the fetch of another.
        let consumer: BaseConsumer = config.set("fetch.wait.max.ms", "20").create()?;
        let runtime = Handle::current();
        let consumer = runtime
            .spawn_blocking(move || at_the_end(consumer, &topic::declared()))
            .await??;
        let records = Journal::default();
        let stop = Arc::new(AtomicBool::new(false));
        let (journal, stopped) = (records.clone(), Arc::clone(&stop));
        // A thread, since rdkafka's poll blocks; it ends within one poll after the observer is dropped.
        std::thread::spawn(move || {
            while !stopped.load(Ordering::Relaxed) {
                if let Some(Ok(message)) = consumer.poll(POLL) {
                    let raw = RawRecord::detach(&message);
                    let message = runtime.block_on(decode(&decoder, &raw));
                    journal.record(Record { raw, message });
                }
            }
        });
        Ok(Self { records, stop })
    }
}

impl Drop for Observer {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
    }
}

/// Somebody who puts bytes on the broker as no service of ours would.
pub struct GarbageProducer {
    producer: BaseProducer,
}

impl GarbageProducer {
    /// Connects, so that what is put later arrives at once.
    pub async fn connect(kafka: &KafkaArgs) -> anyhow::Result<Self> {
        let mut config = kafka.client("taskwire-garbage");
        let producer: BaseProducer = config
            .set("linger.ms", "0")
            .set("message.timeout.ms", "10000")
            .create()?;
        let connect = move || {
            producer
                .client()
                .fetch_metadata(None, BROKER_TIMEOUT)
                .map(|_| producer)
        };
        let producer = tokio::task::spawn_blocking(connect)
            .await?
            .context("the garbage cannot connect")?;
        Ok(Self { producer })
    }

    /// Puts bytes on a partition; they are there when this returns. Answers when they were sent.
    pub async fn put(self, topic: &str, partition: i32, key: &str, value: &[u8]) -> anyhow::Result<Instant> {
        let sent = Instant::now();
        let record = BaseRecord::to(topic).partition(partition).key(key).payload(value);
        self.producer.send(record).map_err(|(error, _)| error)?;
        let flush = move || self.producer.flush(BROKER_TIMEOUT);
        tokio::task::spawn_blocking(flush)
            .await?
            .context("the broker did not take the broken record")?;
        Ok(sent)
    }
}

impl fmt::Debug for GarbageProducer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("GarbageProducer")
    }
}

/// A consumer of these topics from their present end on.
pub(crate) fn at_the_end(consumer: BaseConsumer, topics: &[String]) -> anyhow::Result<BaseConsumer> {
    let metadata = consumer
        .fetch_metadata(None, BROKER_TIMEOUT)
        .context("cannot list the topics")?;
    let mut assignment = TopicPartitionList::new();
    for topic in metadata
        .topics()
        .iter()
        .filter(|topic| topics.iter().any(|name| name == topic.name()))
    {
        for partition in topic.partitions() {
            let (_, end) = consumer.fetch_watermarks(topic.name(), partition.id(), BROKER_TIMEOUT)?;
            assignment.add_partition_offset(topic.name(), partition.id(), Offset::Offset(end))?;
        }
    }
    consumer.assign(&assignment)?;
    Ok(consumer)
}

async fn decode(decoder: &Decoder, raw: &RawRecord) -> Message {
    let decoded = match Topic::from_name(&raw.topic) {
        Some(topic @ (Topic::TaskEvents | Topic::Reminders | Topic::NotificationEvents)) => {
            AnyFact::from_record(decoder, topic, raw).await.map(Message::Fact)
        }
        Some(Topic::TaskUpdates) => decoder
            .decode(raw)
            .await
            .map(|update| Message::Update(Box::new(update))),
        Some(Topic::TaskCommands) => decoder
            .decode(raw)
            .await
            .map(|command| Message::Command(Box::new(command))),
        None => return Message::Undecoded("not a topic of facts".to_owned()),
    };
    decoded.unwrap_or_else(|error| Message::Undecoded(error.to_string()))
}
