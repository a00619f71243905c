//! What one topic takes of the relay's room and of its window: no more than its part, so that a long backlog of one,
//! or one in trouble, leaves room for the others.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::{Limits, Queues};
use crate::outbox::Lane;

/// The state that the lanes of one topic share.
#[derive(Debug, Default)]
pub(super) struct TopicState {
    /// Lanes whose first row may go out, by that row's id.
    pub(super) ready: BTreeSet<(i64, Lane)>,
    /// Lanes that want rows of their own range.
    pub(super) wants_refill: BTreeSet<Lane>,
    /// It took its part: nothing more is read of it before half of that is sent, and others had their turn.
    pub(super) closed: bool,
    /// Rows of it were found and passed over while it was closed.
    pub(super) passed_over: bool,
    /// Rows that fresh reads brought since one of them last reached the end.
    pub(super) in_turn: usize,
    rows: usize,
    bytes: usize,
    in_flight: usize,
    in_flight_bytes: usize,
}

impl TopicState {
    pub(super) fn first(&self) -> Option<&(i64, Lane)> {
        self.ready.first()
    }

    pub(super) fn has_window(&self, limits: &Limits) -> bool {
        let part = limits.topics.max(1);
        self.in_flight < (limits.in_flight_rows / part).max(1)
            && self.in_flight_bytes < (limits.in_flight_bytes / part).max(1)
    }

    pub(super) fn is_backlog(&self, limits: &Limits) -> bool {
        self.ready.len() >= limits.backlog_lanes
    }

    pub(super) fn sent(&mut self, bytes: usize) {
        self.in_flight += 1;
        self.in_flight_bytes += bytes;
    }

    pub(super) fn no_longer_in_flight(&mut self, bytes: usize) {
        self.in_flight = self.in_flight.saturating_sub(1);
        self.in_flight_bytes = self.in_flight_bytes.saturating_sub(bytes);
    }

    pub(super) fn occupy(&mut self, bytes: usize) {
        self.rows += 1;
        self.bytes += bytes;
    }

    pub(super) fn release(&mut self, bytes: usize) {
        self.rows = self.rows.saturating_sub(1);
        self.bytes = self.bytes.saturating_sub(bytes);
    }

    pub(super) fn judge(&mut self, limits: &Limits) {
        let part = limits.topics.max(1);
        let (rows, bytes) = ((limits.rows / part).max(1), (limits.bytes / part).max(1));
        let took_its_part = self.rows >= rows || self.bytes >= bytes || self.in_turn >= rows;
        let sent_half = self.rows <= rows / 2 && self.bytes <= bytes / 2;
        self.closed = took_its_part || (self.closed && !sent_half);
    }
}

impl<P: Clone> Queues<P> {
    /// Closes the topics that took their part of the room, opens those that have sent half of it, and names the closed
    /// ones: reads pass them over, so that the others need not wait behind a long backlog.
    pub(in crate::relay) fn judge_topics(&mut self) -> Vec<Arc<str>> {
        for topic in self.topics.values_mut() {
            topic.judge(&self.limits);
            if !topic.closed {
                self.sweep_wanted |= std::mem::take(&mut topic.passed_over);
            }
        }
        let closed = self.topics.iter().filter(|(_, topic)| topic.closed);
        closed.map(|(name, _)| Arc::clone(name)).collect()
    }

    #[must_use]
    pub(in crate::relay) fn is_closed(&self, topic: &str) -> bool {
        self.topics.get(topic).is_some_and(|topic| topic.closed)
    }

    /// Whether a row of this lane finds its topic closed; it is looked for when that is open again.
    pub(super) fn passed_over_as_closed(&mut self, lane: &Lane) -> bool {
        let topic = self.topics.get_mut(&lane.topic).filter(|topic| topic.closed);
        topic.map(|topic| topic.passed_over = true).is_some()
    }

    /// A fresh read brought a row of this topic, and there are more to come: one that is sent as fast as it is read takes
    /// no more than its part either, before rows further back have been looked for.
    pub(in crate::relay) fn took_turn(&mut self, topic: &Arc<str>) {
        self.topics.entry(Arc::clone(topic)).or_default().in_turn += 1;
    }

    /// A fresh read reached the end: every topic had its turn.
    pub(in crate::relay) fn end_turns(&mut self) {
        for topic in self.topics.values_mut() {
            topic.in_turn = 0;
        }
    }
}
