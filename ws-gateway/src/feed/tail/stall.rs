//! Does the reader still get what the broker has? No I/O, no clock.

use std::collections::HashMap;
use std::time::{Duration, Instant};

/// A fetch takes milliseconds, and an election of another leader seconds.
pub(super) const AFTER: Duration = Duration::from_secs(30);

/// Since when each partition has stood where it stands although the broker has more.
#[derive(Debug, Default)]
pub(super) struct Stall {
    standing: HashMap<i32, (i64, Instant)>,
}

/// A partition, as the reader and the broker have it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Partition {
    pub(super) number: i32,
    /// The offset that the reader waits for.
    pub(super) next: i64,
    /// The offset that the broker gives to the next record.
    pub(super) high: i64,
}

impl Stall {
    /// Nothing can be said now: the broker does not answer, or whoever takes the records holds the reader up.
    pub(super) fn excuse(&mut self) {
        self.standing.clear();
    }

    /// Looks at every partition; answers one that has stood for too long.
    pub(super) fn observe(&mut self, now: Instant, partitions: &[Partition]) -> Option<Partition> {
        let mut stalled = None;
        for partition in partitions {
            if partition.high <= partition.next {
                self.standing.remove(&partition.number);
                continue;
            }
            let (next, since) = *self
                .standing
                .entry(partition.number)
                .and_modify(|standing| {
                    if standing.0 != partition.next {
                        *standing = (partition.next, now);
                    }
                })
                .or_insert((partition.next, now));
            if next == partition.next && now.saturating_duration_since(since) >= AFTER {
                stalled = Some(*partition);
            }
        }
        stalled
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is seen of partitions 0 and 1 at some second: next and high of each, or nothing.
    type Look = (u64, Option<[(i64, i64); 2]>);

    /// The second at which a stall is found, and the partition.
    fn found(looks: &[Look]) -> Option<(u64, i32)> {
        let began = Instant::now();
        let mut stall = Stall::default();
        looks.iter().find_map(|(second, seen)| {
            let Some(seen) = seen else {
                stall.excuse();
                return None;
            };
            let partitions: Vec<Partition> = (0..)
                .zip(seen)
                .map(|(number, &(next, high))| Partition { number, next, high })
                .collect();
            let stalled = stall.observe(began + Duration::from_secs(*second), &partitions)?;
            Some((*second, stalled.number))
        })
    }

    #[test]
    fn a_reader_that_has_everything_never_stalls() {
        assert_eq!(
            found(&[(0, Some([(5, 5), (0, 0)])), (600, Some([(5, 5), (0, 0)]))]),
            None
        );
    }

    #[test]
    fn a_partition_that_does_not_move_for_half_a_minute_has_stalled_whatever_the_others_do() {
        let looks = [
            (0, Some([(5, 5), (0, 0)])),
            (5, Some([(5, 6), (0, 1)])),
            (20, Some([(5, 9), (50, 51)])),
            (34, Some([(5, 9), (90, 91)])),
            (35, Some([(5, 9), (95, 95)])),
        ];
        assert_eq!(found(&looks), Some((35, 0)));
    }

    #[test]
    fn a_reader_that_lags_but_moves_has_not_stalled() {
        let looks: Vec<Look> = (0..60)
            .map(|step| {
                let next = i64::try_from(step).unwrap() / 5;
                (step * 5, Some([(next, 1_000), (0, 0)]))
            })
            .collect();
        assert_eq!(found(&looks), None);
    }

    #[test]
    fn time_begins_anew_once_everything_was_read() {
        let looks = [
            (0, Some([(5, 6), (0, 0)])),
            (25, Some([(6, 6), (0, 0)])),
            (40, Some([(6, 7), (0, 0)])),
            (69, Some([(6, 7), (0, 0)])),
        ];
        assert_eq!(found(&looks), None);
    }

    #[test]
    fn an_outage_or_a_slow_hub_is_no_stall() {
        let looks = [
            (0, Some([(5, 6), (0, 0)])),
            (20, None),
            (40, Some([(5, 6), (0, 0)])),
            (69, Some([(5, 6), (0, 0)])),
            (70, Some([(5, 6), (0, 0)])),
        ];
        assert_eq!(found(&looks), Some((70, 0)));
    }
}
