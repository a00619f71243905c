//! The dead-letter topics against what was put on the topics to end there.

use std::collections::{BTreeMap, BTreeSet};

use shared_events::dlq::letter::name;
use shared_events::topic::{Service, Topic};

use super::evidence::{Evidence, Findings, Place, number, text};
use super::history::{Hash, Raw, Table, hex};
use crate::chaos::observations::Injected;

/// The places whose records are dead letters of this service.
pub(super) fn places(evidence: &Evidence<'_>, service: Service) -> BTreeSet<Place> {
    let letters = evidence.history.letters.iter();
    let of_service = letters.filter(|letter| {
        letter
            .letter
            .get(name::SERVICE)
            .is_some_and(|name| name == service.name())
    });
    of_service.filter_map(origin).collect()
}

/// Where a dead letter was read.
fn origin(letter: &Raw) -> Option<Place> {
    let number = |name: &str| letter.letter.get(name)?.parse().ok();
    let topic = letter.letter.get(name::TOPIC)?;
    let partition = i32::try_from(number(name::PARTITION)?).ok()?;
    Some(Place::new(topic, partition, number(name::OFFSET)?))
}

/// Dead letters are exactly what was injected as poison, of every group that reads the topic: no outage puts anything
/// there.
pub(super) fn only_poison_is_dead(evidence: &Evidence<'_>) -> Findings {
    let poison: BTreeSet<Place> = poison(evidence).map(place).collect();
    let retries: BTreeSet<Place> = evidence.history.retries.iter().map(Raw::place).collect();
    let mut found = Findings::default();
    for letter in &evidence.history.letters {
        let Some(place) = origin(letter) else {
            found.wrong(format!("{} does not say where it was read", letter.place()));
            continue;
        };
        // What was dead already may die again.
        found.must(poison.contains(&place) || retries.contains(&place), || {
            let reason = letter.letter.get(name::REASON);
            let reason = reason.map_or("no reason given", String::as_str);
            format!("{} is a dead letter of {place}: {reason}", letter.place())
        });
    }
    // An outage that put nothing there was looked at as well.
    found.examined += evidence.history.observations.faults.len();
    found
}

/// Everything that was injected as poison is a dead letter of every group that reads the topic.
pub(super) fn all_poison_is_dead(evidence: &Evidence<'_>) -> Findings {
    let mut found = Findings::default();
    for injected in poison(evidence) {
        let Some(topic) = Topic::from_name(&injected.topic) else {
            continue;
        };
        let place = place(injected);
        for service in topic.consumers() {
            let is_dead = evidence.history.letters.iter().any(|letter| {
                letter.topic == topic.dead_letter(*service) && origin(letter).as_ref() == Some(&place)
            });
            found.must(is_dead, || {
                format!("{} at {place} is no dead letter of {service}", injected.kind)
            });
        }
    }
    found
}

/// What cannot be read was injected, as it lies there.
pub(super) fn strangers_were_injected(evidence: &Evidence<'_>) -> Findings {
    let injected = evidence.history.observations.injected.iter();
    let injected: BTreeMap<Place, &Injected> = injected.map(|it| (place(it), it)).collect();
    let mut found = Findings {
        examined: evidence.history.records.len(),
        ..Findings::default()
    };
    for stranger in &evidence.history.strangers {
        let at = stranger.place();
        let is_known = injected
            .get(&at)
            .is_some_and(|it| it.value_sha256 == stranger.value.to_string());
        found.must(is_known, || {
            let why = stranger.why.as_deref().unwrap_or("it is not what was put there");
            format!("{at} should not be there: {why}")
        });
    }
    for (place, injected) in injected {
        if evidence
            .history
            .strangers
            .iter()
            .all(|stranger| stranger.place() != place)
        {
            found.wrong(format!("{} was put at {place}, and is not there", injected.kind));
        }
    }
    found
}

/// Key, value, headers and time of a record, wherever it lies.
struct Original {
    key: Option<String>,
    value: Hash,
    headers: Hash,
    at: i64,
}

/// A dead letter has key, value and headers of the record at the place that it names, and its time.
pub(super) fn letters_are_whole(evidence: &Evidence<'_>) -> Findings {
    let history = evidence.history;
    let mut originals: BTreeMap<Place, Original> = BTreeMap::new();
    let wanted: BTreeSet<Place> = history.letters.iter().filter_map(origin).collect();
    for raw in history.strangers.iter().chain(&history.retries) {
        originals.insert(raw.place(), original(raw));
    }
    for record in history
        .records
        .iter()
        .filter(|record| wanted.contains(&record.place()))
    {
        let original = Original {
            key: Some(hex(record.key.as_bytes())),
            value: record.value,
            headers: record.headers,
            at: record.at,
        };
        originals.insert(record.place(), original);
    }
    let mut found = Findings::default();
    for letter in &history.letters {
        let Some(place) = origin(letter) else { continue };
        let Some(known) = originals.get(&place) else {
            found.wrong(format!(
                "nothing lies at {place}, where {} was read",
                letter.place()
            ));
            continue;
        };
        let at = letter.letter.get(name::TIMESTAMP).and_then(|at| at.parse().ok());
        let is_same = (&letter.key, letter.value, letter.headers) == (&known.key, known.value, known.headers);
        found.must(is_same && at == Some(known.at), || {
            format!("{} is not the record that lies at {place}", letter.place())
        });
    }
    found
}

fn original(raw: &Raw) -> Original {
    Original {
        key: raw.key.clone(),
        value: raw.value,
        headers: raw.headers,
        at: raw.at,
    }
}

/// What was redriven has the effect of its event, or is a dead letter again.
pub(super) fn redriven_has_its_effect(evidence: &Evidence<'_>) -> Findings {
    let history = evidence.history;
    let audited: BTreeSet<String> = history
        .audit
        .iter()
        .map(|entry| entry.event_id.to_string())
        .collect();
    let dead: BTreeSet<Place> = history.letters.iter().filter_map(origin).collect();
    let mut found = Findings::default();
    for raw in &history.retries {
        let Some(topic) = raw.topic.split('.').next().and_then(Topic::from_name) else {
            continue;
        };
        // The other services' effects are judged from their tables: the schedule, the chains of occurrences.
        let of_audit = raw.topic == topic.retry(Service::AuditSvc);
        let has_effect = !of_audit || raw.event_id.as_ref().is_some_and(|event| audited.contains(event));
        let is_readable = raw.event_id.is_some();
        let is_done = dead.contains(&raw.place()) || (is_readable && has_effect);
        found.must(is_done, || format!("{} was redriven to no effect", raw.place()));
    }
    found
}

/// A dead letter that is neither redriven nor dropped is counted as a hole of its group, and nothing else is.
pub(super) fn holes_are_dead_letters(evidence: &Evidence<'_>) -> Findings {
    let dead: BTreeSet<Place> = evidence.history.letters.iter().filter_map(origin).collect();
    let mut found = Findings::default();
    for hole in evidence.rows(Table::Hole) {
        let partition = i32::try_from(number(hole, "partition")).unwrap_or(-1);
        let place = Place::new(text(hole, "topic"), partition, number(hole, "offset"));
        found.must(dead.contains(&place), || {
            format!("the hole at {place} is no dead letter")
        });
    }
    found
}

fn poison<'a>(evidence: &Evidence<'a>) -> impl Iterator<Item = &'a Injected> {
    let injected = evidence.history.observations.injected.iter();
    injected.filter(|injected| injected.is_poison)
}

fn place(injected: &Injected) -> Place {
    Place::new(&injected.topic, injected.partition, injected.offset)
}
