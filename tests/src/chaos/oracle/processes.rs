//! What processes said of themselves, and how they ended.

use std::collections::BTreeMap;
use std::time::Duration;

use super::evidence::{Evidence, Findings};
use crate::chaos::observations::{EndCause, ProcessEnd, Sample};

/// The grace period of an orderly stop, as Kubernetes gives it.
const GRACE: Duration = Duration::from_secs(30);
/// The most memory that a process may have, built without optimisations.
const MEMORY: u64 = 512 << 20;
/// The most that its memory may grow from one sample to the next.
const STEP: u64 = 192 << 20;
/// Samples further apart than this say nothing of a step.
const APART: Duration = Duration::from_secs(10);

/// Queues that a process measures, and the most that each may hold: what is configured, and the records that one
/// answer of the broker brings beyond it.
const QUEUES: [(&str, u32); 5] = [
    // Of each partition.
    ("taskwire_consumer_queued_bytes", (2 + 4) << 20),
    ("taskwire_outbox_relay_rows_in_memory", 10_000),
    ("taskwire_ws_gateway_feed_queue_bytes", (16 + 2) << 20),
    ("taskwire_ws_gateway_window_bytes", (64 + 2) << 20),
    ("taskwire_ws_gateway_unread_bytes", (256 + 4) << 20),
];

/// Whoever was asked to stop ended with 0 within its grace period.
pub(super) fn stops_are_orderly(evidence: &Evidence<'_>) -> Findings {
    let mut found = Findings::default();
    for end in ends(evidence, &[EndCause::Stopped, EndCause::Hung]) {
        let is_orderly = end.cause == EndCause::Stopped && end.code == Some(0) && end.took <= GRACE;
        found.must(is_orderly, || {
            let how = match (end.cause, end.code) {
                (EndCause::Hung, _) => "did not end".to_owned(),
                (_, Some(code)) => format!("ended with {code}"),
                (_, None) => "was ended by a signal".to_owned(),
            };
            format!(
                "{} {how}, {:.1} s after it was asked to",
                who(end),
                end.took.as_secs_f64()
            )
        });
    }
    found
}

/// No process ended by itself, whatever it was sent.
pub(super) fn nobody_ends_by_itself(evidence: &Evidence<'_>) -> Findings {
    let observations = &evidence.history.observations;
    let mut found = Findings {
        examined: observations.samples.len() + observations.injected.len(),
        ..Findings::default()
    };
    for end in ends(evidence, &[EndCause::ByItself]) {
        let code = end.code.map_or("a signal".to_owned(), |code| code.to_string());
        found.wrong(format!("{} ended by itself with {code}", who(end)));
    }
    found
}

/// Memory stays below its cap.
pub(super) fn memory_is_bounded(evidence: &Evidence<'_>) -> Findings {
    let mut found = Findings::default();
    for sample in &evidence.history.observations.samples {
        found.must(sample.resident_bytes <= MEMORY, || {
            let mib = sample.resident_bytes >> 20;
            format!(
                "{} has {mib} MiB in memory at {:.1} s",
                named(sample),
                sample.at.as_secs_f64()
            )
        });
    }
    found
}

/// Queues stay below their caps.
pub(super) fn queues_are_bounded(evidence: &Evidence<'_>) -> Findings {
    let mut found = Findings::default();
    for sample in &evidence.history.observations.samples {
        for (name, cap) in QUEUES {
            for (metric, value) in of_family(sample, name) {
                found.must(value <= f64::from(cap), || {
                    let at = sample.at.as_secs_f64();
                    format!("{}: {metric} is {value} at {at:.1} s, above {cap}", named(sample))
                });
            }
        }
    }
    found
}

/// No process takes much memory at once.
pub(super) fn memory_grows_in_small_steps(evidence: &Evidence<'_>) -> Findings {
    let mut last: BTreeMap<(&str, i32), &Sample> = BTreeMap::new();
    let mut found = Findings::default();
    for sample in &evidence.history.observations.samples {
        let before = last.insert((sample.service.as_str(), sample.pid), sample);
        let Some(before) = before.filter(|before| sample.at.saturating_sub(before.at) <= APART) else {
            continue;
        };
        let step = sample.resident_bytes.saturating_sub(before.resident_bytes);
        found.must(step <= STEP, || {
            let at = sample.at.as_secs_f64();
            format!("{} took {} MiB more at {at:.1} s", named(sample), step >> 20)
        });
    }
    found
}

/// No process says that a restart would help.
pub(super) fn everybody_is_alive(evidence: &Evidence<'_>) -> Findings {
    let samples = evidence.history.observations.samples.iter();
    let mut found = Findings::default();
    for sample in samples.filter(|sample| sample.is_alive.is_some()) {
        found.must(sample.is_alive == Some(true), || {
            format!(
                "{} said at {:.1} s that it is not alive",
                named(sample),
                sample.at.as_secs_f64()
            )
        });
    }
    found
}

/// What a counter or gauge says, by its labels.
pub(super) fn of_family<'a>(sample: &'a Sample, name: &'a str) -> impl Iterator<Item = (&'a str, f64)> {
    let metrics = sample.metrics.range(name.to_owned()..);
    metrics
        .take_while(move |(metric, _)| metric.starts_with(name))
        .filter(move |(metric, _)| {
            let rest = metric.strip_prefix(name).unwrap_or_default();
            rest.is_empty() || rest.starts_with('{') || rest.starts_with("_total")
        })
        .map(|(metric, value)| (metric.as_str(), *value))
}

fn ends<'a>(evidence: &Evidence<'a>, causes: &'static [EndCause]) -> impl Iterator<Item = &'a ProcessEnd> {
    let ends = evidence.history.observations.ends.iter();
    ends.filter(|end| causes.contains(&end.cause))
}

fn who(end: &ProcessEnd) -> String {
    format!(
        "{} in place {} at {:.1} s",
        end.service,
        end.slot,
        end.at.as_secs_f64()
    )
}

fn named(sample: &Sample) -> String {
    format!("{} in place {} (pid {})", sample.service, sample.slot, sample.pid)
}
