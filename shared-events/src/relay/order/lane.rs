//! The queue of one lane: its rows in the order of their ids, one of them perhaps in flight.

use std::collections::VecDeque;
use std::time::Duration;

use uuid::Uuid;

/// Whose fault it was that a row was not published.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::relay) enum Failure {
    /// The record itself was refused.
    Record,
    /// Anything else: broker, network, registry, or the producer.
    Outage,
}

/// How often a row was tried in vain, by whose fault that was.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(in crate::relay) struct Tries {
    record: u32,
    outage: u32,
}

impl Tries {
    fn of(self, failure: Failure) -> u32 {
        match failure {
            Failure::Record => self.record,
            Failure::Outage => self.outage,
        }
    }

    fn count(&mut self, failure: Failure) {
        let tries = match failure {
            Failure::Record => &mut self.record,
            Failure::Outage => &mut self.outage,
        };
        *tries = tries.saturating_add(1);
    }
}

/// A row that waits or is in flight.
#[derive(Debug, Clone)]
pub(super) struct Waiting<P> {
    pub(super) id: i64,
    pub(super) event_id: Uuid,
    pub(super) bytes: usize,
    pub(super) tries: Tries,
    pub(super) payload: P,
}

/// What a lane can do next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Turn {
    /// Send the row with this id.
    Ready(i64),
    Resting(Duration),
    /// Wait for an acknowledgement, or for rows.
    Nothing,
}

/// The rows of one lane that are in memory.
#[derive(Debug)]
pub(super) struct LaneQueue<P> {
    waiting: VecDeque<Waiting<P>>,
    in_flight: Option<Waiting<P>>,
    resting_until: Option<Duration>,
    /// Rows of this lane may be pending that are not in memory.
    pub(super) behind: bool,
    /// The highest id admitted so far.
    pub(super) last: i64,
}

impl<P> Default for LaneQueue<P> {
    fn default() -> Self {
        Self {
            waiting: VecDeque::new(),
            in_flight: None,
            resting_until: None,
            behind: false,
            last: 0,
        }
    }
}

impl<P: Clone> LaneQueue<P> {
    pub(super) fn turn(&self) -> Turn {
        match (&self.in_flight, self.waiting.front(), self.resting_until) {
            (None, Some(_), Some(until)) => Turn::Resting(until),
            (None, Some(row), None) => Turn::Ready(row.id),
            _ => Turn::Nothing,
        }
    }

    /// Nothing is lost by forgetting a queue that is idle.
    pub(super) fn is_idle(&self) -> bool {
        self.waiting.is_empty() && self.in_flight.is_none() && !self.behind
    }

    pub(super) fn len(&self) -> usize {
        self.waiting.len()
    }

    pub(super) fn in_flight_bytes(&self) -> usize {
        self.in_flight.as_ref().map_or(0, |row| row.bytes)
    }

    pub(super) fn rows(&self) -> impl Iterator<Item = (i64, usize)> {
        self.in_flight
            .iter()
            .chain(&self.waiting)
            .map(|row| (row.id, row.bytes))
    }

    pub(super) fn insert(&mut self, row: Waiting<P>) {
        self.last = self.last.max(row.id);
        let at = self.waiting.partition_point(|other| other.id < row.id);
        self.waiting.insert(at, row);
    }

    pub(super) fn send(&mut self) -> Option<Waiting<P>> {
        let row = self.waiting.pop_front()?;
        self.in_flight = Some(row.clone());
        Some(row)
    }

    pub(super) fn acknowledge(&mut self) -> Option<Waiting<P>> {
        self.in_flight.take()
    }

    /// How often the row in flight failed so before.
    pub(super) fn tries(&self, failure: Failure) -> u32 {
        self.in_flight.as_ref().map_or(0, |row| row.tries.of(failure))
    }

    /// Counts a try in vain of the row in flight, and puts it back to rest.
    pub(super) fn fail(&mut self, failure: Failure, resting_until: Duration) {
        if let Some(row) = self.in_flight.as_mut() {
            row.tries.count(failure);
            self.resting_until = Some(resting_until);
        }
        self.put_back_in_flight();
    }

    /// Puts the row in flight back to the front, as one not tried.
    pub(super) fn put_back_in_flight(&mut self) {
        if let Some(row) = self.in_flight.take() {
            self.waiting.push_front(row);
        }
    }

    pub(super) fn rested(&mut self) {
        self.resting_until = None;
    }
}
