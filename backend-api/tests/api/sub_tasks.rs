//! Sub-tasks: where one may be, and what becomes of them when their task comes back.

use serde_json::{Value, json};
use shared_events::consumer::Verdict;
use shared_events::ids::{SeriesId, TaskId};

use crate::app::{App, ROLE, User, daily, path};
use crate::commands::{apply, next_of};

const FIRST: &str = "2030-12-01T09:00:00";
const SECOND: &str = "2030-12-02T09:00:00";

fn series(task: &Value) -> SeriesId {
    task["series_id"].as_str().unwrap().parse().unwrap()
}

fn id(task: &Value) -> TaskId {
    task["id"].as_str().unwrap().parse().unwrap()
}

async fn below(user: &User, parent: &Value, title: &str) -> Value {
    user.create(json!({"title": title, "parent_id": parent["id"]}))
        .await
}

/// A task that recurs daily, below `parent`.
async fn daily_below(user: &User, parent: &Value) -> Value {
    let mut task = daily();
    task["parent_id"] = parent["id"].clone();
    user.create(task).await
}

async fn fetched(user: &User, id: TaskId) -> Value {
    user.get(&format!("/v1/tasks/{id}")).await.expect(200).body
}

/// Completes `task`, and does what recurring-svc then asks for.
async fn followed(app: &App, user: &User, task: &Value, ordinal: i32, start: &str) -> TaskId {
    user.act(task, "complete").await.expect(200);
    let pool = app.database.pool_as(ROLE).await;
    let verdict = apply(&pool, &next_of(task, ordinal, start)).await.unwrap();
    assert_eq!(verdict, Verdict::Applied);
    series(task).occurrence(ordinal)
}

#[tokio::test]
async fn the_next_occurrence_has_the_same_sub_tasks_open_again() {
    let app = App::start().await;
    let alice = app.user("alice");
    let first = alice.create(daily()).await;
    let done = below(&alice, &first, "done").await;
    let inside = below(&alice, &done, "open, in what is done").await;
    let skipped = below(&alice, &inside, "skipped, at the third level").await;
    let deleted = below(&alice, &first, "deleted").await;
    let under_deleted = below(&alice, &deleted, "in what is deleted").await;
    alice.act(&done, "complete").await.expect(200);
    alice.act(&skipped, "skip").await.expect(200);
    alice.delete(&path(&deleted)).await.expect(204);
    alice.act(&first, "complete").await.expect(200);
    let position = fetched(&alice, id(&first)).await["position"].as_i64().unwrap();
    app.take_facts().await;

    let pool = app.database.pool_as(ROLE).await;
    let command = next_of(&first, 2, SECOND);
    assert_eq!(apply(&pool, &command).await.unwrap(), Verdict::Applied);
    let series = series(&first);
    let mut parent = series.occurrence(2);
    for (n, origin) in [&done, &inside, &skipped].into_iter().enumerate() {
        let copy = fetched(&alice, series.sub_task(2, id(origin))).await;
        assert_eq!(
            (&copy["title"], &copy["status"], &copy["completed_at"]),
            (&origin["title"], &json!("open"), &json!(null))
        );
        assert_eq!(copy["parent_id"], json!(parent), "the tree is kept");
        assert_eq!(
            (&copy["version"], &copy["position"]),
            (&json!(1), &json!(position + 2 + n as i64))
        );
        parent = id(&copy);
    }
    for gone in [&deleted, &under_deleted] {
        let copy = series.sub_task(2, id(gone));
        alice.get(&format!("/v1/tasks/{copy}")).await.expect(404);
    }
    let facts = app.take_facts().await;
    let log: Vec<_> = facts.iter().map(ToString::to_string).collect();
    let expected: Vec<_> = (1..=4)
        .flat_map(|n| ["event", "update"].map(|topic| format!("{topic} task.created v1 p{}", position + n)))
        .collect();
    let log: Vec<_> = log
        .into_iter()
        .filter(|line| !line.starts_with("reminder"))
        .collect();
    assert_eq!(log, expected);
    assert!(
        facts
            .iter()
            .all(|fact| fact.meta().action_id == command.meta.action_id)
    );

    for (before, status) in [(&done, "done"), (&inside, "open"), (&skipped, "skipped")] {
        let now = fetched(&alice, id(before)).await;
        assert_eq!(
            (&now["status"], &now["parent_id"]),
            (&json!(status), &before["parent_id"])
        );
    }
    assert_eq!(apply(&pool, &command).await.unwrap(), Verdict::Superseded);
    assert!(app.take_facts().await.is_empty(), "once more has no effect");
}

#[tokio::test]
async fn dates_of_sub_tasks_move_along_on_the_wall() {
    let app = App::start().await;
    let alice = app.user("alice");
    let first = alice
        .create(json!({
            "title": "Invoice", "recurrence": {"rrule": "FREQ=MONTHLY"},
            "due": {"datetime": "2030-03-15T09:00:00", "timezone": "Europe/Berlin"},
        }))
        .await;
    let sub_task = alice
        .create(json!({
            "title": "Hours", "parent_id": first["id"], "priority": "high", "estimate": 30,
            "start": {"date": "2030-03-12", "timezone": "Europe/Berlin"},
            "due": {"datetime": "2030-03-14T18:00:00", "timezone": "America/New_York"},
            "reminders": [{"before": "PT1H"}, {"at": "2030-03-14T20:00:00Z"}],
        }))
        .await;
    let undated = alice
        .create(
            json!({"title": "Call", "parent_id": first["id"], "reminders": [{"at": "2030-03-15T07:00:00Z"}]}),
        )
        .await;
    let far = json!({
        "title": "Far", "parent_id": first["id"], "due": {"date": "9999-12-20", "timezone": "UTC"},
        "reminders": [{"before": "PT1H"}],
    });
    let far = alice.create(far).await;
    app.take_facts().await;
    followed(&app, &alice, &first, 2, "2030-04-15T09:00:00").await;

    let copy = fetched(&alice, series(&first).sub_task(2, id(&sub_task))).await;
    assert_eq!(
        copy["due"],
        json!({"datetime": "2030-04-14T18:00:00", "timezone": "America/New_York"})
    );
    assert_eq!(
        copy["start"],
        json!({"date": "2030-04-12", "timezone": "Europe/Berlin"})
    );
    assert_eq!(
        copy["reminders"],
        json!([{"before": "PT1H"}, {"at": "2030-04-14T20:00:00Z"}]),
        "two hours before, as it was"
    );
    assert_eq!(
        (&copy["priority"], &copy["estimate"]),
        (&json!("high"), &json!(30))
    );
    let copy = fetched(&alice, series(&first).sub_task(2, id(&undated))).await;
    assert_eq!(
        copy["reminders"],
        json!([{"at": "2030-04-15T06:00:00Z"}]),
        "an hour before the task is due, also in summer time"
    );
    let copy = fetched(&alice, series(&first).sub_task(2, id(&far))).await;
    assert_eq!(
        (&copy["due"], &copy["reminders"]),
        (&json!(null), &json!([])),
        "it left the calendar"
    );

    let facts = app.take_facts().await;
    let scheduled = facts
        .iter()
        .filter(|fact| fact.to_string().starts_with("reminder reminder.scheduled v1"));
    assert_eq!(scheduled.count(), 3);
    assert_eq!(
        app.number("SELECT count(*) FROM tasks.reminder WHERE state = 'scheduled'")
            .await,
        3 + 4,
        "those of the sub-tasks before stay, as they are open"
    );
}

#[tokio::test]
async fn a_sub_task_that_recurs_is_not_multiplied_and_goes_on_below_the_new_occurrence() {
    let app = App::start().await;
    let alice = app.user("alice");
    let outer = alice.create(daily()).await;
    let inner = daily_below(&alice, &outer).await;
    let part = below(&alice, &inner, "a part of it").await;
    let second = followed(&app, &alice, &inner, 2, SECOND).await;
    app.take_facts().await;
    let next = followed(&app, &alice, &outer, 2, SECOND).await;

    assert_eq!(
        fetched(&alice, second).await["parent_id"],
        json!(next),
        "the open one moves"
    );
    assert_eq!(
        fetched(&alice, id(&inner)).await["parent_id"],
        outer["id"],
        "the one done stays"
    );
    assert_eq!(
        app.number("SELECT count(*) FROM tasks.task").await,
        2 + 2 + 2,
        "two of each series, and the part of both of the inner one"
    );
    let copy = fetched(&alice, series(&inner).sub_task(2, id(&part))).await;
    assert_eq!(copy["parent_id"], json!(second));
    let moved = app
        .take_facts()
        .await
        .into_iter()
        .find(|fact| fact.meta().kind == "task.updated");
    let moved = moved.expect("an event of the one that moved");
    assert_eq!(moved.meta().aggregate_id, second.to_string());
    let fields: Vec<_> = moved
        .task()
        .changes
        .iter()
        .map(|change| change.field.as_str())
        .collect();
    assert_eq!(fields, ["parent_id"]);
}

#[tokio::test]
async fn an_occurrence_comes_back_below_what_came_back_meanwhile() {
    let app = App::start().await;
    let alice = app.user("alice");
    let outer = alice.create(daily()).await;
    let middle = below(&alice, &outer, "between them").await;
    let inner = daily_below(&alice, &middle).await;
    let direct = daily_below(&alice, &outer).await;
    for task in [&inner, &direct] {
        alice.act(task, "complete").await.expect(200);
    }
    let next = followed(&app, &alice, &outer, 2, SECOND).await;
    let pool = app.database.pool_as(ROLE).await;
    for (task, parent) in [(&inner, series(&outer).sub_task(2, id(&middle))), (&direct, next)] {
        let command = next_of(task, 2, SECOND);
        assert_eq!(apply(&pool, &command).await.unwrap(), Verdict::Applied);
        let follower = fetched(&alice, series(task).occurrence(2)).await;
        assert_eq!(follower["parent_id"], json!(parent));
    }
}

#[tokio::test]
async fn sub_tasks_of_a_deleted_occurrence_and_of_an_ended_series_come_back_too() {
    let app = App::start().await;
    let alice = app.user("alice");
    let first = alice.create(daily()).await;
    let once = daily_below(&alice, &first).await;
    let ended = alice.patch(&path(&once), json!({"recurrence": null})).await;
    ended.expect(200);
    alice.delete(&path(&first)).await.expect(204);
    let pool = app.database.pool_as(ROLE).await;
    assert_eq!(
        apply(&pool, &next_of(&first, 2, SECOND)).await.unwrap(),
        Verdict::Applied
    );
    let copy = fetched(&alice, series(&first).sub_task(2, id(&once))).await;
    assert_eq!(
        (&copy["series_id"], &copy["due"]["datetime"]),
        (&json!(null), &json!(SECOND))
    );
    assert_eq!(once["due"]["datetime"], FIRST);
}

#[tokio::test]
async fn levels_and_sub_tasks_of_a_recurring_task_are_limited() {
    let app = App::start().await;
    let alice = app.user("alice");
    let top = alice.create(json!({"title": "level 1"})).await;
    let mut lowest = top.clone();
    for level in 2..=10 {
        lowest = below(&alice, &lowest, &format!("level {level}")).await;
    }
    let eleventh = alice
        .post("/v1/tasks", json!({"title": "11", "parent_id": lowest["id"]}))
        .await;
    eleventh.expect_problem(422, "validation", Some("/parent_id"));
    let recurring = alice.create(daily()).await;
    let moved = alice
        .patch(&path(&top), json!({"parent_id": recurring["id"]}))
        .await;
    moved.expect_problem(422, "validation", Some("/parent_id"));
    alice.delete(&path(&lowest)).await.expect(204);

    for n in 1..99 {
        below(&alice, &recurring, &n.to_string()).await;
    }
    let other = alice.create(json!({"title": "other"})).await;
    let part = below(&alice, &other, "part").await;
    let parent = json!({"parent_id": recurring["id"]});
    let refused = alice.patch(&path(&other), parent.clone()).await;
    refused.expect_problem(409, "too-many-sub-tasks", None);
    assert_eq!(fetched(&alice, id(&other)).await["version"], 1);
    alice.patch(&path(&part), parent).await.expect(200);
    let hundredth = alice
        .post("/v1/tasks", json!({"title": "100", "parent_id": part["id"]}))
        .await;
    hundredth.expect_problem(409, "too-many-sub-tasks", None);

    let plain = alice.patch(&path(&recurring), json!({"recurrence": null})).await;
    plain.expect(200);
    below(&alice, &recurring, "100").await;
    let again = json!({"recurrence": {"rrule": "FREQ=DAILY"}});
    let refused = alice.patch(&path(&recurring), again).await;
    refused.expect_problem(409, "too-many-sub-tasks", None);
}
