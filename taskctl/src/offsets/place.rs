//! `TOPIC/PARTITION` as it is typed. Pure.

use shared_events::consumer::cursor::TopicPartition;

/// Takes `task-events/3` apart.
pub(crate) fn parse(text: &str) -> Result<TopicPartition, String> {
    let not_one = || "not TOPIC/PARTITION, as in task-events/3".to_owned();
    let (topic, partition) = text.rsplit_once('/').ok_or_else(not_one)?;
    let partition: i32 = partition.parse().map_err(|_| not_one())?;
    if topic.is_empty() || partition < 0 {
        return Err(not_one());
    }
    Ok(TopicPartition {
        topic: topic.to_owned(),
        partition,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_topic_and_a_partition_are_told_apart() {
        let place = parse("task-events.audit-svc.retry/0").unwrap();
        assert_eq!(
            (place.topic.as_str(), place.partition),
            ("task-events.audit-svc.retry", 0)
        );
        for text in [
            "task-events",
            "/3",
            "task-events/",
            "task-events/-1",
            "task-events/x",
        ] {
            assert!(parse(text).is_err(), "{text}");
        }
    }
}
