//! A partition whose queue is full is paused, and goes on when there is room.

use std::time::Instant;

use rdkafka::consumer::Consumer as _;
use tracing::warn;

use super::{COUNT_PAUSES_EVERY, Paused, Poller, one};
use crate::consumer::cursor::TopicPartition;
use crate::metrics;

impl Poller {
    pub(super) fn pause(&mut self, partition: &TopicPartition) {
        if self.paused.contains_key(partition) {
            return;
        }
        self.paused.insert(partition.clone(), Paused(Instant::now()));
        metrics::CONSUMER.pauses.add(1, &self.labels(partition));
        if let Err(error) = self.consumer.pause(&one(partition)) {
            // It only means that the queue grows further.
            warn!(%partition, %error, "cannot pause");
        }
    }

    pub(super) fn resume(&mut self) {
        self.count_pauses();
        let has_room = |partition: &&TopicPartition| {
            self.queues
                .get(*partition)
                .is_some_and(|queue| queue.sender.has_room())
        };
        let with_room: Vec<TopicPartition> = self.paused.keys().filter(has_room).cloned().collect();
        for partition in with_room {
            self.unpause(&partition);
        }
    }

    pub(super) fn unpause(&mut self, partition: &TopicPartition) {
        let Some(Paused(counted)) = self.paused.remove(partition) else {
            return;
        };
        if self.consumer.context().reads(partition) {
            let seconds = counted.elapsed().as_secs_f64();
            metrics::CONSUMER
                .paused_seconds
                .add(seconds, &self.labels(partition));
        }
        if let Err(error) = self.consumer.resume(&one(partition)) {
            // It is a stall then, and the partition is assigned again.
            self.paused.insert(partition.clone(), Paused(Instant::now()));
            warn!(%partition, %error, "cannot resume");
        }
    }

    /// Counts the time in pause of what is read, so that a pause shows before it ends.
    pub(super) fn count_pauses(&mut self) {
        for (partition, Paused(counted)) in &mut self.paused {
            let elapsed = counted.elapsed();
            if elapsed < COUNT_PAUSES_EVERY {
                continue;
            }
            *counted = Instant::now();
            if self.consumer.context().reads(partition) {
                let labels = metrics::partition_labels(self.progress.group(), partition);
                metrics::CONSUMER
                    .paused_seconds
                    .add(elapsed.as_secs_f64(), &labels);
            }
        }
    }
}
