//! Creating a task: the answer, the row, and what is told of it.

use serde_json::json;

use crate::app::{App, daily, path};

#[tokio::test]
async fn a_title_is_enough_for_a_task() {
    let app = App::start().await;
    let alice = app.user("alice");
    let reply = alice
        .post("/v1/tasks", json!({"title": " Water the plants "}))
        .await
        .expect(201);
    let task = &reply.body;
    assert_eq!(task["title"], "Water the plants");
    assert_eq!(
        (&task["priority"], &task["status"], &task["tags"]),
        (&json!("normal"), &json!("open"), &json!([]))
    );
    assert_eq!((&task["version"], &task["position"]), (&json!(1), &json!(1)));
    assert_eq!(reply.header("etag"), "\"1\"");
    assert_eq!(reply.header("taskwire-position"), "1");
    assert_eq!(reply.header("location"), path(task));
    let read = alice.get(&path(task)).await.expect(200);
    assert_eq!(&read.body, task, "what is read is what was answered");
    assert_eq!(read.header("etag"), "\"1\"");
}

#[tokio::test]
async fn every_field_comes_back_as_it_was_sent() {
    let app = App::start().await;
    let alice = app.user("alice");
    let parent = alice.create(json!({"title": "Home"})).await;
    let (home, green) = (alice.tag("home").await, alice.tag("Grün 🌱").await);
    let sent = json!({
        "title": "Water the plants", "description": "All of them.\n\tAlso upstairs.", "priority": "high",
        "tags": [green["id"], home["id"]], "project_id": null, "parent_id": parent["id"],
        "start": {"date": "2030-11-30", "timezone": "Europe/Berlin"},
        "due": {"datetime": "2030-12-01T09:00:00", "timezone": "Europe/Berlin"},
        "recurrence": {"rrule": "FREQ=DAILY", "anchor": "completion", "missed": "keep"},
        "reminders": [{"before": "PT1H"}, {"at": "2030-12-01T07:00:00Z"}],
    });
    let task = alice.create(sent.clone()).await;
    for (field, value) in sent.as_object().unwrap() {
        assert_eq!(&task[field], value, "{field}");
    }
    assert_eq!(task["due_at"], "2030-12-01T08:00:00Z");
    assert_eq!(task["ordinal"], 1);
    assert_eq!(alice.get(&path(&task)).await.expect(200).body, task);
}

#[tokio::test]
async fn a_plain_task_is_one_fact_and_one_update() {
    let app = App::start().await;
    let alice = app.user("alice");
    let tag = alice.tag("home").await["id"].clone();
    app.take_facts().await;
    let task = alice
        .create(json!({"title": "Water the plants", "tags": [tag]}))
        .await;
    let [fact, update] = app.take_facts().await.try_into().unwrap();
    let (fact, update) = (fact.task(), update.update());
    assert_eq!(fact.meta.kind, "task.created");
    assert_eq!(
        (
            fact.meta.version.get(),
            fact.meta.previous.get(),
            fact.meta.position.get()
        ),
        (1, 0, 2)
    );
    assert_eq!(fact.meta.actor, "user:alice");
    assert_eq!((fact.meta.intent.as_str(), fact.meta.epoch.get()), ("edit", 1));
    assert_eq!(
        fact.task.as_ref().unwrap().id.to_string(),
        task["id"].as_str().unwrap()
    );
    let changed: Vec<_> = fact
        .changes
        .iter()
        .map(|c| (c.field.as_str(), c.after.as_deref().unwrap()))
        .collect();
    let tags = json!([tag]).to_string();
    let expected = [
        ("priority", "\"normal\""),
        ("reminders", "[]"),
        ("status", "\"open\""),
        ("tags", tags.as_str()),
        ("title", "\"Water the plants\""),
    ];
    assert_eq!(changed, expected);
    assert_eq!(
        (update.stream.as_str(), update.from.get(), update.refresh),
        ("tasks", 2, false)
    );
    assert_eq!(update.task, fact.task);
    assert_eq!(update.meta.action_id, fact.meta.action_id);
    assert_ne!(update.meta.event_id, fact.meta.event_id);
}

#[tokio::test]
async fn what_is_pushed_to_a_screen_is_what_would_be_fetched() {
    let app = App::start().await;
    let alice = app.user("alice");
    let mut full = daily();
    full["start"] = json!({"date": "2030-11-30", "timezone": "Europe/Berlin"});
    full["description"] = json!("All of them.");
    let task = alice.create(full).await;
    let facts = app.take_facts().await;
    let pushed = shared_events::event::view::TaskView::from(facts[3].update().task.as_ref().unwrap());
    assert_eq!(serde_json::to_value(pushed).unwrap(), task);
    let update = facts[1].update();
    let pushed = shared_events::event::view::SeriesView::new(update.series.as_ref().unwrap(), &update.meta);
    let fetched = alice.get("/v1/sync").await.expect(200).body;
    assert_eq!(
        serde_json::to_value(pushed).unwrap(),
        fetched["items"][0]["series"]
    );
}

#[tokio::test]
async fn a_recurring_task_is_two_aggregates_with_two_positions() {
    let app = App::start().await;
    let task = app.user("alice").create(daily()).await;
    let facts = app.take_facts().await;
    let log: Vec<_> = facts.iter().map(ToString::to_string).collect();
    let expected = [
        "event series.created v1 p1",
        "update series.created v1 p1",
        "event task.created v1 p2",
        "update task.created v1 p2",
        "reminder reminder.scheduled v1 p2",
    ];
    assert_eq!(log, expected);
    let series = facts[0].task().series.as_ref().unwrap();
    assert_eq!(
        series.frontier.as_ref().unwrap().task_id.to_string(),
        task["id"].as_str().unwrap()
    );
    assert_eq!((series.revision, series.last_ordinal, series.alive), (1, 1, true));
    let recurrence = facts[2].task().task.as_ref().unwrap().recurrence.clone().unwrap();
    assert_eq!(
        (recurrence.slot.as_str(), recurrence.dtstart.as_str()),
        ("2030-12-01T09:00:00", "2030-12-01T09:00:00")
    );
    assert_eq!(
        (
            recurrence.ordinal,
            recurrence.count_base,
            recurrence.series_revision
        ),
        (1, 1, 1)
    );
    let actions: std::collections::BTreeSet<_> = facts.iter().map(|fact| fact.meta().action_id).collect();
    assert_eq!(actions.len(), 1, "all events of one action say so");
}

#[tokio::test]
async fn a_due_time_in_the_past_is_refused_unless_it_is_meant() {
    let app = App::start().await;
    let alice = app.user("alice");
    let mut task =
        json!({"title": "Late", "due": {"datetime": "2020-01-01T09:00:00", "timezone": "Europe/Berlin"}});
    alice
        .post("/v1/tasks", task.clone())
        .await
        .expect_problem(422, "past-due", Some("/due"));
    task["allow_past_due"] = json!(true);
    alice.post("/v1/tasks", task).await.expect(201);
}

#[tokio::test]
async fn a_whole_day_is_due_at_its_end() {
    let app = App::start().await;
    let task = json!({"title": "Today", "due": {"date": "2030-12-01", "timezone": "Europe/Berlin"}});
    let task = app.user("alice").create(task).await;
    assert_eq!(
        task["due"],
        json!({"date": "2030-12-01", "timezone": "Europe/Berlin"})
    );
    assert_eq!(task["due_at"], "2030-12-01T23:00:00Z");
}

#[tokio::test]
async fn the_largest_legal_task_and_its_largest_change_can_be_sent() {
    let app = App::start().await;
    let alice = app.user("alice");
    let mut tags = Vec::new();
    for n in 0..20 {
        tags.push(alice.tag(&format!("{n:02}{}", "🌱".repeat(62))).await["id"].clone());
    }
    let (tags, others) = tags.split_at(10);
    let reminders: Vec<_> = (0..20)
        .map(|n| json!({"at": format!("2031-01-01T00:00:{n:02}.123456Z")}))
        .collect();
    let task = json!({
        "title": "🌱".repeat(500), "description": "\"".repeat(32 * 1024), "tags": tags, "reminders": reminders,
        "due": {"datetime": "2030-12-01T09:00:00", "timezone": "America/Argentina/ComodRivadavia"},
        "recurrence": {"rrule": "FREQ=DAILY"},
    });
    let task = alice.create(task).await;
    let change = json!({"title": "\"".repeat(500), "description": "\n".repeat(32 * 1024), "tags": others});
    alice.patch(&path(&task), change).await.expect(200);
    alice.delete(&path(&task)).await.expect(204);
}
