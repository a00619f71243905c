//! Line 1: a task is created, and the socket gets it.

use std::time::{Duration, Instant};

use anyhow::ensure;
use chrono::{DateTime, NaiveDateTime, SubsecRound as _, TimeDelta, Utc};
use chrono_tz::Europe::Berlin;
use reqwest::StatusCode;
use serde_json::{Value, json};

use super::{Line, PATIENCE, Stage};
use crate::api::Answer;
use crate::journal::Seen;
use crate::socket::shows_task;
use crate::timeline::Source;

pub const LINE: Line = Line {
    number: 1,
    text: "alice opens a socket and creates \"Water the plants\": due in 1 hour in Berlin, daily, with a reminder",
    within: Duration::from_secs(20),
    services: &["backend-api", "ws-gateway"],
};

/// How far ahead the reminder is: time enough for the line itself.
const REMINDER_AHEAD: TimeDelta = TimeDelta::seconds(4);

#[derive(Debug, Clone)]
pub struct Plants {
    pub id: String,
    /// When it is due, on Berlin's clocks.
    pub due: NaiveDateTime,
    /// When its reminder is to fire.
    pub fire_at: DateTime<Utc>,
    /// When the request was sent that created it.
    pub sent: Instant,
    /// The same on the wall clock.
    pub sent_clock: DateTime<Utc>,
}

/// Alice creates the task and sees it.
pub async fn tell(stage: &mut Stage) -> anyhow::Result<Plants> {
    stage.timeline.line(LINE.number, LINE.text);
    let sent_clock = Utc::now();
    let fire_at = sent_clock.trunc_subsecs(3) + REMINDER_AHEAD;
    let due = (sent_clock + TimeDelta::hours(1))
        .with_timezone(&Berlin)
        .naive_local()
        .trunc_subsecs(0);
    let answer = stage.alice.tasks.post("/v1/tasks", task(due, fire_at)).await?;
    let plants = created(&answer, due, fire_at, sent_clock)?;
    observe(stage, &plants, &answer).await?;
    stage.timeline.flush();
    Ok(plants)
}

fn task(due: NaiveDateTime, fire_at: DateTime<Utc>) -> Value {
    json!({
        "title": "Water the plants",
        "due": {"datetime": due.format("%Y-%m-%dT%H:%M:%S").to_string(), "timezone": "Europe/Berlin"},
        "recurrence": {"rrule": "FREQ=DAILY", "anchor": "schedule", "missed": "skip"},
        "reminders": [{"at": fire_at}],
    })
}

fn created(
    answer: &Seen<Answer>,
    due: NaiveDateTime,
    fire_at: DateTime<Utc>,
    sent_clock: DateTime<Utc>,
) -> anyhow::Result<Plants> {
    let item = answer.item.expect(StatusCode::CREATED)?;
    ensure!(
        item.number("/version")? == 1,
        "a new task has version 1: {}",
        item.body
    );
    ensure!(item.headers.contains_key("etag"), "the answer has no ETag");
    ensure!(
        item.headers.contains_key("taskwire-position"),
        "the answer has no Taskwire-Position"
    );
    Ok(Plants {
        id: item.text("/id")?.to_owned(),
        due,
        fire_at,
        sent: item.sent,
        sent_clock,
    })
}

async fn observe(stage: &mut Stage, plants: &Plants, answer: &Seen<Answer>) -> anyhow::Result<()> {
    let id = plants.id.as_str();
    let records = &stage.observer.records;
    let (fact, reminder, pushed) = tokio::try_join!(
        records.find(PATIENCE, "the record task.created", |record| {
            record
                .fact("task.created")
                .is_some_and(|fact| fact.meta().aggregate_id == id)
        }),
        records.find(PATIENCE, "the record reminder.scheduled", |record| {
            let fact = record.fact("reminder.scheduled");
            fact.and_then(|fact| fact.task_id())
                .is_some_and(|task| task.to_string() == id)
        }),
        stage
            .alice_socket
            .event(PATIENCE, "task.created", |message| shows_task(message, id)),
    )?;
    let (timeline, sent) = (&mut stage.timeline, plants.sent);
    let position = answer.item.number("/position")?;
    let text = format!(
        "{} {}: task {id}, version 1, position {position}",
        answer.item.status, answer.item.request
    );
    timeline.observed(Source::Http, sent, answer.at, text);
    timeline.observed(
        Source::Kafka,
        sent,
        fact.at,
        format!("task.created        {}", fact.item.place()),
    );
    let fires = plants.fire_at.format("%H:%M:%S%.3f UTC");
    let text = format!("reminder.scheduled  {} for {fires}", reminder.item.place());
    timeline.observed(Source::Kafka, sent, reminder.at, text);
    let due = plants.due.format("%Y-%m-%d %H:%M:%S");
    let text = format!("alice sees task.created: due {due} Europe/Berlin, at position {position}");
    timeline.observed(Source::Socket, sent, pushed.at, text);
    ensure!(
        pushed.item.pointer("/position").and_then(Value::as_i64) == Some(position),
        "another position was pushed"
    );
    Ok(())
}
