//! What the relay tells about itself.

use std::time::Duration;

use crate::metrics::{RELAY, label};
use crate::outbox::store::relay::Backlog;

pub(super) fn leads(leading: bool) {
    RELAY.leading.record(u64::from(leading), &[]);
}

pub(super) fn other_cluster(refused: bool) {
    RELAY.other_cluster.record(u64::from(refused), &[]);
}

pub(super) fn measured(backlog: Backlog, parked: usize, in_memory: usize) {
    RELAY
        .pending
        .record(u64::try_from(backlog.rows).unwrap_or(0), &[]);
    RELAY.oldest.record(backlog.oldest_seconds, &[]);
    RELAY.parked.record(parked as u64, &[]);
    RELAY.in_memory.record(in_memory as u64, &[]);
}

pub(super) fn acknowledged(topic: &str, after: Duration) {
    let topic = [label("topic", topic.to_owned())];
    RELAY.published.add(1, &topic);
    RELAY.acknowledged_after.record(after.as_secs_f64(), &topic);
}

pub(super) fn failed(topic: &str, kind: &'static str) {
    RELAY
        .failures
        .add(1, &[label("topic", topic.to_owned()), label("kind", kind)]);
}
