//! The audit log against its three topics.

use std::collections::{BTreeMap, BTreeSet};

use shared_events::topic::{Service, Topic};

use super::evidence::{Evidence, Findings, Place, named};
use super::history::{AuditEntry, Record};
use super::letters;

/// What audit-svc reads.
pub(super) const TOPICS: [Topic; 3] = [Topic::TaskEvents, Topic::Reminders, Topic::NotificationEvents];

/// The audit log has an entry for each event of its three topics, with the record's value, from a place where it lies.
/// What it could not read is a dead letter instead.
pub(super) fn every_event_has_an_entry(evidence: &Evidence<'_>) -> Findings {
    let entries: BTreeMap<String, &AuditEntry> = evidence
        .history
        .audit
        .iter()
        .map(|entry| (entry.event_id.to_string(), entry))
        .collect();
    let dead = letters::places(evidence, Service::AuditSvc);
    let mut places: BTreeMap<String, Vec<&Record>> = BTreeMap::new();
    for record in TOPICS.into_iter().flat_map(|topic| evidence.of_topic(topic)) {
        let event = record.meta.event_id.to_string();
        places.entry(event).or_default().push(record);
    }
    let retried: BTreeSet<Place> = evidence.history.retries.iter().map(|raw| raw.place()).collect();
    let mut found = Findings::default();
    for (event, records) in &places {
        let Some(first) = records.first() else { continue };
        found.examine();
        let Some(entry) = entries.get(event) else {
            if !records.iter().all(|record| dead.contains(&record.place())) {
                found.wrong(format!("no entry of {} at {}", named(&first.meta), first.place()));
            }
            continue;
        };
        let at = entry.place();
        if records.iter().all(|record| record.place() != at) && !retried.contains(&at) {
            let what = named(&first.meta);
            found.wrong(format!("{what} does not lie at {at}, as its entry says"));
        }
        if first.value.to_string() != entry.body || !entry.commits {
            found.wrong(format!("the entry of {} has another body", named(&first.meta)));
        }
    }
    for (event, entry) in &entries {
        if !places.contains_key(event) && !retried.contains(&entry.place()) {
            found.wrong(format!("event {event} has an entry and is on no topic"));
        }
    }
    found
}

/// No event has two entries.
pub(super) fn no_event_has_two_entries(evidence: &Evidence<'_>) -> Findings {
    let mut known = BTreeSet::new();
    let mut found = Findings::default();
    for entry in &evidence.history.audit {
        found.must(known.insert(entry.event_id), || {
            format!("event {} has two entries", entry.event_id)
        });
    }
    found
}

/// Each entry names the version before it, which has an entry too: the versions of an aggregate on a topic are without
/// a gap, but for what lies in a dead-letter topic.
pub(super) fn versions_have_no_gaps(evidence: &Evidence<'_>) -> Findings {
    let mut chains: BTreeMap<(Topic, &str, &str, i64), BTreeMap<i64, &AuditEntry>> = BTreeMap::new();
    for entry in &evidence.history.audit {
        let Some(topic) = Topic::origin_of(&entry.topic) else {
            continue;
        };
        let aggregate = (
            topic,
            entry.aggregate.as_str(),
            entry.aggregate_id.as_str(),
            entry.epoch,
        );
        let chain = chains.entry(aggregate).or_default();
        chain.insert(entry.version, entry);
    }
    let dead = letters::places(evidence, Service::AuditSvc);
    let holes: BTreeSet<(Topic, &str, i64)> = TOPICS
        .into_iter()
        .flat_map(|topic| evidence.of_topic(topic))
        .filter(|record| dead.contains(&record.place()))
        .map(|record| {
            let meta = &record.meta;
            (record.topic, meta.aggregate_id.as_str(), meta.version.get())
        })
        .collect();
    let mut found = Findings::default();
    for ((topic, aggregate, id, epoch), chain) in chains {
        let mut before = None;
        for (version, entry) in chain {
            let is_first_of_later_epoch = before.is_none() && epoch > 1;
            let is_hole = holes.contains(&(topic, id, entry.previous));
            let continues = entry.previous == before.unwrap_or(0);
            found.must(continues || is_hole || is_first_of_later_epoch, || {
                let (previous, before) = (entry.previous, before.unwrap_or(0));
                format!("version {version} of {aggregate} {id} on {topic} follows {previous}, and {before} is the one before it")
            });
            before = Some(version);
        }
    }
    found
}
