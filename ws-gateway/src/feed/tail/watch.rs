//! A second thread beside the polling one: is the broker there, has the topic grown, does the first thread move, and does
//! it get what the broker has?

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use rdkafka::error::{KafkaError, KafkaResult, RDKafkaErrorCode};
use tokio_util::sync::CancellationToken;

use super::assignment::{count_partitions, watermarks};
use super::stall::{Partition, Stall};
use super::{Finding, Shared, TailConsumer};
use crate::feed::State;

const EVERY: Duration = Duration::from_secs(5);
/// A broker that has just started may not know its topics at once.
const MISSING_FOR_GOOD: u32 = 2;
const STEP: Duration = Duration::from_millis(50);
/// The polling thread comes round every 100 ms, unless it waits for the hub.
const WEDGED_AFTER: Duration = Duration::from_secs(60);
/// A reader that waited so long for the hub between two looks is held up.
const HELD_UP_US: u64 = 1_000_000;

pub(super) struct Watcher {
    pub(super) consumer: Arc<TailConsumer>,
    pub(super) shared: Arc<Shared>,
    pub(super) state: State,
    pub(super) stop: CancellationToken,
}

impl Watcher {
    pub(super) fn run(self) {
        let mut polls = Polls::new(Instant::now());
        let mut times_missing = 0;
        let mut stall = Stall::default();
        let mut waited = 0;
        while !sleep_unless(&self.stop, EVERY) {
            let made = self.shared.polls.load(Ordering::Relaxed);
            let waits_for_hub = self.shared.waits_for_hub.load(Ordering::Relaxed);
            self.state
                .thread_moves(polls.go_on(made, waits_for_hub, Instant::now()));
            let partitions = count_partitions(&self.consumer);
            self.state.broker_answers(partitions.is_ok());
            times_missing = match &partitions {
                Err(error) if is_missing(error) => times_missing + 1,
                _ => 0,
            };
            let count = self.shared.next.len();
            let has_changed = partitions.as_ref().is_ok_and(|partitions| *partitions != count);
            if has_changed || times_missing >= MISSING_FOR_GOOD {
                let _ = self.shared.finding.set(Finding::TopicChanged);
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
        let waited = self.shared.waited_for_hub_us.load(Ordering::Relaxed);
        let since = waited - std::mem::replace(waited_before, waited);
        since >= HELD_UP_US || self.shared.waits_for_hub.load(Ordering::Relaxed)
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
            let _ = self.shared.finding.set(Finding::Stalled);
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

/// Whether the polling thread still polls. No clock: times are given.
#[derive(Debug)]
struct Polls {
    made: u64,
    moved_at: Instant,
}

impl Polls {
    fn new(now: Instant) -> Self {
        Self {
            made: 0,
            moved_at: now,
        }
    }

    /// A thread that waits for the hub polls again as soon as there is room. That may take as long as the registry is
    /// away, and a restart would not help.
    fn go_on(&mut self, made: u64, waits_for_hub: bool, now: Instant) -> bool {
        if made != self.made || waits_for_hub {
            (self.made, self.moved_at) = (made, now);
        }
        now.saturating_duration_since(self.moved_at) < WEDGED_AFTER
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_thread_that_does_not_poll_is_wedged_and_one_that_waits_for_the_hub_is_not() {
        let start = Instant::now();
        let mut polls = Polls::new(start);
        let later = |minutes: u32| start + WEDGED_AFTER * minutes;
        assert!(polls.go_on(1, false, later(1)));
        for minute in 2..=10 {
            assert!(polls.go_on(1, true, later(minute)), "minute {minute}");
        }
        assert!(!polls.go_on(1, false, later(11)));
        assert!(polls.go_on(2, false, later(12)));
    }
}
