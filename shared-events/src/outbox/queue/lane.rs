//! The queue of one lane: its rows in the order of their ids, one of them perhaps in flight.

use std::{collections::VecDeque, time::Duration};

/// A row that waits or is in flight.
#[derive(Clone, Debug)]
pub(super) struct Waiting<P> {
    pub(super) id: i64,
    pub(super) bytes: usize,
    pub(super) payload: P,
}

/// What a lane can do next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Turn {
    /// Send the row with this id.
    Ready(i64),
    /// Try again then.
    Resting(Duration),
    /// Wait for an acknowledgement, or for rows.
    Nothing,
}

/// The rows of one lane that are in memory.
#[derive(Debug)]
pub(super) struct Queue<P> {
    waiting: VecDeque<Waiting<P>>,
    in_flight: Option<Waiting<P>>,
    resting_until: Option<Duration>,
    /// Failures of the first row since the last acknowledgement.
    pub(super) failures: u32,
    /// Rows of this lane may be pending that are not in memory.
    pub(super) behind: bool,
    /// The highest id admitted so far.
    pub(super) last: i64,
}

impl<P> Default for Queue<P> {
    fn default() -> Self {
        Self {
            waiting: VecDeque::new(),
            in_flight: None,
            resting_until: None,
            failures: 0,
            behind: false,
            last: 0,
        }
    }
}

impl<P: Clone> Queue<P> {
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

    pub(super) fn acknowledge(&mut self) -> usize {
        self.failures = 0;
        self.in_flight.take().map_or(0, |row| row.bytes)
    }

    /// Puts the row in flight back to the front. Without a time to rest until, it counts as not tried.
    pub(super) fn fail(&mut self, resting_until: Option<Duration>) {
        let Some(row) = self.in_flight.take() else { return };
        self.waiting.push_front(row);
        self.resting_until = resting_until;
        self.failures += u32::from(resting_until.is_some());
    }

    pub(super) fn rested(&mut self) {
        self.resting_until = None;
    }
}
