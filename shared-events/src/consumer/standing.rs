//! How far each partition of this process got: what the metrics show.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::{Duration, Instant};

use super::cursor::{NextOffset, Place};

/// What the broker told this long ago is not believed any more.
const BELIEVED_FOR: Duration = Duration::from_secs(30);

/// One partition that the group gave us.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Standing {
    /// The first record that is not applied yet; none while that is still being found out.
    pub(crate) next: Option<NextOffset>,
    /// The offset that the broker's next record will get, and when it told.
    pub(crate) high: Option<(i64, Instant)>,
    /// When the partition last moved, or had nothing to do.
    pub(crate) moved_at: Instant,
    /// It waits for an operator.
    pub(crate) is_stopped: bool,
    /// Records that the broker should have delivered and did not.
    pub(crate) missing: i64,
}

impl Standing {
    fn new() -> Self {
        Self {
            next: None,
            high: None,
            moved_at: Instant::now(),
            is_stopped: false,
            missing: 0,
        }
    }

    /// Records that are not applied yet; none while the broker or the offset cannot be asked.
    pub(crate) fn lag(&self) -> Option<i64> {
        let (high, told_at) = self.high?;
        let is_believed = told_at.elapsed() < BELIEVED_FOR;
        is_believed.then_some(high.saturating_sub(self.next?.0).max(0))
    }

    /// For how many seconds records wait without one being applied; a partition of which nothing is known counts as
    /// waiting.
    pub(crate) fn waiting_seconds(&self) -> f64 {
        match self.lag() {
            Some(0) => 0.0,
            _ => self.moved_at.elapsed().as_secs_f64(),
        }
    }
}

/// The partitions of one consumer.
#[derive(Debug)]
pub(crate) struct Standings {
    group: String,
    partitions: Mutex<HashMap<Place, Standing>>,
    holes: Mutex<Vec<(Place, i64)>>,
}

/// Every consumer of the process, for the metrics.
static ALL: Mutex<Vec<Weak<Standings>>> = Mutex::new(Vec::new());

/// Every consumer that still runs.
pub(crate) fn all() -> Vec<Arc<Standings>> {
    let mut all = lock(&ALL);
    all.retain(|standings| standings.strong_count() > 0);
    all.iter().filter_map(Weak::upgrade).collect()
}

impl Standings {
    /// No partition yet; the metrics show those to come.
    pub(super) fn register(group: &str) -> Arc<Self> {
        let standings = Arc::new(Self {
            group: group.to_owned(),
            partitions: Mutex::default(),
            holes: Mutex::default(),
        });
        lock(&ALL).push(Arc::downgrade(&standings));
        standings
    }

    pub(crate) fn group(&self) -> &str {
        &self.group
    }

    pub(crate) fn list(&self) -> Vec<(Place, Standing)> {
        let partitions = lock(&self.partitions);
        partitions
            .iter()
            .map(|(place, standing)| (place.clone(), *standing))
            .collect()
    }

    /// The whole group's open holes, as its database told last.
    pub(crate) fn holes(&self) -> Vec<(Place, i64)> {
        lock(&self.holes).clone()
    }

    pub(super) fn set_holes(&self, holes: Vec<(Place, i64)>) {
        *lock(&self.holes) = holes;
    }

    /// Where a partition of ours stands, once that is known.
    pub(super) fn next(&self, place: &Place) -> Option<NextOffset> {
        lock(&self.partitions).get(place)?.next
    }

    /// The partition is ours.
    pub(super) fn add(&self, place: &Place) {
        lock(&self.partitions).insert(place.clone(), Standing::new());
    }

    /// The partition has left us.
    pub(super) fn remove(&self, place: &Place) {
        lock(&self.partitions).remove(place);
    }

    /// The partition goes on at `next`.
    pub(super) fn found(&self, place: &Place, next: NextOffset) {
        self.change(place, |standing| {
            if standing.next != Some(next) {
                standing.missing = 0;
            }
            standing.next = Some(next);
            standing.is_stopped = false;
        });
    }

    /// Everything before `next` is applied.
    pub(super) fn moved(&self, place: &Place, next: NextOffset) {
        self.change(place, |standing| {
            standing.next = Some(next);
            standing.moved_at = Instant::now();
            standing.is_stopped = false;
            standing.missing = 0;
        });
    }

    /// The broker told how far the partition reaches.
    pub(super) fn reaches(&self, place: &Place, high: i64) {
        self.change(place, |standing| {
            let had_nothing_to_do = standing.lag() == Some(0);
            standing.high = Some((high, Instant::now()));
            if had_nothing_to_do {
                standing.moved_at = Instant::now();
            }
        });
    }

    /// The partition waits for an operator.
    pub(super) fn stopped(&self, place: &Place) {
        self.change(place, |standing| standing.is_stopped = true);
    }

    /// Records are missing in front of the partition.
    pub(super) fn missing(&self, place: &Place, records: i64) {
        self.change(place, |standing| standing.missing = records);
    }

    fn change(&self, place: &Place, change: impl FnOnce(&mut Standing)) {
        if let Some(standing) = lock(&self.partitions).get_mut(place) {
            change(standing);
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place() -> Place {
        Place {
            topic: "t".to_owned(),
            partition: 0,
        }
    }

    fn only(standings: &Standings) -> Standing {
        standings.list()[0].1
    }

    #[test]
    fn lag_is_known_once_both_ends_are() {
        let standings = Standings::register("g");
        standings.add(&place());
        assert_eq!(only(&standings).lag(), None);
        standings.reaches(&place(), 10);
        assert_eq!(only(&standings).lag(), None);
        standings.moved(&place(), NextOffset(7));
        assert_eq!(only(&standings).lag(), Some(3));
        standings.moved(&place(), NextOffset(10));
        assert_eq!(only(&standings).lag(), Some(0));
        assert!(only(&standings).waiting_seconds() < f64::EPSILON);
    }

    #[test]
    fn what_a_silent_broker_told_long_ago_is_no_lag_of_zero() {
        let standings = Standings::register("g");
        standings.add(&place());
        standings.moved(&place(), NextOffset(10));
        standings.reaches(&place(), 10);
        assert_eq!(only(&standings).lag(), Some(0));
        let long_ago = Instant::now().checked_sub(BELIEVED_FOR).unwrap();
        standings.change(&place(), |standing| standing.high = Some((10, long_ago)));
        assert_eq!(only(&standings).lag(), None);
        assert!(only(&standings).waiting_seconds() > 0.0);
    }

    #[test]
    fn an_operator_who_passes_a_gap_ends_its_alarm() {
        let standings = Standings::register("g");
        standings.add(&place());
        standings.found(&place(), NextOffset(1));
        standings.missing(&place(), 3);
        standings.found(&place(), NextOffset(1));
        assert_eq!(only(&standings).missing, 3, "it was only looked at again");
        standings.found(&place(), NextOffset(4));
        assert_eq!(only(&standings).missing, 0);
    }

    #[test]
    fn a_partition_of_which_nothing_is_known_counts_as_waiting() {
        let standings = Standings::register("g");
        standings.add(&place());
        assert!(only(&standings).waiting_seconds() > 0.0);
    }

    #[test]
    fn a_partition_that_left_is_not_shown() {
        let standings = Standings::register("g");
        standings.add(&place());
        standings.remove(&place());
        assert!(standings.list().is_empty());
        standings.moved(&place(), NextOffset(1));
        assert!(standings.list().is_empty(), "nor by a late word of its worker");
    }
}
