//! The poll thread: it alone polls the consumer, begins and ends reading, hands records to their partition's bounded
//! queue, pauses a partition whose queue is full, and commits. It does no work, so the group never takes it for dead.

mod pauses;
mod stalls;
#[cfg(test)]
mod tests;

use std::collections::{HashMap, HashSet};
use std::sync::mpsc::{Receiver, TryRecvError};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use opentelemetry::KeyValue;
use rdkafka::consumer::{BaseConsumer, CommitMode, Consumer as _};
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::{Offset, TopicPartitionList};
use tokio::sync::mpsc::UnboundedSender;
use tokio::sync::oneshot;
use tracing::{debug, error, warn};

use super::commit::Commit;
use super::context::{Context, GroupEvent};
use super::cursor::{NextOffset, TopicPartition};
use super::progress::GroupProgress;
use super::queue::{Closed, Sender};
use super::shared::Heartbeat;
use super::stall::STALLED_AFTER;
use crate::kafka::noise::LineLimit;
use crate::metrics;
use crate::record::RawRecord;

const POLL: Duration = Duration::from_millis(50);
const COMMIT_EVERY: Duration = Duration::from_secs(1);
const COUNT_PAUSES_EVERY: Duration = Duration::from_secs(1);
/// How long the group's coordinator may take to show that it can be said goodbye to. In a rebalance it answers nobody
/// until every member has joined again, which each of them notices by its heartbeat: longer than that interval.
const COORDINATOR_DEADLINE: Duration = Duration::from_secs(3);
/// How long questions that others ask of the client may hold up its end.
const QUESTIONS_DEADLINE: Duration = Duration::from_millis(1_500);

/// What the coordinator, the partitions' workers and the watch ask of the poll thread.
#[derive(Debug)]
pub(super) enum PollRequest {
    /// Read the partition from this offset into this queue.
    StartReading(TopicPartition, NextOffset, Sender),
    /// Read the partition no further.
    StopReading(TopicPartition),
    /// The broker's high watermarks, just asked for.
    HighWatermarks(Vec<(TopicPartition, i64)>),
    /// Do nothing at all until the other end is dropped.
    #[cfg(test)]
    Hang(Receiver<()>),
    Close,
}

/// Offsets that were finished since the last commit to Kafka.
pub(super) type Finished = Arc<Mutex<HashMap<TopicPartition, Commit>>>;

pub(super) struct Poller {
    // First, so that it is told before the client is closed, which may take long.
    ended: Ended,
    consumer: Arc<BaseConsumer<Context>>,
    requests: Receiver<PollRequest>,
    finished: Finished,
    heartbeat: Arc<Heartbeat>,
    queues: HashMap<TopicPartition, Queue>,
    /// What the client has paused. It keeps that over an unassignment, a revocation and the next assignment.
    paused: HashMap<TopicPartition, Paused>,
    progress: Arc<GroupProgress>,
    stalled: HashSet<TopicPartition>,
    /// So long records do not come before a partition is assigned again.
    stalled_after: Duration,
    log: LineLimit,
    start: Instant,
    last_commit: Instant,
}

struct Queue {
    sender: Sender,
    expected: NextOffset,
    /// Since when the broker is known to have records that do not come.
    behind_since: Option<Duration>,
}

/// Up to when the time in pause was counted.
#[derive(Debug, Clone, Copy)]
struct Paused(Instant);

/// Tells that the thread has ended, however it did. After a stop nobody listens to it any more.
struct Ended {
    events: UnboundedSender<GroupEvent>,
    _left: oneshot::Sender<()>,
}

impl Drop for Ended {
    fn drop(&mut self) {
        let _ = self
            .events
            .send(GroupEvent::Fatal("the poll thread ended".to_owned()));
    }
}

impl Poller {
    /// A poll thread to be; `left` is dropped when it has ended.
    pub(super) fn new(
        consumer: Arc<BaseConsumer<Context>>,
        requests: Receiver<PollRequest>,
        finished: Finished,
        heartbeat: Arc<Heartbeat>,
        progress: Arc<GroupProgress>,
        left: oneshot::Sender<()>,
    ) -> Self {
        let ended = Ended {
            events: consumer.context().events(),
            _left: left,
        };
        Self {
            ended,
            consumer,
            requests,
            finished,
            heartbeat,
            queues: HashMap::new(),
            paused: HashMap::new(),
            progress,
            stalled: HashSet::new(),
            stalled_after: STALLED_AFTER,
            log: LineLimit::default(),
            start: Instant::now(),
            last_commit: Instant::now(),
        }
    }

    /// Runs until told to close, or until the runtime is gone.
    pub(super) fn run(mut self) {
        while self.handle_requests() {
            self.heartbeat.beat();
            self.poll();
            self.resume();
            if self.last_commit.elapsed() >= COMMIT_EVERY {
                self.commit();
            }
        }
        self.close();
    }

    fn handle_requests(&mut self) -> bool {
        loop {
            match self.requests.try_recv() {
                Ok(PollRequest::StartReading(partition, from, sender)) => {
                    self.start_reading(partition, from, sender);
                }
                Ok(PollRequest::StopReading(partition)) => self.stop_reading(&partition),
                Ok(PollRequest::HighWatermarks(highs)) => self.look_for_stalls(&highs),
                #[cfg(test)]
                Ok(PollRequest::Hang(until)) => drop(until.recv()),
                Ok(PollRequest::Close) | Err(TryRecvError::Disconnected) => return false,
                Err(TryRecvError::Empty) => return true,
            }
        }
    }

    /// Begins to read at an absolute offset. When it does not, the worker sees its queue closed and asks again.
    fn start_reading(&mut self, partition: TopicPartition, from: NextOffset, sender: Sender) {
        self.stop_reading(&partition);
        if !self.consumer.context().owns(&partition) || self.consumer.assignment_lost() {
            debug!(%partition, "left before it was begun");
            return;
        }
        self.unpause(&partition);
        if let Err(error) = self.assign(&partition, from) {
            self.give_up("begin to read", &partition, &error);
            return;
        }
        self.consumer.context().set_reading(&partition);
        let queue = Queue {
            sender,
            expected: from,
            behind_since: None,
        };
        self.queues.insert(partition, queue);
    }

    fn assign(&self, partition: &TopicPartition, from: NextOffset) -> Result<(), KafkaError> {
        let mut list = TopicPartitionList::new();
        list.add_partition_offset(&partition.topic, partition.partition, Offset::Offset(from.0))?;
        self.consumer.incremental_assign(&list)
    }

    fn stop_reading(&mut self, partition: &TopicPartition) {
        self.queues.remove(partition);
        let context = self.consumer.context();
        if !context.reads(partition) {
            return;
        }
        match self.consumer.incremental_unassign(&one(partition)) {
            Ok(()) => context.set_idle(partition),
            Err(error) => self.give_up("stop reading", partition, &error),
        }
    }

    /// What we believe and what the client does differ, so that nothing that it delivers can be trusted.
    fn give_up(&self, what: &str, partition: &TopicPartition, error: &KafkaError) {
        error!(%partition, %error, "the client refuses to {what}");
        let why = format!("the client refuses to {what} {partition}: {error}");
        self.consumer.context().send(GroupEvent::Fatal(why));
    }

    fn poll(&mut self) {
        // The callbacks of a rebalance run inside this call.
        match self.consumer.poll(POLL) {
            None => {}
            Some(Ok(message)) => {
                self.consumer.context().heard_from_broker();
                let record = RawRecord::detach(&message);
                drop(message);
                self.dispatch(record);
            }
            Some(Err(error)) => self.report(&error),
        }
    }

    fn dispatch(&mut self, record: RawRecord) {
        let partition = TopicPartition {
            topic: record.topic.clone(),
            partition: record.partition,
        };
        let Some(queue) = self.queues.get_mut(&partition) else {
            // Given out before reading was stopped: it will be read again.
            return;
        };
        queue.expected = NextOffset::after(record.offset);
        queue.behind_since = None;
        if let Err(Closed) = queue.sender.put(record) {
            self.stop_reading(&partition);
            return;
        }
        if queue.sender.is_full() {
            self.pause(&partition);
        }
        self.delivers_again(&partition);
    }

    fn labels(&self, partition: &TopicPartition) -> [KeyValue; 3] {
        metrics::partition_labels(self.progress.group(), partition)
    }

    fn report(&mut self, error: &KafkaError) {
        match error.rdkafka_error_code() {
            Some(RDKafkaErrorCode::Fatal) => {
                error!(%error, "the kafka consumer is beyond repair");
                let context = self.consumer.context();
                context.send(GroupEvent::Fatal(error.to_string()));
            }
            // The error does not say which partition it is about: each worker asks the broker where its own stands.
            Some(RDKafkaErrorCode::AutoOffsetReset | RDKafkaErrorCode::OffsetOutOfRange) => {
                error!(%error, "an offset is out of range, looking at every partition again");
                let read: Vec<TopicPartition> = self.queues.keys().cloned().collect();
                for partition in &read {
                    self.stop_reading(partition);
                }
            }
            // The client's own log tells of them.
            Some(RDKafkaErrorCode::BrokerTransportFailure | RDKafkaErrorCode::AllBrokersDown) => {
                debug!(%error, "cannot read");
            }
            // Everything else passes by itself: librdkafka goes on trying.
            _ => {
                if let Some(left_out) = self.log.pass(&error.to_string()) {
                    warn!(%error, left_out, "cannot read");
                }
            }
        }
    }

    fn commit(&mut self) {
        self.last_commit = Instant::now();
        let finished = std::mem::take(&mut *self.finished.lock().unwrap_or_else(PoisonError::into_inner));
        let context = self.consumer.context();
        let ours: Vec<_> = finished
            .into_iter()
            .filter(|(partition, _)| context.owns(partition))
            .collect();
        if ours.is_empty() {
            return;
        }
        let committed = commit_list(&ours).and_then(|list| self.consumer.commit(&list, CommitMode::Async));
        if let Err(error) = committed {
            warn!(%error, "cannot commit offsets to kafka");
        }
    }

    /// Leaves the group, unless its coordinator does not answer: then closing could hang or crash (librdkafka before
    /// 2.14.2), and the process ends without it. The group notices by itself after the session timeout.
    fn close(mut self) {
        self.queues.clear();
        let answers = self.coordinator_answers();
        if answers {
            self.commit();
            self.consumer.unsubscribe();
        } else {
            warn!("the group's coordinator does not answer, leaving without a goodbye");
        }
        let Self { consumer, ended, .. } = self;
        let last = if answers {
            last_handle(consumer)
        } else {
            Err(consumer)
        };
        match last {
            Ok(consumer) => drop(consumer),
            // Dropping another handle later must not close the client on whatever thread that is.
            Err(consumer) => std::mem::forget(consumer),
        }
        drop(ended);
    }

    fn coordinator_answers(&self) -> bool {
        let Some(partition) = self.consumer.context().owned().into_iter().next() else {
            return !self.consumer.context().broker_down();
        };
        let asked = self
            .consumer
            .committed_offsets(one(&partition), COORDINATOR_DEADLINE);
        asked.is_ok()
    }
}

/// Goes on polling, as leaving the group needs, until nobody else asks the client anything any more.
fn last_handle(
    mut consumer: Arc<BaseConsumer<Context>>,
) -> Result<BaseConsumer<Context>, Arc<BaseConsumer<Context>>> {
    let start = Instant::now();
    loop {
        consumer = match Arc::try_unwrap(consumer) {
            Ok(last) => return Ok(last),
            Err(shared) if start.elapsed() >= QUESTIONS_DEADLINE => return Err(shared),
            Err(shared) => shared,
        };
        // What it gives out now will be read again by the next reader.
        let _ = consumer.poll(POLL);
    }
}

fn one(partition: &TopicPartition) -> TopicPartitionList {
    partition_list(std::slice::from_ref(partition))
}

/// The partitions, without offsets.
pub(super) fn partition_list(partitions: &[TopicPartition]) -> TopicPartitionList {
    let mut list = TopicPartitionList::new();
    for partition in partitions {
        list.add_partition(&partition.topic, partition.partition);
    }
    list
}

/// Next offsets with our mark.
pub(super) fn commit_list(offsets: &[(TopicPartition, Commit)]) -> Result<TopicPartitionList, KafkaError> {
    let mut list = TopicPartitionList::new();
    for (partition, commit) in offsets {
        let mut element = list.add_partition(&partition.topic, partition.partition);
        element.set_offset(Offset::Offset(commit.next))?;
        element.set_metadata(commit.metadata.as_str());
    }
    Ok(list)
}
