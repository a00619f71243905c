//! Series: read, previewed, changed, skipped and ended by themselves, and edits of occurrences with a scope.

use reqwest::Method;
use serde_json::{Value, json};

use crate::app::{App, Reply, User, daily, path};
use crate::recurrence::next_after_completing;

fn place(task: &Value) -> String {
    format!("/v1/series/{}", task["series_id"].as_str().unwrap())
}

/// A verb on the series of a task.
async fn act(alice: &User, task: &Value, verb: &str) -> Reply {
    alice
        .call(Method::POST, &format!("{}/{verb}", place(task)), None, None)
        .await
}

async fn patched(alice: &User, task: &Value, scope: &str, patch: Value) -> Value {
    let path = format!("{}?scope={scope}", path(task));
    alice.patch(&path, patch).await.expect(200).body
}

fn weekly() -> Value {
    let mut task = daily();
    task["recurrence"] = json!({"rrule": "FREQ=WEEKLY;COUNT=40"});
    task
}

#[tokio::test]
async fn twenty_completions_create_what_the_preview_of_the_series_said() {
    let app = App::start().await;
    let alice = app.user("alice");
    for (rrule, anchor, missed) in [
        ("FREQ=DAILY;INTERVAL=3", "schedule", "keep"),
        ("FREQ=MONTHLY;BYDAY=-1FR,2MO", "schedule", "skip"),
        ("FREQ=WEEKLY;BYDAY=TU,SA;WKST=SU", "completion", "skip"),
    ] {
        let mut task = daily();
        task["recurrence"] = json!({"rrule": rrule, "anchor": anchor, "missed": missed});
        let mut task = alice.create(task).await;
        let plain = alice
            .get(&format!("{}/preview?count=3", place(&task)))
            .await
            .expect(200)
            .body;
        let left_out = plain["occurrences"][1]["due"]["datetime"].clone();
        let exceptions =
            json!({"exdates": [left_out], "rdates": ["2030-12-24T18:00:00", "2031-01-01T00:30:00"]});
        alice.patch(&place(&task), exceptions).await.expect(200);
        let preview = alice
            .get(&format!("{}/preview?count=20", place(&task)))
            .await
            .expect(200)
            .body;
        let preview = preview["occurrences"].as_array().unwrap().clone();
        assert_eq!(preview.len(), 20, "{rrule}");
        assert!(
            preview.iter().all(|it| it["due"]["datetime"] != left_out),
            "{rrule}"
        );
        if anchor == "schedule" {
            for expected in preview {
                let (_, next) = next_after_completing(&app, &alice, &task).await;
                assert_eq!(
                    (&next["due"], &next["ordinal"]),
                    (&expected["due"], &expected["ordinal"]),
                    "{rrule}"
                );
                task = next;
            }
        }
    }
}

#[tokio::test]
async fn a_series_is_read_with_its_occurrences_newest_first() {
    let app = App::start().await;
    let (alice, bob) = (app.user("alice"), app.user("bob"));
    let first = alice.create(daily()).await;
    let (first, second) = next_after_completing(&app, &alice, &first).await;
    let (second, third) = next_after_completing(&app, &alice, &second).await;
    let listed = alice
        .list(&format!("{}/occurrences?limit=1", place(&first)))
        .await;
    assert_eq!(listed, [third.clone(), second, first]);
    let series = alice.get(&place(&third)).await.expect(200);
    assert_eq!(series.header("etag"), "\"1\"");
    assert_eq!(
        (&series.body["alive"], &series.body["exdates"]),
        (&json!(true), &json!([]))
    );
    for route in ["", "/occurrences", "/preview"] {
        let reply = bob.get(&format!("{}{route}", place(&third))).await;
        reply.expect_problem(404, "not-found", None);
    }
}

#[tokio::test]
async fn exceptions_are_changed_without_a_new_version_of_the_task_and_mistakes_are_pointed_at() {
    let app = App::start().await;
    let alice = app.user("alice");
    let task = alice.create(daily()).await;
    app.take_facts().await;
    let exceptions = json!({"exdates": ["2030-12-03T09:00:00", "2030-12-02T09:00:00"]});
    let changed = alice.patch(&place(&task), exceptions.clone()).await.expect(200);
    assert_eq!(
        changed.body["exdates"],
        json!(["2030-12-02T09:00:00", "2030-12-03T09:00:00"])
    );
    assert_eq!(
        app.take_kinds().await,
        ["event series.updated v2 p3", "update series.updated v2 p3"]
    );
    alice.patch(&place(&task), exceptions).await.expect(200);
    assert_eq!(app.take_kinds().await, Vec::<String>::new(), "the same once more");
    for (patch, pointer) in [
        (json!({"exdates": ["2030-12-02"]}), "/exdates"),
        (json!({"exdates": [task["due"]["datetime"]]}), "/exdates"),
        (json!({"rdates": ["2030-12-02T09:00:00"]}), "/rdates"),
        (json!({"rdates": ["2199-12-02T09:00:00"]}), "/rdates"),
        (json!({"rdates": ["noon"]}), "/rdates/0"),
        (json!({"recurrence": null}), "/recurrence"),
        (
            json!({"recurrence": {"rrule": "FREQ=NEVER"}}),
            "/recurrence/rrule",
        ),
        (json!({"rrule": "FREQ=DAILY"}), "/rrule"),
    ] {
        let reply = alice.patch(&place(&task), patch.clone()).await;
        assert_eq!(reply.body["pointer"], pointer, "{patch}: {}", reply.text);
        reply.expect_problem(422, "validation", Some(pointer));
    }
    assert_eq!(app.take_kinds().await, Vec::<String>::new());
}

#[tokio::test]
async fn another_rule_starts_at_the_newest_occurrence_and_a_stale_version_is_refused() {
    let app = App::start().await;
    let alice = app.user("alice");
    let task = alice.create(daily()).await;
    let (_, second) = next_after_completing(&app, &alice, &task).await;
    app.take_facts().await;
    let rule = json!({"recurrence": {"rrule": "FREQ=WEEKLY", "missed": "keep"}});
    let series = alice.patch(&place(&task), rule).await.expect(200).body;
    assert_eq!(
        (
            &series["rrule"],
            &series["missed"],
            &series["revision"],
            &series["start"]
        ),
        (&json!("FREQ=WEEKLY"), &json!("keep"), &json!(2), &second["due"])
    );
    let shown = alice.get(&path(&second)).await.expect(200).body;
    assert_eq!(shown["recurrence"]["rrule"], "FREQ=WEEKLY");
    let facts = app.take_facts().await;
    let actions: std::collections::HashSet<_> = facts.iter().map(|fact| fact.meta().action_id).collect();
    assert_eq!(
        (facts.len(), actions.len()),
        (4, 1),
        "series and task, one action"
    );
    let stale = alice
        .call(
            Method::PATCH,
            &place(&task),
            Some(json!({"exdates": []})),
            Some("\"1\""),
        )
        .await;
    let stale = stale.expect_problem(412, "version-mismatch", None);
    assert_eq!(stale.body["current"]["rrule"], "FREQ=WEEKLY");
}

#[tokio::test]
async fn the_open_occurrence_is_skipped_and_a_series_is_ended_once() {
    let app = App::start().await;
    let alice = app.user("alice");
    let task = alice.create(daily()).await;
    let skipped = act(&alice, &task, "skip").await.expect(200).body;
    assert_eq!(
        (&skipped["id"], &skipped["status"]),
        (&task["id"], &json!("skipped"))
    );
    alice.act(&task, "reopen").await.expect(200);
    app.take_facts().await;
    let ended = act(&alice, &task, "stop").await.expect(200).body;
    assert_eq!(ended["alive"], false);
    let kinds = app.take_kinds().await;
    assert!(
        kinds.contains(&"event series.ended v2 p5".to_owned()),
        "{kinds:?}"
    );
    let left = alice.get(&path(&task)).await.expect(200).body;
    assert_eq!(
        (&left["recurrence"], &left["status"]),
        (&Value::Null, &json!("open"))
    );
    act(&alice, &task, "stop").await.expect(200);
    assert_eq!(app.take_kinds().await, Vec::<String>::new());
    let skip = act(&alice, &task, "skip").await;
    skip.expect_problem(409, "series-ended", None);
    let preview = alice.get(&format!("{}/preview", place(&task))).await;
    preview.expect_problem(409, "series-ended", None);
    let patch = alice.patch(&place(&task), json!({"exdates": []})).await;
    patch.expect_problem(409, "series-ended", None);
}

#[tokio::test]
async fn an_edit_of_this_occurrence_alone_is_not_handed_on() {
    let app = App::start().await;
    let alice = app.user("alice");
    let tag = alice.tag("home").await;
    let mut task = daily();
    task["priority"] = json!("high");
    let first = alice.create(task).await;
    let own = json!({"title": "today only", "priority": "low", "tags": [tag["id"]], "estimate": 5,
                     "reminders": [{"before": "PT2H"}]});
    let edited = patched(&alice, &first, "this", own).await;
    assert_eq!(edited["title"], "today only");
    // What is said without a scope goes on, beside what was said of this one alone.
    alice
        .patch(&path(&first), json!({"description": "for all"}))
        .await
        .expect(200);
    let (_, second) = next_after_completing(&app, &alice, &first).await;
    assert_eq!(
        (
            &second["title"],
            &second["priority"],
            &second["tags"],
            &second["estimate"],
            &second["description"]
        ),
        (
            &first["title"],
            &json!("high"),
            &json!([]),
            &Value::Null,
            &json!("for all")
        )
    );
    assert_eq!(second["reminders"], first["reminders"]);
    let (_, third) = next_after_completing(&app, &alice, &second).await;
    assert_eq!(
        (&third["title"], &third["priority"]),
        (&first["title"], &json!("high"))
    );
    let rule = alice
        .patch(
            &format!("{}?scope=this", path(&third)),
            json!({"recurrence": null}),
        )
        .await;
    rule.expect_problem(422, "validation", Some("/recurrence"));
}

#[tokio::test]
async fn another_due_time_of_this_and_following_moves_the_series_with_what_is_left_of_its_count() {
    let app = App::start().await;
    let alice = app.user("alice");
    let first = alice.create(weekly()).await;
    let (_, second) = next_after_completing(&app, &alice, &first).await;
    let due = json!({"due": {"datetime": "2030-12-09T18:30:00"}});
    let moved = patched(&alice, &second, "following", due).await;
    assert_eq!(moved["recurrence"]["rrule"], "FREQ=WEEKLY;COUNT=39");
    let (_, third) = next_after_completing(&app, &alice, &moved).await;
    assert_eq!(third["due"]["datetime"], "2030-12-16T18:30:00");
    // Without a scope it moves this one alone.
    let due = json!({"due": {"datetime": "2030-12-17T07:00:00"}});
    alice.patch(&path(&third), due).await.expect(200);
    let (_, fourth) = next_after_completing(&app, &alice, &third).await;
    assert_eq!(fourth["due"]["datetime"], "2030-12-23T18:30:00");
}

#[tokio::test]
async fn all_and_following_reach_the_open_occurrences_that_they_say() {
    let app = App::start().await;
    let alice = app.user("alice");
    let first = alice.create(daily()).await;
    let (_, second) = next_after_completing(&app, &alice, &first).await;
    let (_, third) = next_after_completing(&app, &alice, &second).await;
    for task in [&first, &second] {
        alice.act(task, "reopen").await.expect(200);
    }
    let titles = async || {
        let mut titles = Vec::new();
        for task in [&first, &second, &third] {
            titles.push(alice.get(&path(task)).await.expect(200).body["title"].clone());
        }
        titles
    };
    patched(&alice, &second, "following", json!({"title": "f"})).await;
    assert_eq!(titles().await, [first["title"].clone(), json!("f"), json!("f")]);
    patched(&alice, &second, "all", json!({"title": "a"})).await;
    assert_eq!(titles().await, ["a", "a", "a"]);
    patched(&alice, &second, "this", json!({"title": "t"})).await;
    assert_eq!(titles().await, ["a", "t", "a"]);
    let due = json!({"due": {"datetime": "2031-01-01T00:00:00"}});
    let refused = alice.patch(&format!("{}?scope=all", path(&first)), due).await;
    refused.expect_problem(409, "not-newest-occurrence", Some("/recurrence"));
    alice
        .delete(&format!("{}?scope=following", path(&second)))
        .await
        .expect(204);
    alice.get(&path(&third)).await.expect(404);
    let left = alice.get(&path(&first)).await.expect(200).body;
    assert_eq!((&left["status"], &left["title"]), (&json!("open"), &json!("a")));
    assert_eq!(alice.get(&place(&first)).await.expect(200).body["alive"], false);
}
