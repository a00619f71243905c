//! The watch beside the poll thread: how far does each partition reach at the broker, how many holes are open, did an
//! operator move a partition that has nothing to do, and does the poll thread still move?

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use rdkafka::consumer::{BaseConsumer, Consumer as _};
use rdkafka::error::KafkaError;
use rdkafka::{Offset, TopicPartitionList};
use service_kit::health::Component;
use tracing::{debug, info};

use super::BROKER_DEADLINE;
use super::context::Context;
use super::cursor::{NextOffset, Place};
use super::effects::Effects;
use super::poller::Command;
use super::shared::{Heartbeat, Shared};

const EVERY: Duration = Duration::from_secs(5);
/// A poll thread comes round every 50 ms; only a rebalance may hold it up, for at most 10 s.
const WEDGED_AFTER: Duration = Duration::from_secs(60);

/// Watches for as long as the consumer runs.
pub(super) async fn watch<E: Effects>(shared: Arc<Shared<E>>, heartbeat: Arc<Heartbeat>, alive: Component) {
    let mut ticks = tokio::time::interval(EVERY);
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    let mut suspects = Suspects::default();
    loop {
        ticks.tick().await;
        if heartbeat.silence() < WEDGED_AFTER {
            alive.ready();
        } else {
            alive.not_ready("the thread that polls the broker does not move");
        }
        match shared.client.ask(high_watermarks).await {
            Ok(highs) => {
                for (place, high) in &highs {
                    shared.standings.reaches(place, *high);
                }
                shared.send(Command::HighWatermarks(highs));
            }
            Err(error) => debug!(%error, "cannot ask for the high watermarks"),
        }
        match shared.effects.stored(&shared.group).await {
            Ok(stored) => {
                for place in suspects.moved(&stored, |place| shared.standings.next(place)) {
                    info!(partition = %place, "the stored offset was moved, looking again where the partition stands");
                    shared.send(Command::Park(place));
                }
            }
            Err(error) => debug!(%error, "cannot see whether an operator moved an offset"),
        }
        match shared.effects.holes(&shared.group).await {
            Ok(holes) => shared.standings.set_holes(holes),
            Err(error) => debug!(%error, "cannot count the holes"),
        }
    }
}

/// Partitions whose stored offset is not ours. A worker that is at work may have moved since the question was asked, so
/// that only one that differs twice, with ours at the same place, was moved by somebody else.
#[derive(Debug, Default)]
struct Suspects(HashMap<Place, NextOffset>);

impl Suspects {
    fn moved(
        &mut self,
        stored: &[(Place, NextOffset)],
        ours: impl Fn(&Place) -> Option<NextOffset>,
    ) -> Vec<Place> {
        let before = std::mem::take(&mut self.0);
        let mut moved = Vec::new();
        for (place, stored) in stored {
            let Some(next) = ours(place).filter(|next| next != stored) else {
                continue;
            };
            if before.get(place) == Some(&next) {
                moved.push(place.clone());
            } else {
                self.0.insert(place.clone(), next);
            }
        }
        moved
    }
}

/// The high watermark of each partition that is ours, all asked for at once.
fn high_watermarks(consumer: &BaseConsumer<Context>) -> Result<Vec<(Place, i64)>, KafkaError> {
    let owned = consumer.context().owned();
    if owned.is_empty() {
        return Ok(Vec::new());
    }
    let mut ends = TopicPartitionList::new();
    for place in &owned {
        ends.add_partition_offset(&place.topic, place.partition, Offset::End)?;
    }
    let answer = consumer.offsets_for_times(ends, BROKER_DEADLINE)?;
    consumer.context().heard_from_broker();
    let mut highs = Vec::with_capacity(owned.len());
    for element in answer.elements() {
        if let (Ok(()), Offset::Offset(high)) = (element.error(), element.offset()) {
            let place = Place {
                topic: element.topic().to_owned(),
                partition: element.partition(),
            };
            highs.push((place, high));
        }
    }
    Ok(highs)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_offset_that_differs_twice_was_moved_by_somebody_else() {
        let place = Place {
            topic: "t".to_owned(),
            partition: 0,
        };
        let stored = |next| [(place.clone(), NextOffset(next))];
        let at = |next| move |_: &Place| Some(NextOffset(next));
        let mut suspects = Suspects::default();

        assert!(suspects.moved(&stored(5), at(5)).is_empty());
        assert!(suspects.moved(&stored(5), at(6)).is_empty(), "ours may be newer");
        assert!(
            suspects.moved(&stored(6), at(8)).is_empty(),
            "it moves, and so does ours"
        );
        assert_eq!(suspects.moved(&stored(6), at(8)), [place.clone()]);
        assert!(
            suspects.moved(&stored(6), at(8)).is_empty(),
            "told once, then it is looked at anew"
        );
        assert!(suspects.moved(&stored(6), |_| None).is_empty(), "not ours");
    }
}
