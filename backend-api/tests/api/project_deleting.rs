//! A project goes with all its tasks: one event of each, one action, and one update if they are many.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use shared_events::event::update::kind;

use crate::app::{App, Fact, User, daily, path};
use crate::projects::{changed, place, project};

async fn task_in(user: &User, project: &Value, mut task: Value) -> Value {
    task["project_id"] = project["id"].clone();
    user.create(task).await
}

/// That all facts are of one action, of positions from `from` on without holes.
fn assert_one_action(facts: &[Fact], from: i64, number: i64) {
    let actions: BTreeSet<_> = facts
        .iter()
        .map(|fact| fact.meta().action_id.to_string())
        .collect();
    assert_eq!(actions.len(), 1);
    let positions: Vec<_> = facts
        .iter()
        .filter(|fact| matches!(fact, Fact::Task(_)))
        .map(|fact| fact.meta().position.get())
        .collect();
    assert_eq!(positions, (from..from + number).collect::<Vec<_>>());
}

#[tokio::test]
async fn a_project_is_deleted_with_its_tasks_and_their_series_in_one_action() {
    let app = App::start().await;
    let alice = app.user("alice");
    let garden = project(&alice, "Garden").await;
    let kept = alice.create(json!({"title": "elsewhere"})).await;
    let open = task_in(&alice, &garden, json!({"title": "open"})).await;
    let done = task_in(&alice, &garden, json!({"title": "done"})).await;
    alice.act(&done, "complete").await.expect(200);
    let occurrence = task_in(&alice, &garden, daily()).await;
    let before = app.take_facts().await.last().unwrap().meta().position.get();

    let deleted = alice.delete(&place(&garden)).await.expect(204);
    assert_eq!((deleted.header("etag"), deleted.text.as_str()), ("\"2\"", ""));
    assert_eq!(
        deleted.header("taskwire-position"),
        (before + 5).to_string(),
        "all of it, at least"
    );
    let facts = app.take_facts().await;
    assert_one_action(&facts, before + 1, 5);
    let told: Vec<_> = facts.iter().map(|fact| fact.meta().kind.as_str()).collect();
    let expected = [
        "task.deleted",
        "task.deleted",
        "task.deleted",
        "task.deleted",
        "series.ended",
        "series.ended",
        "task.deleted",
        "task.deleted",
        "reminder.cancelled",
        "project.deleted",
        "project.deleted",
    ];
    assert_eq!(told, expected);
    for fact in facts.iter().filter(|fact| fact.meta().aggregate == "task") {
        if let Fact::Task(event) = fact {
            assert!(
                changed(event).iter().all(|(_, _, after)| after.is_none()),
                "nothing is left of it: {event:?}"
            );
        }
    }
    for task in [&open, &done, &occurrence] {
        alice
            .get(&path(task))
            .await
            .expect_problem(404, "not-found", None);
    }
    assert_eq!(alice.get(&path(&kept)).await.expect(200).body, kept);
    assert_eq!(
        app.number("SELECT count(*) FROM tasks.series WHERE alive").await,
        0
    );
    let changes = alice
        .get(&format!("/v1/sync?since={before}"))
        .await
        .expect(200)
        .body;
    let items = changes["items"].as_array().unwrap();
    assert_eq!(items.len(), 5);
    let tombstones = items.iter().filter(|item| item["deleted"] == true).count();
    assert_eq!(tombstones, 4, "the series says that it ended");
    alice
        .get(&format!(
            "/v1/tasks?project_id={}",
            garden["id"].as_str().unwrap()
        ))
        .await
        .expect(200);
}

#[tokio::test]
async fn the_newest_occurrence_outside_the_project_says_that_its_series_ended() {
    let app = App::start().await;
    let alice = app.user("alice");
    let garden = project(&alice, "Garden").await;
    let first = task_in(&alice, &garden, daily()).await;
    alice.act(&first, "complete").await.expect(200);
    let pool = app.database.pool_as(crate::app::ROLE).await;
    let command = crate::commands::next_of(&first, 2, "2030-12-02T09:00:00");
    crate::commands::apply(&pool, &command).await.unwrap();
    let open = alice.list("/v1/tasks?status=open&limit=9").await;
    alice
        .patch(&path(&open[0]), json!({"project_id": null}))
        .await
        .expect(200);
    let before = app.take_facts().await.last().unwrap().meta().position.get();
    alice.delete(&place(&garden)).await.expect(204);
    let facts = app.take_facts().await;
    assert_one_action(&facts, before + 1, 4);
    let newest = alice.get(&path(&open[0])).await.expect(200).body;
    assert_eq!(
        newest["recurrence"],
        Value::Null,
        "it does not come back any more"
    );
    assert_eq!(newest["version"], 3);
}

#[tokio::test]
async fn a_series_of_which_several_occurrences_are_in_the_project_ends_once() {
    let app = App::start().await;
    let alice = app.user("alice");
    let garden = project(&alice, "Garden").await;
    let first = task_in(&alice, &garden, daily()).await;
    alice.act(&first, "complete").await.expect(200);
    let pool = app.database.pool_as(crate::app::ROLE).await;
    let command = crate::commands::next_of(&first, 2, "2030-12-02T09:00:00");
    crate::commands::apply(&pool, &command).await.unwrap();
    let before = app.take_facts().await.last().unwrap().meta().position.get();
    let keyed = alice.with_key("k");
    let deleted = keyed.delete(&place(&garden)).await.expect(204);
    let facts = app.take_facts().await;
    assert_one_action(&facts, before + 1, 4);
    let told = facts.iter().filter(|fact| matches!(fact, Fact::Task(_)));
    let told: Vec<_> = told.map(|fact| fact.meta().kind.as_str()).collect();
    assert_eq!(
        told,
        ["series.ended", "task.deleted", "task.deleted", "project.deleted"]
    );
    let again = keyed.delete(&place(&garden)).await.expect(204);
    assert_eq!(again.header("etag"), deleted.header("etag"));
    assert_eq!(
        again.header("taskwire-position"),
        deleted.header("taskwire-position")
    );
    assert_eq!(app.take_kinds().await, Vec::<String>::new());
}

/// A project with so many tasks, of which some recur each by itself; the last position so far.
async fn filled(app: &App, alice: &User, once: usize, recurring: usize) -> (Value, i64) {
    let garden = project(alice, "Garden").await;
    for _ in 0..once {
        task_in(alice, &garden, json!({"title": "once"})).await;
    }
    for _ in 0..recurring {
        let mut task = daily();
        task.as_object_mut().unwrap().remove("reminders");
        task_in(alice, &garden, task).await;
    }
    let last = app.take_facts().await.last().unwrap().meta().position.get();
    (garden, last)
}

#[tokio::test]
async fn more_than_a_hundred_changes_are_told_by_one_update_that_covers_all_of_them() {
    let app = App::start().await;
    let alice = app.user("alice");
    let (garden, last) = filled(&app, &alice, 15, 45).await;
    let deleted = alice.delete(&place(&garden)).await.expect(204);
    let number = 15 + 2 * 45 + 1;
    let facts = app.take_facts().await;
    assert_one_action(&facts, last + 1, number);
    let updates: Vec<_> = facts
        .iter()
        .filter_map(|fact| match fact {
            Fact::Update(update) => Some(update),
            _ => None,
        })
        .collect();
    let [refresh] = updates.as_slice() else {
        panic!("one update: {updates:#?}");
    };
    assert!(refresh.refresh);
    assert_eq!(refresh.meta.kind, kind::REFRESH);
    assert_eq!(
        (refresh.from.get(), refresh.meta.position.get()),
        (last + 1, last + number)
    );
    assert_eq!(deleted.header("taskwire-position"), (last + number).to_string());
    assert!(
        refresh.task.is_none() && refresh.project.is_none(),
        "all of it is fetched"
    );
    let since = format!("/v1/sync?limit=200&since={last}");
    let changes = alice.get(&since).await.expect(200).body;
    assert_eq!(
        changes["items"].as_array().unwrap().len(),
        usize::try_from(number).unwrap()
    );
}

#[tokio::test]
async fn a_hundred_changes_are_told_one_by_one_and_one_more_is_too_many() {
    let app = App::start().await;
    for (name, tasks, updates) in [("alice", 99, 100), ("bob", 100, 1)] {
        let user = app.user(name);
        let (project, last) = filled(&app, &user, tasks, 0).await;
        user.delete(&place(&project)).await.expect(204);
        let facts = app.take_facts().await;
        assert_one_action(&facts, last + 1, i64::try_from(tasks).unwrap() + 1);
        let told: Vec<_> = facts
            .iter()
            .filter_map(|fact| match fact {
                Fact::Update(update) => Some((update.from.get(), update.meta.position.get())),
                _ => None,
            })
            .collect();
        assert_eq!(told.len(), updates, "{name}");
        assert_eq!(told[0].0, last + 1);
        assert_eq!(told[updates - 1].1, last + i64::try_from(tasks).unwrap() + 1);
    }
}

#[tokio::test]
async fn a_project_with_too_many_tasks_is_refused_and_nothing_of_it_is_deleted() {
    let app = App::start().await;
    let alice = app.user("alice");
    let garden = project(&alice, "Garden").await;
    task_in(&alice, &garden, json!({"title": "one of many"})).await;
    sqlx::query(
        "INSERT INTO tasks.task (id, user_id, title, priority, status, tags, project_id, reminders, version, position,
                                 created_at, updated_at)
         SELECT gen_random_uuid(), t.user_id, t.title, t.priority, t.status, t.tags, t.project_id, t.reminders, 1, n + 2,
                t.created_at, t.updated_at
           FROM tasks.task t, generate_series(1, 5000) AS n",
    )
    .execute(&app.pool)
    .await
    .unwrap();
    sqlx::query("UPDATE tasks.user_state SET position = 5002")
        .execute(&app.pool)
        .await
        .unwrap();
    app.take_facts().await;
    let refused = alice.delete(&place(&garden)).await;
    refused.expect_problem(409, "too-many-tasks", None);
    assert_eq!(app.take_kinds().await, Vec::<String>::new());
    assert_eq!(alice.get(&place(&garden)).await.expect(200).body, garden);
    assert_eq!(
        app.number("SELECT count(*) FROM tasks.task WHERE deleted_at IS NULL")
            .await,
        5001
    );
    assert_eq!(app.number("SELECT position FROM tasks.user_state").await, 5002);
}
