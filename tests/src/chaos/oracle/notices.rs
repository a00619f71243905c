//! Reminders and what becomes of them: the schedule, the inbox, the deliveries.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;
use shared_events::event::{aggregate, notification};
use shared_events::topic::{Service, Topic};

use super::evidence::{Evidence, Findings, named, number, only_in, text};
use super::history::Table;
use super::letters;
use super::rows::is_same;

/// The schedule knows of each reminder what its last event says, at that version: nothing older came after it.
pub(super) fn the_schedule_is_the_last_word(evidence: &Evidence<'_>) -> Findings {
    let known = evidence.rows(Table::Schedule).iter();
    let known: BTreeMap<&str, &Value> = known.map(|row| (text(row, "reminder_id"), row)).collect();
    let dead = letters::places(evidence, Service::NotificationSvc);
    let mut found = Findings::default();
    for (id, word) in evidence.last_words(Topic::Reminders, aggregate::REMINDER) {
        let says = word.body.get("scheduled");
        if dead.contains(&word.place()) {
            continue;
        }
        let Some(row) = known.get(id) else {
            // What was cancelled before it was heard of needs no row.
            found.must(says.is_none(), || {
                format!("nothing is known of {}", named(&word.meta))
            });
            continue;
        };
        let is_same_word = (number(row, "epoch"), number(row, "version"))
            == (word.meta.epoch.get(), word.meta.version.get());
        let state = text(row, "state");
        let agrees = match says {
            Some(body) if state == "scheduled" => is_same(row.get("fire_at"), body.get("fire_at")),
            Some(_) => matches!(state, "fired" | "suppressed"),
            None => state != "scheduled",
        };
        found.must(is_same_word && agrees, || {
            format!(
                "{} was the last word, and the schedule says {row}",
                named(&word.meta)
            )
        });
    }
    found
}

/// A reminder that is still scheduled when its time has passed has fired; every notification has its reminder.
pub(super) fn due_reminders_fire(evidence: &Evidence<'_>) -> Findings {
    let inbox = evidence.rows(Table::Inbox).iter();
    let fired: BTreeSet<&str> = inbox.map(|row| text(row, "reminder_id")).collect();
    let reminders = evidence.rows(Table::Reminder);
    let mut found = Findings::default();
    for reminder in reminders {
        let id = text(reminder, "id");
        let is_due = reminder.get("is_due") == Some(&Value::Bool(true));
        let must = text(reminder, "state") == "scheduled" && is_due;
        found.must(!must || fired.contains(id), || {
            format!("reminder {id} is due and has not fired: {reminder}")
        });
    }
    let known: BTreeSet<&str> = reminders.iter().map(|row| text(row, "id")).collect();
    for id in only_in(&fired, &known) {
        found.wrong(format!("reminder {id} has fired and is nowhere"));
    }
    found
}

/// A reminder fires once for each time that it is to fire at.
pub(super) fn reminders_fire_once(evidence: &Evidence<'_>) -> Findings {
    let mut fired = BTreeSet::new();
    let mut found = Findings::default();
    for row in evidence.rows(Table::Inbox) {
        let firing = (text(row, "reminder_id"), text(row, "fire_at"));
        found.must(fired.insert(firing), || {
            format!("reminder {} has fired twice for {}", firing.0, firing.1)
        });
    }
    found
}

/// Each notification has one `notification.fired`, and each of those its notification.
pub(super) fn firings_are_told(evidence: &Evidence<'_>) -> Findings {
    let inbox = evidence.rows(Table::Inbox).iter();
    let inbox: BTreeSet<&str> = inbox.map(|row| text(row, "notification_id")).collect();
    let mut told = BTreeSet::new();
    let mut found = Findings::default();
    for first in evidence.firsts_of(Topic::NotificationEvents) {
        let id = first.meta.aggregate_id.as_str();
        if first.meta.kind == notification::kind::FIRED {
            found.must(told.insert(id), || {
                format!("notification {id} was told twice to have fired")
            });
            if !inbox.contains(id) {
                found.wrong(format!("{} has no notification", named(&first.meta)));
            }
        }
    }
    for id in only_in(&inbox, &told) {
        found.wrong(format!("nothing tells that notification {id} fired"));
    }
    found
}

/// Each firing goes to each target of a channel in one delivery, whose attempts are numbered without a hole; one that
/// has ended has been attempted.
pub(super) fn deliveries_are_attempted(evidence: &Evidence<'_>) -> Findings {
    let mut attempts: BTreeMap<&str, BTreeSet<i64>> = BTreeMap::new();
    for attempt in evidence.rows(Table::Attempt) {
        let numbers = attempts.entry(text(attempt, "delivery_id")).or_default();
        numbers.insert(number(attempt, "number"));
    }
    let mut targets = BTreeSet::new();
    let mut found = Findings::default();
    for delivery in evidence.rows(Table::Delivery) {
        let id = text(delivery, "delivery_id");
        let target = (
            text(delivery, "notification_id"),
            text(delivery, "channel"),
            text(delivery, "target"),
        );
        if text(delivery, "origin") == "reminder" {
            found.must(targets.insert(target), || {
                format!(
                    "notification {} goes to {} {} twice",
                    target.0, target.1, target.2
                )
            });
        }
        let numbers = attempts.remove(id).unwrap_or_default();
        let is_whole = numbers
            .iter()
            .copied()
            .eq(1..=i64::try_from(numbers.len()).unwrap_or_default());
        if !is_whole || (text(delivery, "state") == "delivered" && numbers.is_empty()) {
            found.wrong(format!(
                "delivery {id} is {} after the attempts {numbers:?}",
                text(delivery, "state")
            ));
        }
    }
    for id in attempts.keys() {
        found.wrong(format!("there are attempts of delivery {id}, which is nowhere"));
    }
    found
}
