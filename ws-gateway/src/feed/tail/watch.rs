//! A second thread beside the polling one: is the broker there, has the topic grown, does the first thread move, and does
//! it get what the broker has?

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use rdkafka::error::{KafkaError, KafkaResult, RDKafkaErrorCode};
use tokio_util::sync::CancellationToken;

use super::assignment::{count_partitions, watermarks};
use super::stall::{Partition, Stall};
use super::{Ended, Shared, TailConsumer};
use crate::feed::State;

const EVERY: Duration = Duration::from_secs(5);
/// A broker that has just started may not know its topics at once.
const MISSING_FOR_GOOD: u32 = 2;
const STEP: Duration = Duration::from_millis(50);
/// The polling thread comes round every 100 ms, or waits for the hub, which waits for the registry at most some seconds.
const WEDGED_AFTER: Duration = Duration::from_secs(60);
/// A reader that waited so long for the hub between two looks is held up.
const HELD_UP_MS: u64 = 1_000;

pub(super) struct Watcher {
    pub(super) consumer: Arc<TailConsumer>,
    pub(super) shared: Arc<Shared>,
    pub(super) state: State,
    pub(super) stop: CancellationToken,
}

impl Watcher {
    pub(super) fn run(self) {
        let mut seen = (0, Instant::now());
        let mut times_missing = 0;
        let mut stall = Stall::default();
        let mut waited = 0;
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
            let count = self.shared.next.len();
            let has_changed = partitions.as_ref().is_ok_and(|partitions| *partitions != count);
            if has_changed || times_missing >= MISSING_FOR_GOOD {
                let _ = self.shared.end.set(Ended::Changed);
            }
            if partitions.is_err() || self.is_held_up(&mut waited) {
                stall.excuse();
                continue;
            }
            self.look_for_a_stall(&mut stall);
        }
    }

    /// Whether the polling thread has waited for the hub since the last look.
    fn is_held_up(&self, waited_before: &mut u64) -> bool {
        let waited = self.shared.waited_for_hub_ms.load(Ordering::Relaxed);
        let since = waited - std::mem::replace(waited_before, waited);
        since >= HELD_UP_MS || self.shared.waits_for_hub.load(Ordering::Relaxed)
    }

    fn look_for_a_stall(&self, stall: &mut Stall) {
        let Ok(Some(partitions)) = self.partitions() else {
            stall.excuse();
            return;
        };
        if let Some(stalled) = stall.observe(Instant::now(), &partitions) {
            tracing::error!(
                kafka.partition = stalled.number,
                next = stalled.next,
                high = stalled.high,
                "nothing is delivered although the broker has more, assigning again"
            );
            let _ = self.shared.end.set(Ended::Stalled);
        }
    }

    /// Every partition as it is now; none when a stop was asked for meanwhile.
    fn partitions(&self) -> KafkaResult<Option<Vec<Partition>>> {
        let mut partitions = Vec::with_capacity(self.shared.next.len());
        for (number, next) in (0..).zip(&self.shared.next) {
            if self.stop.is_cancelled() {
                return Ok(None);
            }
            let next = next.load(Ordering::Relaxed);
            let (_, high) = watermarks(&self.consumer, number)?;
            partitions.push(Partition { number, next, high });
        }
        Ok(Some(partitions))
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
