//! Order and identity on the topics.

use std::collections::{BTreeMap, BTreeSet};

use shared_events::event::aggregate;
use shared_events::topic::Topic;

use super::topics::{Delivery, Topics};
use super::{Evidence, differ, named, number};
use crate::chaos::report::Difference;

/// The first delivery of each event; a later one must be the same to the byte, on the same partition. A command is
/// computed from its cause, so it is the same for the same cause.
pub(super) fn firsts(topics: &Topics) -> (Vec<&Delivery>, Vec<Difference>) {
    let mut known: BTreeMap<(Topic, String), &Delivery> = BTreeMap::new();
    let (mut firsts, mut differences) = (Vec::new(), Vec::new());
    for delivery in &topics.deliveries {
        let meta = &delivery.meta;
        let identity = match (delivery.topic, meta.causation_id) {
            (Topic::TaskCommands, Some(cause)) => format!("{} of {cause}", meta.event_id),
            _ => meta.event_id.to_string(),
        };
        let first = *known.entry((delivery.topic, identity)).or_insert(delivery);
        if std::ptr::eq(first, delivery) {
            firsts.push(delivery);
        } else if first.raw.partition != delivery.raw.partition
            || first.raw.fingerprint() != delivery.raw.fingerprint()
        {
            let what = format!(
                "{} and {} carry the same event id and differ",
                first.place(),
                delivery.place()
            );
            differences.push(differ("copies", what));
        }
    }
    (firsts, differences)
}

/// Within a lane (topic, key, source) the first deliveries of each aggregate come in the order of its versions,
/// without holes, and a user's updates in the order of the positions of their stream.
pub(super) fn in_order(evidence: &Evidence<'_>) -> Vec<Difference> {
    let mut differences = Vec::new();
    let mut last: BTreeMap<(Topic, &str, &str, &str), i64> = BTreeMap::new();
    let mut homes: BTreeMap<(Topic, &str), BTreeSet<i32>> = BTreeMap::new();
    for first in &evidence.firsts {
        homes
            .entry((first.topic, first.key.as_str()))
            .or_default()
            .insert(first.raw.partition);
        let (of, before, now) = match first.topic {
            // A command is computed, not told: its order is that of the facts it follows from.
            Topic::TaskCommands => continue,
            Topic::TaskUpdates => {
                let stream = super::text(&first.body, "stream");
                (stream, number(&first.body, "from") - 1, first.meta.position.get())
            }
            _ => {
                let meta = &first.meta;
                (
                    meta.aggregate_id.as_str(),
                    meta.previous.get(),
                    meta.version.get(),
                )
            }
        };
        let lane = last
            .entry((first.topic, first.key.as_str(), first.source.as_str(), of))
            .or_insert(0);
        if *lane != before {
            let what = format!(
                "{}: {} follows {before}, and {lane} was the last in its lane",
                first.place(),
                named(&first.meta)
            );
            differences.push(differ("lanes", what));
        }
        *lane = now;
        let is_dense = matches!(
            first.meta.aggregate.as_str(),
            aggregate::TASK | aggregate::SERIES | aggregate::REMINDER
        );
        if is_dense && first.meta.version.get() != first.meta.previous.get() + 1 {
            differences.push(differ(
                "lanes",
                format!("{} names a hole before it", named(&first.meta)),
            ));
        }
    }
    for ((topic, key), partitions) in homes {
        if partitions.len() > 1 {
            differences.push(differ(
                "lanes",
                format!("{topic}: key {key} is on partitions {partitions:?}"),
            ));
        }
    }
    differences
}
