//! Where to begin in each partition: at the first record of the recovery window, or where another reader stood.

use std::time::Duration;

use chrono::Utc;
use rdkafka::consumer::Consumer;
use rdkafka::error::{KafkaError, KafkaResult, RDKafkaErrorCode};
use rdkafka::{Offset, TopicPartitionList};
use tokio_util::sync::CancellationToken;

use super::super::topic;
use super::{RunEnd, TailConsumer};

/// One question to the broker; a stop waits for one at most.
const BROKER_TIMEOUT: Duration = Duration::from_secs(5);

/// The first record that is read of a partition.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Begin {
    pub(super) partition: i32,
    pub(super) offset: i64,
}

/// Assigns the partitions, at absolute offsets: what comes first then can be checked.
pub(super) fn assign(consumer: &TailConsumer, begin: &[Begin]) -> KafkaResult<()> {
    let mut assignment = TopicPartitionList::new();
    for begin in begin {
        assignment.add_partition_offset(topic(), begin.partition, Offset::Offset(begin.offset))?;
    }
    consumer.assign(&assignment)
}

/// Where the recovery window begins in every partition.
pub(super) fn window(
    consumer: &TailConsumer,
    window: Duration,
    stop: &CancellationToken,
) -> Result<Vec<Begin>, RunEnd> {
    let partitions = count_partitions(consumer)?;
    // The ends are asked for first, so that what arrives meanwhile is not passed over.
    let mut held = Vec::with_capacity(partitions);
    for partition in (0..).take(partitions) {
        if stop.is_cancelled() {
            return Err(RunEnd::Stopped);
        }
        held.push((partition, watermarks(consumer, partition)?));
    }
    if stop.is_cancelled() {
        return Err(RunEnd::Stopped);
    }
    let found = since(consumer, partitions, window)?;
    let mut begin = Vec::with_capacity(partitions);
    for (partition, (low, high)) in held {
        let found = found.find_partition(topic(), partition);
        let found = found.ok_or(KafkaError::OffsetFetch(RDKafkaErrorCode::UnknownPartition))?;
        found.error()?;
        begin.push(Begin {
            partition,
            offset: first_of(found.offset(), low, high),
        });
    }
    Ok(begin)
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

/// The offset of the oldest record that the broker holds, and the one that it will give next.
pub(super) fn watermarks(consumer: &TailConsumer, partition: i32) -> KafkaResult<(i64, i64)> {
    consumer.fetch_watermarks(topic(), partition, BROKER_TIMEOUT)
}

fn since(consumer: &TailConsumer, partitions: usize, window: Duration) -> KafkaResult<TopicPartitionList> {
    let window = i64::try_from(window.as_millis()).unwrap_or(i64::MAX);
    let since = Utc::now().timestamp_millis().saturating_sub(window).max(0);
    let mut times = TopicPartitionList::new();
    for partition in (0..).take(partitions) {
        times.add_partition_offset(topic(), partition, Offset::Offset(since))?;
    }
    consumer.offsets_for_times(times, BROKER_TIMEOUT)
}

/// The first offset to read, given what was found by time and what the broker holds. Where nothing is that young it is
/// the end as it was when it was asked for, by number, so that what follows is not missed.
fn first_of(found: Offset, low: i64, high: i64) -> i64 {
    match found {
        // What was deleted since is not asked for, and an index that is ahead of the log is not believed.
        Offset::Offset(found) => found.min(high).max(low),
        _ => high,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reading_begins_within_what_the_broker_holds() {
        for (found, low, high, first) in [
            (Offset::Offset(7), 0, 10, 7),
            (Offset::Offset(10), 0, 10, 10),
            (Offset::Offset(3), 5, 10, 5),
            (Offset::Offset(12), 0, 10, 10),
            (Offset::End, 0, 10, 10),
            (Offset::Invalid, 0, 0, 0),
        ] {
            assert_eq!(first_of(found, low, high), first, "{found:?} in {low}..{high}");
        }
    }
}
