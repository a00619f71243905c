//! The workers of the partitions that the group gives us: begun, ended and watched.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError};
use std::time::Duration;

use service_kit::health::{Component, Detail};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use tracing::{error, info, warn};

use super::ConsumerError;
use super::commit::Commit;
use super::context::GroupEvent;
use super::cursor::TopicPartition;
use super::effects::Effects;
use super::partition::Worker;
use super::shared::Shared;

/// How long a stop waits for the records in hand. With the deadline for leaving the group clearly less than the 12 s that
/// a service has.
const DRAIN_DEADLINE: Duration = Duration::from_secs(5);

const NOTHING_ASSIGNED: &str = "no partition is assigned, so that nothing is read here: the broker does not answer, the \
     group is being divided anew, or it has more members than partitions";

/// Starts and ends the workers as the group's protocol says.
pub(super) struct Coordinator<E: Effects> {
    shared: Arc<Shared<E>>,
    workers: HashMap<TopicPartition, Running>,
    stalled: Vec<TopicPartition>,
    ready: Component,
    detail: Detail,
}

impl<E: Effects> Coordinator<E> {
    pub(super) fn new(shared: Arc<Shared<E>>, ready: Component, detail: Detail) -> Self {
        Self {
            shared,
            workers: HashMap::new(),
            stalled: Vec::new(),
            ready,
            detail,
        }
    }

    pub(super) async fn run(
        mut self,
        mut inbox: UnboundedReceiver<GroupEvent>,
        shutdown: CancellationToken,
    ) -> Result<(), ConsumerError> {
        loop {
            let event = tokio::select! {
                biased;
                () = shutdown.cancelled() => break,
                event = inbox.recv() => event,
            };
            match event {
                Some(GroupEvent::Assigned(partitions)) => {
                    self.start(partitions);
                    self.tell_ready();
                    self.tell_assigned();
                }
                Some(GroupEvent::Revoked(partitions, reply)) => {
                    // The poll thread waits for it only so long.
                    let _ = reply.send(self.end(&partitions).await);
                    self.tell_assigned();
                }
                Some(GroupEvent::Stalled(partitions)) => {
                    self.stalled = partitions;
                    self.tell_ready();
                }
                Some(GroupEvent::Fatal(why)) => return Err(ConsumerError::Fatal(why)),
                None => return Err(ConsumerError::Fatal("the poll thread ended".to_owned())),
            }
        }
        info!(group = self.shared.group, "finishing the records in hand");
        let all: Vec<TopicPartition> = self.workers.keys().cloned().collect();
        let done = self.end(&all).await;
        self.shared
            .finished
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .extend(done);
        Ok(())
    }

    fn tell_ready(&self) {
        if self.stalled.is_empty() {
            self.ready.ready();
            return;
        }
        let names: Vec<String> = self.stalled.iter().map(ToString::to_string).collect();
        let why = format!("the broker's records do not come: {}", names.join(", "));
        self.ready.not_ready(why);
    }

    fn tell_assigned(&self) {
        if self.workers.is_empty() {
            self.detail.tell(NOTHING_ASSIGNED);
        } else {
            self.detail.clear();
        }
    }

    fn start(&mut self, partitions: Vec<TopicPartition>) {
        for partition in partitions {
            let cancel = CancellationToken::new();
            self.shared.progress.add(&partition);
            let worker = Worker::new(Arc::clone(&self.shared), partition.clone(), cancel.clone());
            let watched = Watched {
                partition: partition.clone(),
                cancel: cancel.clone(),
                events: self.shared.events.clone(),
            };
            let mut task = JoinSet::new();
            task.spawn(async move {
                let watched = watched;
                worker.run().await;
                drop(watched);
            });
            self.workers.insert(partition, Running { cancel, task });
        }
        self.shared.budget.share_among(self.workers.len());
    }

    /// Ends these workers, each after the transaction in hand, and says how far the partitions got.
    async fn end(&mut self, partitions: &[TopicPartition]) -> Vec<(TopicPartition, Commit)> {
        let mut ending: Vec<Running> = partitions
            .iter()
            .filter_map(|partition| self.workers.remove(partition))
            .collect();
        for worker in &ending {
            worker.cancel.cancel();
        }
        let all = async {
            for worker in &mut ending {
                worker.task.join_next().await;
            }
        };
        if tokio::time::timeout(DRAIN_DEADLINE, all).await.is_err() {
            // Whatever they still do is refused by the offset's compare-and-set, or repeated by its next reader.
            warn!("records in hand took too long and are left to the next reader");
        }
        for partition in partitions {
            self.shared.progress.remove(partition);
        }
        self.shared.budget.share_among(self.workers.len());
        let mut finished = self
            .shared
            .finished
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        partitions
            .iter()
            .filter_map(|partition| finished.remove_entry(partition))
            .collect()
    }
}

struct Running {
    cancel: CancellationToken,
    task: JoinSet<()>,
}

impl Drop for Running {
    /// Before its task is aborted, which must not look like a death.
    fn drop(&mut self) {
        self.cancel.cancel();
    }
}

/// Notices a worker that ends although nobody told it to.
struct Watched {
    partition: TopicPartition,
    cancel: CancellationToken,
    events: UnboundedSender<GroupEvent>,
}

impl Drop for Watched {
    fn drop(&mut self) {
        if !self.cancel.is_cancelled() {
            error!(partition = %self.partition, "the worker of a partition died");
            let why = format!("the worker of {} died", self.partition);
            let _ = self.events.send(GroupEvent::Fatal(why));
        }
    }
}
