//! The watch beside the poll thread: how far does each partition reach at the broker, how many holes are open, did an
//! operator move a partition that has nothing to do, and does the poll thread still move?

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::Duration;

use rdkafka::consumer::{BaseConsumer, Consumer as _};
use rdkafka::error::KafkaError;
use rdkafka::{Offset, TopicPartitionList};
use service_kit::health::Component;
use tokio::time::{Interval, MissedTickBehavior};
use tracing::{debug, info};

use super::BROKER_DEADLINE;
use super::context::Context;
use super::cursor::{NextOffset, TopicPartition};
use super::effects::Effects;
use super::handler::HandlerError;
use super::poller::PollRequest;
use super::shared::{Heartbeat, Shared};

const EVERY: Duration = Duration::from_secs(5);
/// How long a question to the database may take; metrics would be frozen meanwhile.
const DATABASE_DEADLINE: Duration = Duration::from_secs(5);
/// A poll thread comes round every 50 ms; only a rebalance may hold it up, for at most 10 s.
const WEDGED_AFTER: Duration = Duration::from_secs(60);

/// Watches for as long as the consumer runs.
pub(super) async fn watch<E: Effects>(shared: Arc<Shared<E>>, heartbeat: Arc<Heartbeat>, alive: Component) {
    tokio::join!(
        watch_poll_thread(&heartbeat, &alive, EVERY, WEDGED_AFTER),
        watch_partitions(&shared)
    );
}

/// Apart from the questions, whose answers may not come.
pub(super) async fn watch_poll_thread(
    heartbeat: &Heartbeat,
    alive: &Component,
    every: Duration,
    wedged_after: Duration,
) {
    let mut ticks = ticks(every);
    loop {
        ticks.tick().await;
        if heartbeat.silence() < wedged_after {
            alive.ready();
        } else {
            alive.not_ready("the thread that polls the broker does not move");
        }
    }
}

async fn watch_partitions<E: Effects>(shared: &Arc<Shared<E>>) {
    let mut ticks = ticks(EVERY);
    let mut suspects = Suspects::default();
    loop {
        ticks.tick().await;
        let highs = shared.client.ask(high_watermarks).await;
        let highs = highs.unwrap_or_else(|error| {
            debug!(%error, "cannot ask for the high watermarks");
            Vec::new()
        });
        for (partition, high) in &highs {
            shared.progress.reaches(partition, *high);
        }
        shared.send(PollRequest::HighWatermarks(highs));
        if let Some(stored) = in_time(shared.effects.stored(&shared.group)).await {
            for partition in suspects.moved(&stored, |partition| shared.progress.next(partition)) {
                info!(%partition, "the stored offset was moved, looking again where the partition stands");
                shared.send(PollRequest::StopReading(partition));
            }
        }
        if let Some(holes) = in_time(shared.effects.holes(&shared.group)).await {
            shared.progress.set_holes(holes);
        }
    }
}

fn ticks(every: Duration) -> Interval {
    let mut ticks = tokio::time::interval(every);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    ticks
}

async fn in_time<T>(question: impl Future<Output = Result<T, HandlerError>>) -> Option<T> {
    match tokio::time::timeout(DATABASE_DEADLINE, question).await {
        Ok(Ok(answer)) => Some(answer),
        Ok(Err(error)) => {
            debug!(%error, "cannot ask the database");
            None
        }
        Err(_elapsed) => {
            debug!("the database does not answer");
            None
        }
    }
}

/// Partitions whose stored offset is not ours. A worker that is at work may have moved since the question was asked, so
/// that only one that differs twice, with ours at the same place, was moved by somebody else.
#[derive(Debug, Default)]
struct Suspects(HashMap<TopicPartition, NextOffset>);

impl Suspects {
    fn moved(
        &mut self,
        stored: &[(TopicPartition, NextOffset)],
        ours: impl Fn(&TopicPartition) -> Option<NextOffset>,
    ) -> Vec<TopicPartition> {
        let before = std::mem::take(&mut self.0);
        let mut moved = Vec::new();
        for (partition, stored) in stored {
            let Some(next) = ours(partition).filter(|next| next != stored) else {
                continue;
            };
            if before.get(partition) == Some(&next) {
                moved.push(partition.clone());
            } else {
                self.0.insert(partition.clone(), next);
            }
        }
        moved
    }
}

/// The high watermark of each partition that is ours, each topic's at once: one topic without a leader must not hide
/// the others.
fn high_watermarks(consumer: &BaseConsumer<Context>) -> Result<Vec<(TopicPartition, i64)>, KafkaError> {
    let mut ends = BTreeMap::<String, TopicPartitionList>::new();
    for partition in consumer.context().owned() {
        let list = ends.entry(partition.topic.clone()).or_default();
        list.add_partition_offset(&partition.topic, partition.partition, Offset::End)?;
    }
    let mut highs = Vec::new();
    for list in ends.into_values() {
        let answer = match consumer.offsets_for_times(list, BROKER_DEADLINE) {
            Ok(answer) => answer,
            Err(error) => {
                debug!(%error, "cannot ask for a topic's high watermarks");
                continue;
            }
        };
        consumer.context().heard_from_broker();
        for element in answer.elements() {
            if let (Ok(()), Offset::Offset(high)) = (element.error(), element.offset()) {
                let partition = TopicPartition {
                    topic: element.topic().to_owned(),
                    partition: element.partition(),
                };
                highs.push((partition, high));
            }
        }
    }
    Ok(highs)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_offset_that_differs_twice_was_moved_by_somebody_else() {
        let partition = TopicPartition {
            topic: "t".to_owned(),
            partition: 0,
        };
        let stored = |next| [(partition.clone(), NextOffset(next))];
        let at = |next| move |_: &TopicPartition| Some(NextOffset(next));
        let mut suspects = Suspects::default();

        assert!(suspects.moved(&stored(5), at(5)).is_empty());
        assert!(suspects.moved(&stored(5), at(6)).is_empty(), "ours may be newer");
        assert!(
            suspects.moved(&stored(6), at(8)).is_empty(),
            "it moves, and so does ours"
        );
        assert_eq!(
            suspects.moved(&stored(6), at(8)),
            std::slice::from_ref(&partition)
        );
        assert!(
            suspects.moved(&stored(6), at(8)).is_empty(),
            "told once, then it is looked at anew"
        );
        assert!(suspects.moved(&stored(6), |_| None).is_empty(), "not ours");
    }
}
