//! Line 5: a broken record harms nobody.

use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use reqwest::StatusCode;
use serde_json::Value;
use shared_events::topic::{Service, Topic};
use uuid::Uuid;

use super::completion::{self, Occurrence};
use super::{Line, PATIENCE, Stage};
use crate::kafka::{GarbageProducer, Record};
use crate::taskctl;
use crate::timeline::Source;
use crate::wait::wait_until;

pub const LINE: Line = Line {
    number: 5,
    text: "a broken record lands on task-events: every consuming service dead-letters it and goes on",
    within: Duration::from_secs(60),
    services: &["recurring-svc", "audit-svc", "backend-api"],
};

/// Someone puts garbage in front of alice's next change, on the very partition that it will take.
pub async fn tell(stage: &mut Stage, next: &Occurrence) -> anyhow::Result<()> {
    stage.timeline.line(LINE.number, LINE.text);
    let id = dead_lettered(stage, next.record.raw.partition).await?;
    still_passes(stage, next).await?;
    explained(stage, &id).await?;
    stage.timeline.flush();
    Ok(())
}

/// The id of a dead letter: `service/topic/partition/offset`.
async fn dead_lettered(stage: &mut Stage, partition: i32) -> anyhow::Result<String> {
    let topic = Topic::TaskEvents;
    let garbage = format!("this is no Avro: {}", Uuid::new_v4());
    let producer = GarbageProducer::connect(&stage.world.environment.kafka).await?;
    let sent = producer
        .put(topic.name(), partition, "broken", garbage.as_bytes())
        .await?;
    let is_ours = |record: &Record| record.raw.payload.as_deref() == Some(garbage.as_bytes());
    let records = &stage.observer.records;
    let broken = |record: &Record| record.raw.topic == topic.name() && is_ours(record);
    let broken = records.find(PATIENCE, "the broken record", broken).await?;
    let text = format!("garbage             {}", broken.item.place());
    stage.timeline.observed(Source::Kafka, sent, broken.at, text);
    let mut id = None;
    for &service in topic.consumers() {
        let letters = topic.dead_letter(service);
        let is_letter = |record: &Record| record.raw.topic == letters && is_ours(record);
        let letter = records
            .find(PATIENCE, &format!("the dead letter of {service}"), is_letter)
            .await?;
        let reason = letter
            .item
            .header("x-dlq-reason")
            .context("a dead letter without a reason")?;
        ensure!(
            letter.item.raw.key.as_deref() == Some(b"broken"),
            "the dead letter has another key"
        );
        let text = format!("dead letter         {}: {reason}", letter.item.place());
        stage.timeline.observed(Source::Kafka, sent, letter.at, text);
        id = letter.item.header("x-dlq-id").map(str::to_owned);
    }
    id.context("a dead letter without an id")
}

/// What comes behind the broken record is handled: by recurring-svc and by audit-svc.
async fn still_passes(stage: &mut Stage, next: &Occurrence) -> anyhow::Result<()> {
    let after = completion::complete(stage, &next.id).await?;
    ensure!(
        after.ordinal == next.ordinal + 1,
        "number {} follows number {}",
        after.ordinal,
        next.ordinal
    );
    let sent = Instant::now();
    let path = format!("/v1/audit?task_id={}", next.id);
    let entry = wait_until(
        PATIENCE,
        "the audit entry of the change behind the broken record",
        || async {
            let answer = stage.alice.audit.get(&path).await?;
            let items = answer.item.expect(StatusCode::OK)?.items()?;
            let is_completion =
                |item: &&Value| item.get("kind").and_then(Value::as_str) == Some("task.completed");
            let offset = items
                .iter()
                .find(is_completion)
                .and_then(|item| item.get("offset")?.as_i64());
            Ok(offset
                .map(|offset| (offset, answer.at))
                .ok_or_else(|| "no task.completed yet".to_owned()))
        },
    );
    let (offset, at) = entry.await?;
    let text = format!(
        "task.completed      kept, from {}/{}@{offset}",
        Topic::TaskEvents,
        next.record.raw.partition
    );
    stage.timeline.observed(Source::Audit, sent, at, text);
    Ok(())
}

/// The operator sees the dead letters of every service, and why one of them died.
async fn explained(stage: &mut Stage, id: &str) -> anyhow::Result<()> {
    let environment = stage.world.environment.clone();
    let (_, place) = id
        .split_once('/')
        .context("a dead letter's id without a service")?;
    let sent = Instant::now();
    let list = taskctl::run(&environment, &["dlq", "list"]).await?;
    let at = Instant::now();
    for service in Topic::TaskEvents.consumers() {
        let wanted = format!("{}/{place}", Service::name(*service));
        let listed = list.lines().find(|line| line.contains(&wanted));
        let listed = listed.with_context(|| format!("`taskctl dlq list` does not show {wanted}:\n{list}"))?;
        stage
            .timeline
            .observed(Source::Taskctl, sent, at, format!("dlq list: {}", listed.trim()));
    }
    let sent = Instant::now();
    let shown = taskctl::run(&environment, &["dlq", "show", id]).await?;
    ensure!(
        shown.contains(place),
        "`taskctl dlq show {id}` does not say where the record was:\n{shown}"
    );
    stage
        .timeline
        .observed(Source::Taskctl, sent, Instant::now(), format!("dlq show {id}"));
    stage.timeline.remark(
        &shown
            .lines()
            .map(|line| format!("    {line}\n"))
            .collect::<String>(),
    );
    Ok(())
}
