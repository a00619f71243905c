//! Line 4: nobody else sees any of it.

use std::time::Duration;

use anyhow::ensure;
use reqwest::StatusCode;
use serde_json::json;

use super::creation::Plants;
use super::{Line, PATIENCE, Stage};
use crate::socket::shows_task;
use crate::timeline::Source;
use crate::world::Person;

pub const LINE: Line = Line {
    number: 4,
    text: "bob sees nothing of alice's: not over REST, not on his socket, not in the audit log",
    within: Duration::from_secs(20),
    services: &["backend-api", "ws-gateway", "audit-svc", "notification-svc"],
};

/// Bob looks everywhere, and then has a task of his own, so that his silence was not a broken socket.
pub async fn tell(stage: &mut Stage, plants: &Plants) -> anyhow::Result<()> {
    stage.timeline.line(LINE.number, LINE.text);
    nothing_over_rest(stage, plants).await?;
    nothing_in_lists(stage, plants).await?;
    only_his_own_on_the_socket(stage).await?;
    stage.timeline.flush();
    Ok(())
}

async fn nothing_over_rest(stage: &mut Stage, plants: &Plants) -> anyhow::Result<()> {
    let path = format!("/v1/tasks/{}", plants.id);
    let read = stage.bob.tasks.get(&path).await?;
    let write = stage.bob.tasks.patch(&path, json!({"title": "Mine now"})).await?;
    let complete = stage
        .bob
        .tasks
        .post(&format!("{path}/complete"), json!({}))
        .await?;
    let delete = stage.bob.tasks.delete(&path).await?;
    for answer in [read, write, complete, delete] {
        answer.item.expect(StatusCode::NOT_FOUND)?;
        let text = format!("{} {} as bob", answer.item.status, answer.item.request);
        stage
            .timeline
            .observed(Source::Http, answer.item.sent, answer.at, text);
    }
    Ok(())
}

async fn nothing_in_lists(stage: &mut Stage, plants: &Plants) -> anyhow::Result<()> {
    let trail = format!("/v1/audit?task_id={}", plants.id);
    let Person {
        tasks,
        notifications,
        audit,
        ..
    } = &stage.bob;
    let lists = [
        (Source::Http, tasks.get("/v1/tasks").await?),
        (Source::Http, notifications.get("/v1/notifications").await?),
        (Source::Audit, audit.get(&trail).await?),
        (Source::Audit, audit.get("/v1/audit").await?),
    ];
    for (source, answer) in lists {
        let found = answer.item.expect(StatusCode::OK)?.items()?.len();
        ensure!(
            found == 0,
            "bob finds {found} items with {}: {}",
            answer.item.request,
            answer.item.body
        );
        let text = format!("no items: {} as bob", answer.item.request);
        stage.timeline.observed(source, answer.item.sent, answer.at, text);
    }
    Ok(())
}

async fn only_his_own_on_the_socket(stage: &mut Stage) -> anyhow::Result<()> {
    let before = stage.bob_socket.events();
    ensure!(
        before.is_empty(),
        "bob's socket got {:?}",
        before.first().map(|seen| &seen.item)
    );
    let answer = stage
        .bob
        .tasks
        .post("/v1/tasks", json!({"title": "Bob's own"}))
        .await?;
    let id = answer.item.expect(StatusCode::CREATED)?.text("/id")?;
    let own = stage
        .bob_socket
        .event(PATIENCE, "task.created", |message| shows_task(message, id))
        .await?;
    let after = stage.bob_socket.events();
    ensure!(
        after.iter().all(|seen| shows_task(&seen.item, id)),
        "bob's socket got more than his own: {after:?}"
    );
    let leaked = stage.alice_socket.messages.all(|message| shows_task(message, id));
    ensure!(leaked.is_empty(), "alice's socket got bob's task");
    let text = "bob sees \"Bob's own\", the first and only event on his socket";
    stage
        .timeline
        .observed(Source::Socket, answer.item.sent, own.at, text);
    Ok(())
}
