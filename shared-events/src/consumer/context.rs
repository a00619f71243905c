//! librdkafka's callbacks: they run on the poll thread, only send what happened, and wait with a deadline.
//!
//! An assigned partition is *idle* at first: the group has given it to us, and the client does not read it. Only the
//! poll thread begins to read, at an absolute offset, once it is known (ADR 0007, which calls it parked).

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::sync_channel;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use rdkafka::config::RDKafkaLogLevel;
use rdkafka::consumer::{BaseConsumer, CommitMode, Consumer as _, ConsumerContext};
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::topic_partition_list::TopicPartitionListElem;
use rdkafka::types::RDKafkaRespErr;
use rdkafka::{ClientContext, Statistics, TopicPartitionList};
use tokio::sync::mpsc::UnboundedSender;
use tracing::{error, info, warn};

use super::commit::Commit;
use super::cursor::TopicPartition;
use super::poller::{commit_list, partition_list};
use crate::kafka::noise::ClientLog;

/// How long a revocation waits for the records in hand: less than `max.poll.interval.ms`, and than a stop may take.
const REVOKE_DEADLINE: Duration = Duration::from_secs(10);

/// What the poll thread tells the coordinator.
#[derive(Debug)]
pub(super) enum GroupEvent {
    /// These partitions are ours; they are idle until [`super::poller::PollRequest::StartReading`].
    Assigned(Vec<TopicPartition>),
    /// These partitions leave us: finish what is in hand and say how far it got.
    Revoked(
        Vec<TopicPartition>,
        std::sync::mpsc::SyncSender<Vec<(TopicPartition, Commit)>>,
    ),
    /// The broker has records of these partitions that the client does not deliver; none when all is well again.
    Stalled(Vec<TopicPartition>),
    /// The runtime cannot go on; a restart helps.
    Fatal(String),
}

/// How far the client is with a partition that the group gave us.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Assignment {
    /// Ours, and unknown to the client's fetcher.
    Idle,
    /// Read by the client, from an absolute offset on.
    Reading,
}

#[derive(Debug)]
pub(super) struct Context {
    events: UnboundedSender<GroupEvent>,
    assigned: Mutex<HashMap<TopicPartition, Assignment>>,
    broker_down: AtomicBool,
    log: ClientLog,
}

impl Context {
    pub(super) fn new(events: UnboundedSender<GroupEvent>) -> Self {
        Self {
            events,
            assigned: Mutex::default(),
            broker_down: AtomicBool::new(true),
            log: ClientLog::default(),
        }
    }

    pub(super) fn events(&self) -> UnboundedSender<GroupEvent> {
        self.events.clone()
    }

    /// True while the group gives us the partition.
    pub(super) fn owns(&self, partition: &TopicPartition) -> bool {
        self.assigned().contains_key(partition)
    }

    /// True while the client reads the partition.
    pub(super) fn reads(&self, partition: &TopicPartition) -> bool {
        self.assigned().get(partition) == Some(&Assignment::Reading)
    }

    /// Every partition that the group gave us.
    pub(super) fn owned(&self) -> Vec<TopicPartition> {
        self.assigned().keys().cloned().collect()
    }

    /// The client reads the partition from now on.
    pub(super) fn set_reading(&self, partition: &TopicPartition) {
        if let Some(assigned) = self.assigned().get_mut(partition) {
            *assigned = Assignment::Reading;
        }
    }

    /// The client does not read the partition any more; it stays ours.
    pub(super) fn set_idle(&self, partition: &TopicPartition) {
        if let Some(assigned) = self.assigned().get_mut(partition) {
            *assigned = Assignment::Idle;
        }
    }

    /// True from a transport error on until something was heard from a broker.
    pub(super) fn broker_down(&self) -> bool {
        self.broker_down.load(Ordering::Relaxed)
    }

    pub(super) fn heard_from_broker(&self) {
        self.broker_down.store(false, Ordering::Relaxed);
        self.log.heard();
    }

    pub(super) fn send(&self, event: GroupEvent) {
        // Nobody listens any more only when the runtime has ended.
        let _ = self.events.send(event);
    }

    fn assigned(&self) -> MutexGuard<'_, HashMap<TopicPartition, Assignment>> {
        self.assigned.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Answers the group's protocol with an empty list, so that the client has no position to be wrong about: a
    /// logical one (end, beginning, stored) is looked up in the background, and an answer that comes late overrides a
    /// later absolute start.
    fn assign(&self, consumer: &BaseConsumer<Self>, list: &TopicPartitionList) -> Result<(), KafkaError> {
        self.heard_from_broker();
        consumer.incremental_assign(&TopicPartitionList::new())?;
        let partitions = partitions(list);
        let idle = partitions
            .iter()
            .map(|partition| (partition.clone(), Assignment::Idle));
        self.assigned().extend(idle);
        info!(partitions = partitions.len(), "partitions assigned");
        self.send(GroupEvent::Assigned(partitions));
        Ok(())
    }

    fn revoke(&self, consumer: &BaseConsumer<Self>, list: &TopicPartitionList) -> Result<(), KafkaError> {
        let lost = consumer.assignment_lost();
        let partitions = partitions(list);
        let (reply, answer) = sync_channel(1);
        self.send(GroupEvent::Revoked(partitions.clone(), reply));
        let done = answer.recv_timeout(REVOKE_DEADLINE).unwrap_or_default();
        info!(
            partitions = partitions.len(),
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
        let read = self.forget(&partitions);
        consumer.incremental_unassign(&partition_list(&read))
    }

    /// The partitions are no longer ours; gives those that the client reads. It refuses a list with any other.
    fn forget(&self, partitions: &[TopicPartition]) -> Vec<TopicPartition> {
        let mut assigned = self.assigned();
        let mut read = Vec::new();
        for partition in partitions {
            if assigned.remove(partition) == Some(Assignment::Reading) {
                read.push(partition.clone());
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
        self.log.error(&error, reason);
    }

    fn log(&self, level: RDKafkaLogLevel, facility: &str, message: &str) {
        self.log.line(level, facility, message);
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
            self.send(GroupEvent::Fatal(format!("rebalance failed: {error}")));
        }
    }

    fn commit_callback(&self, result: Result<(), KafkaError>, _offsets: &TopicPartitionList) {
        match result {
            Ok(()) => self.heard_from_broker(),
            Err(error) => warn!(%error, "cannot commit offsets to kafka; the stored ones count"),
        }
    }
}

fn partitions(list: &TopicPartitionList) -> Vec<TopicPartition> {
    let partition = |element: TopicPartitionListElem<'_>| TopicPartition {
        topic: element.topic().to_owned(),
        partition: element.partition(),
    };
    list.elements().into_iter().map(partition).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_revocation_unassigns_only_what_the_client_reads() {
        let (events, _inbox) = tokio::sync::mpsc::unbounded_channel();
        let context = Context::new(events);
        let partition = |partition| TopicPartition {
            topic: "t".to_owned(),
            partition,
        };
        let all = [partition(0), partition(1), partition(2)];
        context
            .assigned()
            .extend(all.iter().map(|partition| (partition.clone(), Assignment::Idle)));
        context.set_reading(&partition(1));
        context.set_reading(&partition(2));
        context.set_idle(&partition(2));

        assert_eq!(context.forget(&all), [partition(1)]);

        assert!(all.iter().all(|partition| !context.owns(partition)));
        context.set_reading(&partition(1));
        assert!(
            !context.reads(&partition(1)),
            "a late begin does not bring it back"
        );
    }
}
