//! Violations in the database, the dead-letter topics and what people saw.

use rand::RngExt as _;
use rand::rngs::StdRng;
use serde_json::{Value, json};
use shared_events::dlq::letter::name;
use uuid::Uuid;

use super::{any, way};
use crate::chaos::load::Promise;
use crate::chaos::oracle::evidence::{number, text};
use crate::chaos::oracle::history::{Hash, History, Raw, Table, hex};

pub(super) fn acknowledged_row(history: &mut History, rng: &mut StdRng) -> Option<String> {
    let index = any(&history.entries, rng, |entry| {
        matches!(entry.promise, Promise::Made { .. })
    })?;
    let Promise::Made { task, version, .. } = history.entries.get(index)?.promise.clone() else {
        return None;
    };
    let rows = history.rows.get_mut(&Table::Task)?;
    let index = rows.iter().position(|row| text(row, "id") == task)?;
    if way(2, rng) == 0 {
        rows.remove(index);
        Some(format!("task {task} is gone"))
    } else {
        *rows.get_mut(index)?.get_mut("version")? = json!(version - 1);
        Some(format!("task {task} is at version {}", version - 1))
    }
}

pub(super) fn old_schedule(history: &mut History, rng: &mut StdRng) -> Option<String> {
    let rows = history.rows.get_mut(&Table::Schedule)?;
    let index = any(rows, rng, |_| true)?;
    let row = rows.get_mut(index)?;
    let version = number(row, "version");
    *row.get_mut("version")? = json!(version - 1);
    Some(format!(
        "reminder {} at version {}",
        text(row, "reminder_id"),
        version - 1
    ))
}

pub(super) fn commit_ahead(history: &mut History, rng: &mut StdRng) -> Option<String> {
    let index = any(&history.commits, rng, |_| true);
    if let Some(commit) = index.and_then(|index| history.commits.get_mut(index))
        && way(3, rng) > 0
    {
        commit.offset += rng.random_range(1_000..2_000);
        return Some(format!("{} has committed {}", commit.group, commit.offset));
    }
    let index = any(&history.audit, rng, |_| true)?;
    let entry = history.audit.remove(index);
    Some(format!("audit-svc has passed over event {}", entry.event_id))
}

/// A good record is a dead letter, or poison is none.
pub(super) fn good_dead_letter(history: &mut History, rng: &mut StdRng) -> Option<String> {
    let poison = history
        .observations
        .injected
        .iter()
        .any(|injected| injected.is_poison);
    if poison && way(2, rng) == 0 {
        let index = any(&history.letters, rng, |_| true)?;
        let id = history.letters.get(index)?.letter.get(name::ID)?.clone();
        history
            .letters
            .retain(|letter| letter.letter.get(name::ID) != Some(&id));
        return Some(format!("{id} is gone"));
    }
    let index = any(&history.records, rng, |record| {
        !record.topic.consumers().is_empty()
    })?;
    let record = history.records.get(index)?;
    let service = *record.topic.consumers().first()?;
    let added = [
        (
            name::ID,
            format!(
                "{service}/{}/{}/{}",
                record.topic, record.partition, record.offset
            ),
        ),
        (name::SERVICE, service.name().to_owned()),
        (name::TOPIC, record.topic.name().to_owned()),
        (name::PARTITION, record.partition.to_string()),
        (name::OFFSET, record.offset.to_string()),
        (name::TIMESTAMP, record.at.to_string()),
        (name::REASON, "database_away".to_owned()),
    ];
    let letter = Raw {
        topic: record.topic.dead_letter(service),
        partition: 0,
        offset: 1_000_000,
        at: record.at,
        key: Some(hex(record.key.as_bytes())),
        value: record.value,
        headers: record.headers,
        letter: added.map(|(name, value)| (name.to_owned(), value)).into(),
        event_id: Some(record.meta.event_id.to_string()),
        why: None,
    };
    let what = format!("{} is a dead letter", record.place());
    history.letters.push(letter);
    Some(what)
}

pub(super) fn other_letter(history: &mut History, rng: &mut StdRng) -> Option<String> {
    let index = any(&history.letters, rng, |letter| {
        letter.letter.contains_key(name::TIMESTAMP)
    })?;
    let letter = history.letters.get_mut(index)?;
    let what = match way(4, rng) {
        0 => {
            letter.key = Some(hex(b"another"));
            "key"
        }
        1 => {
            letter.value = Hash::of(b"another");
            "value"
        }
        2 => {
            letter.headers = Hash::of(b"another");
            "headers"
        }
        _ => {
            let at = letter.letter.get_mut(name::TIMESTAMP)?;
            *at = (at.parse::<i64>().ok()? + 1).to_string();
            "time"
        }
    };
    Some(format!("{} has another {what}", letter.place()))
}

pub(super) fn other_occurrence(history: &mut History, rng: &mut StdRng) -> Option<String> {
    let rows = history.rows.get_mut(&Table::Task)?;
    let index = any(rows, rng, |row| {
        row.get("series_id").is_some_and(Value::is_string)
    })?;
    if way(2, rng) == 0 {
        let row = rows.remove(index);
        return Some(format!("occurrence {} is gone", text(&row, "id")));
    }
    let mut row = rows.get(index)?.clone();
    *row.get_mut("id")? = json!(Uuid::now_v7().to_string());
    let what = format!(
        "a second occurrence {} of {}",
        number(&row, "ordinal"),
        text(&row, "series_id")
    );
    rows.push(row);
    Some(what)
}

/// A due reminder has not fired, or nothing tells of it.
pub(super) fn silent_reminder(history: &mut History, rng: &mut StdRng) -> Option<String> {
    let rows = history.rows.get(&Table::Inbox)?;
    let index = any(rows, rng, |_| true)?;
    let (id, reminder) = {
        let row = rows.get(index)?;
        (
            text(row, "notification_id").to_owned(),
            text(row, "reminder_id").to_owned(),
        )
    };
    if way(2, rng) == 0 {
        history.records.retain(|record| record.meta.aggregate_id != id);
        return Some(format!("nothing tells of notification {id}"));
    }
    history.rows.get_mut(&Table::Inbox)?.remove(index);
    Some(format!("reminder {reminder} has not fired"))
}

pub(super) fn other_audit(history: &mut History, rng: &mut StdRng) -> Option<String> {
    let index = any(&history.audit, rng, |_| true)?;
    match way(3, rng) {
        0 => {
            let entry = history.audit.remove(index);
            Some(format!("event {} has no entry", entry.event_id))
        }
        1 => {
            let entry = history.audit.get(index)?.clone();
            let what = format!("event {} has two entries", entry.event_id);
            history.audit.push(entry);
            Some(what)
        }
        _ => {
            let entry = history.audit.get_mut(index)?;
            entry.body = Hash::of(b"another").to_string();
            Some(format!("the entry of event {} has another body", entry.event_id))
        }
    }
}

pub(super) fn blind_screen(history: &mut History, rng: &mut StdRng) -> Option<String> {
    let index = any(&history.screens, rng, |screen| !screen.model.items.is_empty())?;
    let screen = history.screens.get_mut(index)?;
    let ids: Vec<String> = screen.model.items.keys().cloned().collect();
    let id = ids.get(any(&ids, rng, |_| true)?)?;
    if way(2, rng) == 0 {
        screen.model.items.remove(id);
    } else {
        screen.model.items.get_mut(id)?.version -= 1;
    }
    Some(format!("{} has missed the last update of {id}", screen.user))
}

pub(super) fn other_owner(history: &mut History, rng: &mut StdRng) -> Option<String> {
    let thief = "somebody else";
    match way(3, rng) {
        0 => {
            let index = any(&history.audit, rng, |_| true)?;
            let entry = history.audit.get_mut(index)?;
            thief.clone_into(&mut entry.user_id);
            Some(format!(
                "the audit entry of event {} is {thief}'s",
                entry.event_id
            ))
        }
        1 => {
            let rows = history.rows.get_mut(&Table::Task)?;
            let index = any(rows, rng, |_| true)?;
            *rows.get_mut(index)?.get_mut("user_id")? = json!(thief);
            Some(format!("task {} is {thief}'s", text(rows.get(index)?, "id")))
        }
        _ => {
            let from = any(&history.screens, rng, |screen| !screen.model.items.is_empty())?;
            let stolen = history.screens.get(from)?.model.items.clone();
            let owner = history.screens.get(from)?.user.clone();
            let to = any(&history.screens, rng, |screen| screen.user != owner)?;
            let screen = history.screens.get_mut(to)?;
            screen.model.items.extend(stolen);
            Some(format!("{} sees what is {owner}'s", screen.user))
        }
    }
}
