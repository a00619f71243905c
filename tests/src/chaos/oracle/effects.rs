//! What the services made of the topics.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{Days, NaiveDateTime};
use serde_json::Value;
use shared_events::event::{aggregate, intent, notification};
use shared_events::ids::SeriesId;
use shared_events::topic::Topic;

use super::topics::Delivery;
use super::{Evidence, differ, named, number, text};
use crate::chaos::report::Difference;

/// The audit log has an entry for each event of its three topics, with the record's value, from a place where it lies.
pub(super) fn audit_has_every_event_once(evidence: &Evidence<'_>) -> Vec<Difference> {
    let mut differences = Vec::new();
    let mut entries = BTreeMap::new();
    for entry in &evidence.audit {
        if entries.insert(entry.event_id.to_string(), entry).is_some() {
            differences.push(differ(
                "audit",
                format!("event {} has two entries", entry.event_id),
            ));
        }
    }
    let mut places: BTreeMap<String, Vec<&Delivery>> = BTreeMap::new();
    for topic in [Topic::TaskEvents, Topic::Reminders, Topic::NotificationEvents] {
        for delivery in evidence.topics.of(topic) {
            places
                .entry(delivery.meta.event_id.to_string())
                .or_default()
                .push(delivery);
        }
    }
    for (event, deliveries) in &places {
        let Some(first) = deliveries.first() else { continue };
        let Some(entry) = entries.remove(event) else {
            differences.push(differ(
                "audit",
                format!("no entry of {} at {}", named(&first.meta), first.place()),
            ));
            continue;
        };
        let lies_there = deliveries.iter().any(|delivery| {
            let raw = &delivery.raw;
            (raw.topic.as_str(), raw.partition, raw.offset) == (&*entry.topic, entry.partition, entry.offset)
        });
        if !lies_there {
            let at = format!("{}/{}@{}", entry.topic, entry.partition, entry.offset);
            differences.push(differ(
                "audit",
                format!("{} does not lie at {at}, as its entry says", named(&first.meta)),
            ));
        }
        if first.raw.payload.as_deref() != Some(entry.body.as_slice()) {
            differences.push(differ(
                "audit",
                format!("the entry of {} has another body", named(&first.meta)),
            ));
        }
    }
    for event in entries.keys() {
        differences.push(differ(
            "audit",
            format!("event {event} has an entry and is on no topic"),
        ));
    }
    differences
}

/// The occurrences of a series are numbered from 1 without holes, each a day after the one before on the wall, and
/// none that is closed is the last of a series that goes on.
pub(super) fn chains_go_on(evidence: &Evidence<'_>) -> Vec<Difference> {
    let mut chains: BTreeMap<&str, BTreeMap<i64, &Value>> = BTreeMap::new();
    for task in &evidence.tasks {
        if let Some(series) = task.get("series_id").and_then(Value::as_str) {
            let taken = chains
                .entry(series)
                .or_default()
                .insert(number(task, "ordinal"), task);
            debug_assert!(taken.is_none(), "a unique constraint forbids it");
        }
    }
    let mut differences = Vec::new();
    for series in &evidence.series {
        let id = text(series, "id");
        let chain = &chains.remove(id).unwrap_or_default();
        let ordinals: Vec<i64> = chain.keys().copied().collect();
        let count = i64::try_from(chain.len()).unwrap_or_default();
        if ordinals != (1..=count).collect::<Vec<_>>() || number(series, "last_ordinal") != count {
            let last = number(series, "last_ordinal");
            differences.push(differ(
                "successors",
                format!("series {id} counts {last} occurrences and has {ordinals:?}"),
            ));
        }
        let Some((ordinal, newest)) = chain.last_key_value() else {
            continue;
        };
        let is_open = text(newest, "status") == "open" && newest.get("deleted_at").is_none_or(Value::is_null);
        if series.get("alive") == Some(&Value::Bool(true)) && !is_open {
            let what = format!(
                "occurrence {ordinal} of series {id}, task {}, is closed and has no successor",
                text(newest, "id")
            );
            differences.push(differ("successors", what));
        }
        differences.extend(
            chain
                .iter()
                .filter_map(|(ordinal, task)| judge_slot(id, chain, *ordinal, task)),
        );
    }
    differences
}

/// A sub-task that was there when its recurring task came back did so too: once, and below what came back.
pub(super) fn sub_tasks_come_back(evidence: &Evidence<'_>) -> Vec<Difference> {
    let rows: BTreeMap<&str, &Value> = evidence
        .tasks
        .iter()
        .map(|task| (text(task, "id"), task))
        .collect();
    let created: BTreeMap<&str, i64> = first_versions(evidence)
        .map(|fact| (fact.meta.aggregate_id.as_str(), fact.meta.position.get()))
        .collect();
    let at = |task: &Value| created.get(text(task, "id")).copied();
    let occurrences: BTreeMap<(&str, i64), &Value> = evidence
        .tasks
        .iter()
        .map(|task| ((text(task, "series_id"), number(task, "ordinal")), task))
        .collect();
    let (mut copies, mut differences) = (BTreeSet::new(), Vec::new());
    for part in &evidence.tasks {
        let Some(parent) = rows.get(text(part, "parent_id")) else {
            continue;
        };
        let Ok(series) = text(parent, "series_id").parse::<SeriesId>() else {
            continue;
        };
        let ordinal = number(parent, "ordinal") + 1;
        let Some(successor) = occurrences.get(&(text(parent, "series_id"), ordinal)) else {
            continue;
        };
        let (id, origin) = (text(part, "id"), text(part, "id").parse());
        let (Ok(origin), Ok(ordinal)) = (origin, i32::try_from(ordinal)) else {
            continue;
        };
        let copy = series.sub_task(ordinal, origin).to_string();
        let was_there = at(part) < at(successor);
        let is_deleted = part.get("deleted_at").is_some_and(Value::is_string);
        let what = match rows.get(copy.as_str()) {
            Some(row) if was_there && text(row, "parent_id") == text(successor, "id") => {
                copies.insert(copy);
                continue;
            }
            Some(_) => format!(
                "sub-task {id} came back as {copy}, and not below {}",
                text(successor, "id")
            ),
            None if was_there && !is_deleted => {
                format!("sub-task {id} did not come back with {}", text(successor, "id"))
            }
            None => continue,
        };
        differences.push(differ("sub-tasks", what));
    }
    let unexpected = came_back(evidence).filter(|fact| !copies.contains(&fact.meta.aggregate_id));
    differences.extend(unexpected.map(|fact| {
        let what = format!("{} came back, and nothing of it was there", named(&fact.meta));
        differ("sub-tasks", what)
    }));
    differences
}

/// The creations of sub-tasks that came back with their task.
pub(super) fn came_back<'a>(evidence: &'a Evidence<'_>) -> impl Iterator<Item = &'a Delivery> {
    first_versions(evidence).filter(|fact| {
        let series = fact.body.pointer("/task/series_id");
        fact.meta.intent == intent::RECUR && series.is_none_or(Value::is_null)
    })
}

fn first_versions<'a>(evidence: &'a Evidence<'_>) -> impl Iterator<Item = &'a Delivery> {
    let facts = evidence.firsts_of(Topic::TaskEvents);
    facts.filter(|fact| fact.meta.aggregate == aggregate::TASK && fact.meta.version.get() == 1)
}

fn judge_slot(id: &str, chain: &BTreeMap<i64, &Value>, ordinal: i64, task: &Value) -> Option<Difference> {
    let wall = |task: &Value| text(task, "slot").parse::<NaiveDateTime>().ok();
    let first = wall(chain.get(&1)?)?;
    let days = u64::try_from(ordinal - 1).ok()?;
    let wanted = first.checked_add_days(Days::new(days))?;
    let slot = wall(task);
    (slot != Some(wanted)).then(|| {
        let what = format!("occurrence {ordinal} of series {id} is at {slot:?} instead of {wanted}");
        differ("successors", what)
    })
}

/// A reminder that is still scheduled when its time has passed has fired, once; no reminder has fired twice.
pub(super) fn reminders_fire_once(evidence: &Evidence<'_>) -> Vec<Difference> {
    let mut fired: BTreeMap<&str, Vec<&Value>> = BTreeMap::new();
    for notification in &evidence.inbox {
        fired
            .entry(text(notification, "reminder_id"))
            .or_default()
            .push(notification);
    }
    let mut differences = Vec::new();
    for reminder in &evidence.reminders {
        let id = text(reminder, "id");
        let count = fired.remove(id).map_or(0, |fired| fired.len());
        let must =
            text(reminder, "state") == "scheduled" && reminder.get("is_due") == Some(&Value::Bool(true));
        if count > 1 || (must && count == 0) {
            differences.push(differ(
                "inbox",
                format!("reminder {id} has fired {count} times: {reminder}"),
            ));
        }
    }
    for (id, notifications) in fired {
        differences.push(differ(
            "inbox",
            format!(
                "{} notifications of reminder {id}, which is nowhere",
                notifications.len()
            ),
        ));
    }
    differences
}

/// Each notification has one `notification.fired`, and each of those its notification.
pub(super) fn firings_are_told(evidence: &Evidence<'_>) -> Vec<Difference> {
    let inbox: BTreeSet<&str> = evidence
        .inbox
        .iter()
        .map(|row| text(row, "notification_id"))
        .collect();
    let mut told = BTreeSet::new();
    let mut differences = Vec::new();
    for first in evidence.firsts_of(Topic::NotificationEvents) {
        let id = first.meta.aggregate_id.as_str();
        if first.meta.kind == notification::kind::FIRED {
            if !told.insert(id) {
                differences.push(differ(
                    "inbox",
                    format!("notification {id} was told twice to have fired"),
                ));
            }
            if !inbox.contains(id) {
                differences.push(differ(
                    "inbox",
                    format!("{} has no notification", named(&first.meta)),
                ));
            }
        }
    }
    for id in super::only_in(&inbox, &told) {
        differences.push(differ(
            "inbox",
            format!("nothing tells that notification {id} fired"),
        ));
    }
    differences
}

/// Every consumer that keeps its offsets in the database has applied all that there is.
pub(super) fn consumers_stand_at_the_end(evidence: &Evidence<'_>) -> Vec<Difference> {
    let stands: BTreeMap<(&str, &str, i64), i64> = evidence
        .offsets
        .iter()
        .map(|row| {
            (
                (text(row, "service"), text(row, "topic"), number(row, "partition")),
                number(row, "next_offset"),
            )
        })
        .collect();
    let mut differences = Vec::new();
    for (topic, service) in [
        (Topic::TaskEvents, "taskwire_audit_svc"),
        (Topic::Reminders, "taskwire_audit_svc"),
        (Topic::NotificationEvents, "taskwire_audit_svc"),
        (Topic::Reminders, "taskwire_notification_svc"),
        (Topic::TaskCommands, "taskwire_backend_api"),
    ] {
        for ((name, partition), end) in &evidence.topics.ends {
            if name != topic.name() || *end == 0 {
                continue;
            }
            let stand = stands
                .get(&(service, topic.name(), i64::from(*partition)))
                .copied()
                .unwrap_or(0);
            if stand != *end {
                differences.push(differ(
                    "offsets",
                    format!("{service} stands at {stand} of {end} in {name}/{partition}"),
                ));
            }
        }
    }
    differences
}

/// Outbox, parked lanes, holes and stopped partitions: none.
pub(super) fn nothing_is_left_over(evidence: &Evidence<'_>) -> Vec<Difference> {
    let left = evidence.leftovers.iter().filter(|(_, count)| *count > 0);
    left.map(|(what, count)| differ("leftovers", format!("{count} {what}")))
        .collect()
}
