//! Whether the producers write to the Kafka cluster that the database belongs to.
//!
//! Addresses say nothing about it: a name may point at other brokers after a reconnection. What is published there must
//! not be deleted here.

use std::time::Duration;

use futures_util::future::BoxFuture;

use super::producers::Producers;
use super::session::full_jitter;

/// How long the brokers are given to say which cluster they are.
const ANSWER: Duration = Duration::from_secs(2);

/// The cluster that one generation of the producers met.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct FoundCluster {
    pub(super) id: String,
    /// A new generation looks up the brokers anew, and may find others.
    pub(super) generation: u64,
}

/// Knows whether the producers' cluster is the database's.
pub(super) struct ClusterCheck {
    producers: Producers,
    /// Asks the brokers which cluster they are; none once they have said so.
    asking: Option<BoxFuture<'static, FoundCluster>>,
    /// The generation that was found to write to the database's cluster.
    confirmed: Option<FoundCluster>,
}

impl ClusterCheck {
    pub(super) fn new(producers: Producers) -> Self {
        let asking = Some(ask(producers.clone()));
        Self {
            producers,
            asking,
            confirmed: None,
        }
    }

    /// Waits for the brokers' answer, for ever if they were not asked. Safe to drop and to call again.
    pub(super) async fn found(&mut self) -> FoundCluster {
        match self.asking.as_mut() {
            None => std::future::pending().await,
            Some(asking) => {
                let found = asking.await;
                self.asking = None;
                found
            }
        }
    }

    /// The cluster that was found is the database's.
    pub(super) fn confirm(&mut self, found: FoundCluster) {
        self.confirmed = Some(found);
    }

    /// Whether the producers as they are now were found to write to the database's cluster.
    pub(super) fn is_confirmed(&self) -> bool {
        let generation = |confirmed: &FoundCluster| confirmed.generation == self.producers.generation();
        self.confirmed.as_ref().is_some_and(generation)
    }

    /// Asks the brokers again when a producer was replaced; true when one was.
    pub(super) fn ask_again_if_replaced(&mut self) -> bool {
        let replaced = self.confirmed.is_some() && !self.is_confirmed();
        if replaced {
            self.confirmed = None;
            self.asking = Some(ask(self.producers.clone()));
        }
        replaced
    }

    /// The database's cluster and the other one that the same producers have met since.
    ///
    /// The client asks for the cluster's id whenever it connects to a broker, before it sends a record there.
    pub(super) fn changed(&self) -> Option<(String, String)> {
        let confirmed = self.confirmed.as_ref()?;
        let found = self.producers.other_cluster_than(&confirmed.id)?;
        Some((confirmed.id.clone(), found))
    }

    /// Whether acknowledged rows may be deleted: those who acknowledged them are the database's brokers.
    pub(super) fn may_delete(&self) -> bool {
        self.is_confirmed() && self.changed().is_none()
    }
}

/// Asks until a broker answers.
fn ask(producers: Producers) -> BoxFuture<'static, FoundCluster> {
    Box::pin(async move {
        let mut failures = 0;
        loop {
            // Before the question: if a producer is replaced meanwhile, the answer counts for the older one only.
            let generation = producers.generation();
            if let Some(id) = producers.cluster_id(ANSWER).await {
                return FoundCluster { id, generation };
            }
            if failures == 0 {
                tracing::warn!(
                    "the brokers do not say which cluster they are, or not the same of it, nothing is published until they do"
                );
            }
            tokio::time::sleep(full_jitter(failures)).await;
            failures += 1;
        }
    })
}
