//! How many records a topic has had.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use rdkafka::consumer::{BaseConsumer, Consumer as _};
use shared_events::kafka::KafkaArgs;
use shared_events::topic::Topic;

const BROKER_TIMEOUT: Duration = Duration::from_secs(10);

/// Asks the broker, by one connection.
#[derive(Clone)]
pub(super) struct Ends(Arc<BaseConsumer>);

impl Ends {
    pub(super) fn new(kafka: &KafkaArgs) -> anyhow::Result<Self> {
        Ok(Self(Arc::new(kafka.client("bench-ends").create()?)))
    }

    pub(super) async fn of(&self, topic: Topic) -> anyhow::Result<i64> {
        self.of_named(topic.name()).await
    }

    pub(super) async fn of_named(&self, topic: &str) -> anyhow::Result<i64> {
        let (consumer, topic) = (Arc::clone(&self.0), topic.to_owned());
        tokio::task::spawn_blocking(move || sum(&consumer, &topic)).await?
    }
}

/// Over as many partitions as the topic has here, which is not always what is declared.
fn sum(consumer: &BaseConsumer, topic: &str) -> anyhow::Result<i64> {
    let metadata = consumer.fetch_metadata(Some(topic), BROKER_TIMEOUT)?;
    let found = metadata
        .topics()
        .first()
        .context("the broker tells of no topic")?;
    let end = |partition| {
        let marks = consumer.fetch_watermarks(topic, partition, BROKER_TIMEOUT);
        marks.map(|(_, end)| end)
    };
    let ends = found.partitions().iter().map(|partition| end(partition.id()));
    Ok(ends.sum::<Result<i64, _>>()?)
}

impl fmt::Debug for Ends {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Ends")
    }
}
