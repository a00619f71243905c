//! Line 2: the reminder fires, never early.

use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use chrono::{DateTime, Utc};
use serde_json::Value;
use shared_events::event::fact::AnyFact;
use shared_events::event::notification::NotificationEvent;

use super::creation::Plants;
use super::{Line, PATIENCE, Stage};
use crate::journal::Seen;
use crate::kafka::Record;
use crate::timeline::{Source, readable};

pub const LINE: Line = Line {
    number: 2,
    text: "the reminder fires: in the app and as a signed webhook, never early",
    within: Duration::from_secs(30),
    services: &["notification-svc", "backend-api", "ws-gateway"],
};

/// The moment comes, and alice is told in every way she asked for.
pub async fn tell(stage: &mut Stage, plants: &Plants) -> anyhow::Result<()> {
    stage.timeline.line(LINE.number, LINE.text);
    let due = moment(plants);
    let patience = due.saturating_duration_since(Instant::now()) + PATIENCE;
    let records = &stage.observer.records;
    let is_fired = |record: &Record| fired_of(record, "notification.fired", &plants.id).is_some();
    let is_sent = |record: &Record| {
        fired_of(record, "notification.delivered", &plants.id).is_some_and(|event| event.channel == "webhook")
    };
    let (fired, delivered, pushed, call) = tokio::try_join!(
        records.find(patience, "the record notification.fired", is_fired),
        records.find(patience, "the record notification.delivered by webhook", is_sent),
        stage
            .alice_socket
            .event(patience, "notification.created", |message| shows_notification(
                message, plants
            )),
        stage
            .receiver
            .calls
            .find(patience, "the webhook call", |call| names_task(
                &call.body, &plants.id
            )),
    )?;
    call.item
        .verified
        .clone()
        .map_err(anyhow::Error::msg)
        .context("the webhook's signature does not verify")?;
    let lateness = lateness(&fired, &plants.id)?;
    never_early(
        plants.fire_at,
        [
            ("the notification on the socket", pushed.clock),
            ("the webhook call", call.clock),
        ],
    )?;

    let timeline = &mut stage.timeline;
    let text = format!(
        "notification.fired      {}, late by {}",
        fired.item.place(),
        readable(lateness)
    );
    timeline.observed(Source::Kafka, due, fired.at, text);
    let title = pushed
        .item
        .pointer("/event/notification/title")
        .and_then(Value::as_str)
        .unwrap_or_default();
    timeline.observed(
        Source::Socket,
        due,
        pushed.at,
        format!("alice is reminded: \"{title}\""),
    );
    let text = format!("{} with a good signature", call.item.id);
    timeline.observed(Source::Webhook, due, call.at, text);
    let text = format!("notification.delivered  {} by webhook", delivered.item.place());
    timeline.observed(Source::Kafka, due, delivered.at, text);
    timeline.flush();
    Ok(())
}

/// The moment of firing on the clock that durations are taken from.
fn moment(plants: &Plants) -> Instant {
    let after = (plants.fire_at - plants.sent_clock).to_std().unwrap_or_default();
    plants.sent + after
}

fn fired_of<'a>(record: &'a Record, kind: &str, task_id: &str) -> Option<&'a NotificationEvent> {
    match record.fact(kind)? {
        AnyFact::Notification(event) if event.task_id.to_string() == task_id => Some(event),
        _ => None,
    }
}

fn shows_notification(message: &Value, plants: &Plants) -> bool {
    message
        .pointer("/event/notification/task_id")
        .and_then(Value::as_str)
        == Some(&plants.id)
}

fn names_task(body: &Value, task_id: &str) -> bool {
    body.pointer("/data/task_id").and_then(Value::as_str) == Some(task_id)
}

/// As notification-svc states it, on the database's clock.
fn lateness(fired: &Seen<Record>, task_id: &str) -> anyhow::Result<Duration> {
    let event = fired_of(&fired.item, "notification.fired", task_id).context("not a firing")?;
    let late = u64::try_from(event.lateness_micros);
    let late = late.with_context(|| format!("it fired early, by {} µs", -event.lateness_micros))?;
    Ok(Duration::from_micros(late))
}

fn never_early(fire_at: DateTime<Utc>, arrivals: [(&str, DateTime<Utc>); 2]) -> anyhow::Result<()> {
    for (what, at) in arrivals {
        ensure!(at >= fire_at, "{what} came at {at}, before {fire_at}");
    }
    Ok(())
}
