//! A partition whose records do not come is assigned again.

use rdkafka::consumer::Consumer as _;
use tracing::{info, warn};

use super::Poller;
use crate::consumer::context::GroupEvent;
use crate::consumer::cursor::TopicPartition;
use crate::consumer::stall::{self, Look};
use crate::metrics;

impl Poller {
    /// A partition whose records do not come although the broker has them is assigned again.
    pub(super) fn look_for_stalls(&mut self, highs: &[(TopicPartition, i64)]) {
        let now = self.start.elapsed();
        for (partition, high) in highs {
            // The queue of a partition that was revoked may still be there.
            if !self.consumer.context().reads(partition) {
                continue;
            }
            let is_paused = self.paused.contains_key(partition);
            let Some(queue) = self.queues.get_mut(partition) else {
                continue;
            };
            let held_back = is_paused || !queue.sender.is_empty();
            let (expected, behind_since) = (queue.expected, queue.behind_since);
            let look = stall::look(expected, *high, held_back, behind_since, now, self.stalled_after);
            queue.behind_since = look.behind_since();
            match look {
                Look::AtEnd => self.delivers_again(partition),
                Look::HeldBack | Look::Behind(_) => {}
                Look::Stalled => {
                    warn!(%partition, %expected, high, "nothing is delivered, assigning again");
                    let labels = [metrics::label("topic", partition.topic.clone())];
                    metrics::CONSUMER.stalls.add(1, &labels);
                    self.stalled.insert(partition.clone());
                    self.tell_stalled();
                    self.stop_reading(partition);
                }
            }
        }
        let context = self.consumer.context();
        let before = self.stalled.len();
        self.stalled.retain(|partition| context.owns(partition));
        if self.stalled.len() != before {
            self.tell_stalled();
        }
    }

    pub(super) fn delivers_again(&mut self, partition: &TopicPartition) {
        if self.stalled.remove(partition) {
            info!(%partition, "records are delivered again");
            self.tell_stalled();
        }
    }

    pub(super) fn tell_stalled(&self) {
        let stalled = self.stalled.iter().cloned().collect();
        self.consumer.context().send(GroupEvent::Stalled(stalled));
    }
}
