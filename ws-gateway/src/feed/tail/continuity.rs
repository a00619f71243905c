//! Offsets of our topics are dense: the record after `next - 1` is `next`. Anything else is noticed. No I/O, no clock.

use std::collections::{BTreeMap, BTreeSet};

use super::assignment::Begin;

/// Where each partition stands, and which gaps were found, over all assignments of the process.
#[derive(Debug, Default)]
pub(super) struct Continuity {
    next: BTreeMap<i32, i64>,
    gaps: BTreeSet<Gap>,
}

/// Offsets that were to come and did not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Gap {
    pub(super) partition: i32,
    pub(super) first: i64,
    pub(super) last: i64,
}

/// What a record is to those before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Arrival {
    /// The next one.
    Next,
    /// Records before it were not delivered; another look may show them.
    NewGap(Gap),
    /// Another look has not shown them: the log itself lacks them.
    KnownGap(Gap),
    /// It lies before the one expected: the log is not the one that was read before.
    Back {
        /// What was expected.
        expected: i64,
    },
}

impl Continuity {
    /// Every partition begins anew, at these offsets; gaps before them are of no interest any more.
    pub(super) fn assigned(&mut self, begin: &[Begin]) {
        self.next = begin
            .iter()
            .map(|begin| (begin.partition, begin.offset))
            .collect();
        let next = &self.next;
        self.gaps
            .retain(|gap| next.get(&gap.partition).is_some_and(|next| *next <= gap.last));
    }

    /// Takes note of a record. After a new gap the partition stands where it stood.
    pub(super) fn take(&mut self, partition: i32, offset: i64) -> Arrival {
        let next = self.next.entry(partition).or_insert(offset);
        let expected = *next;
        if offset < expected {
            return Arrival::Back { expected };
        }
        let gap = Gap {
            partition,
            first: expected,
            last: offset - 1,
        };
        let is_gap = offset > expected;
        if is_gap && self.gaps.insert(gap) {
            return Arrival::NewGap(gap);
        }
        *next = offset + 1;
        if is_gap {
            Arrival::KnownGap(gap)
        } else {
            Arrival::Next
        }
    }

    /// Where each partition stands.
    pub(super) fn positions(&self) -> Vec<Begin> {
        let positions = self.next.iter();
        positions
            .map(|(&partition, &offset)| Begin { partition, offset })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn begin(offsets: &[i64]) -> Vec<Begin> {
        let partitions = (0..).zip(offsets);
        partitions
            .map(|(partition, &offset)| Begin { partition, offset })
            .collect()
    }

    fn at(offsets: &[i64]) -> Continuity {
        let mut continuity = Continuity::default();
        continuity.assigned(&begin(offsets));
        continuity
    }

    fn gap(partition: i32, first: i64, last: i64) -> Gap {
        Gap {
            partition,
            first,
            last,
        }
    }

    #[test]
    fn the_first_record_is_the_one_asked_for_and_each_follows_the_one_before() {
        let mut continuity = at(&[5, 0]);
        for (partition, offset) in [(0, 5), (1, 0), (0, 6), (0, 7), (1, 1)] {
            assert_eq!(
                continuity.take(partition, offset),
                Arrival::Next,
                "{partition}/{offset}"
            );
        }
        assert_eq!(continuity.positions(), begin(&[8, 2]));
    }

    #[test]
    fn a_first_record_beyond_the_one_asked_for_is_a_gap() {
        let mut continuity = at(&[5]);
        assert_eq!(continuity.take(0, 7), Arrival::NewGap(gap(0, 5, 6)));
        assert_eq!(continuity.positions(), begin(&[5]), "nothing was passed");
    }

    #[test]
    fn a_gap_that_another_look_does_not_close_is_the_logs_own() {
        let mut continuity = at(&[5]);
        continuity.take(0, 5);
        assert_eq!(continuity.take(0, 8), Arrival::NewGap(gap(0, 6, 7)));
        continuity.assigned(&begin(&[3]));
        for offset in 3..=5 {
            assert_eq!(continuity.take(0, offset), Arrival::Next);
        }
        assert_eq!(continuity.take(0, 8), Arrival::KnownGap(gap(0, 6, 7)));
        assert_eq!(continuity.take(0, 9), Arrival::Next);
    }

    #[test]
    fn a_gap_that_another_look_closes_is_none() {
        let mut continuity = at(&[5]);
        continuity.take(0, 8);
        continuity.assigned(&begin(&[5]));
        for offset in 5..=8 {
            assert_eq!(continuity.take(0, offset), Arrival::Next);
        }
    }

    #[test]
    fn another_gap_at_the_same_place_is_a_new_one() {
        let mut continuity = at(&[5]);
        continuity.take(0, 8);
        continuity.assigned(&begin(&[5]));
        assert_eq!(continuity.take(0, 7), Arrival::NewGap(gap(0, 5, 6)));
    }

    #[test]
    fn a_record_before_the_one_expected_is_of_another_log() {
        let mut continuity = at(&[5]);
        continuity.take(0, 5);
        for offset in [0, 4, 5] {
            assert_eq!(continuity.take(0, offset), Arrival::Back { expected: 6 });
        }
    }

    #[test]
    fn gaps_that_the_window_has_left_behind_are_forgotten() {
        let mut continuity = at(&[5]);
        continuity.take(0, 8);
        continuity.assigned(&begin(&[8]));
        assert!(continuity.gaps.is_empty());
    }
}
