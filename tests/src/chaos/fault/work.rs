//! What a process has done, by its own counters.

use crate::chaos::fleet::Replica;
use crate::chaos::load::Ledger;
use crate::chaos::recorder::Recorder;
use crate::chaos::report::Difference;

/// A process, and what its counters said when one of its service was last killed.
pub(super) struct Worker {
    pub(super) replica: Replica,
    pub(super) work_before: f64,
    pub(super) served_before: u64,
    pub(super) published_before: f64,
}

impl Worker {
    pub(super) fn new(replica: Replica) -> Self {
        Self {
            replica,
            work_before: 0.0,
            served_before: 0,
            published_before: 0.0,
        }
    }

    /// From here on counts what it does from now.
    pub(super) async fn reset(&mut self, ledger: &Ledger) {
        self.served_before = ledger.made_by(self.replica.slot);
        if let Ok(work) = work_of(&self.replica).await {
            self.work_before = work;
        }
        if self.replica.service == "backend-api"
            && let Ok(published) = published_by(&self.replica).await
        {
            self.published_before = published;
        }
    }
}

/// What a process had to put right by itself: nothing of it should happen. But for one that stood still: its watch
/// counts the time in which it could not read, and assigns a partition again that only had no turn.
pub async fn repairs(replica: &Replica, recorder: &Recorder) -> anyhow::Result<Option<Difference>> {
    if !recorder.has_slept(replica.pid) {
        return replica.repairs().await;
    }
    let gaps = replica.counter("taskwire_consumer_gaps", "").await?;
    Ok((gaps > 0.0).then(|| Difference {
        rule: "repairs",
        what: format!("{} in place {} met {gaps} gaps", replica.service, replica.slot),
    }))
}

/// Records applied, or updates pushed.
pub(super) async fn work_of(replica: &Replica) -> anyhow::Result<f64> {
    match replica.service.as_str() {
        "ws-gateway" => replica.counter("taskwire_ws_gateway_pushed_events", "").await,
        _ => {
            replica
                .counter("taskwire_consumer_records", "outcome=\"applied\"")
                .await
        }
    }
}

/// The one whose relay leads.
pub(super) async fn leader(workers: &[Worker]) -> usize {
    for (index, worker) in workers.iter().enumerate() {
        let leading = worker.replica.counter("taskwire_outbox_relay_leading", "").await;
        if leading.is_ok_and(|leading| leading > 0.0) {
            return index;
        }
    }
    0
}

pub(super) async fn published_by(replica: &Replica) -> anyhow::Result<f64> {
    replica.counter("taskwire_outbox_published", "").await
}
