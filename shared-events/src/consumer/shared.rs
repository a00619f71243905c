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
use super::commit::{Commit, is_ours};
use super::context::{Context, GroupEvent};
use super::cursor::{NextOffset, OUR_COMMIT, TASKCTL_COMMIT, TopicPartition};
use super::effects::{Adopted, Checkpoint, Effects};
use super::expected::ExpectedPartitions;
use super::handler::HandlerError;
use super::poller::{Finished, PollRequest, partition_list};
use super::progress::GroupProgress;
use super::queue::Budget;
use super::start::{self, Committed, Start, Stored, Watermarks};
use crate::codec::Decoder;
use crate::dlq::DeadLetters;
use crate::dlq::limit::Limit;
use crate::metrics;
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
    pub(super) expected: ExpectedPartitions,
    pub(super) budget: Budget,
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
    pub(super) fn moved(&self, partition: &TopicPartition, next: NextOffset, limit: &Limit) {
        self.progress.moved(partition, next);
        let metadata = E::remember(limit, None).unwrap_or_else(|| OUR_COMMIT.to_owned());
        self.commit(partition, next, metadata);
    }

    /// The partition waits for an operator, which Kafka has to remember where nobody else does.
    pub(super) fn stopped(&self, partition: &TopicPartition, next: NextOffset, limit: &Limit, why: &str) {
        if let Some(metadata) = E::remember(limit, Some(why)) {
            self.commit(partition, next, metadata);
        }
    }

    fn commit(&self, partition: &TopicPartition, next: NextOffset, metadata: String) {
        let mut finished = self.finished.lock().unwrap_or_else(PoisonError::into_inner);
        let commit = Commit {
            next: next.0,
            metadata,
        };
        finished.insert(partition.clone(), commit);
    }

    /// Finds out where the partition stands and remembers it.
    pub(super) async fn begin(&self, partition: &TopicPartition) -> Result<Begin, BeginError> {
        let outage = |error: HandlerError| BeginError::Outage(error.to_string());
        let mut checkpoint = self.effects.load(&self.group, partition).await.map_err(outage)?;
        let (held, committed) = self.ask_broker(partition).await?;
        if let Some(committed) = committed
            .as_ref()
            .filter(|committed| is_ours(&committed.metadata))
        {
            E::recall(&mut checkpoint, &committed.metadata);
        }
        let stored = checkpoint.next;
        let begun = match start::start(stored, committed.as_ref(), held) {
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
            Start::Fresh(next) => {
                let begun = self.effects.begin_at(&self.group, partition, stored, next).await;
                begun.map_err(outage)?.then_some(next)
            }
            Start::Adopt(next) => {
                let by_taskctl = committed
                    .as_ref()
                    .is_some_and(|committed| committed.metadata == TASKCTL_COMMIT);
                let adopted = self.effects.adopt(&self.group, partition, stored, next).await;
                let adopted = adopted.map_err(outage)?;
                self.tell_of_adopted(partition, next, adopted == Adopted::Audited || by_taskctl);
                (adopted != Adopted::Refused).then_some(next)
            }
            Start::OutOfRange { wanted, held } => {
                let why = format!(
                    "offset {wanted} is not on the broker, which has {} to {}; `taskctl offsets set {} {partition} \
                     earliest --dry-run --reason TEXT` says what is lost, and without --dry-run accepts it; if somebody \
                     moved the group there in Kafka, first scale the service to 0 and move it again to where it shall \
                     be, then `taskctl dlq resume`",
                    held.low, held.high, self.group
                );
                return Err(BeginError::Stopped(why, stored.offset()));
            }
        };
        let Some(next) = begun else {
            let why = "another process moved the offset meanwhile".to_owned();
            return Err(BeginError::Outage(why));
        };
        // So that an operator's commit carries our mark from now on and is not adopted again.
        self.moved(partition, next, &Limit::default());
        Ok(Begin {
            next,
            low: held.low,
            checkpoint: Checkpoint::of(Stored::At(next), checkpoint.now),
        })
    }

    /// Where an operator passed this system by, all can be known that is known; without a database there is no audit
    /// entry unless `taskctl` wrote it.
    fn tell_of_adopted(&self, partition: &TopicPartition, next: NextOffset, audited: bool) {
        warn!(%partition, offset = %next, audited, "following an offset that an operator committed");
        let labels = metrics::partition_labels(&self.group, partition);
        let labels = [labels.as_slice(), &[metrics::label("audited", audited)]].concat();
        metrics::CONSUMER.adopted.add(1, &labels);
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
