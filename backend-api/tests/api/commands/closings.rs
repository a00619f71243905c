//! Which of several closings of one occurrence its successor follows.

use serde_json::{Value, json};
use shared_events::consumer::Verdict;
use shared_events::event::command::TaskCommand;
use shared_events::ids::SeriesId;

use super::{apply, next_of, skipped};
use crate::app::{App, Fact, ROLE, daily, path};

/// The same command as recurring-svc computes it from the newest fact of the task.
async fn following(app: &App, task: &Value, start: &str) -> TaskCommand {
    let facts = app.take_facts().await;
    let newest = facts.iter().rev().find_map(|fact| match fact {
        Fact::Task(event) => event.task.clone(),
        _ => None,
    });
    let mut command = next_of(task, 2, start);
    let closed_at = newest.unwrap().closed_at;
    assert!(closed_at.is_some(), "{start}");
    command.create_occurrence.as_mut().unwrap().closed_at = closed_at;
    command
}

#[tokio::test]
async fn the_last_closing_is_followed_in_whichever_order_the_commands_come() {
    let app = App::start().await;
    let alice = app.user("alice");
    let pool = app.database.pool_as(ROLE).await;
    // Indexes into the commands of the first, second and third closing.
    let orders: [&[usize]; 7] = [
        &[0, 1, 2],
        &[2, 1, 0],
        &[1, 2, 0],
        &[0, 2, 1],
        &[1, 0, 2],
        &[0, 0, 1, 1, 2, 2],
        &[2, 2, 0],
    ];
    for order in orders {
        let mut task = daily();
        task["recurrence"] = json!({"rrule": "FREQ=DAILY", "anchor": "completion"});
        let task = alice.create(task).await;
        let mut commands = Vec::new();
        for (verb, start) in [
            ("complete", "2030-12-02T09:00:00"),
            ("skip", "2030-12-03T09:00:00"),
            ("complete", "2030-12-05T09:00:00"),
        ] {
            if !commands.is_empty() {
                alice.act(&task, "reopen").await.expect(200);
            }
            alice.act(&task, verb).await.expect(200);
            commands.push(following(&app, &task, start).await);
        }
        let mut applied = 0;
        for index in order {
            applied += usize::from(apply(&pool, &commands[*index]).await.unwrap() == Verdict::Applied);
        }
        assert_eq!(applied, 1, "{order:?}");
        let series: SeriesId = task["series_id"].as_str().unwrap().parse().unwrap();
        let next = alice
            .get(&format!("/v1/tasks/{}", series.occurrence(2)))
            .await
            .expect(200)
            .body;
        assert_eq!(next["due"]["datetime"], "2030-12-05T09:00:00", "{order:?}");
    }
}

#[tokio::test]
async fn a_stale_command_is_acknowledged_without_effect() {
    let app = App::start().await;
    let alice = app.user("alice");
    let pool = app.database.pool_as(ROLE).await;
    let task = alice.create(daily()).await;
    alice.act(&task, "complete").await.expect(200);
    let stale = following(&app, &task, "2030-12-02T09:00:00").await;
    alice.act(&task, "reopen").await.expect(200);
    assert_eq!(skipped(&pool, &stale).await, "the predecessor is open");
    alice.act(&task, "complete").await.expect(200);
    app.take_facts().await;
    assert_eq!(
        skipped(&pool, &stale).await,
        "the predecessor was closed at another time"
    );
    assert!(app.take_facts().await.is_empty());
    // A fact of version 1 does not say which closing it tells of.
    let any = next_of(&task, 2, "2030-12-02T09:00:00");
    assert_eq!(apply(&pool, &any).await.unwrap(), Verdict::Applied);
}

#[tokio::test]
async fn deleting_a_closed_occurrence_does_not_outdate_the_command_for_its_successor() {
    let app = App::start().await;
    let alice = app.user("alice");
    let pool = app.database.pool_as(ROLE).await;
    let task = alice.create(daily()).await;
    alice.act(&task, "complete").await.expect(200);
    let command = following(&app, &task, "2030-12-02T09:00:00").await;
    alice.delete(&path(&task)).await.expect(204);
    let told = following(&app, &task, "2030-12-02T09:00:00").await;
    assert_eq!(
        told.create_occurrence, command.create_occurrence,
        "closed when it was"
    );
    assert_eq!(apply(&pool, &command).await.unwrap(), Verdict::Applied);
}

#[tokio::test]
async fn deleting_the_open_occurrence_closes_it() {
    let app = App::start().await;
    let alice = app.user("alice");
    let pool = app.database.pool_as(ROLE).await;
    let task = alice.create(daily()).await;
    alice.act(&task, "complete").await.expect(200);
    let stale = following(&app, &task, "2030-12-02T09:00:00").await;
    alice.act(&task, "reopen").await.expect(200);
    alice.delete(&path(&task)).await.expect(204);
    let last = following(&app, &task, "2030-12-03T09:00:00").await;
    assert_eq!(
        skipped(&pool, &stale).await,
        "the predecessor was closed at another time"
    );
    assert_eq!(apply(&pool, &last).await.unwrap(), Verdict::Applied);
}
