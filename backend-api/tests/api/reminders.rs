//! Reminders: what is announced when their task changes, and what notification-svc may see.

use chrono::{DateTime, Utc};
use serde_json::json;
use shared_events::event::reminder::ReminderEvent;

use crate::app::{App, Fact, path};

fn reminders(facts: &[Fact]) -> Vec<&ReminderEvent> {
    facts
        .iter()
        .filter_map(|fact| {
            if let Fact::Reminder(event) = fact {
                Some(event)
            } else {
                None
            }
        })
        .collect()
}

#[tokio::test]
async fn a_reminder_is_scheduled_with_all_that_it_says() {
    let app = App::start().await;
    let task = json!({
        "title": "Water the plants",
        "due": {"datetime": "2030-12-01T09:00:00", "timezone": "Europe/Berlin"},
        "reminders": [{"before": "PT1H"}, {"before": "P4000D"}, {"at": "2030-11-30T12:00:00+01:00"}],
    });
    app.user("alice")
        .post("/v1/tasks", task.clone())
        .await
        .expect_problem(422, "validation", Some("/reminders/1/before"));
    let mut task = task;
    task["reminders"][1] = json!({"before": "P366D"});
    let created = app.user("alice").create(task).await;
    assert_eq!(created["reminders"][2], json!({"at": "2030-11-30T11:00:00Z"}));
    let facts = app.take_facts().await;
    let [hour, year, moment] = reminders(&facts).try_into().unwrap();
    let scheduled = hour.scheduled.as_ref().unwrap();
    assert_eq!(scheduled.fire_at.at().to_rfc3339(), "2030-12-01T07:00:00+00:00");
    assert_eq!(scheduled.title, "Water the plants");
    assert_eq!(
        scheduled.due_at.unwrap().at().to_rfc3339(),
        "2030-12-01T08:00:00+00:00"
    );
    assert_eq!(
        (
            hour.meta.version.get(),
            hour.meta.previous.get(),
            hour.meta.position.get()
        ),
        (1, 0, 1)
    );
    assert_eq!(
        year.scheduled.as_ref().unwrap().fire_at.at().to_rfc3339(),
        "2029-11-30T08:00:00+00:00"
    );
    assert_eq!(
        moment.scheduled.as_ref().unwrap().fire_at.at().to_rfc3339(),
        "2030-11-30T11:00:00+00:00"
    );
    let snapshot = facts[0].task().task.as_ref().unwrap();
    assert_eq!(snapshot.reminders[0].id, hour.reminder_id);
}

#[tokio::test]
async fn moving_retitling_and_removing_are_announced_as_changes_of_the_same_reminder() {
    let app = App::start().await;
    let alice = app.user("alice");
    let due = json!({"datetime": "2030-12-01T09:00:00", "timezone": "UTC"});
    let task = alice
        .create(json!({"title": "a", "due": due, "reminders": [{"before": "PT1H"}]}))
        .await;
    let facts = app.take_facts().await;
    let id = reminders(&facts)[0].reminder_id;

    alice
        .patch(&path(&task), json!({"description": "nothing to do with it"}))
        .await
        .expect(200);
    assert_eq!(reminders(&app.take_facts().await).len(), 0);

    alice
        .patch(&path(&task), json!({"due": {"datetime": "2030-12-02T09:00:00"}}))
        .await
        .expect(200);
    let facts = app.take_facts().await;
    let [moved] = reminders(&facts).try_into().unwrap();
    assert_eq!(
        (
            moved.reminder_id,
            moved.meta.version.get(),
            moved.meta.previous.get()
        ),
        (id, 2, 1)
    );
    assert_eq!(
        moved.scheduled.as_ref().unwrap().fire_at.at().to_rfc3339(),
        "2030-12-02T08:00:00+00:00"
    );

    alice.patch(&path(&task), json!({"title": "b"})).await.expect(200);
    let facts = app.take_facts().await;
    let [retold] = reminders(&facts).try_into().unwrap();
    assert_eq!(
        (
            retold.meta.version.get(),
            retold.scheduled.as_ref().unwrap().title.as_str()
        ),
        (3, "b")
    );

    alice
        .patch(&path(&task), json!({"reminders": []}))
        .await
        .expect(200);
    let facts = app.take_facts().await;
    let [removed] = reminders(&facts).try_into().unwrap();
    assert_eq!(
        (
            removed.meta.version.get(),
            removed.cancelled.as_ref().unwrap().reason.as_str()
        ),
        (4, "removed")
    );

    alice
        .patch(&path(&task), json!({"reminders": [{"before": "PT60M"}]}))
        .await
        .expect(200);
    let facts = app.take_facts().await;
    let [back] = reminders(&facts).try_into().unwrap();
    assert_eq!(
        (
            back.reminder_id,
            back.meta.version.get(),
            back.meta.previous.get()
        ),
        (id, 5, 4)
    );
}

#[tokio::test]
async fn notification_svc_sees_what_a_reminder_says_now_and_nothing_else() {
    let app = App::start().await;
    let alice = app.user("alice");
    let due = json!({"datetime": "2030-12-01T09:00:00", "timezone": "UTC"});
    let task = alice
        .create(json!({"title": "a", "due": due, "reminders": [{"before": "PT1H"}]}))
        .await;
    let pool = app.database.pool_as("taskwire_notification_svc").await;
    let truth = async || {
        let rows = sqlx::query_as::<_, (i64, String, DateTime<Utc>, String, Option<DateTime<Utc>>)>(
            "SELECT version, state, fire_at, title, due_at FROM tasks.reminder_truth",
        );
        let (version, state, fire_at, title, due_at) = rows.fetch_one(&pool).await.unwrap();
        let due_at = due_at.map(|due_at| due_at.to_rfc3339());
        (version, state, fire_at.to_rfc3339(), title, due_at)
    };
    let says = |version, state: &str, title: &str, day| {
        let at = |time| format!("2030-12-{day:02}T{time}+00:00");
        (
            version,
            state.to_owned(),
            at("08:00:00"),
            title.to_owned(),
            Some(at("09:00:00")),
        )
    };
    assert_eq!(truth().await, says(1, "scheduled", "a", 1));
    let moved = json!({"title": "b", "due": {"datetime": "2030-12-02T09:00:00"}});
    alice.patch(&path(&task), moved).await.expect(200);
    assert_eq!(truth().await, says(2, "scheduled", "b", 2));
    alice.act(&task, "complete").await.expect(200);
    assert_eq!(truth().await, says(3, "cancelled", "b", 2));
    for (query, code) in [
        ("SELECT 1 FROM tasks.task", "42501"),
        ("SELECT 1 FROM tasks.reminder", "42501"),
        // Not a matter of privilege: there is nothing to write to in a view of two tables.
        ("DELETE FROM tasks.reminder_truth", "55000"),
        ("SELECT user_id FROM tasks.reminder_truth", "42703"),
        ("SELECT task_id FROM tasks.reminder_truth", "42703"),
    ] {
        let refused = sqlx::query(query).execute(&pool).await.unwrap_err();
        assert_eq!(
            refused.as_database_error().unwrap().code().unwrap(),
            code,
            "{query}"
        );
    }
}

#[tokio::test]
async fn no_reminder_of_a_closed_task_is_scheduled_whatever_its_own_row_says() {
    let app = App::start().await;
    let alice = app.user("alice");
    let due = json!({"datetime": "2030-12-01T09:00:00", "timezone": "UTC"});
    let owner = app.database.pool().await;
    let reader = app.database.pool_as("taskwire_notification_svc").await;
    for closing in ["complete", "skip", "delete"] {
        let task = alice
            .create(json!({"title": closing, "due": due, "reminders": [{"before": "PT1H"}]}))
            .await;
        match closing {
            "delete" => alice.delete(&path(&task)).await.expect(204),
            verb => alice.act(&task, verb).await.expect(200),
        };
        // As a writer leaves it that forgot the reminders.
        sqlx::query("UPDATE tasks.reminder SET state = 'scheduled'")
            .execute(&owner)
            .await
            .unwrap();
        let state: String = sqlx::query_scalar("SELECT state FROM tasks.reminder_truth WHERE title = $1")
            .bind(closing)
            .fetch_one(&reader)
            .await
            .unwrap();
        assert_eq!(state, "cancelled", "{closing}");
    }
}
