//! The examples of `docs/FILTERS.md`: each finds some tasks and not all, and each refusal is as it says.

use chrono::{Days, NaiveDate, Utc};

use super::*;

const DOCUMENT: &str = include_str!("../../../../docs/FILTERS.md");

/// The lines of all blocks of a kind.
fn examples(kind: &str) -> Vec<&'static str> {
    let fence = format!("```{kind}\n");
    let blocks = DOCUMENT.split(&fence).skip(1);
    blocks
        .flat_map(|block| block.split("```").next().unwrap().lines())
        .collect()
}

/// A day so many days from now on.
fn day(ahead: i64) -> Value {
    let today: NaiveDate = Utc::now().date_naive();
    let moved = if ahead < 0 {
        today - Days::new(ahead.unsigned_abs())
    } else {
        today + Days::new(ahead.unsigned_abs())
    };
    json!({"date": moved.to_string(), "timezone": "UTC"})
}

/// Tasks as they are on anybody's list.
async fn household(alice: &User) {
    let mut tags = Vec::new();
    for name in ["home", "garden", "urgent", "next-week", "to do"] {
        tags.push(alice.tag(name).await["id"].clone());
    }
    let mut projects = Vec::new();
    for name in ["Work", "Summer house"] {
        let project = alice
            .post("/v1/projects", json!({"name": name}))
            .await
            .expect(201);
        projects.push(project.body["id"].clone());
    }
    let mut tasks = vec![
        json!({"title": "Buy milk", "tags": [tags[0]], "due": day(0), "estimate": 15}),
        json!({"title": "It's 100% done", "description": "groceries", "priority": "high", "due": day(-1)}),
        json!({"title": "Mow the lawn", "tags": [tags[1]], "project_id": projects[1], "estimate": 120, "start": day(30)}),
        json!({"title": "Report", "tags": [tags[2]], "project_id": projects[0], "priority": "critical", "due": day(3), "estimate": 30}),
        json!({"title": "Rest", "tags": [tags[3], tags[4]], "priority": "low", "due": day(1)}),
        json!({"title": "Pay rent", "due": day(2), "recurrence": {"rrule": "FREQ=MONTHLY"}}),
        json!({"title": "Old", "due": {"datetime": "2020-01-01T10:00:00", "timezone": "UTC"}}),
    ];
    for ahead in -7..7 {
        tasks.push(json!({"title": "Any day", "due": day(ahead), "reminders": []}));
    }
    for task in &mut tasks {
        task["allow_past_due"] = json!(true);
    }
    let mut created = Vec::new();
    for task in tasks {
        created.push(alice.create(task).await);
    }
    for title in ["a part", "Done"] {
        let part = json!({"title": title, "parent_id": created[0]["id"]});
        created.push(alice.create(part).await);
    }
    for task in [&created[1], created.last().unwrap()] {
        alice.act(task, "complete").await.expect(200);
    }
}

#[tokio::test]
async fn the_examples_find_what_there_is_and_not_everything() {
    let app = App::start().await;
    let alice = app.user("alice");
    household(&alice).await;
    let old =
        "UPDATE tasks.task SET created_at = '2020-01-01', updated_at = '2020-01-01' WHERE title = 'Old'";
    sqlx::query(old).execute(&app.pool).await.unwrap();
    let all = alice.list("/v1/tasks?limit=200").await.len();
    let filters = examples("filter");
    assert!(filters.len() > 25, "{filters:?}");
    for filter in filters {
        let found = alice.list(&path(filter, "&limit=200")).await.len();
        assert!(found > 0 && found < all, "{filter}: {found} of {all}");
    }
}

#[tokio::test]
async fn the_refusals_are_those_of_the_document() {
    let app = App::start().await;
    let alice = app.user("alice");
    alice.create(json!({"title": "a"})).await;
    let lines = examples("refused");
    assert_eq!(lines.len() % 2, 0, "a filter and its refusal each: {lines:?}");
    for pair in lines.chunks(2) {
        let (filter, said) = (pair[0], pair[1].trim_start());
        let column = pair[1].chars().count() - said.chars().count() + 1;
        let (at, detail) = alice.refusal(filter).await;
        assert_eq!(at, column as u64, "{filter}: {detail}");
        assert!(
            detail.contains(said.trim_start_matches("^ ")),
            "{filter}: {detail}"
        );
    }
}
