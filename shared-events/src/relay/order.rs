//! The relay's memory: one queue per topic, key and source, bounded in every direction, with no clock and no I/O.
//!
//! Order is kept by two rules, whatever is read when, and by whom:
//!
//! 1. A row is admitted only if the row before it in its lane, as its own read saw it (`previous`), is known here
//!    or gone. Rows of one lane commit in the order of their ids, as their one source writes them under one lock, so
//!    what is gone has been acknowledged.
//! 2. A lane has at most one row in flight, and its next row goes out after the acknowledgement.
//!
//! Hence a row is first delivered only after every earlier row of its lane was, even if two relays run at once.
//! The reads themselves may come late, twice, or skip rows: a lane with a row missing in between is `behind`,
//! takes nothing more from pages, and is refilled by its own range.

// Long because the order of a lane, its tries and the bounds of the memory are one set of rules.

mod lane;
mod limits;
mod reached;
mod topic;
mod upkeep;

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use uuid::Uuid;

pub(super) use self::lane::{Failure, Tries};
use self::lane::{LaneQueue, Waiting};
pub use self::limits::Limits;
use self::reached::Reached;
use self::topic::TopicState;
use crate::outbox::{Lane, Published};

/// A record is refused for good after so many tries that were its own fault: a neighbour in its batch may have been
/// to blame for the first.
const REFUSALS: u32 = 3;

/// A row as a read found it.
#[derive(Debug, Clone)]
pub(super) struct Found<P> {
    pub(super) lane: Lane,
    pub(super) id: i64,
    pub(super) event_id: Uuid,
    /// The row before it in its lane that was pending when this one was read.
    pub(super) previous: Option<i64>,
    /// The size of its record.
    pub(super) bytes: usize,
    pub(super) payload: P,
}

/// What became of a row that was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Admission {
    /// It waits for its turn.
    Queued,
    /// It was here already.
    Known,
    /// There is no room for it, its lane is parked, or an earlier row of its lane is missing; a later read finds it.
    PassedOver,
}

/// A row that is to be sent now.
#[derive(Debug, Clone)]
pub(super) struct Sending<P> {
    pub(super) id: i64,
    pub(super) payload: P,
    /// Many lanes of its topic wait for their turn.
    pub(super) is_backlog: bool,
}

/// What becomes of a row that was not published.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum AfterFailure {
    /// Its lane rests, then the row is tried again.
    Retried,
    /// The row can never be published: its lane is set aside, and its rows stay in the table.
    Parked(Lane),
}

/// A lane that wants rows of its own range.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Refill {
    pub(super) lane: Lane,
    /// The last id of it that is known here.
    pub(super) after: i64,
}

/// All lanes with pending rows that are in memory.
#[derive(Debug)]
pub(super) struct Queues<P> {
    limits: Limits,
    lanes: HashMap<Lane, LaneQueue<P>>,
    /// Ids waiting, in flight, or acknowledged and not yet deleted: finding them again is finding nothing new.
    known: HashSet<i64>,
    /// Lanes that wait after a failure, by the time they are tried again.
    resting: BTreeSet<(Duration, Lane)>,
    parked: HashSet<Lane>,
    in_flight: HashMap<i64, Lane>,
    /// In the order in which they were acknowledged.
    acknowledged: VecDeque<Published>,
    reached: Reached,
    topics: BTreeMap<Arc<str>, TopicState>,
    bytes: usize,
    sweep_wanted: bool,
}

impl<P: Clone> Queues<P> {
    /// Empty queues; the lanes in `parked` are not sent.
    #[must_use]
    pub(super) fn new(limits: Limits, parked: HashSet<Lane>) -> Self {
        Self {
            limits,
            lanes: HashMap::new(),
            known: HashSet::new(),
            resting: BTreeSet::new(),
            parked,
            in_flight: HashMap::new(),
            acknowledged: VecDeque::new(),
            reached: Reached::default(),
            topics: BTreeMap::new(),
            bytes: 0,
            sweep_wanted: false,
        }
    }

    /// How many rows the next read may bring; 0 while there is too little room for a read to be worth it.
    #[must_use]
    pub(super) fn room(&self) -> usize {
        let rows = self.limits.rows.saturating_sub(self.known.len());
        let bytes = self.limits.bytes.saturating_sub(self.bytes) / self.limits.row_bytes.max(1);
        let room = rows.min(bytes).min(self.limits.page);
        let worth_it = (self.limits.page / 4).max(1);
        if room >= worth_it { room } else { 0 }
    }

    /// Takes in a row that a read found. The rows of one read are offered in the order of their ids.
    pub(super) fn admit(&mut self, found: Found<P>) -> Admission {
        if self.known.contains(&found.id) {
            return Admission::Known;
        }
        if self.parked.contains(&found.lane) || self.passed_over_as_closed(&found.lane) {
            return Admission::PassedOver;
        }
        if self.known.len() >= self.limits.rows {
            self.sweep_wanted = true;
            return Admission::PassedOver;
        }
        let follows = found
            .previous
            .is_none_or(|previous| self.known.contains(&previous));
        self.admit_to_lane(found, follows)
    }

    fn admit_to_lane(&mut self, found: Found<P>, follows: bool) -> Admission {
        let Found {
            lane,
            id,
            event_id,
            bytes,
            payload,
            ..
        } = found;
        let mut queue = self.take(&lane);
        let admitted = follows && queue.len() < self.limits.lane_rows;
        if admitted {
            queue.insert(Waiting {
                id,
                event_id,
                bytes,
                tries: Tries::default(),
                payload,
            });
            self.known.insert(id);
            self.occupy(&lane, bytes);
        } else {
            // Too many lanes are behind already: the next sweep finds the row again.
            queue.behind |= self.lanes.len() < self.limits.rows;
        }
        self.put_back(lane, queue);
        if admitted {
            Admission::Queued
        } else {
            Admission::PassedOver
        }
    }

    /// The next row to send, which is then in flight: the lowest id among the lanes whose turn it is.
    pub(super) fn next(&mut self, now: Duration) -> Option<Sending<P>> {
        self.wake_rested(now);
        let heads = self
            .topics
            .values()
            .filter(|topic| topic.has_window(&self.limits))
            .filter_map(TopicState::first);
        let lane = heads.min()?.1.clone();
        let limits = self.limits;
        let is_backlog = self.topic(&lane).is_backlog(&limits);
        let mut queue = self.take(&lane);
        let row = queue.send()?;
        self.topic(&lane).sent(row.bytes);
        self.in_flight.insert(row.id, lane.clone());
        self.put_back(lane, queue);
        Some(Sending {
            id: row.id,
            payload: row.payload,
            is_backlog,
        })
    }

    /// The broker has the row: the next one of its lane may go, and this one be deleted.
    pub(super) fn acknowledged(&mut self, id: i64) {
        let Some((lane, mut queue)) = self.no_longer_in_flight(id) else {
            return;
        };
        if let Some(row) = queue.acknowledge() {
            let event_id = row.event_id;
            self.acknowledged.push_back(Published { id, event_id });
            self.reached.acknowledged(&lane, id, self.limits.busy_lane);
            self.release(&lane, row.bytes);
        }
        self.put_back(lane, queue);
    }

    /// The row was not published. Its lane rests until the time that `retry_at` makes of the number of tries which
    /// failed for the same reason before, unless the row is given up: for refusals of its own only, since no outage,
    /// however long, says anything about a record.
    pub(super) fn failed(
        &mut self,
        id: i64,
        failure: Failure,
        retry_at: impl FnOnce(u32) -> Duration,
    ) -> AfterFailure {
        let Some((lane, mut queue)) = self.no_longer_in_flight(id) else {
            return AfterFailure::Retried;
        };
        let tries = queue.tries(failure);
        if failure == Failure::Record && tries + 1 >= REFUSALS {
            queue.put_back_in_flight();
            self.forget_rows(&lane, &queue);
            self.parked.insert(lane.clone());
            return AfterFailure::Parked(lane);
        }
        queue.fail(failure, retry_at(tries));
        self.put_back(lane, queue);
        AfterFailure::Retried
    }

    /// The row was not even tried, for want of room in the producer: it is ready again at once.
    pub(super) fn returned(&mut self, id: i64) {
        let Some((lane, mut queue)) = self.no_longer_in_flight(id) else {
            return;
        };
        queue.put_back_in_flight();
        self.put_back(lane, queue);
    }

    /// Takes over which lanes are parked; one that no longer is will be found by the next sweep.
    pub(super) fn set_parked(&mut self, parked: HashSet<Lane>) {
        let freed = self.parked.iter().any(|lane| !parked.contains(lane));
        self.sweep_wanted |= freed;
        self.parked = parked;
    }

    /// Ends every rest, because what the lanes waited for has come.
    pub(super) fn end_rests(&mut self) {
        self.wake_rested(Duration::MAX);
    }

    /// When the next resting lane is to be tried again.
    #[must_use]
    pub(super) fn next_retry(&self) -> Option<Duration> {
        self.resting.first().map(|(until, _)| *until)
    }

    /// Acknowledged rows to delete now; they stay known until [`Self::deleted`].
    ///
    /// The first that were acknowledged are the first: of each lane, only its end is ever left in the table, and a
    /// takeover publishes that again in order, instead of an older row behind newer ones.
    pub(super) fn take_acknowledged(&mut self, at_most: usize) -> Vec<Published> {
        let count = self.acknowledged.len().min(at_most);
        self.acknowledged.drain(..count).collect()
    }

    pub(super) fn deleted(&mut self, rows: &[Published]) {
        for row in rows {
            self.known.remove(&row.id);
        }
    }

    /// The rows could not be deleted now: they are the next again.
    pub(super) fn not_deleted(&mut self, rows: Vec<Published>) {
        for row in rows.into_iter().rev() {
            self.acknowledged.push_front(row);
        }
    }

    /// Lanes to refill by their own range, at most `at_most`.
    #[must_use]
    pub(super) fn refills(&self, at_most: usize) -> Vec<Refill> {
        let open = self.topics.values().filter(|topic| !topic.closed);
        let lanes = open.flat_map(|topic| &topic.wants_refill);
        let refill = |lane: &Lane| {
            let after = self.lanes.get(lane).map_or(0, |queue| queue.last);
            Refill {
                lane: lane.clone(),
                after,
            }
        };
        lanes.take(at_most).map(refill).collect()
    }

    #[must_use]
    pub(super) fn has_refills(&self) -> bool {
        let mut topics = self.topics.values();
        topics.any(|topic| !topic.closed && !topic.wants_refill.is_empty())
    }

    /// A read of the lane's own range found no more rows than were admitted: it is no longer behind.
    pub(super) fn caught_up(&mut self, lane: &Lane) {
        let mut queue = self.take(lane);
        queue.behind = false;
        self.put_back(lane.clone(), queue);
    }

    /// Lanes that a page has no use for: parked, or to be refilled by their own range; at most `at_most` of them.
    #[must_use]
    pub(super) fn passed_over(&self, at_most: usize) -> Vec<Lane> {
        let behind = self
            .lanes
            .iter()
            .filter(|(_, queue)| queue.behind)
            .map(|(lane, _)| lane);
        self.parked.iter().chain(behind).take(at_most).cloned().collect()
    }

    /// Busy lanes and the last row of each that was acknowledged: a read need not look behind it.
    #[must_use]
    pub(super) fn reached(&self) -> Vec<(Lane, i64)> {
        self.reached.busiest(self.limits.busy_lane)
    }

    /// Ids in `(after, until]` that a read need not bring again.
    #[must_use]
    pub(super) fn known_within(&self, after: i64, until: i64) -> Vec<i64> {
        self.known
            .iter()
            .copied()
            .filter(|id| after < *id && *id <= until)
            .collect()
    }

    /// Whether rows were passed over for want of room that is there now; asking clears it.
    pub(super) fn take_sweep_wanted(&mut self) -> bool {
        std::mem::take(&mut self.sweep_wanted)
    }

    /// Rows handed to the producer.
    #[must_use]
    pub(super) fn in_flight(&self) -> usize {
        self.in_flight.len()
    }

    /// Rows the broker has, still in the table.
    #[must_use]
    pub(super) fn to_delete(&self) -> usize {
        self.acknowledged.len()
    }

    /// Rows in memory: waiting, in flight, or about to be deleted.
    #[must_use]
    pub(super) fn rows(&self) -> usize {
        self.known.len()
    }
}
