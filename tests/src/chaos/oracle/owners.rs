//! Whose everything is.

use std::collections::BTreeMap;

use reqwest::StatusCode;
use shared_events::event::aggregate;

use super::evidence::{Evidence, Findings, named, text};
use super::history::Table;

/// Tables with the column that names an aggregate, and its kind.
const OWNED: [(Table, &str, &str); 5] = [
    (Table::Task, "id", aggregate::TASK),
    (Table::Series, "id", aggregate::SERIES),
    (Table::Reminder, "id", aggregate::REMINDER),
    (Table::Schedule, "reminder_id", aggregate::REMINDER),
    (Table::Inbox, "notification_id", aggregate::NOTIFICATION),
];

/// Tables with the column that names the task they are about.
const ABOUT: [(Table, &str); 4] = [
    (Table::Task, "parent_id"),
    (Table::Reminder, "task_id"),
    (Table::Schedule, "task_id"),
    (Table::Inbox, "task_id"),
];

/// Rows, events and audit entries of one aggregate belong to one user, as does the task that a row is about.
pub(super) fn everything_has_one_owner(evidence: &Evidence<'_>) -> Findings {
    let mut owners: BTreeMap<(&str, &str), &str> = BTreeMap::new();
    let mut found = Findings::default();
    for (table, column, kind) in OWNED {
        for row in evidence.rows(table) {
            let (id, user) = (text(row, column), text(row, "user_id"));
            let owner = *owners.entry((kind, id)).or_insert(user);
            found.must(owner == user, || {
                format!("{kind} {id} is {owner}'s, and {user}'s in {table:?}")
            });
        }
    }
    for record in &evidence.history.records {
        let meta = &record.meta;
        let key = (meta.aggregate.as_str(), meta.aggregate_id.as_str());
        let owner = *owners.entry(key).or_insert(meta.user_id.as_str());
        found.must(owner == meta.user_id.as_str(), || {
            format!(
                "{} at {} is {}'s instead of {owner}'s",
                named(meta),
                record.place(),
                meta.user_id
            )
        });
    }
    for entry in &evidence.history.audit {
        let key = (entry.aggregate.as_str(), entry.aggregate_id.as_str());
        let owner = owners.get(&key).copied().unwrap_or(&entry.user_id);
        found.must(owner == entry.user_id, || {
            format!(
                "the audit entry of event {} is {}'s instead of {owner}'s",
                entry.event_id, entry.user_id
            )
        });
    }
    for (table, column) in ABOUT {
        for row in evidence.rows(table) {
            let owner = owners.get(&(aggregate::TASK, text(row, column))).copied();
            let user = text(row, "user_id");
            found.must(owner.is_none_or(|owner| owner == user), || {
                format!(
                    "a row of {table:?} is {user}'s, and about a task of {}",
                    owner.unwrap_or_default()
                )
            });
        }
    }
    found
}

/// Whoever asked for what is another's was refused, and learned nothing.
pub(super) fn strangers_learn_nothing(evidence: &Evidence<'_>) -> Findings {
    let mut found = Findings::default();
    for probe in &evidence.history.observations.probes {
        let is_of_one = probe.request.contains("/v1/tasks/");
        let was_taken = StatusCode::from_u16(probe.status).is_ok_and(|status| status.is_success());
        found.must(probe.leaked.is_empty() && !(is_of_one && was_taken), || {
            format!(
                "{} of {} by {} was answered {} with {:?}",
                probe.request, probe.owner, probe.user, probe.status, probe.leaked
            )
        });
    }
    found
}
