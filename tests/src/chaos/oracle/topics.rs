//! The topics, read from their very first record by a plain consumer: no group, no stored offset, no runtime of ours.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};
use rdkafka::consumer::{BaseConsumer, Consumer as _};
use rdkafka::{Offset, TopicPartitionList};
use serde_json::Value;
use shared_events::codec::{Decoder, headers};
use shared_events::event::command::TaskCommand;
use shared_events::event::notification::NotificationEvent;
use shared_events::event::reminder::ReminderEvent;
use shared_events::event::task::TaskEvent;
use shared_events::event::update::UserUpdate;
use shared_events::event::{Event, EventMeta};
use shared_events::kafka::KafkaArgs;
use shared_events::record::RawRecord;
use shared_events::topic::{self, Topic};

use crate::chaos::report::Difference;

const BROKER: Duration = Duration::from_secs(10);
const POLL: Duration = Duration::from_millis(200);
const READ: Duration = Duration::from_secs(120);

#[derive(Debug, Clone)]
pub(super) struct Delivery {
    pub(super) topic: Topic,
    pub(super) raw: RawRecord,
    pub(super) key: String,
    /// Who wrote it: with topic and key, its lane.
    pub(super) source: String,
    pub(super) meta: EventMeta,
    pub(super) body: Value,
}

impl Delivery {
    /// `task-events/3@17`.
    pub(super) fn place(&self) -> String {
        format!("{}/{}@{}", self.raw.topic, self.raw.partition, self.raw.offset)
    }
}

#[derive(Debug, Default)]
pub(super) struct Topics {
    /// By topic, partition and offset.
    pub(super) deliveries: Vec<Delivery>,
    /// The next offset of every partition of every topic.
    pub(super) ends: BTreeMap<(String, i32), i64>,
    /// Records that should not be there.
    pub(super) faults: Vec<Difference>,
}

impl Topics {
    /// Reads what has come since the last time.
    pub(super) async fn catch_up(&mut self, kafka: &KafkaArgs) -> anyhow::Result<()> {
        let consumer: BaseConsumer = kafka.consumer("taskwire-oracle", "taskwire-oracle").create()?;
        let known = self.ends.clone();
        let (ends, records) = tokio::task::spawn_blocking(move || read(&consumer, &known)).await??;
        self.ends = ends;
        let decoder = Decoder::new(kafka.registry()?);
        for raw in records {
            match decode(&decoder, &raw).await {
                Ok(delivery) => self.deliveries.push(delivery),
                Err(why) => self.faults.push(Difference {
                    rule: "topics",
                    what: format!("{}/{}@{}: {why}", raw.topic, raw.partition, raw.offset),
                }),
            }
        }
        self.deliveries.sort_by(|one, other| {
            let place = |it: &Delivery| (it.topic, it.raw.partition, it.raw.offset);
            place(one).cmp(&place(other))
        });
        Ok(())
    }

    pub(super) fn of(&self, topic: Topic) -> impl Iterator<Item = &Delivery> {
        self.deliveries
            .iter()
            .filter(move |delivery| delivery.topic == topic)
    }
}

type Ends = BTreeMap<(String, i32), i64>;

/// The ends of all declared topics, and every record from the known ends to them.
fn read(consumer: &BaseConsumer, known: &Ends) -> anyhow::Result<(Ends, Vec<RawRecord>)> {
    let metadata = consumer
        .fetch_metadata(None, BROKER)
        .context("cannot list the topics")?;
    let mut ends = Ends::new();
    let mut assignment = TopicPartitionList::new();
    let mut missing = Ends::new();
    for name in topic::declared() {
        let topic = metadata.topics().iter().find(|topic| topic.name() == name);
        let topic = topic.with_context(|| format!("there is no topic {name}"))?;
        for partition in topic.partitions() {
            let (low, high) = consumer.fetch_watermarks(&name, partition.id(), BROKER)?;
            let place = (name.clone(), partition.id());
            let from = known.get(&place).copied().unwrap_or(0);
            if low > 0 {
                bail!(
                    "{name}/{} begins at {low}: its first records are gone",
                    partition.id()
                );
            }
            if from < high {
                assignment.add_partition_offset(&name, partition.id(), Offset::Offset(from))?;
                missing.insert(place.clone(), high);
            }
            ends.insert(place, high);
        }
    }
    consumer.assign(&assignment)?;
    Ok((ends, drain(consumer, missing)?))
}

fn drain(consumer: &BaseConsumer, mut missing: Ends) -> anyhow::Result<Vec<RawRecord>> {
    let mut records = Vec::new();
    let deadline = Instant::now() + READ;
    while !missing.is_empty() {
        if Instant::now() > deadline {
            bail!("the topics cannot be read: {missing:?} are still to come");
        }
        let Some(message) = consumer.poll(POLL) else {
            continue;
        };
        let record = RawRecord::detach(&message?);
        let place = (record.topic.clone(), record.partition);
        if let Some(end) = missing.get(&place).copied() {
            if record.offset + 1 >= end {
                missing.remove(&place);
            }
            if record.offset < end {
                records.push(record);
            }
        }
    }
    Ok(records)
}

async fn decode(decoder: &Decoder, raw: &RawRecord) -> Result<Delivery, String> {
    match Topic::from_name(&raw.topic) {
        Some(Topic::TaskEvents) => decode_as::<TaskEvent>(decoder, raw).await,
        Some(Topic::Reminders) => decode_as::<ReminderEvent>(decoder, raw).await,
        Some(Topic::NotificationEvents) => decode_as::<NotificationEvent>(decoder, raw).await,
        Some(Topic::TaskUpdates) => decode_as::<UserUpdate>(decoder, raw).await,
        Some(Topic::TaskCommands) => decode_as::<TaskCommand>(decoder, raw).await,
        None => Err(format!(
            "a record where none should be: {}",
            headers::get(&raw.headers, "x-dlq-reason").unwrap_or("no reason given")
        )),
    }
}

async fn decode_as<E: Event>(decoder: &Decoder, raw: &RawRecord) -> Result<Delivery, String> {
    let event: E = decoder.decode(raw).await.map_err(|error| error.to_string())?;
    let key = raw.key.as_deref().unwrap_or_default();
    Ok(Delivery {
        topic: E::TOPIC,
        key: String::from_utf8_lossy(key).into_owned(),
        source: headers::get(&raw.headers, headers::name::SOURCE)
            .unwrap_or_default()
            .to_owned(),
        meta: event.meta().clone(),
        body: serde_json::to_value(&event).map_err(|error| error.to_string())?,
        raw: raw.clone(),
    })
}
