//! How far the busiest lanes have come, so that a read need not look behind that.
//!
//! Rows that were deleted stay in the index while a snapshot somewhere is older, and whoever looks for the row before
//! another walks over them. All rows of a lane up to one that was acknowledged here were acknowledged before it.
//! Busy is who has a large part of the rows of late: a read that need not be told of any lane costs half as much.

use std::collections::HashMap;

use crate::outbox::Lane;

/// Lanes that are remembered.
const REMEMBERED: usize = 4_096;

/// Lanes that a read is told of.
const TOLD: usize = 32;

/// After so many acknowledgements each counts half as much.
const HALVED_AFTER: u32 = 8_192;

#[derive(Debug, Clone, Copy, Default)]
struct Progress {
    /// The highest id that was acknowledged.
    id: i64,
    /// Rows that were acknowledged of late.
    rows: u32,
}

/// The lanes of one lease.
#[derive(Debug, Default)]
pub(super) struct Reached {
    lanes: HashMap<Lane, Progress>,
    /// Rows of all lanes that were acknowledged of late.
    rows: u32,
}

impl Reached {
    /// A row of the lane was acknowledged; a lane with `busy` of them is busy.
    pub(super) fn acknowledged(&mut self, lane: &Lane, id: i64, busy: u32) {
        if self.lanes.len() >= REMEMBERED {
            self.lanes.retain(|_, progress| progress.rows >= busy);
        }
        if self.lanes.len() >= REMEMBERED {
            self.lanes.clear();
        }
        let progress = match self.lanes.get_mut(lane) {
            Some(progress) => progress,
            None => self.lanes.entry(lane.clone()).or_default(),
        };
        progress.id = progress.id.max(id);
        progress.rows += 1;
        self.rows += 1;
        if self.rows >= HALVED_AFTER {
            self.halve();
        }
    }

    fn halve(&mut self) {
        self.rows /= 2;
        self.lanes.retain(|_, progress| {
            progress.rows /= 2;
            progress.rows > 0
        });
    }

    /// The lanes with the most acknowledged rows, and the last of these.
    pub(super) fn busiest(&self, busy: u32) -> Vec<(Lane, i64)> {
        let mut lanes: Vec<(&Lane, &Progress)> = self
            .lanes
            .iter()
            .filter(|(_, progress)| progress.rows >= busy)
            .collect();
        lanes.sort_unstable_by_key(|(_, progress)| std::cmp::Reverse(progress.rows));
        let told = lanes.into_iter().take(TOLD);
        told.map(|(lane, progress)| (lane.clone(), progress.id)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lane(number: i64) -> Lane {
        Lane {
            topic: "t".into(),
            key: number.to_string().into(),
            source: "s".into(),
        }
    }

    #[test]
    fn a_busy_lane_is_told_of_however_many_others_there_are() {
        let mut reached = Reached::default();
        for id in 0..20_000 {
            let key = if id % 10 == 0 { 0 } else { id };
            reached.acknowledged(&lane(key), id, 64);
            assert!(reached.lanes.len() <= REMEMBERED);
        }
        assert_eq!(reached.busiest(64), [(lane(0), 19_990)]);
    }

    #[test]
    fn a_lane_that_was_busy_long_ago_is_not_told_of() {
        let mut reached = Reached::default();
        for id in 0..100 {
            reached.acknowledged(&lane(1), id, 64);
        }
        assert_eq!(reached.busiest(64).len(), 1);
        for id in 100..20_000 {
            reached.acknowledged(&lane(id), id, 64);
        }
        assert_eq!(reached.busiest(64), []);
    }

    #[test]
    fn a_read_is_told_of_the_busiest_only() {
        let mut reached = Reached::default();
        for id in 0..1_000 {
            reached.acknowledged(&lane(id % 50), id, 1);
        }
        assert_eq!(reached.busiest(1).len(), TOLD);
        assert_eq!(reached.busiest(21), []);
    }
}
