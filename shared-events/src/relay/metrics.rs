//! What the relay tells about itself.

use std::sync::PoisonError;
use std::time::{Duration, Instant};

use super::epoch;
use super::survey::{self, Survey};
use crate::metrics::{EPOCH_RECORDED, RELAY, label};
use crate::outbox::store::relay::Backlog;
use crate::producer::FailureKind;
use crate::topic::Topic;

/// How a replica's hold on the lease changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum LeaseChange {
    Taken,
    GivenBack,
    Lost,
}

impl LeaseChange {
    const ALL: [Self; 3] = [Self::Taken, Self::GivenBack, Self::Lost];

    fn name(self) -> &'static str {
        match self {
            Self::Taken => "taken",
            Self::GivenBack => "given_back",
            Self::Lost => "lost",
        }
    }
}

/// What an alarm watches is there at zero before it rises: of a counter that appears at one, no rise is seen.
pub(super) fn begin() {
    leads(false);
    other_cluster(false);
    for change in LeaseChange::ALL {
        RELAY.lease_changes.add(0, &[label("change", change.name())]);
    }
    for reason in epoch::reasons() {
        RELAY.epochs.add(0, &[label("reason", reason)]);
    }
    for topic in Topic::ALL {
        RELAY.published.add(0, &[label("topic", topic.name())]);
        for kind in FailureKind::ALL {
            RELAY.failures.add(0, &failure(topic.name().to_owned(), kind));
        }
    }
}

pub(super) fn lease(change: LeaseChange) {
    let leading = change == LeaseChange::Taken;
    RELAY.lease_changes.add(1, &[label("change", change.name())]);
    leads(leading);
    if !leading {
        survey::forget();
    }
}

pub(super) fn other_cluster(refused: bool) {
    RELAY.other_cluster.record(u64::from(refused), &[]);
}

pub(super) fn measured(backlog: Backlog, parked: usize, in_memory: usize) {
    survey::found(Survey {
        backlog,
        parked,
        in_memory,
    });
}

/// The backlog could not be measured, so that nothing can be said of it.
pub(super) fn not_measured() {
    survey::forget();
}

pub(super) fn acknowledged(topic: &str, after: Duration) {
    let topic = [label("topic", topic.to_owned())];
    RELAY.published.add(1, &topic);
    RELAY.acknowledged_after.record(after.as_secs_f64(), &topic);
}

pub(super) fn failed(topic: &str, kind: FailureKind) {
    RELAY.failures.add(1, &failure(topic.to_owned(), kind));
}

fn failure(topic: String, kind: FailureKind) -> [opentelemetry::KeyValue; 2] {
    [label("topic", topic), label("kind", kind.name())]
}

fn leads(leading: bool) {
    RELAY.leading.record(u64::from(leading), &[]);
}

pub(super) fn epoch_begun(reason: &'static str) {
    RELAY.epochs.add(1, &[label("reason", reason)]);
}

/// The broker knows how far the database is.
pub(super) fn epoch_recorded() {
    set_epoch_recorded(Some(Instant::now()));
}

/// From now on this relay is the one to tell it; until it has, the age counts from here.
pub(super) fn epoch_unrecorded() {
    set_epoch_recorded(Some(Instant::now()));
}

/// Another relay tells it.
pub(super) fn epoch_not_ours() {
    set_epoch_recorded(None);
}

fn set_epoch_recorded(at: Option<Instant>) {
    *EPOCH_RECORDED.lock().unwrap_or_else(PoisonError::into_inner) = at;
}
