//! A small history made by hand in which everything is as it should be: two people, a plain task, a series, a reminder
//! that fired, poison that ended where it belongs, and an outage that passed.

mod observed;

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::{Value, json};
use shared_events::dlq::letter::name;
use shared_events::topic::{Service, Topic};
use uuid::Uuid;

use super::history::{AuditEntry, Commit, Hash, History, Raw, Record, Seen, Table, hex};
use crate::chaos::load::{Entry, Kind, Promise};
use crate::chaos::observations::{Injected, Observations};

/// When the run began, in milliseconds since the Unix epoch.
const BEGAN: i64 = 1_800_000_000_000;
const FIRE_AT: i64 = (BEGAN + 5_000) * 1_000;
const POISON: &[u8] = b"\xff garbage";

/// An id of a number.
fn id(number: u128) -> String {
    Uuid::from_u128(0x018f_0000_0000_7000_8000_0000_0000_0000 | number).to_string()
}

fn at(micros: i64) -> Value {
    json!(
        chrono::DateTime::from_timestamp_micros(micros)
            .unwrap()
            .to_rfc3339()
    )
}

#[derive(Default)]
struct Maker {
    history: History,
    events: u128,
    positions: BTreeMap<(String, &'static str), i64>,
}

pub(super) fn history() -> History {
    let mut maker = Maker::default();
    for (number, user) in ["anna", "ben"].into_iter().enumerate() {
        maker.person(user, 1 + 100 * u128::try_from(number).unwrap());
    }
    maker.poison();
    maker.finish()
}

impl Maker {
    fn person(&mut self, user: &'static str, base: u128) {
        let (plain, series) = (id(base), id(base + 1));
        for version in 1..=3 {
            let title = format!("Title {version} of {user}");
            let position = self.task(user, &plain, version, &json!({"title": title}));
            let kind = if version == 1 { Kind::Create } else { Kind::Edit };
            let promise = Promise::Made {
                task: plain.clone(),
                version,
                position,
            };
            self.entry(user, kind, Some(title), promise);
        }
        self.entry(
            user,
            Kind::Edit,
            Some("never made".to_owned()),
            Promise::Refused(412),
        );
        self.entry(user, Kind::Edit, Some("lost".to_owned()), Promise::Unknown);
        self.series(user, &series);
        let first = id(base + 2);
        for (version, status) in [(1, "open"), (2, "done")] {
            let fields = json!({"title": "Daily", "series_id": series, "ordinal": 1, "status": status, "slot": "2026-12-01T08:00:00"});
            self.task(user, &first, version, &fields);
        }
        self.command(user, &series, &first, base);
        let fields =
            json!({"title": "Daily", "series_id": series, "ordinal": 2, "slot": "2026-12-02T08:00:00"});
        self.task(user, &id(base + 3), 1, &fields);
        self.reminder(user, &plain, &id(base + 4), &id(base + 5));
    }

    fn entry(&mut self, user: &str, kind: Kind, title: Option<String>, promise: Promise) {
        self.history.entries.push(Entry {
            user: user.to_owned(),
            kind,
            title,
            promise,
        });
    }

    fn next(&mut self, user: &str, stream: &'static str) -> i64 {
        let position = self.positions.entry((user.to_owned(), stream)).or_default();
        *position += 1;
        *position
    }

    /// A version of a task: its row, its event, its update; the position.
    fn task(&mut self, user: &str, id: &str, version: i64, fields: &Value) -> i64 {
        let position = self.next(user, "tasks");
        let mut task =
            json!({"id": id, "status": "open", "tags": [], "version": version, "position": position});
        merge(&mut task, fields);
        let mut row = task.clone();
        merge(&mut row, &json!({"user_id": user}));
        self.put(Table::Task, "id", row);
        let kind = if version == 1 {
            "task.created"
        } else {
            "task.updated"
        };
        let meta = json!({"kind": kind, "user_id": user, "aggregate": "task", "aggregate_id": id,
                          "version": version, "previous": version - 1, "position": position});
        let body = json!({"changes": [{"field": "title"}], "task": task});
        self.record(Topic::TaskEvents, id, &meta, body);
        let body = json!({"stream": "tasks", "from": position, "refresh": false, "task": task});
        self.record(Topic::TaskUpdates, user, &meta, body);
        position
    }

    fn series(&mut self, user: &str, id: &str) {
        let position = self.next(user, "tasks");
        let series = json!({"id": id, "rrule": "FREQ=DAILY", "revision": 1, "alive": true});
        let mut row = series.clone();
        merge(
            &mut row,
            &json!({"user_id": user, "version": 1, "position": position, "last_ordinal": 2}),
        );
        self.put(Table::Series, "id", row);
        let meta = json!({"kind": "series.created", "user_id": user, "aggregate": "series", "aggregate_id": id,
                          "version": 1, "previous": 0, "position": position});
        self.record(Topic::TaskEvents, id, &meta, json!({"series": series}));
        let body = json!({"stream": "tasks", "from": position, "refresh": false, "series": series});
        self.record(Topic::TaskUpdates, user, &meta, body);
    }

    fn command(&mut self, user: &str, series: &str, predecessor: &str, base: u128) {
        let meta = json!({"kind": "create_occurrence", "user_id": user, "aggregate": "series", "aggregate_id": series,
                          "version": 2, "previous": 1, "position": 0, "causation_id": id(base + 6)});
        let create = json!({"predecessor": predecessor, "ordinal": 2, "start": "2026-12-02T08:00:00", "series_revision": 1});
        let body = json!({"series_id": series, "create_occurrence": create});
        self.record(Topic::TaskCommands, series, &meta, body);
    }

    fn reminder(&mut self, user: &str, task: &str, reminder: &str, notification: &str) {
        let row = json!({"id": reminder, "user_id": user, "task_id": task, "state": "scheduled", "is_due": true,
                         "fire_at": at(FIRE_AT), "version": 1});
        self.put(Table::Reminder, "id", row);
        let meta = json!({"kind": "reminder.scheduled", "user_id": user, "aggregate": "reminder",
                          "aggregate_id": reminder, "version": 1, "previous": 0, "position": 0});
        let body = json!({"task_id": task, "reminder_id": reminder, "scheduled": {"fire_at": FIRE_AT, "title": "T"}});
        self.record(Topic::Reminders, task, &meta, body);
        let row = json!({"reminder_id": reminder, "user_id": user, "task_id": task, "epoch": 1, "version": 1,
                         "state": "fired", "fire_at": at(FIRE_AT)});
        self.put(Table::Schedule, "reminder_id", row);
        let position = self.next(user, "notifications");
        let row = json!({"notification_id": notification, "user_id": user, "task_id": task, "reminder_id": reminder,
                         "fire_at": at(FIRE_AT), "position": position});
        self.put(Table::Inbox, "notification_id", row);
        let meta = json!({"kind": "notification.fired", "user_id": user, "aggregate": "notification",
                          "aggregate_id": notification, "version": 1, "previous": 0, "position": 0});
        self.record(Topic::NotificationEvents, task, &meta, json!({}));
        let meta = json!({"kind": "notification.created", "user_id": user, "aggregate": "notification",
                          "aggregate_id": notification, "version": 1, "previous": 0, "position": position});
        let body = json!({"stream": "notifications", "from": position, "refresh": false});
        self.record(Topic::TaskUpdates, user, &meta, body);
    }

    /// A record at the end of its partition, and its audit entry.
    fn record(&mut self, topic: Topic, key: &str, meta: &Value, body: Value) {
        self.events += 1;
        let event = id(1_000 + self.events);
        let mut whole = json!({"event_id": event, "occurred_at": BEGAN * 1_000, "actor": "user:x", "action_id": event,
                               "causation_id": null, "intent": "edit", "epoch": 1});
        merge(&mut whole, meta);
        let end = self.history.ends.entry((topic.name().to_owned(), 0)).or_default();
        let record = Record {
            topic,
            partition: 0,
            offset: *end,
            at: BEGAN + i64::try_from(self.events).unwrap() * 10,
            key: key.to_owned(),
            source: "/taskwire/test".to_owned(),
            value: Hash::of(event.as_bytes()),
            headers: Hash::of(b"headers"),
            meta: serde_json::from_value(whole).unwrap(),
            body,
        };
        *end += 1;
        if topic.consumers().contains(&Service::AuditSvc) {
            self.history.audit.push(entry(&record));
        }
        self.history.records.push(record);
    }

    fn put(&mut self, table: Table, key: &str, row: Value) {
        let rows = self.history.rows.entry(table).or_default();
        rows.retain(|known| known.get(key) != row.get(key));
        rows.push(row);
    }

    /// A record on another partition that nobody can read, and its dead letters.
    fn poison(&mut self) {
        let topic = Topic::TaskEvents;
        let raw = Raw {
            topic: topic.name().to_owned(),
            partition: 1,
            offset: 0,
            at: BEGAN,
            key: Some(hex(b"key")),
            value: Hash::of(POISON),
            headers: Hash::of(b"headers"),
            letter: BTreeMap::new(),
            event_id: None,
            why: Some("wrong magic".to_owned()),
        };
        self.history.ends.insert((raw.topic.clone(), 1), 1);
        for service in topic.consumers() {
            let added = [
                (name::ID, format!("{service}/{topic}/1/0")),
                (name::SERVICE, service.name().to_owned()),
                (name::TOPIC, topic.name().to_owned()),
                (name::PARTITION, "1".to_owned()),
                (name::OFFSET, "0".to_owned()),
                (name::TIMESTAMP, BEGAN.to_string()),
            ];
            let mut letter = raw.clone();
            letter.topic = topic.dead_letter(*service);
            letter.letter = added.map(|(name, value)| (name.to_owned(), value)).into();
            self.history.letters.push(letter);
        }
        self.history.observations.injected.push(Injected {
            at: Duration::ZERO,
            topic: raw.topic.clone(),
            partition: 1,
            offset: 0,
            kind: "wrong-magic".to_owned(),
            key: b"key".to_vec(),
            value_sha256: Hash::of(POISON).to_string(),
            is_poison: true,
        });
        self.history.strangers.push(raw);
    }

    fn finish(mut self) -> History {
        self.history.leftovers = vec![("rows in outbox.message".to_owned(), 0)];
        for ((user, stream), position) in &self.positions {
            let table = match *stream {
                "tasks" => Table::TaskPosition,
                _ => Table::InboxPosition,
            };
            let rows = self.history.rows.entry(table).or_default();
            rows.push(json!({"user_id": user, "position": position}));
        }
        self.offsets();
        self.screens();
        let injected = std::mem::take(&mut self.history.observations.injected);
        self.history.observations = Observations {
            injected,
            ..observed::observations()
        };
        self.history
            .records
            .sort_by_key(|record| (record.topic, record.partition, record.offset));
        self.history
    }

    fn offsets(&mut self) {
        let roles = [
            (Service::AuditSvc, "taskwire_audit_svc"),
            (Service::NotificationSvc, "taskwire_notification_svc"),
            (Service::BackendApi, "taskwire_backend_api"),
        ];
        let mut rows = Vec::new();
        for ((name, partition), end) in &self.history.ends {
            for service in Topic::from_name(name).unwrap().consumers() {
                self.history.commits.push(Commit {
                    group: service.group().to_owned(),
                    topic: name.clone(),
                    partition: *partition,
                    offset: *end,
                });
                if let Some((_, role)) = roles.iter().find(|(stored, _)| stored == service) {
                    rows.push(
                        json!({"service": role, "topic": name, "partition": partition, "next_offset": end}),
                    );
                }
            }
        }
        self.history.rows.insert(Table::ConsumerOffset, rows);
    }

    fn screens(&mut self) {
        for user in ["anna", "ben"] {
            let of_user = |table| {
                let rows = self.history.rows(table).iter();
                rows.filter(|row| row.get("user_id") == Some(&json!(user)))
                    .cloned()
            };
            let mut items = serde_json::Map::new();
            for row in of_user(Table::Task).chain(of_user(Table::Series)) {
                let word = |name: &str| row.get(name).cloned().unwrap_or(Value::Null);
                let item = json!({"version": word("version"), "deleted": false, "status": word("status"), "title": word("title")});
                items.insert(row["id"].as_str().unwrap().to_owned(), item);
            }
            let inbox =
                of_user(Table::Inbox).map(|row| (row["notification_id"].as_str().unwrap().to_owned(), row));
            let inbox: serde_json::Map<String, Value> = inbox.collect();
            let known = |stream| json!({"known": self.positions[&(user.to_owned(), stream)], "live": 0});
            let model = json!({"items": items, "inbox": inbox, "faults": [], "connections": 1, "recovered": 0,
                               "events": 3, "epoch": 1, "inbox_epoch": 1,
                               "tasks": known("tasks"), "notifications": known("notifications")});
            let model = serde_json::from_value(model).unwrap();
            self.history.screens.push(Seen {
                user: user.to_owned(),
                model,
            });
        }
    }
}

fn entry(record: &Record) -> AuditEntry {
    let meta = &record.meta;
    AuditEntry {
        event_id: meta.event_id.as_uuid(),
        topic: record.topic.name().to_owned(),
        partition: record.partition,
        offset: record.offset,
        user_id: meta.user_id.to_string(),
        aggregate: meta.aggregate.clone(),
        aggregate_id: meta.aggregate_id.clone(),
        version: meta.version.get(),
        previous: meta.previous.get(),
        epoch: 1,
        recorded_at: record.at + 20,
        body: record.value.to_string(),
        commits: true,
    }
}

fn merge(into: &mut Value, fields: &Value) {
    let fields = fields.as_object().unwrap().clone();
    into.as_object_mut().unwrap().extend(fields);
}
