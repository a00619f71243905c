//! What the relay asks of the database next, and what it makes of the answers; no clock and no I/O.
//!
//! Reads and refills take turns, so that neither keeps the other waiting; the backlog is measured last, unless that is
//! overdue. One of these is under way at a time. Deletes have a connection of their own, so that no row waits behind
//! them; they gather for a moment, and one is under way at a time.
//!
//! A read that began before a delete was done may still bring its rows. So they stay known until that read has ended.

#[cfg(test)]
mod tests;

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use super::order::{Admission, Found, Limits, Queues, Refill};
use super::reads::{Examined, Read, ReadIntervals, Reads};
use crate::outbox::{Lane, Published};

/// Acknowledged rows wait this long for others, to be deleted together.
const DELETE_AFTER: Duration = Duration::from_millis(25);

/// So many acknowledged rows are not kept waiting.
const DELETE_BATCH: usize = 512;

/// How often the backlog is measured and the parked lanes are read again.
const MEASURE_EVERY: Duration = Duration::from_secs(5);

/// Lanes that one statement refills.
const REFILLS: usize = 32;

/// Lanes that a page leaves out by name; more than that are left out after reading.
const PASSED_OVER: usize = 1_000;

/// What a page leaves out.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Excluded {
    pub(super) ids: Vec<i64>,
    /// Topics, beyond the id up to which each was read: they took their part of the room, and are caught up later.
    pub(super) topics: Vec<(Arc<str>, i64)>,
    /// Lanes that are parked, or refilled by their own range.
    pub(super) lanes: Vec<Lane>,
}

impl Excluded {
    #[must_use]
    pub(super) fn is_empty(&self) -> bool {
        self.ids.is_empty() && self.topics.is_empty() && self.lanes.is_empty()
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Work {
    Page {
        read: Read,
        excluded: Excluded,
        /// Busy lanes, behind whose row nothing is pending.
        reached: Vec<(Lane, i64)>,
        limit: usize,
    },
    Refill {
        lanes: Vec<Refill>,
        /// Of each lane.
        limit: usize,
    },
    Measure,
}

/// Whether rows are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    NotYet,
    Reading,
    Stopped,
}

/// The queues of one lease, and when to fill and to empty them.
#[derive(Debug)]
pub(super) struct Schedule<P> {
    pub(super) queues: Queues<P>,
    reads: Reads,
    refill_next: bool,
    /// A page or a refill is under way.
    reading: bool,
    /// Rows that were deleted during it.
    deleted_meanwhile: Vec<Published>,
    delete_at: Option<Duration>,
    deletes_held: bool,
    measure_at: Duration,
    phase: Phase,
}

impl<P: Clone> Schedule<P> {
    /// Nothing is known yet but the parked lanes, and nothing is read before [`Self::begin_reading`].
    #[must_use]
    pub(super) fn new(
        limits: Limits,
        intervals: ReadIntervals,
        parked: HashSet<Lane>,
        now: Duration,
    ) -> Self {
        Self {
            queues: Queues::new(limits, parked),
            reads: Reads::new(intervals, now),
            refill_next: false,
            reading: false,
            deleted_meanwhile: Vec::new(),
            delete_at: None,
            deletes_held: false,
            measure_at: now,
            phase: Phase::NotYet,
        }
    }

    pub(super) fn begin_reading(&mut self) {
        if self.phase == Phase::NotYet {
            self.phase = Phase::Reading;
        }
    }

    /// Whether deletes have to wait: it is not known yet who acknowledged the rows.
    pub(super) fn hold_deletes(&mut self, held: bool) {
        self.deletes_held = held;
    }

    /// Rows were committed somewhere: read as soon as the database is free.
    pub(super) fn wake(&mut self) {
        self.reads.wake();
    }

    pub(super) fn measure_soon(&mut self, now: Duration) {
        self.measure_at = now;
    }

    pub(super) fn stop_reading(&mut self) {
        self.phase = Phase::Stopped;
    }

    pub(super) fn acknowledged(&mut self, id: i64, now: Duration) {
        self.queues.acknowledged(id);
        self.delete_at.get_or_insert(now + DELETE_AFTER);
    }

    /// The next piece of work, if one is due. The one before it has ended.
    pub(super) fn next_work(&mut self, now: Duration) -> Option<Work> {
        for topic in self.queues.judge_topics() {
            self.reads.leave_out(&topic);
        }
        if self.queues.take_sweep_wanted() {
            self.reads.sweep_soon(now);
        }
        let work = self
            .measure_overdue(now)
            .or_else(|| self.read(now))
            .or_else(|| self.measure_due(now));
        self.reading = matches!(work, Some(Work::Page { .. } | Work::Refill { .. }));
        work
    }

    /// When [`Self::next_work`] has something at the latest, unless something happens before.
    #[must_use]
    pub(super) fn next_work_at(&self, now: Duration) -> Duration {
        let has_room = |topic: &str| !self.queues.is_closed(topic);
        let page = self.may_read().then(|| self.reads.next_at(now, has_room));
        let refill = (self.may_read() && self.queues.has_refills()).then_some(now);
        let due = [page, refill];
        due.into_iter().flatten().fold(self.measure_at, Duration::min)
    }

    /// The rows to delete next, if it is time. The delete before has ended.
    pub(super) fn next_delete(&mut self, now: Duration) -> Option<Vec<Published>> {
        if self.next_delete_at().is_none_or(|at| now < at) {
            return None;
        }
        self.delete_at = None;
        let rows = self.queues.take_acknowledged(DELETE_BATCH);
        (!rows.is_empty()).then_some(rows)
    }

    /// When [`Self::next_delete`] has something; never while nothing is acknowledged.
    #[must_use]
    pub(super) fn next_delete_at(&self) -> Option<Duration> {
        let full = self.queues.to_delete() >= DELETE_BATCH;
        let at = if full {
            Some(Duration::ZERO)
        } else {
            self.delete_at
        };
        at.filter(|_| !self.deletes_held)
    }

    pub(super) fn page_done(&mut self, read: &Read, rows: Vec<Found<P>>, examined: Examined, now: Duration) {
        let ids: Vec<i64> = rows.iter().map(|row| row.id).collect();
        let is_fresh = matches!(read, Read::Fresh { .. });
        for row in rows {
            if is_fresh {
                self.queues.took_turn(&row.lane.topic);
            }
            self.queues.admit(row);
        }
        if is_fresh && !examined.more {
            self.queues.end_turns();
        }
        match read {
            Read::Fresh { .. } => self.reads.fresh_done(&ids, examined, now),
            Read::CatchUp { topic, .. } => self.reads.caught_up(topic, examined.until),
            Read::Sweep { .. } => self.reads.sweep_done(examined, now),
        }
        self.read_ended();
    }

    /// Lanes were refilled. One that gave fewer rows than asked for has no more, if all of them found room.
    pub(super) fn refill_done(&mut self, lanes: &[Refill], limit: usize, rows: Vec<Found<P>>) {
        let mut counts = HashMap::<Lane, usize>::new();
        let mut left_out = HashSet::<Lane>::new();
        for row in rows {
            let lane = row.lane.clone();
            if self.queues.admit(row) == Admission::PassedOver {
                left_out.insert(lane.clone());
            }
            *counts.entry(lane).or_default() += 1;
        }
        for Refill { lane, .. } in lanes {
            let all_read = counts.get(lane).is_none_or(|count| *count < limit);
            if all_read && !left_out.contains(lane) {
                self.queues.caught_up(lane);
            }
        }
        self.read_ended();
    }

    pub(super) fn delete_done(&mut self, rows: Vec<Published>, now: Duration) {
        if self.reading {
            self.deleted_meanwhile.extend(rows);
        } else {
            self.queues.deleted(&rows);
        }
        if self.queues.to_delete() > 0 {
            self.delete_at.get_or_insert(now + DELETE_AFTER);
        }
    }

    /// The database did not say that it did it: they are deleted again, which is right also if it did.
    pub(super) fn delete_failed(&mut self, rows: Vec<Published>, now: Duration) {
        self.queues.not_deleted(rows);
        self.delete_at = Some(now);
    }

    /// The database did not do it; nothing is lost by that.
    pub(super) fn work_failed(&mut self, work: Work, now: Duration) {
        match work {
            Work::Page {
                read: Read::Fresh { .. },
                ..
            } => self.reads.wake(),
            Work::Measure => self.measure_at = now,
            Work::Page { .. } | Work::Refill { .. } => {}
        }
        self.read_ended();
    }

    /// Every row that still has to be deleted.
    pub(super) fn delete_all(&mut self) -> Vec<Published> {
        self.queues.take_acknowledged(usize::MAX)
    }

    fn read_ended(&mut self) {
        self.reading = false;
        let deleted = std::mem::take(&mut self.deleted_meanwhile);
        self.queues.deleted(&deleted);
    }

    fn may_read(&self) -> bool {
        self.phase == Phase::Reading && self.queues.room() > 0
    }

    /// A page or a refill, in turn.
    fn read(&mut self, now: Duration) -> Option<Work> {
        self.refill_next = !self.refill_next;
        let refill = if self.refill_next { self.refill() } else { None };
        refill.or_else(|| self.page(now)).or_else(|| self.refill())
    }

    fn page(&mut self, now: Duration) -> Option<Work> {
        if !self.may_read() {
            return None;
        }
        let queues = &self.queues;
        let read = self.reads.next(now, |topic| !queues.is_closed(topic))?;
        let (ids, topics) = match &read {
            Read::Fresh { .. } => (Vec::new(), self.reads.behind()),
            Read::CatchUp { .. } => (Vec::new(), Vec::new()),
            Read::Sweep { after, until } => (self.queues.known_within(*after, *until), self.reads.behind()),
        };
        let lanes = self.queues.passed_over(PASSED_OVER);
        Some(Work::Page {
            read,
            excluded: Excluded { ids, topics, lanes },
            reached: self.queues.reached(),
            limit: self.queues.room(),
        })
    }

    fn refill(&self) -> Option<Work> {
        let lanes = self.may_read().then(|| self.queues.refills(REFILLS))?;
        let limit = (self.queues.room() / lanes.len().max(1)).max(1);
        (!lanes.is_empty()).then_some(Work::Refill { lanes, limit })
    }

    fn measure_due(&mut self, now: Duration) -> Option<Work> {
        let due = self.measure_at <= now;
        due.then(|| self.measure(now))
    }

    fn measure_overdue(&mut self, now: Duration) -> Option<Work> {
        let overdue = self.measure_at + MEASURE_EVERY / 2 <= now;
        overdue.then(|| self.measure(now))
    }

    fn measure(&mut self, now: Duration) -> Work {
        self.measure_at = now + MEASURE_EVERY;
        Work::Measure
    }
}
