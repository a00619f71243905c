//! What a user chose for all tasks, and what becomes of tasks that leave something out.

use reqwest::Method;
use serde_json::{Value, json};
use shared_events::event::view::SettingsView;

use crate::app::{App, Fact, User, path};
use crate::projects::changed;

async fn choose(user: &User, patch: Value) -> Value {
    user.patch("/v1/me", patch).await.expect(200).body
}

fn due() -> Value {
    json!({"datetime": "2030-12-01T09:00:00"})
}

fn scheduled(facts: &[Fact]) -> Vec<String> {
    let scheduled = facts.iter().filter_map(|fact| match fact {
        Fact::Reminder(event) => event.scheduled.as_ref(),
        _ => None,
    });
    scheduled
        .map(|scheduled| scheduled.fire_at.at().to_rfc3339())
        .collect()
}

#[tokio::test]
async fn who_never_chose_anything_has_version_zero() {
    let app = App::start().await;
    let alice = app.user("alice");
    let initial = alice.get("/v1/me").await.expect(200);
    assert_eq!(initial.header("etag"), "\"0\"");
    let me = &initial.body;
    assert_eq!(
        (&me["version"], &me["position"], &me["timezone"]),
        (&json!(0), &json!(0), &Value::Null)
    );
    assert_eq!(
        (&me["first_day_of_week"], &me["default_reminders"]),
        (&json!("monday"), &json!([]))
    );
    assert!(me.get("created_at").is_none() && me.get("updated_at").is_none());
    for nothing in [
        json!({}),
        json!({"timezone": null}),
        json!({"first_day_of_week": null, "default_reminders": null}),
        json!({"first_day_of_week": "monday", "default_reminders": []}),
    ] {
        let same = alice.patch("/v1/me", nothing).await.expect(200);
        assert_eq!((&same.body, same.header("etag")), (me, "\"0\""));
    }
    assert_eq!(app.take_kinds().await, Vec::<String>::new());
    assert_eq!(app.number("SELECT count(*) FROM tasks.settings").await, 0);
    assert_ne!(
        me["id"],
        app.user("bob").get("/v1/me").await.expect(200).body["id"]
    );
}

#[tokio::test]
async fn the_first_choice_is_version_one_of_what_was_read_as_version_zero() {
    let app = App::start().await;
    let alice = app.user("alice");
    let initial = alice.get("/v1/me").await.expect(200).body;
    let patch = json!({"timezone": "Europe/Berlin"});
    for tag in ["\"1\"", "\"-1\"", "\"\"", "W/\"0\""] {
        let refused = alice
            .call(Method::PATCH, "/v1/me", Some(patch.clone()), Some(tag))
            .await;
        let refused = refused.expect_problem(412, "version-mismatch", None);
        assert_eq!(refused.header("etag"), "\"0\"");
        assert_eq!(
            (&refused.body["current_version"], &refused.body["current"]),
            (&json!(0), &initial)
        );
    }
    assert_eq!(app.number("SELECT count(*) FROM tasks.settings").await, 0);
    let first = alice
        .call(Method::PATCH, "/v1/me", Some(patch.clone()), Some("\"0\""))
        .await
        .expect(200);
    assert_eq!(
        (first.header("etag"), first.header("taskwire-position")),
        ("\"1\"", "1")
    );
    assert_eq!(first.body["id"], initial["id"]);
    let again = alice
        .call(Method::PATCH, "/v1/me", Some(patch), Some("\"0\""))
        .await;
    again.expect_problem(412, "version-mismatch", None);
    assert_eq!(alice.get("/v1/me").await.expect(200).body, first.body);
}

#[tokio::test]
async fn each_change_is_told_with_what_differs() {
    let app = App::start().await;
    let alice = app.user("alice");
    choose(&alice, json!({"timezone": "Europe/Berlin"})).await;
    let second = choose(
        &alice,
        json!({"first_day_of_week": "sunday", "default_reminders": ["PT30M", "P1D"]}),
    )
    .await;
    assert_eq!(
        (&second["version"], &second["timezone"]),
        (&json!(2), &json!("Europe/Berlin"))
    );
    let facts = app.take_facts().await;
    let kinds: Vec<_> = facts.iter().map(ToString::to_string).collect();
    let expected = [
        "event settings.updated v1 p1",
        "update settings.updated v1 p1",
        "event settings.updated v2 p2",
        "update settings.updated v2 p2",
    ];
    assert_eq!(kinds, expected);
    let (first, event) = (facts[0].task(), facts[2].task());
    assert!(changed(first).contains(&("timezone", None, Some("\"Europe/Berlin\""))));
    assert!(!first.unconditional, "there was nothing to be overwritten");
    assert_eq!((first.meta.previous.get(), event.meta.previous.get()), (0, 1));
    assert_eq!(event.meta.aggregate, "settings");
    assert_eq!(event.meta.aggregate_id, second["id"].as_str().unwrap());
    assert!(event.unconditional);
    assert_eq!(
        changed(event),
        [
            ("default_reminders", Some("[]"), Some("[\"PT30M\",\"P1D\"]")),
            ("first_day_of_week", Some("\"monday\""), Some("\"sunday\"")),
        ]
    );
    let pushed = SettingsView::from(facts[3].update().settings.as_ref().unwrap());
    assert_eq!(serde_json::to_value(pushed).unwrap(), second);
    let changes = alice.get("/v1/sync?since=1").await.expect(200).body;
    assert_eq!(changes["items"].as_array().unwrap().len(), 1);
    assert_eq!(changes["items"][0]["settings"], second);
    assert_eq!(changes["items"][0]["type"], "settings");
    let cleared = choose(&alice, json!({"timezone": null, "default_reminders": null})).await;
    assert_eq!(
        (
            &cleared["timezone"],
            &cleared["default_reminders"],
            &cleared["first_day_of_week"]
        ),
        (&Value::Null, &json!([]), &json!("sunday"))
    );
}

#[tokio::test]
async fn a_time_without_a_zone_needs_one_in_the_settings() {
    let app = App::start().await;
    let alice = app.user("alice");
    let task = alice.create(json!({"title": "a"})).await;
    app.take_facts().await;
    for field in ["due", "start"] {
        for moment in [due(), json!({"date": "2030-12-01"})] {
            let body = json!({"title": "a", field: moment});
            let pointer = format!("/{field}/timezone");
            let refused = [
                alice.post("/v1/tasks", body.clone()).await,
                alice.patch(&path(&task), json!({field: moment})).await,
            ];
            for refused in refused {
                let refused = refused.expect_problem(422, "validation", Some(&pointer));
                let detail = refused.body["detail"].as_str().unwrap();
                assert!(detail.contains("/v1/me"), "the way out: {detail}");
            }
        }
    }
    assert_eq!(app.take_kinds().await, Vec::<String>::new());
    choose(&alice, json!({"timezone": "Europe/Berlin"})).await;
    let patched = alice
        .patch(&path(&task), json!({"due": due()}))
        .await
        .expect(200)
        .body;
    let bodies = [
        json!({"title": "a", "due": due()}),
        json!({"title": "a", "due": due(), "recurrence": {"rrule": "FREQ=DAILY"}}),
        json!({"title": "a", "due": due(), "parent_id": task["id"]}),
    ];
    let mut tasks = vec![patched];
    for body in bodies {
        tasks.push(alice.create(body).await);
    }
    for task in tasks {
        assert_eq!(task["due"]["timezone"], "Europe/Berlin");
        assert_eq!(task["due_at"], "2030-12-01T08:00:00Z");
    }
    let own = json!({"title": "a", "due": {"datetime": "2030-12-01T09:00:00", "timezone": "UTC"}});
    assert_eq!(alice.create(own).await["due_at"], "2030-12-01T09:00:00Z");
    let null = json!({"title": "a", "due": {"datetime": "2030-12-01T09:00:00", "timezone": null}});
    alice
        .post("/v1/tasks", null)
        .await
        .expect_problem(422, "validation", Some("/due/timezone"));
}

#[tokio::test]
async fn another_zone_in_the_settings_changes_no_task_that_is_there() {
    let app = App::start().await;
    let alice = app.user("alice");
    choose(&alice, json!({"timezone": "Europe/Berlin"})).await;
    let task = alice.create(json!({"title": "a", "due": due()})).await;
    choose(&alice, json!({"timezone": "Asia/Tokyo"})).await;
    assert_eq!(alice.get(&path(&task)).await.expect(200).body, task);
    let later = json!({"due": {"datetime": "2030-12-02T09:00:00"}});
    let patched = alice.patch(&path(&task), later).await.expect(200).body;
    assert_eq!(
        patched["due"]["timezone"], "Europe/Berlin",
        "that of the task stays"
    );
    let bob = app
        .user("bob")
        .post("/v1/tasks", json!({"title": "a", "due": due()}))
        .await;
    bob.expect_problem(422, "validation", Some("/due/timezone"));
}

#[tokio::test]
async fn default_reminders_are_of_new_tasks_that_are_due_and_say_nothing() {
    let app = App::start().await;
    let alice = app.user("alice");
    choose(
        &alice,
        json!({"timezone": "UTC", "default_reminders": ["PT30M", "P1D"]}),
    )
    .await;
    app.take_facts().await;
    let defaults = json!([{"before": "PT30M"}, {"before": "P1D"}]);
    let parent = alice.create(json!({"title": "not due"})).await;
    assert_eq!(parent["reminders"], json!([]));
    let not_due = json!({"title": "a", "start": due()});
    assert_eq!(alice.create(not_due).await["reminders"], json!([]));
    assert_eq!(scheduled(&app.take_facts().await), [""; 0]);
    for body in [
        json!({"title": "a", "due": due()}),
        json!({"title": "a", "due": due(), "parent_id": parent["id"]}),
        json!({"title": "a", "due": due(), "recurrence": {"rrule": "FREQ=DAILY"}}),
    ] {
        for user in [alice.clone(), alice.with_key(&body.to_string().len().to_string())] {
            assert_eq!(user.create(body.clone()).await["reminders"], defaults, "{body}");
            let at = ["2030-12-01T08:30:00+00:00", "2030-11-30T09:00:00+00:00"];
            assert_eq!(scheduled(&app.take_facts().await), at, "{body}");
        }
    }
    for said in [json!(null), json!([])] {
        let body = json!({"title": "a", "due": due(), "reminders": said});
        assert_eq!(alice.create(body).await["reminders"], json!([]));
        let body = json!({"title": "a", "due": due(), "reminders": said, "parent_id": parent["id"]});
        assert_eq!(alice.create(body).await["reminders"], json!([]));
    }
    let own = json!({"title": "a", "due": due(), "start": due(), "reminders": [{"before": "PT1H", "relative_to": "start"}]});
    let own = alice.create(own).await["reminders"].clone();
    assert_eq!(own, json!([{"before": "PT1H", "relative_to": "start"}]));
    let became_due = alice
        .patch(&path(&parent), json!({"due": due()}))
        .await
        .expect(200);
    assert_eq!(became_due.body["reminders"], json!([]), "it is no new task");
    let past = json!({"title": "a", "due": {"datetime": "2020-01-01T00:00:00"}, "allow_past_due": true});
    app.take_facts().await;
    assert_eq!(alice.create(past).await["reminders"], defaults);
    assert_eq!(scheduled(&app.take_facts().await), [""; 0], "never fires");
}

#[tokio::test]
async fn a_reminder_can_count_from_the_start() {
    let app = App::start().await;
    let alice = app.user("alice");
    choose(&alice, json!({"timezone": "UTC"})).await;
    let from_start = json!([{"before": "PT1H", "relative_to": "start"}]);
    let uncounted = json!({"title": "a", "due": due(), "reminders": from_start});
    let refused = alice.post("/v1/tasks", uncounted).await.expect(422);
    assert!(
        refused.body["pointer"]
            .as_str()
            .unwrap()
            .starts_with("/reminders/0")
    );
    app.take_facts().await;
    let start = json!({"datetime": "2030-11-20T07:00:00"});
    let task = json!({"title": "a", "start": start, "reminders": from_start});
    let task = alice.create(task).await;
    assert_eq!(scheduled(&app.take_facts().await), ["2030-11-20T06:00:00+00:00"]);
    let both = json!([{"before": "PT1H"}, {"before": "PT1H", "relative_to": "start"}]);
    let patch = json!({"due": due(), "reminders": both});
    let patched = alice.patch(&path(&task), patch).await.expect(200).body;
    assert_eq!(patched["reminders"], both, "they are two");
    let times = ["2030-12-01T08:00:00+00:00", "2030-11-20T06:00:00+00:00"];
    assert_eq!(
        scheduled(&app.take_facts().await),
        times,
        "both say when it is due"
    );
    let later = json!({"start": {"datetime": "2030-11-21T07:00:00"}});
    alice.patch(&path(&task), later).await.expect(200);
    assert_eq!(scheduled(&app.take_facts().await), ["2030-11-21T06:00:00+00:00"]);
    let refused = alice
        .patch(&path(&task), json!({"start": null}))
        .await
        .expect(422);
    assert!(
        refused.body["pointer"]
            .as_str()
            .unwrap()
            .starts_with("/reminders/1")
    );
}

#[tokio::test]
async fn choices_that_are_none_are_pointed_at_and_nothing_is_written() {
    let app = App::start().await;
    let alice = app.user("alice");
    for (patch, pointer) in [
        (json!({"timezone": "Mars/Olympus"}), "/timezone"),
        (json!({"timezone": ""}), "/timezone"),
        (json!({"timezone": 1}), "/timezone"),
        (json!({"timezone": "Europe/Berlin\u{0}"}), "/timezone"),
        (json!({"timezone": "x".repeat(10_000)}), "/timezone"),
        (json!({"first_day_of_week": "Monday"}), "/first_day_of_week"),
        (json!({"first_day_of_week": 1}), "/first_day_of_week"),
        (json!({"default_reminders": "PT1H"}), "/default_reminders"),
        (json!({"default_reminders": [null]}), "/default_reminders/0"),
        (
            json!({"default_reminders": ["PT1H", "-PT1H"]}),
            "/default_reminders/1",
        ),
        (
            json!({"default_reminders": ["PT1H", "PT60M"]}),
            "/default_reminders/1",
        ),
        (json!({"default_reminders": ["P4000D"]}), "/default_reminders/0"),
        (
            json!({"default_reminders": [{"before": "PT1H"}]}),
            "/default_reminders/0",
        ),
        (
            json!({"default_reminders": (1..=21).map(|n| format!("PT{n}M")).collect::<Vec<_>>()}),
            "/default_reminders",
        ),
        (json!({"version": 1}), "/version"),
        (json!({"id": alice.get("/v1/me").await.body["id"]}), "/id"),
        (json!([]), ""),
        (json!(null), ""),
    ] {
        let refused = alice.patch("/v1/me", patch).await;
        refused.expect_problem(422, "validation", Some(pointer));
    }
    assert_eq!(app.number("SELECT count(*) FROM tasks.user_state").await, 0);
    let most: Vec<_> = (1..=20).map(|n| format!("PT{n}M")).collect();
    choose(&alice, json!({"timezone": "UTC", "default_reminders": most})).await;
    let task = alice.create(json!({"title": "a", "due": due()})).await;
    assert_eq!(task["reminders"].as_array().unwrap().len(), 20);
}

#[tokio::test]
async fn settings_that_change_while_a_task_is_created_never_make_half_of_each() {
    let app = App::start().await;
    let alice = app.user("alice");
    choose(&alice, json!({"timezone": "UTC"})).await;
    let holder = app.hold_lock("alice").await;
    let body = json!({"title": "a", "due": due()});
    let tokyo = json!({"timezone": "Asia/Tokyo", "default_reminders": ["PT30M"]});
    let release = async {
        app.until_waiting(2).await;
        drop(holder);
    };
    let (task, chosen, ()) = tokio::join!(alice.create(body), choose(&alice, tokyo), release);
    let (zone, reminders) = if task["position"].as_i64() < chosen["position"].as_i64() {
        ("UTC", json!([]))
    } else {
        ("Asia/Tokyo", json!([{"before": "PT30M"}]))
    };
    assert_eq!(
        (&task["due"]["timezone"], &task["reminders"]),
        (&json!(zone), &reminders)
    );
}
