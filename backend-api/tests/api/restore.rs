//! A deleted task is there again for 30 days, as it was, without what is gone meanwhile.

use reqwest::Method;
use serde_json::{Value, json};

use crate::app::{App, Fact, ROLE, Reply, User, daily, path};
use crate::commands::{apply, next_of};
use crate::projects::{changed, place, project};

async fn deleted(app: &App, user: &User, task: &Value) {
    user.delete(&path(task)).await.expect(204);
    app.take_facts().await;
}

async fn restore(user: &User, task: &Value) -> Reply {
    user.act(task, "restore").await
}

/// That `restored` is `before` but for its version, its position and when it was changed.
#[track_caller]
fn assert_as_before(restored: &Value, before: &Value, versions: i64) {
    let mut expected = before.clone();
    for field in ["version", "position", "updated_at"] {
        expected[field] = restored[field].clone();
    }
    assert_eq!(*restored, expected);
    let version = before["version"].as_i64().unwrap();
    assert_eq!(restored["version"], version + versions);
}

#[tokio::test]
async fn an_open_task_is_there_again_as_it_was() {
    let app = App::start().await;
    let alice = app.user("alice");
    let tag = alice.tag("home").await;
    let task =
        json!({"title": "a", "description": "b", "priority": "high", "tags": [tag["id"]], "estimate": 5});
    let task = alice.create(task).await;
    deleted(&app, &alice, &task).await;
    let restored = restore(&alice, &task).await.expect(200);
    assert_as_before(&restored.body, &task, 2);
    assert_eq!(
        (restored.header("etag"), restored.header("taskwire-position")),
        ("\"3\"", "4")
    );
    assert_eq!(alice.get(&path(&task)).await.expect(200).body, restored.body);
    let facts = app.take_facts().await;
    let kinds: Vec<_> = facts.iter().map(ToString::to_string).collect();
    assert_eq!(kinds, ["event task.restored v3 p4", "update task.restored v3 p4"]);
    let event = facts[0].task();
    assert_eq!(event.meta.previous.get(), 2);
    assert_eq!(changed(event), [("deleted", Some("true"), None)]);
    assert_eq!(event.task.as_ref().unwrap().title, "a");
}

#[tokio::test]
async fn a_done_task_comes_back_done() {
    let app = App::start().await;
    let alice = app.user("alice");
    let task = alice.create(json!({"title": "a"})).await;
    let done = alice.act(&task, "complete").await.expect(200).body;
    deleted(&app, &alice, &done).await;
    let restored = restore(&alice, &done).await.expect(200).body;
    assert_as_before(&restored, &done, 2);
    let facts = app.take_facts().await;
    assert!(facts[0].task().task.as_ref().unwrap().closed_at.is_some());
    assert_eq!(
        alice.act(&done, "reopen").await.expect(200).body["status"],
        "open"
    );
}

#[tokio::test]
async fn sync_tells_of_it_after_it_told_of_the_tombstone() {
    let app = App::start().await;
    let alice = app.user("alice");
    let task = alice.create(json!({"title": "a"})).await;
    deleted(&app, &alice, &task).await;
    let tombstone = alice.get("/v1/sync?since=1").await.expect(200).body;
    assert_eq!(tombstone["items"][0]["deleted"], true);
    let restored = restore(&alice, &task).await.expect(200).body;
    let changes = alice.get("/v1/sync?since=2").await.expect(200).body;
    assert_eq!(
        (&changes["items"][0]["deleted"], &changes["items"][0]["task"]),
        (&json!(false), &restored)
    );
    let listed = alice.list("/v1/tasks?status=open").await;
    assert_eq!(listed, [restored]);
}

#[tokio::test]
async fn restoring_what_is_there_changes_nothing() {
    let app = App::start().await;
    let alice = app.user("alice");
    let task = alice.create(json!({"title": "a"})).await;
    app.take_facts().await;
    assert_eq!(restore(&alice, &task).await.expect(200).body, task);
    deleted(&app, &alice, &task).await;
    let once = restore(&alice, &task).await.expect(200);
    app.take_facts().await;
    let twice = restore(&alice, &task).await.expect(200);
    assert_eq!((&twice.body, twice.header("etag")), (&once.body, "\"3\""));
    assert_eq!(app.take_kinds().await, Vec::<String>::new());
}

#[tokio::test]
async fn reminders_are_scheduled_again_and_those_whose_time_has_passed_are_not() {
    let app = App::start().await;
    let alice = app.user("alice");
    let body = json!({
        "title": "a",
        "due": {"datetime": "2030-12-01T09:00:00", "timezone": "UTC"},
        "reminders": [{"before": "PT1H"}, {"at": "2020-01-01T00:00:00Z"}],
        "allow_past_due": true,
    });
    let task = alice.create(body).await;
    let first = app.take_facts().await;
    let id = |facts: &[Fact]| {
        let ids = facts.iter().filter_map(|fact| match fact {
            Fact::Reminder(event) => Some((
                event.reminder_id,
                event.meta.version.get(),
                event.scheduled.is_some(),
            )),
            _ => None,
        });
        ids.collect::<Vec<_>>()
    };
    let [(reminder, 1, true)] = id(&first)[..] else {
        panic!("{first:#?}")
    };
    alice.delete(&path(&task)).await.expect(204);
    assert_eq!(id(&app.take_facts().await), [(reminder, 2, false)]);
    assert_as_before(&restore(&alice, &task).await.expect(200).body, &task, 2);
    assert_eq!(id(&app.take_facts().await), [(reminder, 3, true)]);
}

#[tokio::test]
async fn an_occurrence_comes_back_while_its_series_goes_on_and_after_it_ended() {
    let app = App::start().await;
    let alice = app.user("alice");
    let first = alice.create(daily()).await;
    deleted(&app, &alice, &first).await;
    let restored = restore(&alice, &first).await.expect(200).body;
    assert_as_before(&restored, &first, 2);
    let pool = app.database.pool_as(ROLE).await;
    apply(&pool, &next_of(&first, 2, "2030-12-02T09:00:00"))
        .await
        .unwrap();
    assert_eq!(
        alice.list("/v1/tasks?limit=9").await.len(),
        1,
        "it is open again: none follows"
    );

    let all = format!("{}?scope=all", path(&first));
    alice.delete(&all).await.expect(204);
    app.take_facts().await;
    let restored = restore(&alice, &first).await.expect(200).body;
    assert_eq!(restored["recurrence"], Value::Null, "the series stays ended");
    assert_eq!(restored["series_id"], first["series_id"]);
    let kinds = app.take_kinds().await;
    assert!(kinds.iter().all(|kind| !kind.contains("series")), "{kinds:?}");
    alice.act(&first, "complete").await.expect(200);
}

#[tokio::test]
async fn what_it_belonged_to_and_is_gone_it_is_without() {
    let app = App::start().await;
    let alice = app.user("alice");
    let garden = project(&alice, "Garden").await;
    let parent = alice.create(json!({"title": "parent"})).await;
    let tag = alice.tag("home").await;
    let body =
        json!({"title": "a", "project_id": garden["id"], "parent_id": parent["id"], "tags": [tag["id"]]});
    let task = alice.create(body).await;
    deleted(&app, &alice, &task).await;
    assert_as_before(&restore(&alice, &task).await.expect(200).body, &task, 2);
    deleted(&app, &alice, &task).await;
    alice.delete(&place(&garden)).await.expect(204);
    alice.delete(&path(&parent)).await.expect(204);
    alice
        .delete(&format!("/v1/tags/{}", tag["id"].as_str().unwrap()))
        .await
        .expect(204);
    app.take_facts().await;
    let mut without = task.clone();
    without["project_id"] = Value::Null;
    without["parent_id"] = Value::Null;
    let restored = restore(&alice, &task).await.expect(200).body;
    assert_as_before(&restored, &without, 4);
    let facts = app.take_facts().await;
    let fields: Vec<_> = changed(facts[0].task()).iter().map(|change| change.0).collect();
    assert_eq!(fields, ["deleted", "parent_id", "project_id"]);
}

#[tokio::test]
async fn tasks_that_went_with_their_project_come_back_one_by_one() {
    let app = App::start().await;
    let alice = app.user("alice");
    let garden = project(&alice, "Garden").await;
    let mut body = daily();
    body["project_id"] = garden["id"].clone();
    let occurrence = alice.create(body).await;
    let part = json!({"title": "part", "parent_id": occurrence["id"], "project_id": garden["id"]});
    let part = alice.create(part).await;
    alice.delete(&place(&garden)).await.expect(204);
    let restored = restore(&alice, &part).await.expect(200).body;
    assert_eq!(restored["parent_id"], Value::Null, "that is not there yet");
    let restored = restore(&alice, &occurrence).await.expect(200).body;
    assert_eq!(
        (&restored["project_id"], &restored["recurrence"]),
        (&Value::Null, &Value::Null)
    );
}

#[tokio::test]
async fn a_parent_that_was_moved_below_it_meanwhile_is_its_parent_no_more() {
    let app = App::start().await;
    let alice = app.user("alice");
    let above = alice.create(json!({"title": "above"})).await;
    let task = alice
        .create(json!({"title": "task", "parent_id": above["id"]}))
        .await;
    let below = alice
        .create(json!({"title": "below", "parent_id": task["id"]}))
        .await;
    deleted(&app, &alice, &task).await;
    let moved = alice
        .patch(&path(&above), json!({"parent_id": below["id"]}))
        .await;
    let is_moved = moved.status == 200;
    let restored = restore(&alice, &task).await.expect(200).body;
    let parent = if is_moved {
        Value::Null
    } else {
        above["id"].clone()
    };
    assert_eq!(restored["parent_id"], parent, "no task is a part of itself");
}

#[tokio::test]
async fn what_is_no_longer_or_never_was_or_is_anothers_is_not_found() {
    let app = App::start().await;
    let alice = app.user("alice");
    let task = alice.create(json!({"title": "a"})).await;
    let garden = project(&alice, "Garden").await;
    alice.delete(&place(&garden)).await.expect(204);
    deleted(&app, &alice, &task).await;
    let bob = app.user("bob");
    bob.create(json!({"title": "b"})).await;
    app.take_facts().await;
    for user in [bob, app.user("carol")] {
        restore(&user, &task).await.expect_problem(404, "not-found", None);
    }
    restore(&alice, &garden)
        .await
        .expect_problem(404, "not-found", None);
    let age = |interval: &'static str| {
        let set = format!(
            "UPDATE tasks.task SET deleted_at = clock_timestamp() - interval '{interval}' WHERE deleted_at IS NOT NULL"
        );
        let pool = app.pool.clone();
        async move {
            sqlx::query(sqlx::AssertSqlSafe(set))
                .execute(&pool)
                .await
                .unwrap()
        }
    };
    age("30 days").await;
    restore(&alice, &task)
        .await
        .expect_problem(404, "not-found", None);
    assert_eq!(app.take_kinds().await, Vec::<String>::new());
    age("29 days 23 hours").await;
    restore(&alice, &task).await.expect(200);
}

#[tokio::test]
async fn it_is_restored_at_the_version_that_is_meant_and_once_for_a_key() {
    let app = App::start().await;
    let alice = app.user("alice");
    let task = alice.create(json!({"title": "a"})).await;
    deleted(&app, &alice, &task).await;
    let verb = format!("{}/restore", path(&task));
    for tag in ["\"1\"", "\"3\""] {
        let refused = alice.call(Method::POST, &verb, None, Some(tag)).await;
        let refused = refused.expect_problem(412, "version-mismatch", None);
        assert_eq!(refused.body["current_version"], 2);
        assert_eq!(refused.header("etag"), "\"2\"");
    }
    assert_eq!(app.take_kinds().await, Vec::<String>::new());
    let keyed = alice.with_key("k");
    let restored = keyed
        .call(Method::POST, &verb, None, Some("\"2\""))
        .await
        .expect(200);
    assert!(!app.facts().await[0].task().unconditional);
    alice.delete(&path(&task)).await.expect(204);
    app.take_facts().await;
    let again = keyed
        .call(Method::POST, &verb, None, Some("\"2\""))
        .await
        .expect(200);
    assert_eq!(again.text, restored.text);
    alice
        .get(&path(&task))
        .await
        .expect_problem(404, "not-found", None);
    assert_eq!(
        app.take_kinds().await,
        Vec::<String>::new(),
        "it was answered before"
    );
    alice
        .with_key("l")
        .call(Method::POST, &verb, None, None)
        .await
        .expect(200);
    assert!(app.facts().await[0].task().unconditional);
}
