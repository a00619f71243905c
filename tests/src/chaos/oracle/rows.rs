//! The database's rows against what the topics tell of them.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use serde_json::Value;
use shared_events::event::{aggregate, update};
use shared_events::topic::Topic;

use super::topics::Delivery;
use super::{Evidence, differ, named, number, only_in, text};
use crate::chaos::report::Difference;

/// Every row has as many events as its version says, and every event has a row.
pub(super) fn every_version_was_told(evidence: &Evidence<'_>) -> Vec<Difference> {
    let kinds = [
        (Topic::TaskEvents, aggregate::TASK, &evidence.tasks),
        (Topic::TaskEvents, aggregate::SERIES, &evidence.series),
        (Topic::Reminders, aggregate::REMINDER, &evidence.reminders),
    ];
    let mut differences = Vec::new();
    for (topic, aggregate, rows) in kinds {
        let told = versions(evidence.firsts_of(topic), aggregate);
        let ids: BTreeSet<&str> = rows.iter().map(|row| text(row, "id")).collect();
        for row in rows {
            let (id, version) = (text(row, "id"), number(row, "version"));
            let told = told.get(id);
            let missing: Vec<i64> = (1..=version)
                .filter(|version| told.is_none_or(|told| !told.contains(version)))
                .collect();
            if !missing.is_empty() {
                let what = format!("{aggregate} {id} is at version {version}, and {topic} lacks {missing:?}");
                differences.push(differ("published", what));
            }
            let beyond = told.into_iter().flatten().filter(|told| **told > version).count();
            if beyond > 0 {
                let what =
                    format!("{aggregate} {id} is at version {version}, and {topic} has {beyond} later ones");
                differences.push(differ("phantoms", what));
            }
        }
        let told_ids: BTreeSet<&str> = told.keys().copied().collect();
        for id in only_in(&told_ids, &ids) {
            differences.push(differ(
                "phantoms",
                format!("{topic} tells of {aggregate} {id}, which is nowhere"),
            ));
        }
    }
    differences
}

fn versions<'a>(
    firsts: impl Iterator<Item = &'a Delivery>,
    aggregate: &str,
) -> BTreeMap<&'a str, BTreeSet<i64>> {
    let mut told: BTreeMap<&str, BTreeSet<i64>> = BTreeMap::new();
    for first in firsts.filter(|first| first.meta.aggregate == aggregate) {
        told.entry(first.meta.aggregate_id.as_str())
            .or_default()
            .insert(first.meta.version.get());
    }
    told
}

/// The snapshot in an aggregate's last event is its row.
pub(super) fn the_last_word_is_the_row(evidence: &Evidence<'_>) -> Vec<Difference> {
    let tasks = evidence.last_words(Topic::TaskEvents, aggregate::TASK);
    let series = evidence.last_words(Topic::TaskEvents, aggregate::SERIES);
    let reminders = evidence.last_words(Topic::Reminders, aggregate::REMINDER);
    let kinds = [
        (&evidence.tasks, tasks, "/task", &TASK_FIELDS[..]),
        (&evidence.series, series, "/series", &SERIES_FIELDS[..]),
        (&evidence.reminders, reminders, "/scheduled", &[]),
    ];
    let mut differences = Vec::new();
    for (rows, words, body, fields) in kinds {
        for row in rows {
            let Some(word) = words.get(text(row, "id")) else {
                continue;
            };
            let snapshot = word.body.pointer(body).unwrap_or(&Value::Null);
            for (column, pointer) in fields {
                let (is, says) = (row.get(*column), snapshot.pointer(pointer));
                if !is_same(is, says) {
                    let what = format!(
                        "{}: {column} is {is:?}, the event says {says:?}",
                        named(&word.meta)
                    );
                    differences.push(differ("snapshots", what));
                }
            }
            if body == "/scheduled" {
                differences.extend(judge_reminder(row, word));
            } else if row.get("deleted_at").is_some_and(Value::is_string) != flag(snapshot, "deleted") {
                differences.push(differ(
                    "snapshots",
                    format!("{}: deleted is not the same", named(&word.meta)),
                ));
            }
        }
    }
    differences
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

fn judge_reminder(row: &Value, word: &Delivery) -> Option<Difference> {
    let is_scheduled = text(row, "state") == "scheduled";
    let says = word.body.get("scheduled").filter(|body| !body.is_null());
    let agrees = match says {
        Some(body) => is_scheduled && is_same(row.get("fire_at"), body.get("fire_at")),
        None => !is_scheduled,
    };
    (!agrees).then(|| differ("snapshots", format!("{}: the row says {row}", named(&word.meta))))
}

/// A column and a field of an event: absent and null are the same, times are text here and microseconds there.
fn is_same(column: Option<&Value>, field: Option<&Value>) -> bool {
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
pub(super) fn screens_are_told_what_happened(evidence: &Evidence<'_>) -> Vec<Difference> {
    let key = |delivery: &Delivery| (delivery.meta.aggregate_id.clone(), delivery.meta.version);
    let updates: BTreeMap<_, &Delivery> = evidence
        .firsts_of(Topic::TaskUpdates)
        .filter(|first| text(&first.body, "stream") == update::stream::TASKS)
        .map(|first| (key(first), first))
        .collect();
    let mut differences = Vec::new();
    let mut matched = BTreeSet::new();
    for fact in evidence.firsts_of(Topic::TaskEvents) {
        let Some(update) = updates.get(&key(fact)) else {
            differences.push(differ(
                "updates",
                format!("no update tells of {}", named(&fact.meta)),
            ));
            continue;
        };
        matched.insert(key(fact));
        let same_place =
            fact.meta.position == update.meta.position && fact.meta.user_id == update.meta.user_id;
        let same_body = ["task", "series"]
            .into_iter()
            .all(|what| is_same(fact.body.get(what), update.body.get(what)));
        if !same_place || !same_body {
            differences.push(differ(
                "updates",
                format!("the update of {} says something else", named(&fact.meta)),
            ));
        }
    }
    for (key, update) in &updates {
        if !matched.contains(key) {
            differences.push(differ(
                "updates",
                format!("no fact stands behind the update {}", named(&update.meta)),
            ));
        }
    }
    differences
}

/// The last position of each user, in both streams, is that of their last update.
pub(super) fn every_position_was_told(evidence: &Evidence<'_>) -> Vec<Difference> {
    let mut last: BTreeMap<(&str, String), i64> = BTreeMap::new();
    for first in evidence.firsts_of(Topic::TaskUpdates) {
        let place = (text(&first.body, "stream"), first.meta.user_id.to_string());
        last.insert(place, first.meta.position.get());
    }
    let streams = [
        (update::stream::TASKS, &evidence.task_positions),
        (update::stream::NOTIFICATIONS, &evidence.inbox_positions),
    ];
    let mut differences = Vec::new();
    for (stream, rows) in streams {
        for row in rows {
            let (user, position) = (text(row, "user_id"), number(row, "position"));
            let told = last.get(&(stream, user.to_owned())).copied().unwrap_or(0);
            if told != position {
                let what =
                    format!("{user} is at position {position} of {stream}, and the last update has {told}");
                differences.push(differ("positions", what));
            }
        }
    }
    differences
}
