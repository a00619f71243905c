//! Violations in what was seen while the run went on.

use std::time::Duration;

use rand::RngExt as _;
use rand::rngs::StdRng;

use super::{any, way};
use crate::chaos::observations::{EndCause, Fault, FaultSpan, ProcessEnd, Sample};
use crate::chaos::oracle::evidence::Evidence;
use crate::chaos::oracle::history::History;
use crate::chaos::oracle::outages::beside_poison;

pub(super) fn late_neighbour(history: &mut History, rng: &mut StdRng) -> Option<String> {
    let beside = beside_poison(&Evidence::of(history));
    let index = any(&beside.records, rng, |_| true)?;
    let (place, delay, what) = beside.records.get(index)?;
    // Longer than all faults of a run together could explain.
    let late = beside.limit - delay + rng.random_range(10_000_000..20_000_000);
    let entry = history.audit.iter_mut().find(|entry| entry.place() == *place)?;
    entry.recorded_at += late;
    Some(format!("{what} at {place} was audited {late} ms later"))
}

pub(super) fn disorderly_stop(history: &mut History, rng: &mut StdRng) -> Option<String> {
    if !history.observations.ends.iter().any(is_stop) {
        let end = end_of(any_sample(history, rng)?, EndCause::Stopped, Some(0));
        history.observations.ends.push(end);
    }
    let ends = &mut history.observations.ends;
    let index = any(ends, rng, is_stop)?;
    let end = ends.get_mut(index)?;
    match way(4, rng) {
        0 => end.code = Some(1),
        1 => end.code = None,
        2 => end.took = Duration::from_millis(30_500),
        _ => end.cause = EndCause::Hung,
    }
    Some(format!(
        "{} ended as {:?} with {:?} after {:?}",
        end.service, end.cause, end.code, end.took
    ))
}

pub(super) fn too_much_memory(history: &mut History, rng: &mut StdRng) -> Option<String> {
    let sample = any_sample(history, rng)?;
    if way(2, rng) == 0 {
        sample.resident_bytes = 1 << 30;
    } else {
        let queue = "taskwire_consumer_queued_bytes{partition=\"0\"}".to_owned();
        sample.metrics.insert(queue, f64::from(1 << 30));
    }
    Some(format!(
        "{} in place {} holds a gigabyte",
        sample.service, sample.slot
    ))
}

/// From the last healing on the outbox stays as it is.
pub(super) fn standing_outbox(history: &mut History, rng: &mut StdRng) -> Option<String> {
    let observations = &mut history.observations;
    let mut sample = observations.database.last()?.clone();
    let began = sample.at;
    observations.faults.push(FaultSpan {
        fault: Fault::BrokerKill,
        target: "kafka-1".to_owned(),
        from: began,
        until: began + Duration::from_secs(10),
    });
    let rows = rng.random_range(10..100);
    for seconds in 10..600_u32 {
        sample.at = began + Duration::from_secs(u64::from(seconds));
        (sample.outbox_rows, sample.outbox_oldest) = (rows, f64::from(seconds));
        observations.database.push(sample.clone());
    }
    Some(format!("{rows} rows stay in the outbox for ten minutes"))
}

/// Somebody ends by itself, or takes much memory at once.
pub(super) fn own_end(history: &mut History, rng: &mut StdRng) -> Option<String> {
    if way(2, rng) == 0 {
        let code = (way(2, rng) == 0).then_some(101);
        let end = end_of(any_sample(history, rng)?, EndCause::ByItself, code);
        let what = format!("{} in place {} ended by itself", end.service, end.slot);
        history.observations.ends.push(end);
        return Some(what);
    }
    let mut later = any_sample(history, rng)?.clone();
    later.at += Duration::from_millis(1);
    later.resident_bytes += 512 << 20;
    let what = format!("{} in place {} took half a gigabyte", later.service, later.slot);
    let samples = &mut history.observations.samples;
    let index = samples.partition_point(|sample| sample.at < later.at);
    samples.insert(index, later);
    Some(what)
}

pub(super) fn wrong_health(history: &mut History, rng: &mut StdRng) -> Option<String> {
    if way(2, rng) == 0 {
        let sample = any_sample(history, rng)?;
        sample.is_alive = Some(false);
        return Some(format!(
            "{} in place {} is not alive",
            sample.service, sample.slot
        ));
    }
    let mut sample = any_sample(history, rng)?.clone();
    let observations = &mut history.observations;
    let from = sample.at;
    observations.faults.push(FaultSpan {
        fault: Fault::DatabaseKill,
        target: "postgres".to_owned(),
        from,
        until: from + Duration::from_secs(60),
    });
    "audit-svc".clone_into(&mut sample.service);
    sample.at = from + Duration::from_secs(30);
    sample.is_ready = Some(true);
    observations.samples.push(sample);
    Some("audit-svc is ready in an outage of Postgres".to_owned())
}

fn is_stop(end: &ProcessEnd) -> bool {
    end.cause == EndCause::Stopped
}

/// The end of the process that a sample is of.
fn end_of(sample: &Sample, cause: EndCause, code: Option<i32>) -> ProcessEnd {
    ProcessEnd {
        at: sample.at,
        service: sample.service.clone(),
        slot: sample.slot,
        pid: sample.pid,
        cause,
        code,
        took: Duration::ZERO,
    }
}

fn any_sample<'a>(history: &'a mut History, rng: &mut StdRng) -> Option<&'a mut Sample> {
    let samples = &mut history.observations.samples;
    let index = any(samples, rng, |_| true)?;
    samples.get_mut(index)
}
