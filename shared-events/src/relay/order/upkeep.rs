//! Keeping the indexes true: whose turn it is, who rests, which lanes want a refill, and how much room is taken.

use std::sync::Arc;
use std::time::Duration;

use super::Queues;
use super::lane::{LaneQueue, Turn};
use super::topic::TopicState;
use crate::outbox::Lane;

impl<P: Clone> Queues<P> {
    pub(super) fn no_longer_in_flight(&mut self, id: i64) -> Option<(Lane, LaneQueue<P>)> {
        let lane = self.in_flight.remove(&id)?;
        let queue = self.take(&lane);
        self.topic(&lane).no_longer_in_flight(queue.in_flight_bytes());
        Some((lane, queue))
    }

    pub(super) fn wake_rested(&mut self, now: Duration) {
        while let Some((until, lane)) = self.resting.first().cloned() {
            if until > now {
                return;
            }
            let mut queue = self.take(&lane);
            queue.rested();
            self.put_back(lane, queue);
        }
    }

    /// Takes a lane's queue out, with its entries in the indexes.
    pub(super) fn take(&mut self, lane: &Lane) -> LaneQueue<P> {
        let Some(queue) = self.lanes.remove(lane) else {
            return LaneQueue::default();
        };
        match queue.turn() {
            Turn::Ready(id) => drop(self.topic(lane).ready.remove(&(id, lane.clone()))),
            Turn::Resting(until) => {
                self.resting.remove(&(until, lane.clone()));
            }
            Turn::Nothing => {}
        }
        self.topic(lane).wants_refill.remove(lane);
        queue
    }

    /// Puts a lane's queue back where its state belongs; an idle one is forgotten.
    pub(super) fn put_back(&mut self, lane: Lane, queue: LaneQueue<P>) {
        match queue.turn() {
            Turn::Ready(id) => drop(self.topic(&lane).ready.insert((id, lane.clone()))),
            Turn::Resting(until) => {
                self.resting.insert((until, lane.clone()));
            }
            Turn::Nothing if queue.is_idle() => return,
            Turn::Nothing => {}
        }
        if queue.behind && queue.len() <= self.limits.lane_rows / 2 {
            self.topic(&lane).wants_refill.insert(lane.clone());
        }
        self.lanes.insert(lane, queue);
    }

    pub(super) fn forget_rows(&mut self, lane: &Lane, queue: &LaneQueue<P>) {
        for (id, bytes) in queue.rows() {
            self.known.remove(&id);
            self.release(lane, bytes);
        }
    }

    pub(super) fn topic(&mut self, lane: &Lane) -> &mut TopicState {
        self.topics.entry(Arc::clone(&lane.topic)).or_default()
    }

    pub(super) fn occupy(&mut self, lane: &Lane, bytes: usize) {
        self.bytes += bytes;
        self.topic(lane).occupy(bytes);
    }

    pub(super) fn release(&mut self, lane: &Lane, bytes: usize) {
        self.bytes = self.bytes.saturating_sub(bytes);
        self.topic(lane).release(bytes);
    }
}
