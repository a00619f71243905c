//! Where consumers stand, against what there is and against what they have done.

use std::collections::{BTreeMap, BTreeSet};

use shared_events::event::aggregate;
use shared_events::topic::{Service, Topic};

use super::evidence::{Evidence, Findings, Place, named, number, text};
use super::history::Table;
use super::{audit, letters};
use crate::chaos::observations::Fault;

/// Groups that keep their offsets in the database, and whose role they have there.
const STORED: [(Service, &str); 3] = [
    (Service::AuditSvc, "taskwire_audit_svc"),
    (Service::NotificationSvc, "taskwire_notification_svc"),
    (Service::BackendApi, "taskwire_backend_api"),
];

/// By service, topic and partition.
fn stored<'a>(evidence: &Evidence<'a>) -> BTreeMap<(&'a str, &'a str, i64), i64> {
    let rows = evidence.rows(Table::ConsumerOffset).iter();
    rows.map(|row| {
        let place = (text(row, "service"), text(row, "topic"), number(row, "partition"));
        (place, number(row, "next_offset"))
    })
    .collect()
}

/// Every consumer has done all that there is.
pub(super) fn consumers_stand_at_the_end(evidence: &Evidence<'_>) -> Findings {
    let stored = stored(evidence);
    let mut found = Findings::default();
    for ((topic, partition), end) in evidence.history.ends.iter().filter(|(_, end)| **end > 0) {
        for (service, role) in STORED {
            let reads = reads(topic, service);
            let place = (role, topic.as_str(), i64::from(*partition));
            let stand = stored.get(&place).copied().unwrap_or(0);
            if reads {
                found.must(stand == *end, || {
                    format!("{service} stands at {stand} of {end} in {topic}/{partition}")
                });
            }
        }
    }
    for commit in &evidence.history.commits {
        let end = evidence.history.end(&commit.topic, commit.partition);
        if commit.group == Service::RecurringSvc.group() {
            found.must(commit.offset == end, || {
                let (topic, partition) = (&commit.topic, commit.partition);
                format!(
                    "{} stands at {} of {end} in {topic}/{partition}",
                    commit.group, commit.offset
                )
            });
        }
    }
    found
}

fn reads(topic: &str, service: Service) -> bool {
    let origin = Topic::origin_of(topic).filter(|origin| origin.consumers().contains(&service));
    origin.is_some_and(|origin| topic == origin.name() || topic == origin.retry(service))
}

/// What is committed in Kafka is never beyond what is stored, and nothing is stored beyond the end.
pub(super) fn commits_follow_what_is_stored(evidence: &Evidence<'_>) -> Findings {
    let stored = stored(evidence);
    let mut found = Findings::default();
    for commit in &evidence.history.commits {
        let (topic, partition) = (commit.topic.as_str(), commit.partition);
        let of_group = STORED
            .into_iter()
            .find(|(service, _)| service.group() == commit.group);
        let bound = match of_group {
            Some((_, role)) => stored
                .get(&(role, topic, i64::from(partition)))
                .copied()
                .unwrap_or(0),
            None => evidence.history.end(topic, partition),
        };
        found.must(commit.offset <= bound, || {
            let (group, offset) = (&commit.group, commit.offset);
            format!("{group} has committed {offset} of {topic}/{partition}, and {bound} is what it has done")
        });
    }
    for ((role, topic, partition), next) in stored {
        let end = evidence
            .history
            .end(topic, i32::try_from(partition).unwrap_or(-1));
        found.must(next <= end, || {
            format!("{role} has stored {next} of {topic}/{partition}, which ends at {end}")
        });
    }
    found
}

/// Every record below the offset of audit-svc is in the log, or a dead letter of it.
pub(super) fn audit_passed_over_nothing(evidence: &Evidence<'_>) -> Findings {
    let entries = evidence.history.audit.iter();
    let events: BTreeSet<String> = entries.map(|entry| entry.event_id.to_string()).collect();
    let dead = letters::places(evidence, Service::AuditSvc);
    let stored = stored(evidence);
    let next = |place: &Place| {
        let place = (
            "taskwire_audit_svc",
            place.topic.as_str(),
            i64::from(place.partition),
        );
        stored.get(&place).copied().unwrap_or(0)
    };
    let mut found = Findings::default();
    for record in audit::TOPICS
        .into_iter()
        .flat_map(|topic| evidence.of_topic(topic))
    {
        let place = record.place();
        if place.offset < next(&place) {
            let is_done = events.contains(&record.meta.event_id.to_string()) || dead.contains(&place);
            found.must(is_done, || {
                format!("audit-svc has passed over {} at {place}", named(&record.meta))
            });
        }
    }
    for stranger in &evidence.history.strangers {
        let place = stranger.place();
        let is_read = Topic::from_name(&place.topic).is_some_and(|topic| audit::TOPICS.contains(&topic));
        if is_read && place.offset < next(&place) {
            found.must(dead.contains(&place), || {
                format!("audit-svc has passed over {place}")
            });
        }
    }
    found
}

/// Every command was obeyed: its occurrence is there, unless its series has ended or its rule changed since.
pub(super) fn commands_are_obeyed(evidence: &Evidence<'_>) -> Findings {
    let tasks = evidence.rows(Table::Task).iter();
    let occurrences: BTreeSet<(&str, i64)> = tasks
        .map(|task| (text(task, "series_id"), number(task, "ordinal")))
        .collect();
    let series: BTreeMap<&str, _> = evidence
        .rows(Table::Series)
        .iter()
        .map(|row| (text(row, "id"), row))
        .collect();
    let reopened: BTreeSet<&str> = evidence
        .rows(Table::Task)
        .iter()
        .filter(|task| text(task, "status") == "open")
        .map(|task| text(task, "id"))
        .collect();
    let dead = letters::places(evidence, Service::BackendApi);
    let mut found = Findings::default();
    for command in evidence.firsts_of(Topic::TaskCommands) {
        let Some(create) = command.body.get("create_occurrence") else {
            continue;
        };
        let (id, ordinal) = (text(&command.body, "series_id"), number(create, "ordinal"));
        let Some(row) = series.get(id) else {
            found.wrong(format!("{} is of a series that is nowhere", named(&command.meta)));
            continue;
        };
        let is_void = number(row, "revision") != number(create, "series_revision")
            || row.get("alive") != Some(&serde_json::Value::Bool(true))
            || reopened.contains(text(create, "predecessor"))
            || dead.contains(&command.place());
        found.must(is_void || occurrences.contains(&(id, ordinal)), || {
            format!(
                "occurrence {ordinal} of series {id} was commanded at {} and is nowhere",
                command.place()
            )
        });
    }
    found
}

/// What is stored never goes back, nor does the lease's token: whoever lost a partition or the lease changes nothing
/// after its successor has begun. Only a database that was killed may have lost what it was not asked to keep.
pub(super) fn nothing_stored_goes_back(evidence: &Evidence<'_>) -> Findings {
    let observations = &evidence.history.observations;
    let crashes: Vec<_> = observations
        .faults
        .iter()
        .filter(|span| span.fault == Fault::DatabaseKill)
        .collect();
    let mut known: BTreeMap<(&str, &str, i32), i64> = BTreeMap::new();
    let (mut token, mut at) = (0, std::time::Duration::ZERO);
    let mut found = Findings::default();
    for sample in &observations.database {
        let has_crashed = crashes
            .iter()
            .any(|span| span.from <= sample.at && at <= span.until);
        if has_crashed {
            known.clear();
            token = 0;
        }
        found.must(sample.lease_token >= token, || {
            let seconds = sample.at.as_secs_f64();
            format!(
                "the lease's token went from {token} to {} at {seconds:.1} s",
                sample.lease_token
            )
        });
        for (group, topic, partition, next) in &sample.offsets {
            let place = (group.as_str(), topic.as_str(), *partition);
            let before = known.insert(place, *next).unwrap_or(0);
            if *next < before {
                let seconds = sample.at.as_secs_f64();
                found.wrong(format!(
                    "{group} went from {before} to {next} in {topic}/{partition} at {seconds:.1} s"
                ));
            }
        }
        (token, at) = (sample.lease_token, sample.at);
    }
    found
}

/// Reminders that notification-svc has passed are in its schedule; see the schedule's own rule for what it says of them.
pub(super) fn reminders_are_known(evidence: &Evidence<'_>) -> Findings {
    let rows = evidence.rows(Table::Schedule).iter();
    let known: BTreeSet<&str> = rows.map(|row| text(row, "reminder_id")).collect();
    let dead = letters::places(evidence, Service::NotificationSvc);
    let mut found = Findings::default();
    for (id, word) in evidence.last_words(Topic::Reminders, aggregate::REMINDER) {
        let is_done =
            known.contains(id) || dead.contains(&word.place()) || word.body.get("scheduled").is_none();
        found.must(is_done, || {
            format!("notification-svc has passed over {}", named(&word.meta))
        });
    }
    found
}
