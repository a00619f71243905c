//! What went on while something was away, and after it came back.

use std::collections::BTreeMap;
use std::time::Duration;

use shared_events::topic::Topic;

use super::audit;
use super::evidence::{Evidence, Findings, Place, named};
use super::processes::of_family;
use crate::chaos::observations::{Fault, FaultSpan};

/// Services whose work needs Postgres.
const NEED_POSTGRES: [&str; 3] = ["backend-api", "audit-svc", "notification-svc"];
/// How long a service may take to notice that Postgres is away.
const NOTICE: Duration = Duration::from_secs(8);
/// How long it may take to notice that it is back.
const RECOVER: Duration = Duration::from_secs(90);
/// What a drain may take beyond what its backlog asks for: a client's reconnection, a new lease, a busy machine.
const DRAIN: Duration = Duration::from_secs(45);
/// An outbox whose oldest row is younger than this has no backlog.
const FRESH_SECONDS: f64 = 5.0;
/// How long after a poison record its neighbours are watched, in milliseconds.
const WATCHED: i64 = 5_000;
/// How long what a fault was done to needs afterwards to be at work again, in milliseconds.
const RECOVERY: i64 = 30_000;
/// The least delay that counts, in milliseconds.
const SLOW: i64 = 10_000;

/// While Postgres is away those who need it are not ready, and afterwards they are again.
pub(super) fn readiness_follows_postgres(evidence: &Evidence<'_>) -> Findings {
    let observations = &evidence.history.observations;
    let end = observations
        .samples
        .last()
        .map_or(Duration::ZERO, |sample| sample.at);
    let mut found = Findings::default();
    for span in of(&observations.faults, Fault::DatabaseKill) {
        for service in NEED_POSTGRES {
            let of_service = || {
                observations
                    .samples
                    .iter()
                    .filter(|sample| sample.service == service)
            };
            let away = of_service().filter(|sample| sample.at > span.from + NOTICE && sample.at < span.until);
            for sample in away.filter(|sample| sample.is_ready.is_some()) {
                found.must(sample.is_ready == Some(false), || {
                    let (at, away) = (sample.at.as_secs_f64(), (sample.at - span.from).as_secs_f64());
                    format!("{service} is ready at {at:.1} s, with Postgres away for {away:.1} s")
                });
            }
            // What stands still says nothing, and notices nothing.
            let until = span.until + RECOVER + frozen(&observations.faults, service, span.until, RECOVER);
            let mut others = of(&observations.faults, Fault::DatabaseKill);
            let is_disturbed = others.any(|other| span.until <= other.from && other.from < until);
            let mut after = of_service().filter(|sample| sample.at > span.until && sample.at <= until);
            let is_known = until <= end && !is_disturbed && after.clone().next().is_some();
            if is_known {
                found.must(after.any(|sample| sample.is_ready == Some(true)), || {
                    let at = span.until.as_secs_f64();
                    let within = (until - span.until).as_secs_f64();
                    format!("{service} is not ready {within:.0} s after Postgres came back at {at:.1} s")
                });
            }
        }
    }
    found
}

/// For how long a service stood still altogether that was frozen so soon.
fn frozen(faults: &[FaultSpan], service: &str, from: Duration, within: Duration) -> Duration {
    of(faults, Fault::Freeze)
        .filter(|span| span.target == service && span.from < from + within && span.until > from)
        .map(|span| span.until - span.from.max(from))
        .sum()
}

/// After each healing the outbox drains as fast as its backlog allows.
pub(super) fn the_outbox_drains(evidence: &Evidence<'_>) -> Findings {
    let observations = &evidence.history.observations;
    let holds = |span: &&FaultSpan| {
        let target = span.target.as_str();
        span.fault != Fault::Poison
            && (target.starts_with("kafka") || ["backend-api", "postgres", "registry"].contains(&target))
    };
    let spans: Vec<&FaultSpan> = observations.faults.iter().filter(holds).collect();
    let rate = rate(evidence);
    let mut found = Findings::default();
    for span in &spans {
        let mut after = observations
            .database
            .iter()
            .filter(|sample| sample.at >= span.until);
        let Some(backlog) = after.clone().next().map(|sample| sample.outbox_rows) else {
            continue;
        };
        #[expect(
            clippy::cast_precision_loss,
            reason = "an outbox has far fewer than 2^52 rows"
        )]
        let within = DRAIN + Duration::from_secs_f64(backlog as f64 / rate * 1.5);
        let until = span.until + within;
        let next = spans
            .iter()
            .map(|other| other.from)
            .filter(|from| *from > span.from)
            .min();
        let is_drained = |rows: i64, oldest: f64| rows == 0 || oldest < FRESH_SECONDS;
        let last = after
            .clone()
            .next_back()
            .map_or(Duration::ZERO, |sample| sample.at);
        let drained = after.find(|sample| is_drained(sample.outbox_rows, sample.outbox_oldest));
        let is_interrupted = next.is_some_and(|next| next < until) || last < until;
        match drained {
            Some(sample) if sample.at <= until => found.examine(),
            _ if is_interrupted => {}
            _ => found.must(false, || {
                format!(
                    "{backlog} rows were pending when {} was healed at {:.1} s, and the outbox had not drained {within:.0?} later",
                    span.target,
                    span.until.as_secs_f64()
                )
            }),
        }
    }
    let mut relays = observations
        .samples
        .iter()
        .filter(|sample| sample.service == "backend-api");
    let mut is_told = relays.clone();
    let is_told = is_told.any(|sample| {
        of_family(sample, "taskwire_outbox_oldest_pending_seconds")
            .next()
            .is_some()
    });
    if relays.any(|sample| !sample.metrics.is_empty()) && !is_told {
        found.wrong("no process tells how old the oldest pending row is".to_owned());
    }
    found
}

/// Records a second that the relay can publish: what it did in its better seconds.
fn rate(evidence: &Evidence<'_>) -> f64 {
    let mut seconds: BTreeMap<i64, u32> = BTreeMap::new();
    let relayed = evidence
        .history
        .records
        .iter()
        .filter(|record| record.topic != Topic::TaskCommands);
    for record in relayed {
        *seconds.entry(record.at / 1_000).or_default() += 1;
    }
    let mut counts: Vec<u32> = seconds.into_values().collect();
    counts.sort_unstable();
    let better = counts.get(counts.len() * 9 / 10).copied().unwrap_or(1);
    f64::from(better.max(1))
}

/// While one partition meets poison, the records of others are audited about as soon as at other times.
pub(super) fn other_partitions_go_on(evidence: &Evidence<'_>) -> Findings {
    let Beside { records, limit } = beside_poison(evidence);
    let mut found = Findings::default();
    for (place, delay, what) in records {
        found.must(delay <= limit, || {
            format!("{what} at {place} was audited after {delay} ms while another partition met poison; the limit is {limit} ms")
        });
    }
    found
}

/// Records that were appended while another partition met poison.
pub(super) struct Beside {
    /// Where each lies, how long it took until it was audited but for what other faults explain, and what it is.
    pub(super) records: Vec<(Place, i64, String)>,
    /// How long that may take, judged by the run's quiet times.
    pub(super) limit: i64,
}

pub(super) fn beside_poison(evidence: &Evidence<'_>) -> Beside {
    let troubles = troubles(evidence);
    let poison: Vec<(Place, i64)> = poisoned(evidence).map(|(place, at, _)| (place, at)).collect();
    let (mut quiet, mut records) = (Vec::new(), Vec::new());
    for (place, at, delay, what) in delays(evidence) {
        let delay = delay - explained(&troubles, at, at + delay);
        let is_near = |poisoned: i64| (poisoned..poisoned + WATCHED).contains(&at);
        let mut near = poison.iter().filter(|(_, poisoned)| is_near(*poisoned));
        let is_other = |poison: &Place| (&poison.topic, poison.partition) != (&place.topic, place.partition);
        match near.clone().next() {
            None => quiet.push(delay),
            Some(_) if near.all(|(poison, _)| is_other(poison)) => records.push((place, delay, what)),
            Some(_) => {}
        }
    }
    quiet.sort_unstable();
    let usual = quiet.get(quiet.len() * 99 / 100).copied().unwrap_or(0);
    Beside {
        records,
        limit: SLOW.max(usual.saturating_mul(5)),
    }
}

/// When audit-svc could not work for another reason than poison, or had that behind it: apart, in order.
fn troubles(evidence: &Evidence<'_>) -> Vec<(i64, i64)> {
    let began = began(evidence).unwrap_or(0);
    let matters = |span: &&FaultSpan| {
        let targets = ["audit-svc", "kafka", "postgres", "registry"];
        let is_poison = span.fault == Fault::Poison;
        !is_poison && targets.iter().any(|target| span.target.starts_with(target))
    };
    let spans = evidence.history.observations.faults.iter().filter(matters);
    let mut spans: Vec<(i64, i64)> = spans
        .map(|span| (began + millis(span.from), began + millis(span.until) + RECOVERY))
        .collect();
    spans.sort_unstable();
    let mut troubles: Vec<(i64, i64)> = Vec::new();
    for (from, until) in spans {
        match troubles.last_mut() {
            Some((_, end)) if from <= *end => *end = until.max(*end),
            _ => troubles.push((from, until)),
        }
    }
    troubles
}

/// How much of a time is explained by other troubles.
fn explained(troubles: &[(i64, i64)], from: i64, until: i64) -> i64 {
    let within = |(began, ended): &(i64, i64)| (until.min(*ended) - from.max(*began)).max(0);
    troubles.iter().map(within).sum()
}

/// When a record was appended, how long it took until it was audited, and what it is.
fn delays<'a>(evidence: &Evidence<'a>) -> impl Iterator<Item = (Place, i64, i64, String)> + use<'a> {
    let entries = evidence.history.audit.iter();
    let entries: BTreeMap<Place, i64> = entries.map(|entry| (entry.place(), entry.recorded_at)).collect();
    let records = evidence.history.records.iter();
    records
        .filter(|record| audit::TOPICS.contains(&record.topic))
        .filter_map(move |record| {
            let place = record.place();
            let recorded = *entries.get(&place)?;
            Some((place, record.at, recorded - record.at, named(&record.meta)))
        })
}

/// Where poison lies, when it came there, and when that was since the run's beginning.
fn poisoned<'a>(evidence: &Evidence<'a>) -> impl Iterator<Item = (Place, i64, i64)> + use<'a> {
    let strangers = evidence.history.strangers.iter();
    let strangers: BTreeMap<Place, i64> = strangers.map(|raw| (raw.place(), raw.at)).collect();
    let injected = evidence.history.observations.injected.iter();
    injected.filter_map(move |injected| {
        let place = Place::new(&injected.topic, injected.partition, injected.offset);
        let at = *strangers.get(&place)?;
        Some((place, at, millis(injected.at)))
    })
}

/// When the run began, by the broker's clock: what was injected was noted at a known moment of the run.
pub(super) fn began(evidence: &Evidence<'_>) -> Option<i64> {
    poisoned(evidence).map(|(_, at, since)| at - since).max()
}

pub(super) fn of(faults: &[FaultSpan], fault: Fault) -> impl Iterator<Item = &FaultSpan> {
    faults.iter().filter(move |span| span.fault == fault)
}

pub(super) fn millis(time: Duration) -> i64 {
    i64::try_from(time.as_millis()).unwrap_or(i64::MAX)
}
