//! The producer: librdkafka behind delivery futures, rebuilt when the library gives up for good.
//!
//! The relay, dead letters and the commands of recurring-svc all publish through it. It never drops a record
//! silently: every accepted record resolves its [`Delivery`], with the broker's acknowledgement or an error.

mod client;
mod context;
mod error;
mod generation;

use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};
use std::task::{Context as TaskContext, Poll};
use std::time::Duration;

use bytes::Bytes;
use rdkafka::ClientConfig;
use tokio::sync::{mpsc, oneshot};
use tokio_util::sync::WaitForCancellationFutureOwned;

use self::context::{Outcome, Reader};
pub use self::error::{FailureKind, ProducerError};
use self::generation::Generation;
use crate::kafka::KafkaArgs;

/// How long a full queue is waited for before it is looked at again, should no delivery report come.
const ROOM_RECHECK: Duration = Duration::from_millis(100);

/// One record as it is to appear on the topic.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[expect(missing_docs, reason = "the names say it")]
pub struct Outgoing {
    pub topic: String,
    /// The record's key; it decides the partition.
    pub key: Option<Bytes>,
    pub payload: Option<Bytes>,
    pub headers: Vec<(String, Option<Bytes>)>,
}

/// Where the broker put a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names say it")]
pub struct Acknowledged {
    pub partition: i32,
    pub offset: i64,
}

/// The broker's answer to one record, still to come.
#[derive(Debug)]
#[must_use = "a record is only published once its delivery is awaited"]
pub struct Delivery {
    outcome: oneshot::Receiver<Outcome>,
    /// Reports that librdkafka never makes, since it was destroyed first, must not be waited for.
    gone: Pin<Box<WaitForCancellationFutureOwned>>,
}

impl Future for Delivery {
    type Output = Result<Acknowledged, ProducerError>;

    fn poll(mut self: Pin<&mut Self>, context: &mut TaskContext<'_>) -> Poll<Self::Output> {
        match Pin::new(&mut self.outcome).poll(context) {
            Poll::Ready(Ok(outcome)) => Poll::Ready(outcome),
            Poll::Ready(Err(_dropped)) => Poll::Ready(Err(ProducerError::Abandoned)),
            Poll::Pending => self
                .gone
                .as_mut()
                .poll(context)
                .map(|()| Err(ProducerError::Abandoned)),
        }
    }
}

/// The end of a record that was handed over with a tag.
#[derive(Debug)]
pub enum Report {
    /// The broker's answer to the record with this tag.
    Ended {
        /// The caller's.
        tag: u64,
        /// As of [`Delivery`].
        outcome: Result<Acknowledged, ProducerError>,
    },
    /// This client was destroyed: what it has not reported it never will.
    Gone(ClientNumber),
}

/// Where reports go; one channel may serve several producers.
pub type ReportSender = mpsc::UnboundedSender<Report>;

/// One librdkafka client of this process.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct ClientNumber(u64);

impl ClientNumber {
    fn next() -> Self {
        static LAST: AtomicU64 = AtomicU64::new(0);
        Self(LAST.fetch_add(1, Ordering::Relaxed))
    }
}

/// What was left when a producer was closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Unflushed(pub usize);

/// A handle to the one librdkafka producer of a purpose; clones share it.
#[derive(Debug, Clone)]
pub struct Producer {
    shared: Arc<Shared>,
}

impl Producer {
    /// Starts a producer. Must be called inside the Tokio runtime; connects in the background.
    pub fn start(config: ClientConfig) -> Result<Self, ProducerError> {
        Self::start_reporting(config, None)
    }

    /// A producer of the outbox relay, which reports there: no record ever times out, since that would leave gaps. Each
    /// waits for as long as `linger` says for others that go with it in one request.
    ///
    /// # Errors
    /// When librdkafka refuses the settings.
    pub fn relay(
        kafka: &KafkaArgs,
        instance: &str,
        linger: Duration,
        reports: ReportSender,
    ) -> Result<Self, ProducerError> {
        let mut config = kafka.producer(&format!("{instance}-relay"), 0, 0);
        let linger_ms = linger.as_secs_f64() * 1_000.0;
        config.set("linger.ms", linger_ms.to_string());
        Self::start_reporting(config, Some(reports))
    }

    fn start_reporting(config: ClientConfig, reports: Option<ReportSender>) -> Result<Self, ProducerError> {
        let first = Generation::start(&config, reports.clone(), 1)?;
        let current = RwLock::new(Arc::new(first));
        Ok(Self {
            shared: Arc::new(Shared {
                config,
                reports,
                current,
            }),
        })
    }

    /// The producer of dead letters and commands, whose callers try again by themselves after two minutes.
    ///
    /// # Errors
    /// When librdkafka refuses the settings.
    pub fn direct(kafka: &KafkaArgs, instance: &str) -> Result<Self, ProducerError> {
        Self::start(kafka.producer(&format!("{instance}-direct"), 120_000, 0))
    }

    /// Hands the record to librdkafka at once, or says why it cannot be taken now.
    ///
    /// After a fatal error of the library the producer is rebuilt here.
    pub fn enqueue(&self, record: &Outgoing) -> Result<Delivery, ProducerError> {
        self.shared.usable()?.enqueue(record)
    }

    /// The same, with the broker's answer to come as a [`Report`] of the client that is given; for a producer that
    /// reports.
    pub(crate) fn enqueue_tagged(&self, record: &Outgoing, tag: u64) -> Result<ClientNumber, ProducerError> {
        let generation = self.shared.usable()?;
        generation.hand_over(record, Reader::Reports(tag))?;
        Ok(generation.client_number)
    }

    /// Hands the record over, waiting while librdkafka's queue is full.
    pub async fn send(&self, record: &Outgoing) -> Result<Delivery, ProducerError> {
        loop {
            match self.enqueue(record) {
                Err(error) if error.kind() == FailureKind::QueueFull => {
                    let room = self.shared.current();
                    let _recheck =
                        tokio::time::timeout(ROOM_RECHECK, room.signals.delivered.notified()).await;
                }
                other => return other,
            }
        }
    }

    /// Hands the record over and waits for the broker's acknowledgement.
    pub async fn publish(&self, record: &Outgoing) -> Result<Acknowledged, ProducerError> {
        self.send(record).await?.await
    }

    /// Whether the library reported an error that no retry can cure, so that the next record rebuilds the producer.
    #[must_use]
    pub fn is_broken(&self) -> bool {
        self.shared.current().is_broken()
    }

    /// Counts the producers behind this handle: 1, and one more with every rebuild.
    #[must_use]
    pub fn generation(&self) -> u64 {
        self.shared.current().number
    }

    /// Forgets everything queued or in flight, at once and without waiting for it; pending deliveries fail as purged.
    ///
    /// What is forgotten may still have reached the broker. Whoever goes on sending must [`Self::rebuild`] first.
    pub fn purge(&self) {
        self.shared.current().purge();
    }

    /// Forgets everything queued or in flight and starts afresh; pending deliveries fail as purged.
    pub fn rebuild(&self) -> Result<(), ProducerError> {
        let current = self.shared.current();
        current.purge();
        self.shared.rebuild(current.number).map(drop)
    }

    /// The id of the cluster that the brokers belong to; none if no broker said so in time.
    pub async fn cluster_id(&self, within: Duration) -> Option<String> {
        let generation = self.shared.current();
        let asking = tokio::task::spawn_blocking(move || generation.cluster_id(within));
        asking.await.ok().flatten()
    }

    /// The id of the cluster as the brokers said it last, without asking them; none before one has said so.
    #[must_use]
    pub fn cached_cluster_id(&self) -> Option<String> {
        self.shared.current().cluster_id(Duration::ZERO)
    }

    /// Waits until everything is acknowledged, at most `within`; then forgets the rest and says how much.
    ///
    /// What is forgotten may still have reached the broker: its delivery fails, and it is sent again one day.
    pub async fn flush(&self, within: Duration) -> Unflushed {
        let generation = self.shared.current();
        let flushing = tokio::task::spawn_blocking(move || generation.flush(within));
        flushing.await.unwrap_or(Unflushed(0))
    }
}

#[derive(Debug)]
struct Shared {
    config: ClientConfig,
    reports: Option<ReportSender>,
    current: RwLock<Arc<Generation>>,
}

impl Shared {
    fn current(&self) -> Arc<Generation> {
        Arc::clone(&self.current.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// The current generation, or a new one if that is broken.
    fn usable(&self) -> Result<Arc<Generation>, ProducerError> {
        let generation = self.current();
        if generation.is_broken() {
            self.rebuild(generation.number)
        } else {
            Ok(generation)
        }
    }

    /// Replaces the generation `broken`, unless another caller has done so already.
    fn rebuild(&self, broken: u64) -> Result<Arc<Generation>, ProducerError> {
        let mut current = self.current.write().unwrap_or_else(PoisonError::into_inner);
        if current.number == broken {
            tracing::warn!(producer.generation = broken, "rebuilding the producer");
            *current = Arc::new(Generation::start(&self.config, self.reports.clone(), broken + 1)?);
        }
        Ok(Arc::clone(&current))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(flavor = "multi_thread")]
    async fn a_client_that_is_destroyed_says_so_after_everything_else() {
        let (sender, mut reports) = mpsc::unbounded_channel();
        // Nobody listens there.
        let kafka = KafkaArgs::plaintext("127.0.0.1:9", "http://127.0.0.1:9");
        let producer = Producer::relay(&kafka, "test", Duration::ZERO, sender).expect("a producer");
        let record = Outgoing {
            topic: "task-events".to_owned(),
            ..Outgoing::default()
        };
        let client = producer.enqueue_tagged(&record, 7).expect("room in the queue");
        producer.rebuild().expect("another client");
        let until_gone = async {
            let mut ended = Vec::new();
            loop {
                match reports.recv().await.expect("a report") {
                    Report::Ended { tag, outcome } => ended.push((tag, outcome.is_err())),
                    Report::Gone(gone) => return (ended, gone),
                }
            }
        };
        let deadline = Duration::from_secs(60);
        let (ended, gone) = tokio::time::timeout(deadline, until_gone).await.expect("it ends");
        assert_eq!((ended, gone), (vec![(7, true)], client));
    }
}
