//! The relay's producers: one for what screens wait for, one for a backlog, and one for everything else.
//!
//! A broker answers the requests of one connection one after the other, and a producer sends each partition a request of
//! its own. An import is a hundred `task-events` of as many keys at once: over one connection, the `task-updates` of
//! everybody else would wait behind them.
//!
//! What a request costs depends little on what it holds. A single record is not kept waiting for others; of a backlog, the
//! records wait for each other, so that a request holds many. A lane's next row goes out after the acknowledgement of
//! the last, so that its order does not depend on which of the producers sends which row.

use std::time::Duration;

use crate::kafka::KafkaArgs;
use crate::producer::{ClientNumber, Outgoing, Producer, ProducerError, ReportSender};
use crate::topic::Topic;

/// A single record waits for no others. What is handed over while a request is being made goes with the next one.
const PROMPT: Duration = Duration::ZERO;

/// Short beside what a backlog takes, and long enough to hand over hundreds of rows.
const GATHERED: Duration = Duration::from_millis(10);

/// All of them; clones share them.
#[derive(Debug, Clone)]
pub(super) struct Producers {
    updates: Producer,
    backlog: Producer,
    others: Producer,
}

impl Producers {
    /// Must be called inside the Tokio runtime; connects in the background.
    pub(super) fn start(
        kafka: &KafkaArgs,
        instance: &str,
        reports: ReportSender,
    ) -> Result<Self, ProducerError> {
        let start = |name: &str, linger| Producer::relay(kafka, name, linger, reports.clone());
        Ok(Self {
            updates: start(&format!("{instance}-updates"), PROMPT)?,
            backlog: start(&format!("{instance}-backlog"), GATHERED)?,
            others: start(instance, PROMPT)?,
        })
    }

    /// Hands the record to the producer of its topic, or to that of a backlog; the broker's answer comes as a report of
    /// this tag.
    pub(super) fn enqueue(
        &self,
        record: &Outgoing,
        tag: u64,
        is_backlog: bool,
    ) -> Result<ClientNumber, ProducerError> {
        let producer = match () {
            () if is_backlog => &self.backlog,
            () if record.topic == Topic::TaskUpdates.name() => &self.updates,
            () => &self.others,
        };
        producer.enqueue_tagged(record, tag)
    }

    /// Rebuilds those that a fatal error of the library has ended.
    pub(super) fn rebuild_broken(&self) -> Result<(), ProducerError> {
        self.all()
            .into_iter()
            .filter(|producer| producer.is_broken())
            .try_for_each(Producer::rebuild)
    }

    /// Forgets everything queued or in flight and starts afresh.
    pub(super) fn rebuild(&self) -> Result<(), ProducerError> {
        self.all().into_iter().try_for_each(Producer::rebuild)
    }

    /// Forgets everything queued or in flight, without waiting; whoever goes on sending must [`Self::rebuild`] first.
    pub(super) fn purge(&self) {
        self.all().into_iter().for_each(Producer::purge);
    }

    /// Forgets what is left, as the process is about to end.
    pub(super) async fn close(&self) {
        for producer in self.all() {
            producer.flush(Duration::ZERO).await;
        }
    }

    /// Grows whenever one of them is rebuilt.
    pub(super) fn generation(&self) -> u64 {
        self.all().into_iter().map(Producer::generation).sum()
    }

    /// The id of the cluster that all write to; none while one of them has no answer, or another one.
    ///
    /// A new producer looks up the brokers anew, an older one keeps its connections: when they lead to different
    /// clusters, all are rebuilt, else that would last for good.
    pub(super) async fn cluster_id(&self, within: Duration) -> Option<String> {
        let [updates, backlog, others] = self.all().map(|producer| producer.cluster_id(within));
        let (updates, backlog, others) = tokio::join!(updates, backlog, others);
        let (updates, backlog, others) = (updates?, backlog?, others?);
        if updates == others && backlog == others {
            return Some(updates);
        }
        if let Err(error) = self.rebuild() {
            tracing::error!(%error, "cannot rebuild the producers, trying on");
        }
        None
    }

    /// The cluster that one of them has met other than this one, as the brokers said it last.
    pub(super) fn other_cluster_than(&self, id: &str) -> Option<String> {
        let mut met = self.all().into_iter().filter_map(Producer::cached_cluster_id);
        met.find(|found| found != id)
    }

    fn all(&self) -> [&Producer; 3] {
        [&self.updates, &self.backlog, &self.others]
    }
}
