//! How many records a topic has had.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

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
        let consumer = Arc::clone(&self.0);
        let ends = move || {
            let end = |partition| {
                let marks = consumer.fetch_watermarks(topic.name(), partition, BROKER_TIMEOUT);
                marks.map(|(_, end)| end)
            };
            (0..topic.partitions()).map(end).sum::<Result<i64, _>>()
        };
        Ok(tokio::task::spawn_blocking(ends).await??)
    }
}

impl fmt::Debug for Ends {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Ends")
    }
}
