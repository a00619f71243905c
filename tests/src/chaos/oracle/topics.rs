//! The topics, read from their very first record by a plain consumer: no group, no stored offset, no runtime of ours.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};
use rdkafka::consumer::{BaseConsumer, Consumer as _};
use rdkafka::{Offset, TopicPartitionList};
use serde_json::Value;
use shared_events::codec::{Decoder, headers};
use shared_events::dlq::letter;
use shared_events::event::Event;
use shared_events::event::command::TaskCommand;
use shared_events::event::notification::NotificationEvent;
use shared_events::event::reminder::ReminderEvent;
use shared_events::event::task::TaskEvent;
use shared_events::event::update::UserUpdate;
use shared_events::kafka::KafkaArgs;
use shared_events::record::RawRecord;
use shared_events::topic::{self, Service, Topic};

use super::evidence::Place;
use super::history::{Commit, Hash, History, Raw, Record, hex};

const BROKER: Duration = Duration::from_secs(10);
const POLL: Duration = Duration::from_millis(200);
const READ: Duration = Duration::from_secs(120);

/// Reads what has come since the last time, and what the groups have committed by now.
pub(super) async fn catch_up(history: &mut History, kafka: &KafkaArgs) -> anyhow::Result<()> {
    let consumer: BaseConsumer = kafka.consumer("taskwire-oracle", "taskwire-oracle").create()?;
    let known = std::mem::take(&mut history.ends);
    let groups = groups(kafka)?;
    let reading = move || -> anyhow::Result<_> {
        let (ends, records) = read(&consumer, &known)?;
        let commits = commits(&groups, &ends)?;
        Ok((ends, records, commits))
    };
    let (ends, records, commits) = tokio::task::spawn_blocking(reading).await??;
    (history.ends, history.commits) = (ends, commits);
    let decoder = Decoder::new(kafka.registry()?);
    let injected = history.observations.injected.iter();
    let injected: BTreeSet<Place> = injected
        .map(|it| Place::new(&it.topic, it.partition, it.offset))
        .collect();
    for raw in records {
        match Topic::from_name(&raw.topic) {
            None if raw.topic.ends_with(".dlq") => history.letters.push(keep(&raw, None)),
            None => history.retries.push(keep(&raw, None)),
            Some(topic) if injected.contains(&Place::new(&raw.topic, raw.partition, raw.offset)) => {
                let why = decode(&decoder, topic, &raw).await.err();
                history.strangers.push(keep(&raw, why));
            }
            Some(topic) => match decode(&decoder, topic, &raw).await {
                Ok(record) => history.records.push(record),
                Err(why) => history.strangers.push(keep(&raw, Some(why))),
            },
        }
    }
    history
        .records
        .sort_by_key(|record| (record.topic, record.partition, record.offset));
    Ok(())
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

/// A client for each group, which joins nothing: it only asks.
fn groups(kafka: &KafkaArgs) -> anyhow::Result<Vec<(Service, BaseConsumer)>> {
    let services = Service::ALL.into_iter();
    let readers =
        services.filter(|service| Topic::ALL.iter().any(|topic| topic.consumers().contains(service)));
    readers
        .map(|service| {
            let consumer = kafka.consumer("taskwire-oracle", service.group()).create()?;
            Ok((service, consumer))
        })
        .collect()
}

fn commits(groups: &[(Service, BaseConsumer)], ends: &Ends) -> anyhow::Result<Vec<Commit>> {
    let mut commits = Vec::new();
    for (service, consumer) in groups {
        let mut asked = TopicPartitionList::new();
        for (topic, partition) in ends.keys() {
            let origin = Topic::origin_of(topic).filter(|origin| origin.consumers().contains(service));
            let reads =
                origin.is_some_and(|origin| *topic == origin.name() || *topic == origin.retry(*service));
            if reads {
                asked.add_partition(topic, *partition);
            }
        }
        let answer = consumer
            .committed_offsets(asked, BROKER)
            .with_context(|| format!("cannot ask what {} has committed", service.group()))?;
        for element in answer.elements() {
            if let Offset::Offset(offset) = element.offset() {
                commits.push(Commit {
                    group: service.group().to_owned(),
                    topic: element.topic().to_owned(),
                    partition: element.partition(),
                    offset,
                });
            }
        }
    }
    Ok(commits)
}

async fn decode(decoder: &Decoder, topic: Topic, raw: &RawRecord) -> Result<Record, String> {
    match topic {
        Topic::TaskEvents => decode_as::<TaskEvent>(decoder, raw).await,
        Topic::Reminders => decode_as::<ReminderEvent>(decoder, raw).await,
        Topic::NotificationEvents => decode_as::<NotificationEvent>(decoder, raw).await,
        Topic::TaskUpdates => decode_as::<UserUpdate>(decoder, raw).await,
        Topic::TaskCommands => decode_as::<TaskCommand>(decoder, raw).await,
    }
}

async fn decode_as<E: Event>(decoder: &Decoder, raw: &RawRecord) -> Result<Record, String> {
    let event: E = decoder.decode(raw).await.map_err(|error| error.to_string())?;
    let mut body = serde_json::to_value(&event).map_err(|error| error.to_string())?;
    if let Some(body) = body.as_object_mut() {
        body.remove("meta");
    }
    drop_nulls(&mut body);
    let key = raw.key.as_deref().unwrap_or_default();
    Ok(Record {
        topic: E::TOPIC,
        partition: raw.partition,
        offset: raw.offset,
        at: appended(raw),
        key: String::from_utf8_lossy(key).into_owned(),
        source: headers::get(&raw.headers, headers::name::SOURCE)
            .unwrap_or_default()
            .to_owned(),
        value: Hash::of(raw.payload.as_deref().unwrap_or_default()),
        headers: Hash::of_headers(&raw.headers),
        meta: event.meta().clone(),
        body,
    })
}

/// An absent field and one that is null are the same, and absent ones need no memory.
fn drop_nulls(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            fields.retain(|_, field| !field.is_null());
            fields.values_mut().for_each(drop_nulls);
        }
        Value::Array(items) => items.iter_mut().for_each(drop_nulls),
        _ => {}
    }
}

fn keep(raw: &RawRecord, why: Option<String>) -> Raw {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let added = raw.headers.iter().filter(|(name, _)| letter::is_added(name));
    Raw {
        topic: raw.topic.clone(),
        partition: raw.partition,
        offset: raw.offset,
        at: appended(raw),
        key: raw.key.as_deref().map(hex),
        value: Hash::of(raw.payload.as_deref().unwrap_or_default()),
        headers: Hash::of_headers(&raw.headers),
        letter: added
            .map(|(name, value)| (name.clone(), value.as_deref().map(text).unwrap_or_default()))
            .collect(),
        event_id: headers::get(&raw.headers, headers::name::ID).map(str::to_owned),
        why,
    }
}

fn appended(raw: &RawRecord) -> i64 {
    raw.timestamp.map_or(0, |at| at.timestamp_millis())
}
