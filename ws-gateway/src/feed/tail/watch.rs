//! A second thread beside the polling one: is the broker there, has the topic grown, does the first thread move?

use std::{
    sync::{Arc, atomic::Ordering},
    time::{Duration, Instant},
};

use tokio_util::sync::CancellationToken;

use super::{Shared, TailConsumer, assignment::count_partitions};
use crate::feed::State;

const EVERY: Duration = Duration::from_secs(5);
const STEP: Duration = Duration::from_millis(50);
/// The polling thread comes round every 100 ms, or waits for the hub, which waits for the registry at most some seconds.
const WEDGED_AFTER: Duration = Duration::from_secs(60);

pub(super) struct Watcher {
    pub(super) consumer: Arc<TailConsumer>,
    pub(super) partitions: usize,
    pub(super) shared: Arc<Shared>,
    pub(super) state: State,
    pub(super) stop: CancellationToken,
}

impl Watcher {
    pub(super) fn run(self) {
        let mut seen = (0, Instant::now());
        while !sleep_unless(&self.stop, EVERY) {
            let polls = self.shared.polls.load(Ordering::Relaxed);
            if polls != seen.0 {
                seen = (polls, Instant::now());
            }
            self.state.thread_moves(seen.1.elapsed() < WEDGED_AFTER);
            match count_partitions(&self.consumer) {
                Ok(partitions) => {
                    self.state.broker_answers(true);
                    self.shared
                        .has_grown
                        .store(partitions != self.partitions, Ordering::Relaxed);
                }
                Err(error) => {
                    tracing::debug!(%error, "the broker does not answer");
                    self.state.broker_answers(false);
                }
            }
        }
    }
}

/// Sleeps; true when it was stopped.
pub(super) fn sleep_unless(stop: &CancellationToken, duration: Duration) -> bool {
    let until = Instant::now() + duration;
    loop {
        if stop.is_cancelled() {
            return true;
        }
        let left = until.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return false;
        }
        std::thread::sleep(left.min(STEP));
    }
}
