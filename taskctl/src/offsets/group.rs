//! Consumer groups as the broker knows them.

use anyhow::{Context, bail};
use rdkafka::consumer::{CommitMode, Consumer};
use rdkafka::{Offset, TopicPartitionList};
use shared_events::consumer::cursor::TopicPartition;
use shared_events::consumer::start::Watermarks;
use shared_events::topic::{Service, Topic};

use crate::kafka::{Connection, TIMEOUT};

/// What goes with an operator's commit: anything but the runtime's own mark is followed by it.
const MARK: &str = "taskctl";

/// What a group has committed for a partition.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Committed {
    pub(crate) next: i64,
    pub(crate) metadata: String,
}

/// The service that a group's name begins with.
pub(crate) fn service_of(group: &str) -> Option<Service> {
    let (service, _) = group.split_once('.')?;
    Service::ALL.into_iter().find(|known| known.name() == service)
}

/// The topics that a service reads through the runtime.
pub(crate) fn topics_of(service: Service) -> Vec<String> {
    let consumed = Topic::ALL
        .into_iter()
        .filter(|topic| topic.consumers().contains(&service));
    consumed
        .flat_map(|topic| [topic.name().to_owned(), topic.retry(service)])
        .collect()
}

/// The names of all groups of our services.
pub(crate) fn names(connection: &Connection) -> anyhow::Result<Vec<String>> {
    let groups = connection
        .consumer
        .fetch_group_list(None, TIMEOUT)
        .map_err(|error| connection.unreachable(&error))?;
    let ours = groups.groups().iter().map(|group| group.name().to_owned());
    Ok(ours.filter(|name| service_of(name).is_some()).collect())
}

/// Refuses while somebody reads in the group: the broker takes a commit from its members alone then.
pub(crate) fn expect_empty(connection: &Connection, group: &str) -> anyhow::Result<()> {
    let groups = connection
        .consumer
        .fetch_group_list(Some(group), TIMEOUT)
        .with_context(|| format!("the broker does not describe the consumer group {group}"))?;
    for found in groups.groups().iter().filter(|found| found.name() == group) {
        let members: Vec<&str> = found.members().iter().map(|member| member.client_id()).collect();
        if !members.is_empty() {
            bail!(
                "{group} keeps its offsets in Kafka and has {} active members ({}); scale its service to 0 first, \
                 set the offset, and scale up again: nothing was changed",
                members.len(),
                members.join(", ")
            );
        }
    }
    Ok(())
}

/// What the broker holds of a partition.
pub(crate) fn held(connection: &Connection, place: &TopicPartition) -> anyhow::Result<Watermarks> {
    let metadata = connection.metadata()?;
    let topic = metadata.topics().iter().find(|topic| topic.name() == place.topic);
    let Some(topic) = topic.filter(|topic| !topic.partitions().is_empty()) else {
        bail!(
            "the broker has no topic {}; see `taskctl topics list`",
            place.topic
        );
    };
    let partitions = topic.partitions().len();
    if usize::try_from(place.partition).is_ok_and(|partition| partition >= partitions) {
        bail!(
            "{} has the partitions 0 to {}",
            place.topic,
            partitions.saturating_sub(1)
        );
    }
    watermarks(connection, place)
}

/// The first offset of a partition that exists, and the one behind its last record.
pub(crate) fn watermarks(connection: &Connection, place: &TopicPartition) -> anyhow::Result<Watermarks> {
    let (low, high) = connection
        .consumer
        .fetch_watermarks(&place.topic, place.partition, TIMEOUT)
        .with_context(|| format!("cannot tell how long {place} is"))?;
    Ok(Watermarks { low, high })
}

/// What the connection's group has committed, partition by partition, where it has.
pub(crate) fn committed(
    connection: &Connection,
    places: &[TopicPartition],
) -> anyhow::Result<Vec<(TopicPartition, Committed)>> {
    let mut list = TopicPartitionList::new();
    for place in places {
        list.add_partition(&place.topic, place.partition);
    }
    let list = connection
        .consumer
        .committed_offsets(list, TIMEOUT)
        .context("the broker does not say what the group has committed")?;
    let mut found = Vec::new();
    for element in list.elements() {
        if let Offset::Offset(next) = element.offset() {
            let place = TopicPartition {
                topic: element.topic().to_owned(),
                partition: element.partition(),
            };
            let metadata = element.metadata().to_owned();
            found.push((place, Committed { next, metadata }));
        }
    }
    Ok(found)
}

/// Commits for the connection's group, which must be empty, in a way that the runtime follows.
pub(crate) fn commit(connection: &Connection, place: &TopicPartition, next: i64) -> anyhow::Result<()> {
    let mut list = TopicPartitionList::new();
    let mut element = list.add_partition(&place.topic, place.partition);
    element.set_offset(Offset::Offset(next))?;
    element.set_metadata(MARK);
    connection.consumer.commit(&list, CommitMode::Sync)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use shared_events::consumer::commit::is_ours;

    use super::*;

    #[test]
    fn a_groups_name_begins_with_its_service() {
        assert_eq!(
            service_of("recurring-svc.successor.v1"),
            Some(Service::RecurringSvc)
        );
        assert_eq!(service_of("recurring-svc"), None);
        assert_eq!(service_of("somebody.else"), None);
    }

    #[test]
    fn a_service_reads_its_retry_topics_too() {
        assert_eq!(
            topics_of(Service::RecurringSvc),
            ["task-events", "task-events.recurring-svc.retry"]
        );
    }

    #[test]
    fn the_runtime_does_not_take_our_commit_for_its_own() {
        assert!(!is_ours(MARK));
    }
}
