//! Completing, skipping and opening again.

use serde_json::json;

use crate::app::{App, daily, path};

#[tokio::test]
async fn completing_closes_the_task_once() {
    let app = App::start().await;
    let alice = app.user("alice");
    let task = alice.create(json!({"title": "a"})).await;
    app.take_facts().await;
    let done = alice.act(&task, "complete").await.expect(200);
    assert_eq!(
        (&done.body["status"], &done.body["version"]),
        (&json!("done"), &json!(2))
    );
    assert_eq!(done.body["completed_at"], done.body["updated_at"]);
    let [fact, _update] = app.take_facts().await.try_into().unwrap();
    assert_eq!(
        (fact.meta().kind.as_str(), fact.meta().intent.as_str()),
        ("task.completed", "complete")
    );
    let fields: Vec<_> = fact
        .task()
        .changes
        .iter()
        .map(|change| change.field.as_str())
        .collect();
    assert_eq!(fields, ["completed_at", "status"]);

    let again = alice.act(&task, "complete").await.expect(200);
    assert_eq!(again.body, done.body);
    assert_eq!(app.take_kinds().await, Vec::<String>::new());
}

#[tokio::test]
async fn completing_a_recurring_task_tells_its_rule_and_creates_no_successor_itself() {
    let app = App::start().await;
    let alice = app.user("alice");
    let task = alice.create(daily()).await;
    app.take_facts().await;
    alice.act(&task, "complete").await.expect(200);
    let facts = app.take_facts().await;
    let log: Vec<_> = facts.iter().map(ToString::to_string).collect();
    let expected = [
        "event task.completed v2 p3",
        "update task.completed v2 p3",
        "reminder reminder.cancelled v2 p3",
    ];
    assert_eq!(log, expected);
    let snapshot = facts[0].task().task.as_ref().unwrap();
    assert_eq!(snapshot.status, "done");
    assert!(snapshot.completed_at.is_some() && snapshot.recurrence.is_some());
    assert_eq!(
        facts[2].reminder().cancelled.as_ref().unwrap().reason,
        "completed"
    );
    assert_eq!(app.number("SELECT count(*) FROM tasks.task").await, 1);
}

#[tokio::test]
async fn skipping_closes_the_task_too() {
    let app = App::start().await;
    let alice = app.user("alice");
    let task = alice.create(daily()).await;
    app.take_facts().await;
    let skipped = alice.act(&task, "skip").await.expect(200);
    assert_eq!(skipped.body["status"], "skipped");
    assert!(skipped.body["completed_at"].is_string());
    let facts = app.take_facts().await;
    assert_eq!(facts[0].meta().kind, "task.skipped");
    assert_eq!(facts[2].reminder().cancelled.as_ref().unwrap().reason, "skipped");
    let refused = alice.act(&task, "complete").await;
    refused.expect_problem(409, "not-open", None);
}

#[tokio::test]
async fn opening_again_schedules_the_reminders_that_are_ahead() {
    let app = App::start().await;
    let alice = app.user("alice");
    let task = alice.create(daily()).await;
    alice.act(&task, "complete").await.expect(200);
    app.take_facts().await;
    let open = alice.act(&task, "reopen").await.expect(200);
    assert_eq!(
        (&open.body["status"], &open.body["completed_at"]),
        (&json!("open"), &json!(null))
    );
    let log = app.take_kinds().await;
    let expected = [
        "event task.reopened v3 p4",
        "update task.reopened v3 p4",
        "reminder reminder.scheduled v3 p4",
    ];
    assert_eq!(log, expected);
    alice.act(&task, "reopen").await.expect(200);
    assert_eq!(
        app.take_kinds().await,
        Vec::<String>::new(),
        "an open task is open"
    );
}

#[tokio::test]
async fn closing_is_told_with_its_moment_until_the_task_is_open_again() {
    let app = App::start().await;
    let alice = app.user("alice");
    let task = alice.create(json!({"title": "a"})).await;
    let told = async || {
        let fact = app.take_facts().await.remove(0);
        let snapshot = fact.task().task.clone().unwrap();
        (snapshot.completed_at, snapshot.closed_at)
    };
    assert_eq!(told().await, (None, None));
    alice.act(&task, "complete").await.expect(200);
    let (completed_at, closed_at) = told().await;
    assert!(closed_at.is_some() && closed_at == completed_at);
    alice.patch(&path(&task), json!({"title": "b"})).await.expect(200);
    assert_eq!(told().await, (completed_at, closed_at), "no edit moves it");
    alice.act(&task, "reopen").await.expect(200);
    assert_eq!(told().await, (None, None));
    alice.act(&task, "skip").await.expect(200);
    let (_, skipped_at) = told().await;
    assert!(skipped_at > closed_at);
    alice.delete(&path(&task)).await.expect(204);
    assert_eq!(
        told().await.1,
        skipped_at,
        "deleting what is closed moves it neither"
    );
    let open = alice.create(json!({"title": "b"})).await;
    told().await;
    alice.delete(&path(&open)).await.expect(204);
    let (completed_at, deleted_at) = told().await;
    assert!(completed_at.is_none() && deleted_at > skipped_at);
}

#[tokio::test]
async fn a_closed_task_can_be_edited() {
    let app = App::start().await;
    let alice = app.user("alice");
    let task = alice.create(json!({"title": "a"})).await;
    alice.act(&task, "complete").await.expect(200);
    let edited = alice.patch(&path(&task), json!({"title": "b"})).await.expect(200);
    assert_eq!(
        (&edited.body["status"], &edited.body["version"]),
        (&json!("done"), &json!(3))
    );
}
