//! librdkafka's callbacks: they run on the poll thread, only send what happened, and wait with a deadline.

use std::collections::HashSet;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::sync_channel;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use rdkafka::consumer::{BaseConsumer, CommitMode, Consumer as _, ConsumerContext};
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::types::RDKafkaRespErr;
use rdkafka::{ClientContext, Offset, Statistics, TopicPartitionList};
use tokio::sync::mpsc::UnboundedSender;
use tracing::{error, info, warn};

use super::cursor::Place;
use super::poller::commit_list;

/// How long a revocation waits for the records in hand: less than `max.poll.interval.ms`, and than a stop may take.
const REVOKE_DEADLINE: Duration = Duration::from_secs(10);

/// What the group's protocol tells the coordinator.
#[derive(Debug)]
pub(super) enum Event {
    /// These partitions are ours; they are paused until [`super::poller::Command::Begin`].
    Assigned(Vec<Place>),
    /// These partitions leave us: finish what is in hand and say how far it got.
    Revoked(Vec<Place>, std::sync::mpsc::SyncSender<Vec<(Place, i64)>>),
    /// An offset fell out of range while reading: look again where each partition stands.
    OutOfRange,
    /// The client is beyond repair.
    Fatal(String),
}

/// The consumer's context.
#[derive(Debug)]
pub(super) struct Context {
    events: UnboundedSender<Event>,
    owned: Mutex<HashSet<Place>>,
    broker_down: AtomicBool,
}

impl Context {
    pub(super) fn new(events: UnboundedSender<Event>) -> Self {
        Self {
            events,
            owned: Mutex::default(),
            broker_down: AtomicBool::new(true),
        }
    }

    /// True while the partition is assigned to us.
    pub(super) fn owns(&self, place: &Place) -> bool {
        self.owned
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .contains(place)
    }

    /// True since the last transport error until something was heard from a broker.
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

    /// The partitions are assigned at their end and paused: nothing flows until the stored offset is known, however
    /// long the database takes to say.
    fn assign(&self, consumer: &BaseConsumer<Self>, list: &mut TopicPartitionList) -> Result<(), KafkaError> {
        self.heard_from_broker();
        list.set_all_offsets(Offset::End)?;
        consumer.incremental_assign(list)?;
        consumer.pause(list)?;
        let places = places(list);
        self.owned
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .extend(places.iter().cloned());
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
        let mut owned = self.owned.lock().unwrap_or_else(PoisonError::into_inner);
        for place in &places {
            owned.remove(place);
        }
        drop(owned);
        // A lost assignment belongs to someone else already, and an unreachable broker takes no commit.
        if !lost && !done.is_empty() && !self.broker_down() {
            let committed = commit_list(&done).and_then(|list| consumer.commit(&list, CommitMode::Sync));
            if let Err(error) = committed {
                warn!(%error, "cannot commit revoked partitions");
            }
        }
        consumer.incremental_unassign(list)
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
            error!(%error, "rebalance failed");
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
    let place = |element: rdkafka::topic_partition_list::TopicPartitionListElem<'_>| Place {
        topic: element.topic().to_owned(),
        partition: element.partition(),
    };
    list.elements().into_iter().map(place).collect()
}
