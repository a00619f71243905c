//! librdkafka's callbacks: they run on the poll thread, only send what happened, and wait with a deadline.
//!
//! An assigned partition is *parked*: the group has given it to us, and the client does not read it. Only the poll
//! thread begins to read, at an absolute offset, once it is known (see ADR 0007).

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::sync_channel;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use rdkafka::consumer::{BaseConsumer, CommitMode, Consumer as _, ConsumerContext};
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::topic_partition_list::TopicPartitionListElem;
use rdkafka::types::RDKafkaRespErr;
use rdkafka::{ClientContext, Statistics, TopicPartitionList};
use tokio::sync::mpsc::UnboundedSender;
use tracing::{error, info, warn};

use super::cursor::Place;
use super::poller::{commit_list, partition_list};

/// How long a revocation waits for the records in hand: less than `max.poll.interval.ms`, and than a stop may take.
const REVOKE_DEADLINE: Duration = Duration::from_secs(10);

/// What the poll thread tells the coordinator.
#[derive(Debug)]
pub(super) enum Event {
    /// These partitions are ours; they are parked until [`super::poller::Command::Begin`].
    Assigned(Vec<Place>),
    /// These partitions leave us: finish what is in hand and say how far it got.
    Revoked(Vec<Place>, std::sync::mpsc::SyncSender<Vec<(Place, i64)>>),
    /// The broker has records of these partitions that the client does not deliver; none when all is well again.
    Stalled(Vec<Place>),
    /// The runtime cannot go on; a restart helps.
    Fatal(String),
}

/// How far the client is with a partition that the group gave us.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Held {
    /// Ours, and unknown to the client's fetcher.
    Parked,
    /// Read by the client, from an absolute offset on.
    Read,
}

/// The consumer's context.
#[derive(Debug)]
pub(super) struct Context {
    events: UnboundedSender<Event>,
    held: Mutex<HashMap<Place, Held>>,
    broker_down: AtomicBool,
}

impl Context {
    pub(super) fn new(events: UnboundedSender<Event>) -> Self {
        Self {
            events,
            held: Mutex::default(),
            broker_down: AtomicBool::new(true),
        }
    }

    pub(super) fn events(&self) -> UnboundedSender<Event> {
        self.events.clone()
    }

    /// True while the group gives us the partition.
    pub(super) fn owns(&self, place: &Place) -> bool {
        self.held().contains_key(place)
    }

    /// True while the client reads the partition.
    pub(super) fn reads(&self, place: &Place) -> bool {
        self.held().get(place) == Some(&Held::Read)
    }

    /// Every partition that the group gave us.
    pub(super) fn owned(&self) -> Vec<Place> {
        self.held().keys().cloned().collect()
    }

    /// The client reads the partition from now on.
    pub(super) fn set_read(&self, place: &Place) {
        if let Some(held) = self.held().get_mut(place) {
            *held = Held::Read;
        }
    }

    /// The client does not read the partition any more; it stays ours.
    pub(super) fn set_parked(&self, place: &Place) {
        if let Some(held) = self.held().get_mut(place) {
            *held = Held::Parked;
        }
    }

    /// True from a transport error on until something was heard from a broker.
    pub(super) fn broker_down(&self) -> bool {
        self.broker_down.load(Ordering::Relaxed)
    }

    pub(super) fn heard_from_broker(&self) {
        self.broker_down.store(false, Ordering::Relaxed);
    }

    pub(super) fn send(&self, event: Event) {
        // Nobody listens any more only when the runtime has ended.
        let _unheard = self.events.send(event);
    }

    fn held(&self) -> MutexGuard<'_, HashMap<Place, Held>> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Answers the group's protocol with an empty list, so that the client has no position to be wrong about: a
    /// logical one (end, beginning, stored) is looked up in the background, and an answer that comes late overrides a
    /// later absolute start.
    fn assign(&self, consumer: &BaseConsumer<Self>, list: &TopicPartitionList) -> Result<(), KafkaError> {
        self.heard_from_broker();
        consumer.incremental_assign(&TopicPartitionList::new())?;
        let places = places(list);
        let parked = places.iter().map(|place| (place.clone(), Held::Parked));
        self.held().extend(parked);
        info!(partitions = places.len(), "partitions assigned");
        self.send(Event::Assigned(places));
        Ok(())
    }

    fn revoke(&self, consumer: &BaseConsumer<Self>, list: &TopicPartitionList) -> Result<(), KafkaError> {
        let lost = consumer.assignment_lost();
        let places = places(list);
        let (reply, answer) = sync_channel(1);
        self.send(Event::Revoked(places.clone(), reply));
        let done = answer.recv_timeout(REVOKE_DEADLINE).unwrap_or_default();
        info!(
            partitions = places.len(),
            partitions.lost = lost,
            "partitions revoked"
        );
        // A lost assignment belongs to someone else already, and an unreachable broker takes no commit. The client
        // lets the commit end before it tells the group that the partitions are free.
        if !lost && !done.is_empty() && !self.broker_down() {
            let committed = commit_list(&done).and_then(|list| consumer.commit(&list, CommitMode::Async));
            if let Err(error) = committed {
                warn!(%error, "cannot commit revoked partitions");
            }
        }
        let read = self.forget(&places);
        consumer.incremental_unassign(&partition_list(&read))
    }

    /// The partitions are no longer ours; gives those that the client reads. It refuses a list with any other.
    fn forget(&self, places: &[Place]) -> Vec<Place> {
        let mut held = self.held();
        let mut read = Vec::new();
        for place in places {
            if held.remove(place) == Some(Held::Read) {
                read.push(place.clone());
            }
        }
        read
    }
}

impl ClientContext for Context {
    fn stats(&self, _statistics: Statistics) {}

    fn error(&self, error: KafkaError, reason: &str) {
        let code = error.rdkafka_error_code();
        if matches!(
            code,
            Some(RDKafkaErrorCode::BrokerTransportFailure | RDKafkaErrorCode::AllBrokersDown)
        ) {
            self.broker_down.store(true, Ordering::Relaxed);
        }
        warn!(%error, reason, "kafka client error");
    }
}

impl ConsumerContext for Context {
    fn rebalance(
        &self,
        consumer: &BaseConsumer<Self>,
        response: RDKafkaRespErr,
        list: &mut TopicPartitionList,
    ) {
        let outcome = match response {
            RDKafkaRespErr::RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS => self.assign(consumer, list),
            RDKafkaRespErr::RD_KAFKA_RESP_ERR__REVOKE_PARTITIONS => self.revoke(consumer, list),
            other => Err(KafkaError::Rebalance(other.into())),
        };
        if let Err(error) = outcome {
            // What we believe and what the client does would differ from here on.
            error!(%error, "rebalance failed");
            self.send(Event::Fatal(format!("rebalance failed: {error}")));
        }
    }

    fn commit_callback(&self, result: Result<(), KafkaError>, _offsets: &TopicPartitionList) {
        match result {
            Ok(()) => self.heard_from_broker(),
            Err(error) => warn!(%error, "cannot commit offsets to kafka; the stored ones count"),
        }
    }
}

fn places(list: &TopicPartitionList) -> Vec<Place> {
    let place = |element: TopicPartitionListElem<'_>| Place {
        topic: element.topic().to_owned(),
        partition: element.partition(),
    };
    list.elements().into_iter().map(place).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_revocation_unassigns_only_what_the_client_reads() {
        let (events, _inbox) = tokio::sync::mpsc::unbounded_channel();
        let context = Context::new(events);
        let place = |partition| Place {
            topic: "t".to_owned(),
            partition,
        };
        let all = [place(0), place(1), place(2)];
        context
            .held()
            .extend(all.iter().map(|place| (place.clone(), Held::Parked)));
        context.set_read(&place(1));
        context.set_read(&place(2));
        context.set_parked(&place(2));

        assert_eq!(context.forget(&all), [place(1)]);

        assert!(all.iter().all(|place| !context.owns(place)));
        context.set_read(&place(1));
        assert!(!context.reads(&place(1)), "a late begin does not bring it back");
    }
}
