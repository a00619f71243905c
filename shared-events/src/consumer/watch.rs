//! The watch beside the poll thread: how far does each partition reach at the broker, how many holes are open, and does
//! the poll thread still move?

use std::sync::Arc;
use std::time::Duration;

use rdkafka::consumer::{BaseConsumer, Consumer as _};
use rdkafka::error::KafkaError;
use rdkafka::{Offset, TopicPartitionList};
use service_kit::health::Component;
use tracing::debug;

use super::BROKER_DEADLINE;
use super::context::Context;
use super::cursor::Place;
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
        match shared.effects.holes(&shared.group).await {
            Ok(holes) => shared.standings.set_holes(holes),
            Err(error) => debug!(%error, "cannot count the holes"),
        }
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
