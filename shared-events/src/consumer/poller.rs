//! The poll thread: it alone polls the consumer, hands records to their partition's bounded queue, pauses a partition
//! whose queue is full, and commits. It does no work, so the group never takes it for dead.

use std::collections::{HashMap, VecDeque};
use std::sync::mpsc::{Receiver, TryRecvError};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use rdkafka::consumer::{BaseConsumer, CommitMode, Consumer as _};
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::{Offset, TopicPartitionList};
use tokio::sync::mpsc::Sender;
use tokio::sync::mpsc::error::TrySendError;
use tracing::{debug, error, warn};

use super::context::{Context, Event};
use super::cursor::{NextOffset, OUR_COMMIT, Place};
use crate::record::RawRecord;

const POLL: Duration = Duration::from_millis(50);
const COMMIT_EVERY: Duration = Duration::from_secs(1);

/// What the coordinator and the partitions' workers ask of the poll thread.
#[derive(Debug)]
pub(super) enum Command {
    /// Read the partition from this offset into this queue.
    Begin(Place, NextOffset, Sender<RawRecord>),
    /// Read the partition no further.
    Halt(Place),
    /// Leave the group and end.
    Close,
}

/// Offsets that were finished since the last commit to Kafka.
pub(super) type Finished = Arc<Mutex<HashMap<Place, i64>>>;

pub(super) struct Poller {
    consumer: Arc<BaseConsumer<Context>>,
    commands: Receiver<Command>,
    finished: Finished,
    queues: HashMap<Place, Queue>,
    last_commit: Instant,
}

struct Queue {
    sender: Sender<RawRecord>,
    /// Records that librdkafka had given out when the queue was full; the partition is paused meanwhile.
    overflow: VecDeque<RawRecord>,
}

impl Poller {
    pub(super) fn new(
        consumer: Arc<BaseConsumer<Context>>,
        commands: Receiver<Command>,
        finished: Finished,
    ) -> Self {
        Self {
            consumer,
            commands,
            finished,
            queues: HashMap::new(),
            last_commit: Instant::now(),
        }
    }

    /// Runs until told to close, or until the runtime is gone.
    pub(super) fn run(mut self) {
        while self.obey() {
            self.poll();
            self.drain_overflow();
            if self.last_commit.elapsed() >= COMMIT_EVERY {
                self.commit(CommitMode::Async);
            }
        }
        self.close();
    }

    fn obey(&mut self) -> bool {
        loop {
            match self.commands.try_recv() {
                Ok(Command::Begin(place, from, sender)) => self.begin(place, from, sender),
                Ok(Command::Halt(place)) => self.halt(&place),
                Ok(Command::Close) | Err(TryRecvError::Disconnected) => return false,
                Err(TryRecvError::Empty) => return true,
            }
        }
    }

    /// Replaces the paused assignment by one that starts where the partition stands.
    fn begin(&mut self, place: Place, from: NextOffset, sender: Sender<RawRecord>) {
        if !self.consumer.context().owns(&place) {
            debug!(partition = %place, "left before it was begun");
            return;
        }
        match self.restart(&place, from) {
            Ok(()) => {
                self.queues.insert(
                    place,
                    Queue {
                        sender,
                        overflow: VecDeque::new(),
                    },
                );
            }
            // The worker sees its queue closed and asks again.
            Err(error) => warn!(partition = %place, %error, "cannot begin to read"),
        }
    }

    fn restart(&self, place: &Place, from: NextOffset) -> Result<(), KafkaError> {
        let mut list = TopicPartitionList::new();
        list.add_partition_offset(&place.topic, place.partition, Offset::Offset(from.0))?;
        self.consumer.incremental_unassign(&list)?;
        self.consumer.incremental_assign(&list)?;
        self.consumer.resume(&list)
    }

    fn halt(&mut self, place: &Place) {
        self.queues.remove(place);
        if self.consumer.context().owns(place) {
            self.pause(place);
        }
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
        let place = Place {
            topic: record.topic.clone(),
            partition: record.partition,
        };
        let Some(queue) = self.queues.get_mut(&place) else {
            // Given out before the partition was begun anew: it will be read again.
            return;
        };
        if !queue.overflow.is_empty() {
            queue.overflow.push_back(record);
            return;
        }
        match queue.sender.try_send(record) {
            Ok(()) => {}
            Err(TrySendError::Full(record)) => {
                queue.overflow.push_back(record);
                self.pause(&place);
            }
            Err(TrySendError::Closed(_)) => {
                self.queues.remove(&place);
            }
        }
    }

    fn drain_overflow(&mut self) {
        let mut resumed = Vec::new();
        for (place, queue) in self
            .queues
            .iter_mut()
            .filter(|(_, queue)| !queue.overflow.is_empty())
        {
            while let Some(record) = queue.overflow.pop_front() {
                if let Err(TrySendError::Full(record)) = queue.sender.try_send(record) {
                    queue.overflow.push_front(record);
                    break;
                }
            }
            if queue.overflow.is_empty() {
                resumed.push(place.clone());
            }
        }
        for place in resumed {
            if let Err(error) = one(&place).and_then(|list| self.consumer.resume(&list)) {
                warn!(partition = %place, %error, "cannot resume");
            }
        }
    }

    fn pause(&self, place: &Place) {
        if let Err(error) = one(place).and_then(|list| self.consumer.pause(&list)) {
            warn!(partition = %place, %error, "cannot pause");
        }
    }

    fn report(&self, error: &KafkaError) {
        let context = self.consumer.context();
        match error.rdkafka_error_code() {
            Some(RDKafkaErrorCode::Fatal) => {
                error!(%error, "the kafka consumer is beyond repair");
                context.send(Event::Fatal(error.to_string()));
            }
            Some(RDKafkaErrorCode::AutoOffsetReset | RDKafkaErrorCode::OffsetOutOfRange) => {
                error!(%error, "an offset is out of range");
                context.send(Event::OutOfRange);
            }
            // Everything else passes by itself: librdkafka goes on trying.
            _ => warn!(%error, "cannot read"),
        }
    }

    fn commit(&mut self, mode: CommitMode) {
        self.last_commit = Instant::now();
        let finished = std::mem::take(&mut *self.finished.lock().unwrap_or_else(PoisonError::into_inner));
        let context = self.consumer.context();
        let ours: Vec<_> = finished
            .into_iter()
            .filter(|(place, _)| context.owns(place))
            .collect();
        if ours.is_empty() {
            return;
        }
        if let Err(error) = commit_list(&ours).and_then(|list| self.consumer.commit(&list, mode)) {
            warn!(%error, "cannot commit offsets to kafka");
        }
    }

    /// Leaves the group, unless no broker answers: then closing could hang or crash (librdkafka before 2.14.2), and the
    /// process ends without it.
    fn close(mut self) {
        if self.consumer.context().broker_down() {
            warn!("no broker to say goodbye to");
            std::mem::forget(self.consumer);
            return;
        }
        self.commit(CommitMode::Sync);
        self.consumer.unsubscribe();
        drop(self.consumer);
    }
}

fn one(place: &Place) -> Result<TopicPartitionList, KafkaError> {
    let mut list = TopicPartitionList::new();
    list.add_partition(&place.topic, place.partition);
    Ok(list)
}

/// Next offsets with our mark.
pub(super) fn commit_list(offsets: &[(Place, i64)]) -> Result<TopicPartitionList, KafkaError> {
    let mut list = TopicPartitionList::new();
    for (place, next) in offsets {
        let mut element = list.add_partition(&place.topic, place.partition);
        element.set_offset(Offset::Offset(*next))?;
        element.set_metadata(OUR_COMMIT);
    }
    Ok(list)
}
