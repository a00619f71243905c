//! `taskctl reconcile` beside services at work: what is under way is no gap.

use std::time::Duration;

use anyhow::Context as _;
use chrono::{TimeDelta, Utc};
use reqwest::StatusCode;
use serde_json::{Value, json};
use tests::World;
use tests::taskctl;
use tests::wait::wait_until;
use tests::world::Person;

const PATIENCE: Duration = Duration::from_secs(60);
const CHANGES: usize = 60;

/// What is missing of somebody's changes: other tests leave gaps of their own.
async fn gaps(world: &World, user: &str) -> anyhow::Result<(Vec<Value>, Value)> {
    let output = taskctl::output(&world.environment, &["reconcile", "--json"]).await?;
    let report: Value = serde_json::from_str(&output).with_context(|| output.clone())?;
    let findings = report.pointer("/findings").and_then(Value::as_array);
    let of_user = findings
        .context("findings")?
        .iter()
        .filter(|finding| finding.pointer("/user").and_then(Value::as_str) == Some(user));
    Ok((of_user.cloned().collect(), report))
}

/// Tasks with reminders and a series, changed and done, one after the other.
async fn work(person: &Person) -> anyhow::Result<()> {
    for number in 0..CHANGES / 3 {
        let soon = (Utc::now() + TimeDelta::seconds(2)).to_rfc3339();
        let due = json!({"datetime": "2031-05-01T09:00:00", "timezone": "Europe/Berlin"});
        let mut task = json!({"title": format!("Plant {number}"), "due": due});
        if let Some(task) = task.as_object_mut() {
            if number % 2 == 0 {
                task.insert("recurrence".to_owned(), json!({"rrule": "FREQ=DAILY"}));
            }
            if number % 5 == 1 {
                task.insert("reminders".to_owned(), json!([{"at": soon}, {"before": "PT1H"}]));
            }
        }
        let created = person.tasks.post("/v1/tasks", task).await?.item;
        let id = created.expect(StatusCode::CREATED)?.text("/id")?.to_owned();
        let path = format!("/v1/tasks/{id}");
        let edited = person.tasks.patch(&path, json!({"priority": "high"})).await?.item;
        edited.expect(StatusCode::OK)?;
        if number % 5 != 1 {
            let done = person
                .tasks
                .post(&format!("{path}/complete"), json!({}))
                .await?
                .item;
            done.expect(StatusCode::OK)?;
        }
    }
    Ok(())
}

#[tokio::test]
async fn a_system_at_work_has_no_gap_and_everything_arrives() -> anyhow::Result<()> {
    let world = World::open().expect("a running stack");
    let person = world.person("rita")?;
    let (worked, looked) = tokio::join!(work(&person), async {
        let mut found = Vec::new();
        for _ in 0..3 {
            found.extend(gaps(&world, &person.user).await?.0);
        }
        anyhow::Ok(found)
    });
    worked?;
    assert_eq!(
        looked?,
        [Value::Null; 0],
        "nothing is missing while it is on its way"
    );
    let whole = || async {
        let (found, report) = gaps(&world, &person.user).await?;
        assert_eq!(found, [Value::Null; 0], "{report}");
        let tasks = report
            .pointer("/examined/versions of tasks")
            .and_then(Value::as_u64);
        let is_enough = tasks.is_some_and(|versions| versions >= CHANGES as u64);
        Ok(if is_enough {
            Ok(())
        } else {
            Err(report.to_string())
        })
    };
    wait_until(PATIENCE, "a look at every change", whole).await
}
