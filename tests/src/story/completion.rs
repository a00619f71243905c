//! Line 3: the task is completed and comes back tomorrow.

use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use chrono::{Days, NaiveDateTime};
use reqwest::StatusCode;
use serde_json::{Value, json};
use shared_events::event::command::CreateOccurrence;

use super::creation::Plants;
use super::{Line, PATIENCE, Stage};
use crate::journal::Seen;
use crate::kafka::{Message, Record};
use crate::timeline::Source;

pub const LINE: Line = Line {
    number: 3,
    text: "alice completes it: recurring-svc commands, and tomorrow's occurrence is there at the same wall time",
    within: Duration::from_secs(30),
    services: &["recurring-svc", "backend-api", "ws-gateway"],
};

/// An open occurrence of the series.
#[derive(Debug, Clone)]
pub struct Occurrence {
    pub id: String,
    pub ordinal: i64,
    /// When it is due, on Berlin's clocks.
    pub due: NaiveDateTime,
    /// The record that says it was created.
    pub record: Record,
}

/// Alice completes the first occurrence.
pub async fn tell(stage: &mut Stage, plants: &Plants) -> anyhow::Result<Occurrence> {
    stage.timeline.line(LINE.number, LINE.text);
    let next = complete(stage, &plants.id).await?;
    let tomorrow = plants.due.checked_add_days(Days::new(1)).context("no tomorrow")?;
    ensure!(
        next.due == tomorrow,
        "the next one is due {} instead of {tomorrow}",
        next.due
    );
    ensure!(next.ordinal == 2, "the next one is number {}", next.ordinal);
    stage.timeline.flush();
    Ok(next)
}

/// Completes an occurrence and sees the next one come.
pub async fn complete(stage: &mut Stage, id: &str) -> anyhow::Result<Occurrence> {
    let answer = stage
        .alice
        .tasks
        .post(&format!("/v1/tasks/{id}/complete"), json!({}))
        .await?;
    answer.item.expect(StatusCode::OK)?;
    let sent = answer.item.sent;
    let text = format!("{} {}", answer.item.status, answer.item.request);
    stage.timeline.observed(Source::Http, sent, answer.at, text);
    let command = commanded(stage, sent, id).await?;
    succeeded(stage, sent, &command).await
}

async fn commanded(stage: &mut Stage, sent: Instant, id: &str) -> anyhow::Result<CreateOccurrence> {
    let records = &stage.observer.records;
    let is_of_task =
        |record: &Record| create_occurrence(record).is_some_and(|c| c.predecessor.to_string() == id);
    let completed = records.find(PATIENCE, "the record task.completed", |record| {
        record
            .fact("task.completed")
            .is_some_and(|fact| fact.meta().aggregate_id == id)
    });
    let command = records.find(PATIENCE, "the command create_occurrence", is_of_task);
    let (completed, command) = tokio::try_join!(completed, command)?;
    let create = create_occurrence(&command.item).context("not a command")?.clone();
    let text = format!("task.completed      {}", completed.item.place());
    stage.timeline.observed(Source::Kafka, sent, completed.at, text);
    let text = format!(
        "create_occurrence   {}: number {} at {}",
        command.item.place(),
        create.ordinal,
        create.start
    );
    stage.timeline.observed(Source::Kafka, sent, command.at, text);
    Ok(create)
}

async fn succeeded(
    stage: &mut Stage,
    sent: Instant,
    command: &CreateOccurrence,
) -> anyhow::Result<Occurrence> {
    let ordinal = i64::from(command.ordinal);
    let pushed = stage.alice_socket.event(PATIENCE, "task.created", |message| {
        message.pointer("/event/task/ordinal").and_then(Value::as_i64) == Some(ordinal)
    });
    let pushed = pushed.await?;
    let id = text_at(&pushed, "/event/task/id")?;
    let is_creation = |record: &Record| {
        record
            .fact("task.created")
            .is_some_and(|fact| fact.meta().aggregate_id == id)
    };
    let created = stage
        .observer
        .records
        .find(PATIENCE, "the record task.created", is_creation)
        .await?;
    let local = text_at(&pushed, "/event/task/due/datetime")?;
    let zone = text_at(&pushed, "/event/task/due/timezone")?;
    ensure!(zone == "Europe/Berlin", "the next one is due in {zone}");
    let due: NaiveDateTime = local
        .parse()
        .with_context(|| format!("not a wall time: {local}"))?;
    let text = format!("task.created        {}", created.item.place());
    stage.timeline.observed(Source::Kafka, sent, created.at, text);
    let text = format!(
        "alice sees number {ordinal}: due {} {zone}",
        due.format("%Y-%m-%d %H:%M:%S")
    );
    stage.timeline.observed(Source::Socket, sent, pushed.at, text);
    Ok(Occurrence {
        id: id.to_owned(),
        ordinal,
        due,
        record: created.item,
    })
}

fn create_occurrence(record: &Record) -> Option<&CreateOccurrence> {
    match &record.message {
        Message::Command(command) => command.create_occurrence.as_ref(),
        Message::Fact(_) | Message::Update(_) | Message::Undecoded(_) => None,
    }
}

fn text_at<'a>(pushed: &'a Seen<Value>, pointer: &str) -> anyhow::Result<&'a str> {
    let text = pushed.item.pointer(pointer).and_then(Value::as_str);
    text.with_context(|| format!("the socket message has no text at {pointer}: {}", pushed.item))
}
