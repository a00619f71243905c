//! The entity tag of a task names one body.

use serde_json::{Value, json};
use shared_events::consumer::Verdict;
use shared_events::ids::SeriesId;

use crate::app::{App, ROLE, Reply, User, daily, path};
use crate::commands::{apply, next_of};

async fn seen(user: &User, task: &Value) -> Reply {
    user.get(&path(task)).await.expect(200)
}

/// Reads `task` again: under the same tag it has the same body.
async fn unchanged(user: &User, task: &Value, before: &Reply) {
    let now = seen(user, task).await;
    assert_eq!(now.header("etag"), before.header("etag"));
    assert_eq!(now.body, before.body);
}

/// Two occurrences of a series, of which the first is done.
async fn two(app: &App, user: &User) -> (Value, Value) {
    let first = user.create(daily()).await;
    user.act(&first, "complete").await.expect(200);
    let pool = app.database.pool_as(ROLE).await;
    let command = next_of(&first, 2, "2030-12-02T09:00:00");
    assert_eq!(apply(&pool, &command).await.unwrap(), Verdict::Applied);
    let series: SeriesId = first["series_id"].as_str().unwrap().parse().unwrap();
    let second = user
        .get(&format!("/v1/tasks/{}", series.occurrence(2)))
        .await
        .expect(200);
    (first, second.body)
}

#[tokio::test]
async fn an_older_occurrence_keeps_its_body_when_the_rule_changes_or_ends() {
    let app = App::start().await;
    let alice = app.user("alice");
    let (first, second) = two(&app, &alice).await;
    let before = seen(&alice, &first).await;
    assert_eq!(before.body["recurrence"]["rrule"], "FREQ=DAILY");
    for rule in [
        json!({"rrule": "FREQ=WEEKLY"}),
        json!({"missed": "keep"}),
        json!(null),
    ] {
        alice
            .patch(&path(&second), json!({ "recurrence": rule }))
            .await
            .expect(200);
        unchanged(&alice, &first, &before).await;
    }
    let again = json!({"recurrence": {"rrule": "FREQ=YEARLY"}});
    alice.patch(&path(&second), again).await.expect(200);
    app.take_facts().await;
    let opened = alice.act(&first, "reopen").await.expect(200);
    assert_eq!(
        opened.body["recurrence"]["rrule"], "FREQ=YEARLY",
        "with its next version it says what holds"
    );
    unchanged(&alice, &first, &opened).await;
    let facts = app.take_facts().await;
    let pushed = facts[1].update().task.clone().unwrap();
    assert_eq!(
        pushed.recurrence.unwrap().rrule,
        "FREQ=YEARLY",
        "as what is pushed says"
    );
}

#[tokio::test]
async fn the_newest_occurrence_says_that_its_series_ended_with_another_one() {
    let app = App::start().await;
    let alice = app.user("alice");
    let (first, second) = two(&app, &alice).await;
    alice.act(&second, "complete").await.expect(200);
    alice.act(&first, "reopen").await.expect(200);
    app.take_facts().await;
    let all = format!("{}?scope=all", path(&first));
    alice.delete(&all).await.expect(204);
    let kinds: Vec<_> = app
        .take_facts()
        .await
        .iter()
        .map(|fact| fact.meta().kind.clone())
        .collect();
    assert!(kinds.contains(&"task.updated".to_owned()), "{kinds:?}");
    let ended = seen(&alice, &second).await;
    assert_eq!(
        (&ended.body["recurrence"], &ended.body["version"]),
        (&json!(null), &json!(3))
    );
    let revived = json!({"recurrence": {"rrule": "FREQ=DAILY"}});
    let revived = alice.patch(&path(&second), revived).await.expect(200);
    assert_eq!(revived.body["recurrence"]["rrule"], "FREQ=DAILY");
    let facts = app.take_facts().await;
    assert_eq!(
        facts[0].meta().kind,
        "series.updated",
        "the same rule revives the series"
    );
}

#[tokio::test]
async fn a_due_time_is_what_was_derived_with_its_version_until_the_next() {
    let app = App::start().await;
    let alice = app.user("alice");
    let task = alice.create(daily()).await;
    let release = "SELECT count(*) FROM tasks.task WHERE tzdb = (SELECT max(tzdb) FROM tasks.task)";
    assert_eq!(app.number(release).await, 1, "the release is stored");
    // Another release of the tz database, by which summer time never ended.
    sqlx::query("UPDATE tasks.task SET due_at = due_at - interval '1 hour', tzdb = '1999z'")
        .execute(&app.pool)
        .await
        .unwrap();
    app.take_facts().await;
    let before = seen(&alice, &task).await;
    assert_eq!(before.body["due_at"], "2030-12-01T07:00:00Z");
    unchanged(&alice, &task, &before).await;
    let synced = alice.get("/v1/sync").await.expect(200).body;
    let synced = synced["items"]
        .as_array()
        .unwrap()
        .iter()
        .find(|item| item["type"] == "task");
    assert_eq!(synced.unwrap()["task"], before.body);

    let edited = alice
        .patch(&path(&task), json!({"priority": "high"}))
        .await
        .expect(200);
    assert_eq!(edited.body["due_at"], "2030-12-01T08:00:00Z");
    assert_eq!(edited.header("etag"), "\"2\"");
    unchanged(&alice, &task, &edited).await;
    let facts = app.take_facts().await;
    let reminder = facts.iter().find(|fact| fact.meta().kind == "reminder.scheduled");
    let scheduled = reminder.unwrap().reminder().scheduled.clone().unwrap();
    assert_eq!(
        scheduled.due_at.unwrap().at().to_rfc3339(),
        "2030-12-01T08:00:00+00:00"
    );
    assert_eq!(
        app.number("SELECT count(*) FROM tasks.task WHERE tzdb = '1999z'")
            .await,
        0
    );
}
