//! Facts as the topics carry them, and a log to put them into.

use audit_svc::handler::Recorder;
use bytes::Bytes;
use chrono::{DateTime, Duration, Utc};
use service_kit::testing::{Database, Migrations};
use shared_events::consumer::{Handler as _, Record, Verdict};
use shared_events::event::fact::AnyFact;
use shared_events::event::reminder::{ReminderCancelled, ReminderEvent};
use shared_events::event::task::TaskEvent;
use shared_events::event::{EventMeta, Timestamp, aggregate, intent, user_actor};
use shared_events::ids::{ActionId, Epoch, EventId, Position, ReminderId, TaskId, UserId, Version};
use shared_events::record::RawRecord;
use sqlx::PgPool;

/// The role that the service runs as.
pub(crate) const ROLE: &str = "taskwire_audit_svc";

/// A database with the outbox (whose migration makes the roles) and the log.
pub(crate) async fn database() -> Database {
    let schemas = [
        Migrations {
            schema: "outbox",
            migrator: &shared_events::MIGRATOR,
        },
        Migrations {
            schema: "audit",
            migrator: &audit_svc::MIGRATOR,
        },
    ];
    Database::create(&schemas).await
}

/// A second of a day on which everything in these tests happens.
pub(crate) fn second(second: i64) -> DateTime<Utc> {
    "2026-12-01T08:00:00Z".parse::<DateTime<Utc>>().unwrap() + Duration::seconds(second)
}

/// A fact about a task, without its snapshot: what a kind looks like that this build does not know.
pub(crate) fn task_fact(user: &str, task: TaskId, kind: &str, version: i64, at: DateTime<Utc>) -> AnyFact {
    let meta = meta(user, kind, aggregate::TASK, task.to_string(), version, at);
    AnyFact::Task(Box::new(TaskEvent::new(meta)))
}

/// A fact about a reminder of a task.
pub(crate) fn reminder_fact(user: &str, task: TaskId, at: DateTime<Utc>) -> AnyFact {
    let reminder_id = ReminderId::new();
    let meta = meta(
        user,
        "reminder.cancelled",
        aggregate::REMINDER,
        reminder_id.to_string(),
        1,
        at,
    );
    let cancelled = Some(ReminderCancelled {
        reason: "completed".to_owned(),
    });
    AnyFact::Reminder(Box::new(ReminderEvent {
        meta,
        task_id: task,
        reminder_id,
        scheduled: None,
        cancelled,
    }))
}

fn meta(
    user: &str,
    kind: &str,
    aggregate: &str,
    aggregate_id: String,
    version: i64,
    at: DateTime<Utc>,
) -> EventMeta {
    let user_id = UserId::parse(user).unwrap();
    EventMeta {
        event_id: EventId::new(),
        kind: kind.to_owned(),
        occurred_at: Timestamp::new(at),
        actor: user_actor(&user_id),
        user_id,
        action_id: ActionId::new(),
        causation_id: None,
        intent: intent::EDIT.to_owned(),
        aggregate: aggregate.to_owned(),
        aggregate_id,
        version: Version(version),
        previous: Version(version - 1),
        epoch: Epoch(1),
        position: Position(version),
    }
}

/// The record that carried a fact.
pub(crate) fn record(fact: &AnyFact, offset: i64) -> RawRecord {
    let topic = match fact {
        AnyFact::Task(_) => "task-events",
        AnyFact::Reminder(_) => "reminders",
        AnyFact::Notification(_) => "notification-events",
    };
    RawRecord {
        topic: topic.to_owned(),
        partition: 3,
        offset,
        timestamp: None,
        key: None,
        payload: Some(Bytes::from(format!("bytes of {}", fact.meta().event_id))),
        headers: vec![("traceparent".to_owned(), Some(Bytes::from_static(b"00-1-2-01")))],
    }
}

/// Puts a fact into the log as the consumer runtime does, in a transaction of its own; false if it was there.
pub(crate) async fn log(pool: &PgPool, fact: &AnyFact, offset: i64) -> bool {
    let mut tx = pool.begin().await.unwrap();
    let record = Record {
        message: fact.clone(),
        raw: record(fact, offset),
    };
    let verdict = Recorder.apply(&mut tx, &record).await.unwrap();
    tx.commit().await.unwrap();
    verdict == Verdict::Applied
}
