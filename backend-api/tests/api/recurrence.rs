//! Rules: previews, and what an edit of the rule does to the series.

use serde_json::json;

use crate::app::{App, daily, path};

#[tokio::test]
async fn a_preview_answers_the_occurrences_to_come() {
    let app = App::start().await;
    let rule = json!({
        "due": {"datetime": "2030-01-31T09:00:00", "timezone": "Europe/Berlin"},
        "recurrence": {"every": 1, "unit": "month"}, "count": 4,
    });
    let preview = app
        .user("alice")
        .post("/v1/recurrence/preview", rule)
        .await
        .expect(200)
        .body;
    let due: Vec<_> = preview["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|item| item["due"]["datetime"].clone())
        .collect();
    let expected = [
        "2030-01-31T09:00:00",
        "2030-02-28T09:00:00",
        "2030-03-31T09:00:00",
        "2030-04-30T09:00:00",
    ];
    assert_eq!(due, expected);
    assert_eq!(
        preview["items"][3]["due_at"], "2030-04-30T07:00:00Z",
        "the wall time survives the change of clocks"
    );
    assert_eq!(preview["items"][3]["ordinal"], 4);
}

#[tokio::test]
async fn a_preview_of_nonsense_is_pointed_at() {
    let app = App::start().await;
    let alice = app.user("alice");
    let due = json!({"datetime": "2030-01-31T09:00:00", "timezone": "Europe/Berlin"});
    for (body, pointer) in [
        (json!({"recurrence": {"rrule": "FREQ=DAILY"}}), "/due"),
        (json!({"due": due}), "/recurrence"),
        (
            json!({"due": due, "recurrence": {"rrule": "x"}}),
            "/recurrence/rrule",
        ),
        (
            json!({"due": due, "recurrence": {"rrule": "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=31"}}),
            "/recurrence/rrule",
        ),
        (
            json!({"due": due, "recurrence": {"rrule": "FREQ=DAILY"}, "count": 0}),
            "/count",
        ),
        (
            json!({"due": due, "recurrence": {"rrule": "FREQ=DAILY"}, "count": 1000}),
            "/count",
        ),
    ] {
        alice
            .post("/v1/recurrence/preview", body)
            .await
            .expect_problem(422, "validation", Some(pointer));
    }
}

#[tokio::test]
async fn moving_one_occurrence_leaves_its_slot_and_the_series_alone() {
    let app = App::start().await;
    let alice = app.user("alice");
    let task = alice.create(daily()).await;
    app.take_facts().await;
    alice
        .patch(&path(&task), json!({"due": {"datetime": "2030-12-01T18:00:00"}}))
        .await
        .expect(200);
    let facts = app.take_facts().await;
    let log: Vec<_> = facts.iter().map(ToString::to_string).collect();
    let expected = [
        "event task.updated v2 p3",
        "update task.updated v2 p3",
        "reminder reminder.scheduled v2 p3",
    ];
    assert_eq!(log, expected);
    let recurrence = facts[0].task().task.as_ref().unwrap().recurrence.clone().unwrap();
    assert_eq!(
        (recurrence.slot.as_str(), recurrence.series_revision),
        ("2030-12-01T09:00:00", 1)
    );
}

#[tokio::test]
async fn a_new_rule_raises_the_revision_and_starts_at_this_occurrence() {
    let app = App::start().await;
    let alice = app.user("alice");
    let task = alice.create(daily()).await;
    app.take_facts().await;
    let patch = json!({"due": {"datetime": "2030-12-02T10:00:00"}, "recurrence": {"rrule": "FREQ=WEEKLY"}});
    let edited = alice.patch(&path(&task), patch).await.expect(200);
    assert_eq!(
        edited.body["recurrence"],
        json!({"rrule": "FREQ=WEEKLY", "anchor": "schedule", "missed": "skip"})
    );
    assert_eq!(edited.header("taskwire-position"), "4");
    let facts = app.take_facts().await;
    let log: Vec<_> = facts.iter().map(ToString::to_string).collect();
    let expected = [
        "event series.updated v2 p3",
        "update series.updated v2 p3",
        "event task.updated v2 p4",
        "update task.updated v2 p4",
        "reminder reminder.scheduled v2 p4",
    ];
    assert_eq!(log, expected);
    let series = facts[0].task().series.as_ref().unwrap();
    assert_eq!(
        (series.revision, series.dtstart.as_str(), series.count_base),
        (2, "2030-12-02T10:00:00", 1)
    );
    assert_eq!(series.frontier.as_ref().unwrap().slot, "2030-12-02T10:00:00");
    let fields: Vec<_> = facts[0]
        .task()
        .changes
        .iter()
        .map(|change| change.field.as_str())
        .collect();
    assert_eq!(fields, ["revision", "rrule", "start"]);
}

#[tokio::test]
async fn null_ends_the_series_and_a_new_rule_revives_it() {
    let app = App::start().await;
    let alice = app.user("alice");
    let task = alice.create(daily()).await;
    app.take_facts().await;
    let ended = alice
        .patch(&path(&task), json!({"recurrence": null}))
        .await
        .expect(200);
    assert_eq!(
        (&ended.body["recurrence"], &ended.body["series_id"]),
        (&json!(null), &task["series_id"])
    );
    let facts = app.take_facts().await;
    assert_eq!(facts[0].meta().kind, "series.ended");
    assert!(!facts[0].task().series.as_ref().unwrap().alive);
    assert!(facts[2].task().task.as_ref().unwrap().recurrence.is_none());
    assert_eq!(alice.get(&path(&task)).await.expect(200).body, ended.body);
    let revived = alice
        .patch(&path(&task), json!({"recurrence": {"rrule": "FREQ=WEEKLY"}}))
        .await
        .expect(200);
    assert_eq!(revived.body["series_id"], task["series_id"]);
    let facts = app.take_facts().await;
    let series = facts[0].task().series.as_ref().unwrap();
    assert_eq!(
        (facts[0].meta().kind.as_str(), series.revision, series.alive),
        ("series.updated", 2, true)
    );
}

#[tokio::test]
async fn an_open_task_can_begin_to_recur_and_a_closed_one_cannot() {
    let app = App::start().await;
    let alice = app.user("alice");
    let due = json!({"date": "2030-12-01", "timezone": "Europe/Berlin"});
    let task = alice.create(json!({"title": "a", "due": due})).await;
    let closed = alice.create(json!({"title": "b", "due": due})).await;
    alice.act(&closed, "complete").await.expect(200);
    app.take_facts().await;
    let rule = json!({"recurrence": {"rrule": "FREQ=DAILY"}});
    let recurring = alice.patch(&path(&task), rule.clone()).await.expect(200);
    assert_eq!(recurring.body["ordinal"], 1);
    let log = app.take_kinds().await;
    let expected = [
        "event series.created v1 p4",
        "update series.created v1 p4",
        "event task.updated v2 p5",
        "update task.updated v2 p5",
    ];
    assert_eq!(log, expected);
    alice
        .patch(&path(&closed), rule)
        .await
        .expect_problem(409, "not-open", None);
    let undated = json!({"due": null});
    alice
        .patch(&path(&task), undated)
        .await
        .expect_problem(422, "validation", Some("/due"));
}
