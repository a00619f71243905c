//! Deleting: the tombstone stays, the series goes on, or ends with it.

use serde_json::json;

use crate::app::{App, daily, path};

#[tokio::test]
async fn a_deleted_task_is_gone_and_its_tombstone_is_told() {
    let app = App::start().await;
    let alice = app.user("alice");
    let task = alice
        .create(json!({"title": "a", "tags": [alice.tag("x").await["id"]]}))
        .await;
    app.take_facts().await;
    let reply = alice.delete(&path(&task)).await.expect(204);
    assert_eq!(
        (reply.header("etag"), reply.header("taskwire-position")),
        ("\"2\"", "3")
    );
    let [fact, _update] = app.take_facts().await.try_into().unwrap();
    assert_eq!(fact.meta().kind, "task.deleted");
    assert!(fact.task().task.as_ref().unwrap().deleted);
    assert!(
        fact.task()
            .changes
            .iter()
            .all(|change| change.before.is_some() && change.after.is_none())
    );
    alice
        .get(&path(&task))
        .await
        .expect_problem(404, "not-found", None);
    alice
        .delete(&path(&task))
        .await
        .expect_problem(404, "not-found", None);
    alice
        .act(&task, "complete")
        .await
        .expect_problem(404, "not-found", None);
    assert_eq!(alice.get("/v1/tasks").await.expect(200).body["items"], json!([]));
    assert_eq!(
        app.number("SELECT count(*) FROM tasks.task WHERE deleted_at IS NOT NULL")
            .await,
        1
    );
}

#[tokio::test]
async fn deleting_the_open_occurrence_keeps_its_series_and_says_that_it_was_open() {
    let app = App::start().await;
    let alice = app.user("alice");
    let task = alice.create(daily()).await;
    app.take_facts().await;
    alice.delete(&path(&task)).await.expect(204);
    let facts = app.take_facts().await;
    let log: Vec<_> = facts.iter().map(ToString::to_string).collect();
    let expected = [
        "event task.deleted v2 p3",
        "update task.deleted v2 p3",
        "reminder reminder.cancelled v2 p3",
    ];
    assert_eq!(log, expected);
    let snapshot = facts[0].task().task.as_ref().unwrap();
    assert_eq!(
        snapshot.status, "open",
        "which is how recurring-svc knows that it counts as skipped"
    );
    assert!(snapshot.recurrence.is_some());
    assert_eq!(facts[2].reminder().cancelled.as_ref().unwrap().reason, "deleted");
}

#[tokio::test]
async fn deleting_all_ends_the_series() {
    let app = App::start().await;
    let alice = app.user("alice");
    let task = alice.create(daily()).await;
    app.take_facts().await;
    alice
        .delete(&format!("{}?scope=all", path(&task)))
        .await
        .expect(204);
    let facts = app.take_facts().await;
    let log: Vec<_> = facts.iter().map(ToString::to_string).collect();
    let expected = [
        "event series.ended v2 p3",
        "update series.ended v2 p3",
        "event task.deleted v2 p4",
        "update task.deleted v2 p4",
        "reminder reminder.cancelled v2 p4",
    ];
    assert_eq!(log, expected);
    assert!(
        facts[2].task().task.as_ref().unwrap().recurrence.is_none(),
        "nothing follows"
    );
    alice
        .delete("/v1/tasks/x?scope=some")
        .await
        .expect_problem(400, "bad-query", None);
}

#[tokio::test]
async fn the_parts_of_a_deleted_task_stay() {
    let app = App::start().await;
    let alice = app.user("alice");
    let parent = alice.create(json!({"title": "parent"})).await;
    let child = alice
        .create(json!({"title": "child", "parent_id": parent["id"]}))
        .await;
    alice.delete(&path(&parent)).await.expect(204);
    let child = alice.get(&path(&child)).await.expect(200).body;
    assert_eq!(child["parent_id"], parent["id"]);
    let again = alice
        .patch(&path(&child), json!({"title": "still here"}))
        .await
        .expect(200);
    assert_eq!(again.body["parent_id"], parent["id"]);
}
