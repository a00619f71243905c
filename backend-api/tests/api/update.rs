//! Changing a task: merge-patch, versions, and what is told.

use reqwest::Method;
use serde_json::json;

use crate::app::{App, path};

#[tokio::test]
async fn absent_is_untouched_and_null_clears() {
    let app = App::start().await;
    let alice = app.user("alice");
    let tag = alice.tag("x").await;
    let task = alice
        .create(
            json!({"title": "a", "description": "d", "priority": "high", "tags": [tag["id"]],
                       "due": {"datetime": "2030-12-01T09:00:00", "timezone": "Europe/Berlin"}}),
        )
        .await;
    let reply = alice
        .patch(
            &path(&task),
            json!({"title": "b", "description": null, "tags": null}),
        )
        .await
        .expect(200);
    assert_eq!(
        (&reply.body["title"], &reply.body["description"]),
        (&json!("b"), &json!(null))
    );
    assert_eq!(
        (&reply.body["tags"], &reply.body["priority"]),
        (&json!([]), &json!("high"))
    );
    assert_eq!(reply.body["due"], task["due"]);
    assert_eq!(
        (&reply.body["version"], &reply.body["position"]),
        (&json!(2), &json!(3))
    );
    assert_eq!(
        (reply.header("etag"), reply.header("taskwire-position")),
        ("\"2\"", "3")
    );
}

#[tokio::test]
async fn a_due_time_is_merged_field_by_field() {
    let app = App::start().await;
    let alice = app.user("alice");
    let due = json!({"datetime": "2030-12-01T09:00:00", "timezone": "Europe/Berlin"});
    let task = alice.create(json!({"title": "a", "due": due})).await;
    let moved = alice
        .patch(&path(&task), json!({"due": {"timezone": "America/New_York"}}))
        .await
        .expect(200);
    assert_eq!(
        moved.body["due"],
        json!({"datetime": "2030-12-01T09:00:00", "timezone": "America/New_York"})
    );
    assert_eq!(moved.body["due_at"], "2030-12-01T14:00:00Z");
    let day = alice
        .patch(&path(&task), json!({"due": {"date": "2030-12-24"}}))
        .await
        .expect(200);
    assert_eq!(
        day.body["due"],
        json!({"date": "2030-12-24", "timezone": "America/New_York"})
    );
}

#[tokio::test]
async fn a_change_tells_what_differs_and_nothing_else() {
    let app = App::start().await;
    let alice = app.user("alice");
    let task = alice.create(json!({"title": "a", "description": "d"})).await;
    app.take_facts().await;
    alice
        .patch(
            &path(&task),
            json!({"title": "b", "description": null, "priority": "normal"}),
        )
        .await
        .expect(200);
    let [fact, update] = app.take_facts().await.try_into().unwrap();
    let meta = fact.meta();
    assert_eq!(
        (meta.kind.as_str(), meta.version.get(), meta.previous.get()),
        ("task.updated", 2, 1)
    );
    let changes = &fact.task().changes;
    assert_eq!(changes.len(), 2, "{changes:?}");
    assert_eq!(
        (changes[0].field.as_str(), &changes[0].before, &changes[0].after),
        ("description", &Some("\"d\"".into()), &None)
    );
    assert_eq!(
        (changes[1].field.as_str(), changes[1].after.as_deref()),
        ("title", Some("\"b\""))
    );
    assert_eq!(update.update().task.as_ref().unwrap().title, "b");
}

#[tokio::test]
async fn a_patch_that_changes_nothing_tells_nothing() {
    let app = App::start().await;
    let alice = app.user("alice");
    let tag = alice.tag("x").await["id"].clone();
    let task = alice.create(json!({"title": "a", "tags": [tag]})).await;
    app.take_facts().await;
    for patch in [
        json!({}),
        json!({"title": "a"}),
        json!({"title": " a ", "tags": [tag]}),
        json!({"allow_past_due": true}),
    ] {
        let reply = alice.patch(&path(&task), patch).await.expect(200);
        assert_eq!(reply.body, task);
        assert_eq!(reply.header("etag"), "\"1\"");
    }
    assert_eq!(app.take_kinds().await, Vec::<String>::new());
    assert_eq!(
        alice.create(json!({"title": "b"})).await["position"],
        3,
        "no position was lost"
    );
}

#[tokio::test]
async fn a_stale_if_match_is_refused_with_the_current_version_on_every_verb() {
    let app = App::start().await;
    let alice = app.user("alice");
    let task = alice.create(json!({"title": "a"})).await;
    alice.patch(&path(&task), json!({"title": "b"})).await.expect(200);
    app.take_facts().await;
    let calls = [
        (Method::PATCH, path(&task), Some(json!({"title": "c"}))),
        (Method::DELETE, path(&task), None),
        (Method::POST, format!("{}/complete", path(&task)), None),
        (Method::POST, format!("{}/skip", path(&task)), None),
        (Method::POST, format!("{}/reopen", path(&task)), None),
    ];
    for (method, path, body) in calls {
        let reply = alice.call(method, &path, body, Some("\"1\"")).await;
        let reply = reply.expect_problem(412, "version-mismatch", None);
        assert_eq!(reply.body["current_version"], 2);
        assert_eq!(reply.header("etag"), "\"2\"");
    }
    assert_eq!(app.take_kinds().await, Vec::<String>::new());
    let reply = alice
        .call(
            Method::PATCH,
            &path(&task),
            Some(json!({"title": "c"})),
            Some("\"2\""),
        )
        .await;
    assert_eq!(reply.expect(200).body["version"], 3);
    alice
        .call(
            Method::PATCH,
            &path(&task),
            Some(json!({"title": "d"})),
            Some("*"),
        )
        .await
        .expect(200);
    alice
        .call(Method::PATCH, &path(&task), Some(json!({})), Some("4"))
        .await
        .expect_problem(400, "bad-if-match", None);
}

#[tokio::test]
async fn a_task_cannot_become_a_part_of_itself() {
    let app = App::start().await;
    let alice = app.user("alice");
    let top = alice.create(json!({"title": "top"})).await;
    let middle = alice
        .create(json!({"title": "middle", "parent_id": top["id"]}))
        .await;
    let bottom = alice
        .create(json!({"title": "bottom", "parent_id": middle["id"]}))
        .await;
    let circle = alice.patch(&path(&top), json!({"parent_id": bottom["id"]})).await;
    circle.expect_problem(422, "validation", Some("/parent_id"));
    alice
        .patch(&path(&bottom), json!({"parent_id": top["id"]}))
        .await
        .expect(200);
}

#[tokio::test]
async fn a_task_that_is_past_due_can_still_be_changed() {
    let app = App::start().await;
    let alice = app.user("alice");
    let due = json!({"datetime": "2020-01-01T09:00:00", "timezone": "UTC"});
    let reminders = json!([{"at": "2020-01-01T08:00:00Z"}]);
    let task = json!({"title": "a", "due": due, "reminders": reminders, "allow_past_due": true});
    let task = alice.create(task).await;
    alice.patch(&path(&task), json!({"title": "b"})).await.expect(200);
    alice
        .patch(
            &path(&task),
            json!({"reminders": [{"at": "2020-01-01T08:00:00Z"}, {"at": "2020-01-01T09:00:00Z"}]}),
        )
        .await
        .expect_problem(422, "past-due", Some("/reminders/1/at"));
}

#[tokio::test]
async fn an_estimate_is_kept_told_and_cleared() {
    let app = App::start().await;
    let alice = app.user("alice");
    let task = alice.create(json!({"title": "a", "estimate": 525_600})).await;
    assert_eq!(task["estimate"], 525_600);
    alice.patch(&path(&task), json!({"title": "b"})).await.expect(200);
    app.take_facts().await;
    let less = alice
        .patch(&path(&task), json!({"estimate": 30}))
        .await
        .expect(200);
    assert_eq!(less.body["estimate"], 30);
    let facts = app.take_facts().await;
    assert_eq!(facts[0].task().task.as_ref().unwrap().estimate, Some(30));
    let change = &facts[0].task().changes[0];
    assert_eq!(
        (
            change.field.as_str(),
            change.before.as_deref(),
            change.after.as_deref()
        ),
        ("estimate", Some("525600"), Some("30"))
    );
    alice
        .patch(&path(&task), json!({"estimate": null}))
        .await
        .expect(200);
    assert_eq!(
        alice.get(&path(&task)).await.expect(200).body["estimate"],
        json!(null)
    );
}
