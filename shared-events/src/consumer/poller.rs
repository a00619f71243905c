//! The poll thread: it alone polls the consumer, begins and ends reading, hands records to their partition's bounded
//! queue, pauses a partition whose queue is full, and commits. It does no work, so the group never takes it for dead.

use std::collections::{HashMap, HashSet};
use std::sync::mpsc::{Receiver, TryRecvError};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use rdkafka::consumer::{BaseConsumer, CommitMode, Consumer as _};
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::{Offset, TopicPartitionList};
use tokio::sync::mpsc::UnboundedSender;
use tokio::sync::oneshot;
use tracing::{debug, error, info, warn};

use super::context::{Context, Event};
use super::cursor::{NextOffset, OUR_COMMIT, Place};
use super::queue::{Closed, Sender};
use super::shared::Heartbeat;
use super::stall::{self, Look};
use crate::metrics;
use crate::record::RawRecord;

const POLL: Duration = Duration::from_millis(50);
const COMMIT_EVERY: Duration = Duration::from_secs(1);
/// How long the group's coordinator may take to show that it can be said goodbye to. In a rebalance it answers nobody
/// until every member has joined again, which each of them notices by its heartbeat: longer than that interval.
const COORDINATOR_DEADLINE: Duration = Duration::from_secs(3);
/// How long questions that others ask of the client may hold up its end.
const QUESTIONS_DEADLINE: Duration = Duration::from_millis(1_500);

/// What the coordinator, the partitions' workers and the watch ask of the poll thread.
#[derive(Debug)]
pub(super) enum Command {
    /// Read the partition from this offset into this queue.
    Begin(Place, NextOffset, Sender),
    /// Read the partition no further.
    Park(Place),
    /// The broker's high watermarks, just asked for.
    HighWatermarks(Vec<(Place, i64)>),
    /// Leave the group and end.
    Close,
}

/// Offsets that were finished since the last commit to Kafka.
pub(super) type Finished = Arc<Mutex<HashMap<Place, i64>>>;

pub(super) struct Poller {
    // First, so that it is told before the client is closed, which may take long.
    ended: Ended,
    consumer: Arc<BaseConsumer<Context>>,
    commands: Receiver<Command>,
    finished: Finished,
    heartbeat: Arc<Heartbeat>,
    queues: HashMap<Place, Queue>,
    /// What the client has paused. It keeps that over an unassignment, a revocation and the next assignment.
    paused: HashSet<Place>,
    stalled: HashSet<Place>,
    start: Instant,
    last_commit: Instant,
}

struct Queue {
    sender: Sender,
    expected: NextOffset,
    /// Since when the broker is known to have records that do not come.
    behind_since: Option<Duration>,
}

/// Tells that the thread has ended, however it did. After a stop nobody listens to it any more.
struct Ended {
    events: UnboundedSender<Event>,
    _left: oneshot::Sender<()>,
}

impl Drop for Ended {
    fn drop(&mut self) {
        let _unheard = self.events.send(Event::Fatal("the poll thread ended".to_owned()));
    }
}

impl Poller {
    /// A poll thread to be; `left` is dropped when it has ended.
    pub(super) fn new(
        consumer: Arc<BaseConsumer<Context>>,
        commands: Receiver<Command>,
        finished: Finished,
        heartbeat: Arc<Heartbeat>,
        left: oneshot::Sender<()>,
    ) -> Self {
        let ended = Ended {
            events: consumer.context().events(),
            _left: left,
        };
        Self {
            ended,
            consumer,
            commands,
            finished,
            heartbeat,
            queues: HashMap::new(),
            paused: HashSet::new(),
            stalled: HashSet::new(),
            start: Instant::now(),
            last_commit: Instant::now(),
        }
    }

    /// Runs until told to close, or until the runtime is gone.
    pub(super) fn run(mut self) {
        while self.obey() {
            self.heartbeat.beat();
            self.poll();
            self.resume();
            if self.last_commit.elapsed() >= COMMIT_EVERY {
                self.commit();
            }
        }
        self.close();
    }

    fn obey(&mut self) -> bool {
        loop {
            match self.commands.try_recv() {
                Ok(Command::Begin(place, from, sender)) => self.begin(place, from, sender),
                Ok(Command::Park(place)) => self.park(&place),
                Ok(Command::HighWatermarks(highs)) => self.look_for_stalls(&highs),
                Ok(Command::Close) | Err(TryRecvError::Disconnected) => return false,
                Err(TryRecvError::Empty) => return true,
            }
        }
    }

    /// Begins to read at an absolute offset. When it does not, the worker sees its queue closed and asks again.
    fn begin(&mut self, place: Place, from: NextOffset, sender: Sender) {
        self.park(&place);
        if !self.consumer.context().owns(&place) || self.consumer.assignment_lost() {
            debug!(partition = %place, "left before it was begun");
            return;
        }
        self.unpause(&place);
        if let Err(error) = self.assign(&place, from) {
            self.give_up("begin to read", &place, &error);
            return;
        }
        self.consumer.context().set_read(&place);
        let queue = Queue {
            sender,
            expected: from,
            behind_since: None,
        };
        self.queues.insert(place, queue);
    }

    fn assign(&self, place: &Place, from: NextOffset) -> Result<(), KafkaError> {
        let mut list = TopicPartitionList::new();
        list.add_partition_offset(&place.topic, place.partition, Offset::Offset(from.0))?;
        self.consumer.incremental_assign(&list)
    }

    fn park(&mut self, place: &Place) {
        self.queues.remove(place);
        let context = self.consumer.context();
        if !context.reads(place) {
            return;
        }
        match self.consumer.incremental_unassign(&one(place)) {
            Ok(()) => context.set_parked(place),
            Err(error) => self.give_up("stop reading", place, &error),
        }
    }

    /// What we believe and what the client does differ, so that nothing that it delivers can be trusted.
    fn give_up(&self, what: &str, place: &Place, error: &KafkaError) {
        error!(partition = %place, %error, "the client refuses to {what}");
        let why = format!("the client refuses to {what} {place}: {error}");
        self.consumer.context().send(Event::Fatal(why));
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
            // Given out before the partition was parked: it will be read again.
            return;
        };
        queue.expected = NextOffset::after(record.offset);
        queue.behind_since = None;
        if let Err(Closed) = queue.sender.put(record) {
            self.park(&place);
            return;
        }
        if queue.sender.is_full() {
            self.pause(&place);
        }
        self.flows_again(&place);
    }

    fn pause(&mut self, place: &Place) {
        if !self.paused.insert(place.clone()) {
            return;
        }
        if let Err(error) = self.consumer.pause(&one(place)) {
            // It only means that the queue grows further.
            warn!(partition = %place, %error, "cannot pause");
        }
    }

    fn resume(&mut self) {
        let has_room = |place: &&Place| {
            self.queues
                .get(*place)
                .is_some_and(|queue| queue.sender.has_room())
        };
        let with_room: Vec<Place> = self.paused.iter().filter(has_room).cloned().collect();
        for place in with_room {
            self.unpause(&place);
        }
    }

    fn unpause(&mut self, place: &Place) {
        if !self.paused.remove(place) {
            return;
        }
        if let Err(error) = self.consumer.resume(&one(place)) {
            // It is a stall then, and the partition is assigned again.
            self.paused.insert(place.clone());
            warn!(partition = %place, %error, "cannot resume");
        }
    }

    /// A partition whose records do not come although the broker has them is assigned again.
    fn look_for_stalls(&mut self, highs: &[(Place, i64)]) {
        let now = self.start.elapsed();
        for (place, high) in highs {
            // The queue of a partition that was revoked may still be there.
            if !self.consumer.context().reads(place) {
                continue;
            }
            let is_paused = self.paused.contains(place);
            let Some(queue) = self.queues.get_mut(place) else {
                continue;
            };
            let held_back = is_paused || !queue.sender.is_empty();
            let (expected, behind_since) = (queue.expected, queue.behind_since);
            let look = stall::look(expected, *high, held_back, behind_since, now);
            queue.behind_since = look.behind_since();
            match look {
                Look::AtEnd => self.flows_again(place),
                Look::HeldBack | Look::Behind(_) => {}
                Look::Stalled => {
                    warn!(partition = %place, %expected, high, "nothing is delivered, assigning again");
                    let labels = [metrics::label("topic", place.topic.clone())];
                    metrics::CONSUMER.stalls.add(1, &labels);
                    self.stalled.insert(place.clone());
                    self.tell_stalled();
                    self.park(place);
                }
            }
        }
        let context = self.consumer.context();
        let before = self.stalled.len();
        self.stalled.retain(|place| context.owns(place));
        if self.stalled.len() != before {
            self.tell_stalled();
        }
    }

    fn flows_again(&mut self, place: &Place) {
        if self.stalled.remove(place) {
            info!(partition = %place, "records are delivered again");
            self.tell_stalled();
        }
    }

    fn tell_stalled(&self) {
        let stalled = self.stalled.iter().cloned().collect();
        self.consumer.context().send(Event::Stalled(stalled));
    }

    fn report(&mut self, error: &KafkaError) {
        match error.rdkafka_error_code() {
            Some(RDKafkaErrorCode::Fatal) => {
                error!(%error, "the kafka consumer is beyond repair");
                let context = self.consumer.context();
                context.send(Event::Fatal(error.to_string()));
            }
            // The error does not say which partition it is about: each worker asks the broker where its own stands.
            Some(RDKafkaErrorCode::AutoOffsetReset | RDKafkaErrorCode::OffsetOutOfRange) => {
                error!(%error, "an offset is out of range, looking at every partition again");
                let read: Vec<Place> = self.queues.keys().cloned().collect();
                for place in &read {
                    self.park(place);
                }
            }
            // Everything else passes by itself: librdkafka goes on trying.
            _ => warn!(%error, "cannot read"),
        }
    }

    fn commit(&mut self) {
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
        let Some(place) = self.consumer.context().owned().into_iter().next() else {
            return !self.consumer.context().broker_down();
        };
        let asked = self.consumer.committed_offsets(one(&place), COORDINATOR_DEADLINE);
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
        let _unread = consumer.poll(POLL).is_some();
    }
}

fn one(place: &Place) -> TopicPartitionList {
    partition_list(std::slice::from_ref(place))
}

/// The partitions, without offsets.
pub(super) fn partition_list(places: &[Place]) -> TopicPartitionList {
    let mut list = TopicPartitionList::new();
    for place in places {
        list.add_partition(&place.topic, place.partition);
    }
    list
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
