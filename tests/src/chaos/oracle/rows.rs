//! The database's rows against what the topics tell of them.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use serde_json::Value;
use shared_events::event::{aggregate, update};
use shared_events::ids::Version;
use shared_events::topic::Topic;

use super::evidence::{Evidence, Findings, named, number, text};
use super::history::{Record, Table};

/// Where the versions of a kind of aggregate are told.
const KINDS: [(Topic, &str, Table); 3] = [
    (Topic::TaskEvents, aggregate::TASK, Table::Task),
    (Topic::TaskEvents, aggregate::SERIES, Table::Series),
    (Topic::Reminders, aggregate::REMINDER, Table::Reminder),
];

/// Every row has as many events as its version says.
pub(super) fn every_version_was_told(evidence: &Evidence<'_>) -> Findings {
    let mut found = Findings::default();
    for (topic, aggregate, table) in KINDS {
        let told = versions(evidence, topic, aggregate);
        for row in evidence.rows(table) {
            let (id, version) = (text(row, "id"), number(row, "version"));
            let told = told.get(id);
            let is_missing = |version: &i64| told.is_none_or(|told| !told.contains(version));
            let missing: Vec<i64> = (1..=version).filter(is_missing).collect();
            found.must(missing.is_empty(), || {
                format!("{aggregate} {id} is at version {version}, and {topic} lacks {missing:?}")
            });
        }
    }
    found
}

/// Every event has a row, at its version or a later one.
pub(super) fn no_event_without_a_row(evidence: &Evidence<'_>) -> Findings {
    let mut found = Findings::default();
    for (topic, aggregate, table) in KINDS {
        let told = versions(evidence, topic, aggregate);
        let rows = evidence.rows(table).iter();
        let rows: BTreeMap<&str, i64> = rows
            .map(|row| (text(row, "id"), number(row, "version")))
            .collect();
        for (id, told) in told {
            let Some(version) = rows.get(id) else {
                found.wrong(format!("{topic} tells of {aggregate} {id}, which is nowhere"));
                continue;
            };
            let beyond = told.iter().filter(|told| *told > version).count();
            found.must(beyond == 0, || {
                format!("{aggregate} {id} is at version {version}, and {topic} has {beyond} later ones")
            });
        }
    }
    found
}

fn versions<'a>(evidence: &Evidence<'a>, topic: Topic, aggregate: &str) -> BTreeMap<&'a str, BTreeSet<i64>> {
    let mut told: BTreeMap<&str, BTreeSet<i64>> = BTreeMap::new();
    let firsts = evidence.firsts_of(topic);
    for first in firsts.filter(|first| first.meta.aggregate == aggregate) {
        told.entry(first.meta.aggregate_id.as_str())
            .or_default()
            .insert(first.meta.version.get());
    }
    told
}

/// The snapshot in an aggregate's last event is its row.
pub(super) fn the_last_word_is_the_row(evidence: &Evidence<'_>) -> Findings {
    let fields = [
        ("/task", &TASK_FIELDS[..]),
        ("/series", &SERIES_FIELDS[..]),
        ("/scheduled", &[]),
    ];
    let mut found = Findings::default();
    for ((topic, aggregate, table), (body, fields)) in KINDS.into_iter().zip(fields) {
        let words = evidence.last_words(topic, aggregate);
        for row in evidence.rows(table) {
            let Some(word) = words.get(text(row, "id")) else {
                continue;
            };
            found.examine();
            let snapshot = word.body.pointer(body).unwrap_or(&Value::Null);
            for (column, pointer) in fields {
                let (is, says) = (row.get(*column), snapshot.pointer(pointer));
                if !is_same(is, says) {
                    let what = named(&word.meta);
                    found.wrong(format!("{what}: {column} is {is:?}, the event says {says:?}"));
                }
            }
            if table == Table::Reminder {
                if !agrees(row, word) {
                    found.wrong(format!("{}: the row says {row}", named(&word.meta)));
                }
            } else if row.get("deleted_at").is_some_and(Value::is_string) != flag(snapshot, "deleted") {
                found.wrong(format!("{}: deleted is not the same", named(&word.meta)));
            }
        }
    }
    found
}

const TASK_FIELDS: [(&str, &str); 18] = [
    ("title", "/title"),
    ("description", "/description"),
    ("priority", "/priority"),
    ("status", "/status"),
    ("tags", "/tags"),
    ("project_id", "/project_id"),
    ("parent_id", "/parent_id"),
    ("start_local", "/start/local"),
    ("start_zone", "/start/zone"),
    ("due_local", "/due/local"),
    ("due_zone", "/due/zone"),
    ("series_id", "/series_id"),
    ("ordinal", "/ordinal"),
    ("version", "/version"),
    ("position", "/position"),
    ("created_at", "/created_at"),
    ("updated_at", "/updated_at"),
    ("completed_at", "/completed_at"),
];

const SERIES_FIELDS: [(&str, &str); 8] = [
    ("rrule", "/rrule"),
    ("anchor", "/anchor"),
    ("missed", "/missed"),
    ("dtstart", "/dtstart"),
    ("zone", "/zone"),
    ("count_base", "/count_base"),
    ("revision", "/revision"),
    ("alive", "/alive"),
];

/// A reminder's row and its last word.
pub(super) fn agrees(row: &Value, word: &Record) -> bool {
    let is_scheduled = text(row, "state") == "scheduled";
    match word.body.get("scheduled").filter(|body| !body.is_null()) {
        Some(body) => is_scheduled && is_same(row.get("fire_at"), body.get("fire_at")),
        None => !is_scheduled,
    }
}

/// A column and a field of an event: absent and null are the same, times are text here and microseconds there.
pub(super) fn is_same(column: Option<&Value>, field: Option<&Value>) -> bool {
    let [column, field] = [column, field].map(|value| value.filter(|value| !value.is_null()));
    match (column, field) {
        (Some(Value::String(time)), Some(Value::Number(micros))) => {
            let time: Option<DateTime<Utc>> = time.parse().ok();
            time.map(|time| time.timestamp_micros()) == micros.as_i64()
        }
        (column, field) => column == field,
    }
}

fn flag(value: &Value, name: &str) -> bool {
    value.get(name).and_then(Value::as_bool).unwrap_or(false)
}

/// Each fact of a task or series has one update for screens, at the same position, that shows the same.
pub(super) fn every_fact_has_its_update(evidence: &Evidence<'_>) -> Findings {
    let updates = updates(evidence);
    let mut found = Findings::default();
    for fact in facts(evidence) {
        let Some(update) = updates.get(&key(fact)) else {
            found.wrong(format!("no update tells of {}", named(&fact.meta)));
            continue;
        };
        let same_place =
            fact.meta.position == update.meta.position && fact.meta.user_id == update.meta.user_id;
        let same_body = ["task", "series"]
            .into_iter()
            .all(|what| is_same(fact.body.get(what), update.body.get(what)));
        found.must(same_place && same_body, || {
            format!("the update of {} says something else", named(&fact.meta))
        });
    }
    found
}

/// Each update for screens has a fact behind it.
pub(super) fn every_update_has_its_fact(evidence: &Evidence<'_>) -> Findings {
    let facts: BTreeSet<_> = facts(evidence).map(key).collect();
    let mut found = Findings::default();
    for (key, update) in updates(evidence) {
        found.must(facts.contains(&key), || {
            format!("no fact stands behind the update {}", named(&update.meta))
        });
    }
    found
}

/// What changed something of a user: an operator's action did not.
fn facts<'a>(evidence: &Evidence<'a>) -> impl Iterator<Item = &'a Record> {
    let facts = evidence.firsts_of(Topic::TaskEvents);
    facts.filter(|fact| fact.meta.aggregate != aggregate::OPERATOR)
}

fn key(record: &Record) -> (&str, Version) {
    (record.meta.aggregate_id.as_str(), record.meta.version)
}

fn updates<'a>(evidence: &Evidence<'a>) -> BTreeMap<(&'a str, Version), &'a Record> {
    evidence
        .firsts_of(Topic::TaskUpdates)
        .filter(|first| text(&first.body, "stream") == update::stream::TASKS)
        .map(|first| (key(first), first))
        .collect()
}

/// The last position of each user, in both streams, is that of their last update.
pub(super) fn every_position_was_told(evidence: &Evidence<'_>) -> Findings {
    let mut last: BTreeMap<(&str, String), i64> = BTreeMap::new();
    for first in evidence.firsts_of(Topic::TaskUpdates) {
        let place = (text(&first.body, "stream"), first.meta.user_id.to_string());
        last.insert(place, first.meta.position.get());
    }
    let streams = [
        (update::stream::TASKS, Table::TaskPosition),
        (update::stream::NOTIFICATIONS, Table::InboxPosition),
    ];
    let mut found = Findings::default();
    for (stream, table) in streams {
        for row in evidence.rows(table) {
            let (user, position) = (text(row, "user_id"), number(row, "position"));
            let told = last.get(&(stream, user.to_owned())).copied().unwrap_or(0);
            found.must(told == position, || {
                format!("{user} is at position {position} of {stream}, and the last update has {told}")
            });
        }
    }
    found
}

/// Outbox, parked lanes and stopped partitions: none, once everything has settled.
pub(super) fn nothing_is_left_over(evidence: &Evidence<'_>) -> Findings {
    let mut found = Findings::default();
    for (what, count) in &evidence.history.leftovers {
        found.must(*count == 0, || format!("{count} {what}"));
    }
    found
}
