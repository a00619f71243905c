//! Where the broker remembers how far the database is: the metadata of an offset commit.
//!
//! A group that nobody joins, and an offset that means nothing. The broker keeps the commit as safely as any other, and
//! needs no topic for it. It forgets the commit some days after the last one (`offsets.retention.minutes`,
//! `group_offset_retention_sec`); the next start of Postgres then begins an epoch.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use rdkafka::consumer::{BaseConsumer, CommitMode, Consumer as _, ConsumerContext};
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::{ClientContext, Offset, TopicPartitionList};
use tokio::sync::oneshot;

use super::judge::{EpochRecord, Heard};
use crate::kafka::KafkaArgs;
use crate::topic::Topic;

/// Named like every group of backend-api, whose rights cover it.
const GROUP: &str = "backend-api.epoch.v1";

/// Always there, and one that backend-api may read, which a commit requires.
const TOPIC: Topic = Topic::TaskCommands;

/// How long the broker is given for one answer.
const ANSWER: Duration = Duration::from_secs(2);

/// How long a whole question is waited for; a commit has no deadline of its own.
const QUESTION: Duration = Duration::from_secs(6);

/// How long what the client had to say since the last question may take to be read.
const BACKLOG: Duration = Duration::from_millis(100);

/// The broker's memory of the database.
pub(in crate::relay) struct EpochRecords {
    consumer: Option<Arc<BaseConsumer<Context>>>,
    /// One question at a time: one that hangs keeps its thread, and no second one is made.
    asking: Arc<AtomicBool>,
}

impl EpochRecords {
    /// Connects to nothing yet.
    pub(in crate::relay) fn new(kafka: &KafkaArgs, client_id: &str) -> Result<Self, KafkaError> {
        let mut config = kafka.consumer(&format!("{client_id}-epoch"), GROUP);
        config.set("socket.timeout.ms", "10000");
        Ok(Self {
            consumer: Some(Arc::new(config.create_with_context(Context)?)),
            asking: Arc::default(),
        })
    }

    /// What the broker remembers, if it is of this cluster.
    pub(super) async fn read(&self, cluster: Option<String>) -> Heard {
        let read = self.ask(move |consumer| {
            if let Some(other) = other_cluster(consumer, cluster.as_deref(), ANSWER) {
                return Ok(Heard::NoAnswer(other));
            }
            let mut list = TopicPartitionList::new();
            list.add_partition(TOPIC.name(), 0);
            let list = consumer.committed_offsets(list, ANSWER)?;
            let element = list
                .find_partition(TOPIC.name(), 0)
                .ok_or(KafkaError::OffsetFetch(RDKafkaErrorCode::UnknownPartition))?;
            element.error()?;
            // What cannot be read says as little as nothing.
            let record = serde_json::from_str(element.metadata()).ok();
            Ok(record.map_or(Heard::Nothing, Heard::Record))
        });
        read.await
            .unwrap_or_else(|error| Heard::NoAnswer(error.to_string()))
    }

    /// Has the broker remember this instead of what it did.
    pub(super) async fn write(&self, record: &EpochRecord, cluster: Option<String>) -> Result<(), String> {
        let metadata = serde_json::to_string(record).map_err(|error| error.to_string())?;
        let written = self.ask(move |consumer| {
            if let Some(other) = other_cluster(consumer, cluster.as_deref(), Duration::ZERO) {
                return Ok(Err(other));
            }
            let mut list = TopicPartitionList::new();
            let mut element = list.add_partition(TOPIC.name(), 0);
            element.set_offset(Offset::Offset(0))?;
            element.set_metadata(metadata);
            consumer.commit(&list, CommitMode::Sync).map(Ok)
        });
        written.await.unwrap_or_else(|error| Err(error.to_string()))
    }

    /// Asks on a thread of its own: neither the relay nor a stop waits for a broker that does not answer.
    async fn ask<T, F>(&self, question: F) -> Result<T, KafkaError>
    where
        T: Send + 'static,
        F: FnOnce(&BaseConsumer<Context>) -> Result<T, KafkaError> + Send + 'static,
    {
        let timed_out = || KafkaError::Global(RDKafkaErrorCode::OperationTimedOut);
        let Some(consumer) = self.consumer.clone() else {
            return Err(timed_out());
        };
        if self.asking.swap(true, Ordering::AcqRel) {
            return Err(timed_out());
        }
        let asking = Arc::clone(&self.asking);
        let (reply, answer) = oneshot::channel();
        let thread = std::thread::Builder::new().name("kafka-epoch".to_owned());
        let spawned = thread.spawn(move || {
            // The client's errors and log lines wait in a queue until somebody polls; without a timeout, one of them.
            while consumer.poll(BACKLOG).is_some() {}
            let answer = question(&consumer);
            drop(consumer);
            asking.store(false, Ordering::Release);
            // Nobody waits any more after a stop.
            let _ = reply.send(answer);
        });
        if spawned.is_err() {
            self.asking.store(false, Ordering::Release);
            return Err(timed_out());
        }
        let answer = tokio::time::timeout(QUESTION, answer).await;
        answer
            .unwrap_or(Ok(Err(timed_out())))
            .unwrap_or_else(|_| Err(timed_out()))
    }
}

impl Drop for EpochRecords {
    /// Closing a consumer blocks, so it happens on a thread of its own.
    fn drop(&mut self) {
        let consumer = self.consumer.take();
        let thread = std::thread::Builder::new().name("kafka-destroy".to_owned());
        if let Err(error) = thread.spawn(move || drop(consumer)) {
            tracing::warn!(%error, "no thread to destroy a consumer on");
        }
    }
}

/// In words that the brokers are not those that the database belongs to.
fn other_cluster(consumer: &BaseConsumer<Context>, pinned: Option<&str>, within: Duration) -> Option<String> {
    let found = consumer.client().fetch_cluster_id(within);
    match (pinned, found) {
        (Some(pinned), Some(found)) if pinned != found => Some(format!(
            "the brokers are of cluster {found}, the database belongs to {pinned}"
        )),
        (Some(_), None) => Some("no broker says which cluster it is".to_owned()),
        _ => None,
    }
}

/// An outage is told once, by whoever asks.
struct Context;

impl ClientContext for Context {
    fn error(&self, error: KafkaError, reason: &str) {
        tracing::debug!(kafka.error = %error, kafka.reason = reason, "the epoch's client reported an error");
    }
}

impl ConsumerContext for Context {}
