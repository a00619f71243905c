//! Line 6: the audit trail of the task, complete and in order.

use std::collections::BTreeSet;
use std::time::Duration;

use anyhow::{Context as _, ensure};
use chrono::{DateTime, Utc};
use reqwest::StatusCode;
use serde_json::Value;

use super::creation::Plants;
use super::{Line, PATIENCE, Stage};
use crate::kafka::{Message, Record};
use crate::timeline::Source;
use crate::wait::wait_until;
use crate::world::Person;

pub const LINE: Line = Line {
    number: 6,
    text: "the audit trail of the task, complete and in order",
    within: Duration::from_secs(20),
    services: &["audit-svc"],
};

/// Alice reads what happened to her task; what the observer saw on the topics must be there, neither more nor less.
pub async fn tell(stage: &mut Stage, plants: &Plants) -> anyhow::Result<()> {
    stage.timeline.line(LINE.number, LINE.text);
    let entries = complete_trail(stage, plants).await?;
    in_order(&entries)?;
    for entry in &entries {
        let at: DateTime<Utc> = text(entry, "at")?.parse()?;
        let since = (at - plants.sent_clock).to_std().unwrap_or_default();
        stage.timeline.observed(
            Source::Audit,
            plants.sent,
            plants.sent + since,
            described(entry, &stage.alice)?,
        );
    }
    let shown = format!(
        "{} entries: every fact on the topics about this task, each once",
        entries.len()
    );
    stage.timeline.remark(&shown);
    Ok(())
}

async fn complete_trail(stage: &Stage, plants: &Plants) -> anyhow::Result<Vec<Value>> {
    let path = format!("/v1/audit?task_id={}&limit=200", plants.id);
    wait_until(PATIENCE, "a complete audit trail", || async {
        let answer = stage.alice.audit.get(&path).await?.item;
        let entries = answer.expect(StatusCode::OK)?.items()?.to_vec();
        let kept: Vec<&str> = entries
            .iter()
            .filter_map(|entry| entry.get("event_id")?.as_str())
            .collect();
        let kept: BTreeSet<String> = kept.into_iter().map(str::to_owned).collect();
        let seen = facts_about(stage, &plants.id);
        let missing: Vec<&String> = seen.difference(&kept).collect();
        let is_complete = missing.is_empty() && !seen.is_empty();
        ensure!(
            kept.len() == entries.len(),
            "an event id is in the trail twice: {}",
            answer.body
        );
        Ok(if is_complete {
            Ok(entries)
        } else {
            Err(format!("{missing:?} of {seen:?} are missing"))
        })
    })
    .await
}

/// The event ids of the records about a task.
fn facts_about(stage: &Stage, task_id: &str) -> BTreeSet<String> {
    let is_about = |record: &Record| match &record.message {
        Message::Fact(fact) => fact.task_id().is_some_and(|id| id.to_string() == task_id),
        Message::Update(_) | Message::Command(_) | Message::Undecoded(_) => false,
    };
    let records = stage.observer.records.all(is_about);
    records
        .iter()
        .filter_map(|seen| Some(seen.item.meta()?.event_id.to_string()))
        .collect()
}

/// By time; and the task's own versions one after the other, from 1.
fn in_order(entries: &[Value]) -> anyhow::Result<()> {
    let times: Vec<DateTime<Utc>> = entries
        .iter()
        .map(|entry| Ok(text(entry, "at")?.parse()?))
        .collect::<anyhow::Result<_>>()?;
    ensure!(
        times.is_sorted(),
        "the trail is not in the order of time: {times:?}"
    );
    let of_the_task = entries
        .iter()
        .filter(|entry| entry.get("aggregate").and_then(Value::as_str) == Some("task"));
    let versions: Vec<i64> = of_the_task
        .filter_map(|entry| entry.get("version")?.as_i64())
        .collect();
    let expected: Vec<i64> = (1..).take(versions.len()).collect();
    ensure!(
        versions == expected && versions.len() >= 2,
        "the task's versions in the trail are {versions:?}"
    );
    Ok(())
}

fn described(entry: &Value, user: &Person) -> anyhow::Result<String> {
    let number = |name: &str| entry.get(name).and_then(Value::as_i64).unwrap_or_default();
    let place = format!(
        "{}/{}@{}",
        text(entry, "topic")?,
        number("partition"),
        number("offset")
    );
    let actor = text(entry, "actor")?.replace(&user.user, user.name);
    let kind = text(entry, "kind")?;
    Ok(format!(
        "{kind:<23} v{:<2} by {actor:<26} {place}",
        number("version")
    ))
}

fn text<'a>(entry: &'a Value, name: &str) -> anyhow::Result<&'a str> {
    let text = entry.get(name).and_then(Value::as_str);
    text.with_context(|| format!("an audit entry has no {name}: {entry}"))
}
