//! A second thread beside the polling one: is the broker there, has the topic grown, does the first thread move?

use std::{
    sync::{Arc, atomic::Ordering},
    time::{Duration, Instant},
};

use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use tokio_util::sync::CancellationToken;

use super::{Shared, TailConsumer, assignment::count_partitions};
use crate::feed::State;

const EVERY: Duration = Duration::from_secs(5);
/// A broker that has just started may not know its topics at once.
const MISSING_FOR_GOOD: u32 = 2;
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
        let mut times_missing = 0;
        while !sleep_unless(&self.stop, EVERY) {
            let polls = self.shared.polls.load(Ordering::Relaxed);
            if polls != seen.0 {
                seen = (polls, Instant::now());
            }
            self.state.thread_moves(seen.1.elapsed() < WEDGED_AFTER);
            let partitions = count_partitions(&self.consumer);
            self.state.broker_answers(partitions.is_ok());
            times_missing = match &partitions {
                Err(error) if is_missing(error) => times_missing + 1,
                _ => 0,
            };
            let has_changed = partitions.is_ok_and(|partitions| partitions != self.partitions);
            if has_changed || times_missing >= MISSING_FOR_GOOD {
                self.shared.topic_has_changed.store(true, Ordering::Relaxed);
            }
        }
    }
}

/// The broker answers, and says that there is no such topic.
fn is_missing(error: &KafkaError) -> bool {
    error.rdkafka_error_code() == Some(RDKafkaErrorCode::UnknownTopicOrPartition)
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
