//! How many partitions each topic has, which is frozen: with another number, keys lie in other partitions than before,
//! and their records are no longer in order.

use std::collections::BTreeMap;

use rdkafka::consumer::{BaseConsumer, Consumer as _};
use rdkafka::error::KafkaError;

use super::context::Context;
use super::cursor::TopicPartition;
use super::{BROKER_DEADLINE, ConsumerConfig};

/// The partition counts of the topics that a consumer reads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExpectedPartitions(BTreeMap<String, i32>);

impl ExpectedPartitions {
    /// As declared: in [`crate::topic::Topic::partitions`] and one for a retry topic.
    #[must_use]
    pub fn declared(config: &ConsumerConfig) -> Self {
        let topics = config.topics.iter();
        Self::of(topics.flat_map(|topic| {
            [
                (topic.name().to_owned(), topic.partitions()),
                (topic.retry(config.service), 1),
            ]
        }))
    }

    /// These topics with these counts.
    pub fn of(topics: impl IntoIterator<Item = (String, i32)>) -> Self {
        Self(topics.into_iter().collect())
    }

    /// Why a partition is not to be read, if it is one that came later.
    pub(super) fn refuses(&self, partition: &TopicPartition) -> Option<String> {
        let expected = *self.0.get(&partition.topic)?;
        (partition.partition >= expected).then(|| differs(&partition.topic, expected, "more"))
    }

    /// Compares what the broker has. A topic that it does not have (yet) is left out: nothing is read from it.
    pub(super) fn compare(&self, found: &BTreeMap<String, i32>) -> Result<(), String> {
        for (topic, &expected) in &self.0 {
            match found.get(topic) {
                Some(&found) if found != expected => {
                    return Err(differs(topic, expected, &found.to_string()));
                }
                Some(_) | None => {}
            }
        }
        Ok(())
    }

    /// How many partitions the broker has of each topic.
    pub(super) fn found(
        &self,
        consumer: &BaseConsumer<Context>,
    ) -> Result<BTreeMap<String, i32>, KafkaError> {
        let mut found = BTreeMap::new();
        for name in self.0.keys() {
            let metadata = consumer.fetch_metadata(Some(name), BROKER_DEADLINE)?;
            for topic in metadata.topics().iter().filter(|topic| topic.error().is_none()) {
                let partitions = i32::try_from(topic.partitions().len()).unwrap_or(i32::MAX);
                found.insert(topic.name().to_owned(), partitions);
            }
        }
        Ok(found)
    }
}

fn differs(topic: &str, expected: i32, found: &str) -> String {
    format!(
        "{topic} is declared with {expected} partitions and the broker has {found}, so that keys lie in other partitions \
         than before: `taskctl topics plan` compares, docs/RUNBOOK.md (*Partitions were added*) says the way out"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counts(topics: &[(&str, i32)]) -> BTreeMap<String, i32> {
        topics
            .iter()
            .map(|(topic, count)| ((*topic).to_owned(), *count))
            .collect()
    }

    #[test]
    fn another_number_of_partitions_is_refused_and_a_topic_that_is_not_there_yet_is_not() {
        let expected = ExpectedPartitions(counts(&[("a", 12), ("a.s.retry", 1)]));
        assert_eq!(expected.compare(&counts(&[("a", 12)])), Ok(()));
        for found in [11, 13] {
            let why = expected
                .compare(&counts(&[("a", found), ("a.s.retry", 1)]))
                .unwrap_err();
            assert!(
                why.starts_with("a is declared with 12 partitions and the broker has 1"),
                "{why}"
            );
        }
        let partition = |partition| TopicPartition {
            topic: "a".to_owned(),
            partition,
        };
        assert_eq!(expected.refuses(&partition(11)), None);
        assert!(expected.refuses(&partition(12)).is_some());
    }
}
