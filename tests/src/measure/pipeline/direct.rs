//! The yardstick: a producer and a consumer with nothing between them but the broker.

use std::time::Duration;

use anyhow::Context as _;
use chrono::{SecondsFormat, Utc};
use rdkafka::admin::{AdminClient, AdminOptions, NewTopic, TopicReplication};
use rdkafka::client::DefaultClientContext;
use rdkafka::message::{Header, OwnedHeaders};
use rdkafka::producer::{BaseRecord, DefaultProducerContext, ThreadedProducer};
use shared_events::codec::headers::name;
use shared_events::kafka::KafkaArgs;
use shared_events::topic::Topic;

use super::follower::{Follower, between};
use crate::wait::wait_until;

const TOPIC: &str = "bench-direct";
/// About what an event has.
const RECORD_BYTES: usize = 400;
const KEYS: usize = 1_000;
const PATIENCE: Duration = Duration::from_secs(20);

/// Creates the topic.
pub(super) async fn prepare(kafka: &KafkaArgs) -> anyhow::Result<()> {
    create_topic(kafka, TOPIC).await
}

/// Creates a topic with as many partitions as that of the events.
pub(super) async fn create_topic(kafka: &KafkaArgs, name: &str) -> anyhow::Result<()> {
    let admin: AdminClient<DefaultClientContext> = kafka.client("bench-admin").create()?;
    let topic = NewTopic::new(name, Topic::TaskEvents.partitions(), TopicReplication::Fixed(1));
    let results = admin.create_topics([&topic], &AdminOptions::new()).await?;
    for result in results {
        result.map_err(|(topic, code)| anyhow::anyhow!("cannot create {topic}: {code}"))?;
    }
    Ok(())
}

/// Sends so many records at an even rate; from sending each to its arrival, in milliseconds.
pub(super) async fn run(kafka: &KafkaArgs, count: usize, rate: f64) -> anyhow::Result<Vec<f64>> {
    let producer: ThreadedProducer<DefaultProducerContext> =
        kafka.producer("bench-direct", 10_000, 0).create()?;
    let follower = Follower::start(kafka, TOPIC)
        .await
        .context("cannot follow the direct records")?;
    let mut tick = tokio::time::interval(Duration::from_secs_f64(1.0 / rate));
    for number in 0..count {
        tick.tick().await;
        send(&producer, number)?;
    }
    wait_until(PATIENCE, "that every direct record arrives", async || {
        let arrived = follower.count();
        Ok(if arrived < count {
            Err(format!("{arrived} of {count} arrived"))
        } else {
            Ok(())
        })
    })
    .await?;
    let arrivals = follower.stop();
    let took = arrivals
        .iter()
        .map(|arrival| between(arrival.made, arrival.arrived));
    Ok(took.collect())
}

fn send(producer: &ThreadedProducer<DefaultProducerContext>, number: usize) -> anyhow::Result<()> {
    let key = format!("key-{}", number % KEYS);
    let body: [u8; RECORD_BYTES] = rand::random();
    let now = Utc::now().to_rfc3339_opts(SecondsFormat::Micros, true);
    let time = Header {
        key: name::TIME,
        value: Some(&now),
    };
    let record = BaseRecord::to(TOPIC)
        .key(&key)
        .payload(body.as_slice())
        .headers(OwnedHeaders::new().insert(time));
    producer.send(record).map_err(|(error, _)| error)?;
    Ok(())
}
