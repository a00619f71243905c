//! Where to begin in each partition: at the first record of the recovery window.

use std::time::Duration;

use chrono::Utc;
use rdkafka::{
    Offset, TopicPartitionList,
    consumer::Consumer,
    error::{KafkaError, KafkaResult, RDKafkaErrorCode},
};

use super::{super::topic, TailConsumer};

const BROKER_TIMEOUT: Duration = Duration::from_secs(5);

/// Assigns every partition and says how many there are.
pub(super) fn assign(consumer: &TailConsumer, window: Duration) -> KafkaResult<usize> {
    let partitions = count_partitions(consumer)?;
    let begin = begin_offsets(consumer, partitions, window)?;
    consumer.assign(&begin)?;
    Ok(partitions)
}

/// How many partitions the topic has now.
pub(super) fn count_partitions(consumer: &TailConsumer) -> KafkaResult<usize> {
    let metadata = consumer.fetch_metadata(Some(topic()), BROKER_TIMEOUT)?;
    let found = metadata.topics().iter().find(|found| found.name() == topic());
    match found {
        Some(found) if found.error().is_none() && !found.partitions().is_empty() => {
            Ok(found.partitions().len())
        }
        _ => Err(KafkaError::MetadataFetch(
            RDKafkaErrorCode::UnknownTopicOrPartition,
        )),
    }
}

fn begin_offsets(
    consumer: &TailConsumer,
    partitions: usize,
    window: Duration,
) -> KafkaResult<TopicPartitionList> {
    let window = i64::try_from(window.as_millis()).unwrap_or(i64::MAX);
    let since = Utc::now().timestamp_millis().saturating_sub(window).max(0);
    let mut times = TopicPartitionList::new();
    for partition in (0..).take(partitions) {
        times.add_partition_offset(topic(), partition, Offset::Offset(since))?;
    }
    let found = consumer.offsets_for_times(times, BROKER_TIMEOUT)?;
    let mut begin = TopicPartitionList::new();
    for element in found.elements() {
        element.error()?;
        let offset = match element.offset() {
            Offset::Offset(offset) => offset,
            // Nothing is that young: begin at the end as it is now, by number, so that what follows is not missed.
            _ => {
                consumer
                    .fetch_watermarks(topic(), element.partition(), BROKER_TIMEOUT)?
                    .1
            }
        };
        begin.add_partition_offset(topic(), element.partition(), Offset::Offset(offset))?;
    }
    Ok(begin)
}
