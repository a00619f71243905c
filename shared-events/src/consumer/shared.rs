//! What the workers of all partitions share, and how one finds out where its partition stands.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::Sender;
use std::sync::{Arc, PoisonError, Weak};
use std::time::{Duration, Instant};

use rdkafka::Offset;
use rdkafka::consumer::{BaseConsumer, Consumer as _};
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use tokio::sync::mpsc::UnboundedSender;
use tokio::sync::oneshot;
use tracing::warn;

use super::BROKER_DEADLINE;
use super::context::{Context, GroupEvent};
use super::cursor::{NextOffset, TopicPartition};
use super::effects::{Checkpoint, Effects};
use super::handler::HandlerError;
use super::poller::{Finished, PollRequest, partition_list};
use super::progress::GroupProgress;
use super::start::{self, Committed, Start, Stored, Watermarks};
use crate::codec::Decoder;
use crate::dlq::DeadLetters;
use crate::topic::Service;

/// What the workers of all partitions share.
pub(super) struct Shared<E: Effects> {
    pub(super) service: Service,
    pub(super) group: String,
    pub(super) effects: E,
    pub(super) decoder: Decoder,
    pub(super) dead_letters: DeadLetters,
    pub(super) client: Client,
    pub(super) events: UnboundedSender<GroupEvent>,
    pub(super) requests: Sender<PollRequest>,
    pub(super) finished: Finished,
    pub(super) progress: Arc<GroupProgress>,
    pub(super) longest_wait: Duration,
    pub(super) reread_stopped: Duration,
}

pub(super) struct Begin {
    pub(super) next: NextOffset,
    pub(super) low: i64,
    pub(super) checkpoint: Checkpoint,
}

/// Why it does not begin yet.
pub(super) enum BeginError {
    Outage(String),
    /// An operator has to decide; with the offset that it is stored under, when it is not stored as stopped yet.
    Stopped(String, Option<NextOffset>),
}

impl<E: Effects> Shared<E> {
    pub(super) fn send(&self, request: PollRequest) {
        // The poll thread is gone only when the process ends.
        let _ = self.requests.send(request);
    }

    /// Everything before `next` is applied: to be committed to Kafka.
    pub(super) fn moved(&self, partition: &TopicPartition, next: NextOffset) {
        self.progress.moved(partition, next);
        let mut finished = self.finished.lock().unwrap_or_else(PoisonError::into_inner);
        finished.insert(partition.clone(), next.0);
    }

    /// Finds out where the partition stands and remembers it.
    pub(super) async fn begin(&self, partition: &TopicPartition) -> Result<Begin, BeginError> {
        let outage = |error: HandlerError| BeginError::Outage(error.to_string());
        let checkpoint = self.effects.load(&self.group, partition).await.map_err(outage)?;
        let (held, committed) = self.ask_broker(partition).await?;
        let stored = checkpoint.next;
        let next = match start::start(stored, committed.as_ref(), held) {
            Start::Resume(next) => {
                if let Some(why) = checkpoint.stopped {
                    return Err(BeginError::Stopped(why, None));
                }
                let low = held.low;
                return Ok(Begin {
                    next,
                    low,
                    checkpoint,
                });
            }
            Start::Fresh(next) => next,
            Start::Adopt(next) => {
                warn!(%partition, offset = %next, "following an offset that an operator committed");
                next
            }
            Start::OutOfRange { wanted, held } => {
                let why = format!(
                    "offset {wanted} is not on the broker, which has {} to {}",
                    held.low, held.high
                );
                return Err(BeginError::Stopped(why, stored.offset()));
            }
        };
        let begun = self.effects.begin_at(&self.group, partition, stored, next).await;
        if !begun.map_err(outage)? {
            let why = "another process moved the offset meanwhile".to_owned();
            return Err(BeginError::Outage(why));
        }
        // So that an operator's commit carries our mark from now on and is not adopted again.
        self.moved(partition, next);
        Ok(Begin {
            next,
            low: held.low,
            checkpoint: Checkpoint::of(Stored::At(next), checkpoint.now),
        })
    }

    async fn ask_broker(
        &self,
        partition: &TopicPartition,
    ) -> Result<(Watermarks, Option<Committed>), BeginError> {
        let asked = partition.clone();
        let answer = self
            .client
            .ask(move |consumer| ask_broker(consumer, &asked))
            .await;
        answer.map_err(|error| BeginError::Outage(format!("broker: {error}")))
    }
}

fn ask_broker(
    consumer: &BaseConsumer<Context>,
    partition: &TopicPartition,
) -> Result<(Watermarks, Option<Committed>), KafkaError> {
    let (low, high) = consumer.fetch_watermarks(&partition.topic, partition.partition, BROKER_DEADLINE)?;
    let list = partition_list(std::slice::from_ref(partition));
    let list = consumer.committed_offsets(list, BROKER_DEADLINE)?;
    // An error of one partition is told on its element alone; it must not look like "nothing committed".
    let element = list
        .find_partition(&partition.topic, partition.partition)
        .ok_or(KafkaError::OffsetFetch(RDKafkaErrorCode::UnknownPartition))?;
    element.error()?;
    let committed = match element.offset() {
        Offset::Offset(next) => Some(Committed {
            next: NextOffset(next),
            metadata: element.metadata().to_owned(),
        }),
        _ => None,
    };
    Ok((Watermarks { low, high }, committed))
}

/// The consumer, for questions that block. The poll thread alone keeps it alive, so that nobody else ever closes it.
#[derive(Clone)]
pub(super) struct Client(Weak<BaseConsumer<Context>>);

impl Client {
    pub(super) fn of(consumer: &Arc<BaseConsumer<Context>>) -> Self {
        Self(Arc::downgrade(consumer))
    }

    /// Asks on a thread of its own: the end of the runtime waits for its blocking threads, and a broker that does not
    /// answer must not hold up a stop.
    pub(super) async fn ask<T, F>(&self, question: F) -> Result<T, KafkaError>
    where
        T: Send + 'static,
        F: FnOnce(&BaseConsumer<Context>) -> Result<T, KafkaError> + Send + 'static,
    {
        let closed = || KafkaError::Global(RDKafkaErrorCode::BrokerDestroy);
        let consumer = self.0.clone();
        let (reply, answer) = oneshot::channel();
        let asking = std::thread::Builder::new().name("kafka-ask".to_owned());
        let asking = asking.spawn(move || {
            let answer = consumer
                .upgrade()
                .map_or_else(|| Err(closed()), |consumer| question(&consumer));
            // Nobody waits any more after a stop.
            let _ = reply.send(answer);
        });
        match asking {
            Ok(_) => answer.await.unwrap_or_else(|_| Err(closed())),
            Err(_) => Err(closed()),
        }
    }
}

/// When the poll thread was last seen at work.
#[derive(Debug)]
pub(super) struct Heartbeat {
    start: Instant,
    beat_at: AtomicU64,
}

impl Default for Heartbeat {
    fn default() -> Self {
        Self {
            start: Instant::now(),
            beat_at: AtomicU64::new(0),
        }
    }
}

impl Heartbeat {
    pub(super) fn beat(&self) {
        let now = u64::try_from(self.start.elapsed().as_millis()).unwrap_or(u64::MAX);
        self.beat_at.store(now, Ordering::Relaxed);
    }

    /// How long ago that was.
    pub(super) fn silence(&self) -> Duration {
        let beat_at = Duration::from_millis(self.beat_at.load(Ordering::Relaxed));
        self.start.elapsed().saturating_sub(beat_at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_silence_of_a_thread_that_works_is_short() {
        let heartbeat = Heartbeat {
            start: Instant::now().checked_sub(Duration::from_secs(100)).unwrap(),
            beat_at: AtomicU64::new(30_000),
        };
        assert!(heartbeat.silence() >= Duration::from_secs(70));
        heartbeat.beat();
        assert!(heartbeat.silence() < Duration::from_secs(60));
    }
}
