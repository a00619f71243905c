//! Projects: names, colours and an order of their own; each change is one version, one position and one event.

use futures_util::future::join_all;
use reqwest::Method;
use serde_json::{Value, json};
use shared_events::event::task::TaskEvent;
use shared_events::event::view::ProjectView;

use crate::app::{App, User};

const UNKNOWN: &str = "018f4e6e-0000-7000-8000-000000000001";

/// A new project, as the service shows it.
pub(crate) async fn project(user: &User, name: &str) -> Value {
    let created = user.post("/v1/projects", json!({ "name": name })).await;
    created.expect(201).body
}

/// Where a project is.
pub(crate) fn place(project: &Value) -> String {
    format!("/v1/projects/{}", project["id"].as_str().unwrap())
}

/// Field, before and after of what an event says that changed.
pub(crate) fn changed(event: &TaskEvent) -> Vec<(&str, Option<&str>, Option<&str>)> {
    let changes = event.changes.iter();
    changes
        .map(|change| {
            (
                change.field.as_str(),
                change.before.as_deref(),
                change.after.as_deref(),
            )
        })
        .collect()
}

async fn names(user: &User) -> Vec<String> {
    let listed = user.list("/v1/projects?limit=2").await;
    listed
        .iter()
        .map(|project| project["name"].as_str().unwrap().to_owned())
        .collect()
}

#[tokio::test]
async fn a_project_is_created_read_changed_and_deleted() {
    let app = App::start().await;
    let alice = app.user("alice");
    let body = json!({"name": "  Cafe\u{301} ", "color": "#2E7D32"});
    let created = alice.post("/v1/projects", body).await.expect(201);
    let project = &created.body;
    assert_eq!(project["name"], "Caf\u{e9}", "trimmed and composed");
    assert_eq!(project["color"], "#2e7d32");
    assert_eq!(project["archived"], false);
    assert_eq!(
        (&project["version"], &project["position"]),
        (&json!(1), &json!(1))
    );
    assert_eq!(created.header("location"), place(project));
    assert_eq!(
        (created.header("etag"), created.header("taskwire-position")),
        ("\"1\"", "1")
    );
    let read = alice.get(&place(project)).await.expect(200);
    assert_eq!((&read.body, read.header("etag")), (project, "\"1\""));

    let patch = json!({"color": null, "archived": true});
    let patched = alice.patch(&place(project), patch).await.expect(200).body;
    assert_eq!(
        (&patched["name"], &patched["color"], &patched["archived"]),
        (&project["name"], &Value::Null, &json!(true))
    );
    assert_eq!(
        (&patched["version"], &patched["position"]),
        (&json!(2), &json!(2))
    );
    let deleted = alice.delete(&place(project)).await.expect(204);
    assert_eq!(
        (deleted.header("etag"), deleted.header("taskwire-position")),
        ("\"3\"", "3")
    );
    for (method, at, body) in [
        (Method::GET, "", None),
        (Method::PATCH, "", Some(json!({"name": "x"}))),
        (Method::DELETE, "", None),
        (Method::POST, "/move", Some(json!({"after": UNKNOWN}))),
    ] {
        let gone = alice
            .call(method, &format!("{}{at}", place(project)), body, None)
            .await;
        gone.expect_problem(404, "not-found", None);
    }
    let expected = [
        "event project.created v1 p1",
        "update project.created v1 p1",
        "event project.updated v2 p2",
        "update project.updated v2 p2",
        "event project.deleted v3 p3",
        "update project.deleted v3 p3",
    ];
    assert_eq!(app.take_kinds().await, expected);
}

#[tokio::test]
async fn an_event_says_exactly_which_fields_changed_and_what_is_pushed_is_what_would_be_fetched() {
    let app = App::start().await;
    let alice = app.user("alice");
    let garden = alice
        .post("/v1/projects", json!({"name": "Garden", "color": "#2e7d32"}))
        .await
        .expect(201)
        .body;
    let created = app.take_facts().await;
    assert_eq!(
        changed(created[0].task()),
        [
            ("archived", None, Some("false")),
            ("color", None, Some("\"#2e7d32\"")),
            ("name", None, Some("\"Garden\"")),
        ]
    );
    assert!(
        !created[0].task().unconditional,
        "nothing was there to be overwritten"
    );
    let patch = json!({"name": "Balcony", "color": "#2E7D32", "archived": false});
    let patched = alice.patch(&place(&garden), patch).await.expect(200).body;
    let [fact, update] = app.take_facts().await.try_into().unwrap();
    let event = fact.task();
    assert_eq!(
        changed(event),
        [("name", Some("\"Garden\""), Some("\"Balcony\""))]
    );
    assert!(event.unconditional, "no version was named");
    assert_eq!(
        (event.meta.aggregate.as_str(), event.meta.previous.get()),
        ("project", 1)
    );
    assert_eq!(event.meta.aggregate_id, garden["id"].as_str().unwrap());
    assert_eq!(event.meta.action_id, update.meta().action_id);
    let pushed = ProjectView::from(update.update().project.as_ref().unwrap());
    assert_eq!(serde_json::to_value(pushed).unwrap(), patched);

    let named = alice
        .call(
            Method::PATCH,
            &place(&garden),
            Some(json!({"name": "Terrace"})),
            Some("\"2\""),
        )
        .await;
    named.expect(200);
    assert!(!app.take_facts().await[0].task().unconditional);
}

#[tokio::test]
async fn a_patch_that_changes_nothing_leaves_nothing_behind() {
    let app = App::start().await;
    let alice = app.user("alice");
    let garden = project(&alice, "Garden").await;
    app.take_facts().await;
    for nothing in [
        json!({}),
        json!({"name": " Garden "}),
        json!({"color": null}),
        json!({"archived": null}),
        json!({"archived": false}),
    ] {
        let same = alice.patch(&place(&garden), nothing).await.expect(200);
        assert_eq!(same.body, garden);
        assert_eq!(
            (same.header("etag"), same.header("taskwire-position")),
            ("\"1\"", "1")
        );
    }
    let itself = json!({"after": garden["id"]});
    let same = alice.post(&format!("{}/move", place(&garden)), itself).await;
    assert_eq!(same.expect(200).body, garden);
    assert_eq!(app.take_kinds().await, Vec::<String>::new());
    assert_eq!(
        project(&alice, "Next").await["position"],
        2,
        "no position was lost"
    );
}

#[tokio::test]
async fn a_version_that_has_passed_is_refused_with_what_is_there_now() {
    let app = App::start().await;
    let alice = app.user("alice");
    let garden = project(&alice, "Garden").await;
    let other = project(&alice, "Other").await;
    let patch = json!({"archived": true});
    let now = alice.patch(&place(&garden), patch.clone()).await.expect(200).body;
    app.take_facts().await;
    let calls = [
        (Method::PATCH, "", Some(patch)),
        (Method::POST, "/move", Some(json!({"after": other["id"]}))),
        (Method::DELETE, "", None),
    ];
    for (method, at, body) in calls {
        for tag in ["\"1\"", "\"3\"", "W/\"2\"", "\"0\""] {
            let at = format!("{}{at}", place(&garden));
            let refused = alice.call(method.clone(), &at, body.clone(), Some(tag)).await;
            let refused = refused.expect_problem(412, "version-mismatch", None);
            assert_eq!(refused.header("etag"), "\"2\"");
            assert_eq!(refused.body["current_version"], 2);
            assert_eq!(refused.body["current"], now, "{method} {tag}");
        }
    }
    assert_eq!(app.take_kinds().await, Vec::<String>::new());
}

#[tokio::test]
async fn names_are_unique_whatever_their_case_among_those_that_are_there() {
    let app = App::start().await;
    let alice = app.user("alice");
    let street = project(&alice, "Äußere Straße").await;
    let other = project(&alice, "Other").await;
    app.take_facts().await;
    for name in ["Äußere Straße", "ÄUßERE STRAßE", " A\u{308}ußere straße "] {
        let refused = alice.post("/v1/projects", json!({ "name": name })).await;
        let refused = refused.expect_problem(409, "project-exists", Some("/name"));
        assert_eq!(refused.body["project_id"], street["id"], "{name}");
        let refused = alice.patch(&place(&other), json!({ "name": name })).await;
        let refused = refused.expect_problem(409, "project-exists", Some("/name"));
        assert_eq!(refused.body["project_id"], street["id"], "{name}");
    }
    assert_eq!(app.take_kinds().await, Vec::<String>::new());
    alice
        .patch(&place(&street), json!({"name": "äußere straße"}))
        .await
        .expect(200);
    project(&app.user("bob"), "Äußere Straße").await;
    alice.delete(&place(&street)).await.expect(204);
    alice
        .patch(&place(&other), json!({"name": "Äußere Straße"}))
        .await
        .expect(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_who_choose_one_name_at_once_one_gets_it() {
    let app = App::start().await;
    let alice = app.user("alice");
    let calls = ["garden", "Garden", "GARDEN", "gArden"].map(|name| {
        let alice = alice.clone();
        async move { alice.post("/v1/projects", json!({ "name": name })).await }
    });
    let mut statuses: Vec<_> = join_all(calls).await;
    statuses.sort_by_key(|reply| reply.status);
    let statuses: Vec<_> = statuses.iter().map(|reply| reply.status.as_u16()).collect();
    assert_eq!(statuses, [201, 409, 409, 409]);
    assert_eq!(app.facts().await.len(), 2);
}

#[tokio::test]
async fn a_user_has_five_hundred_projects_at_most_and_deleted_ones_do_not_count() {
    let app = App::start().await;
    let alice = app.user("alice");
    let first = project(&alice, "first").await;
    sqlx::query(
        "INSERT INTO tasks.project
         SELECT gen_random_uuid(), 'alice', 'project ' || n, NULL, n % 2 = 0, tasks.order_key_at(now() + n * interval '1 us'),
                1, n, now(), now(), NULL FROM generate_series(2, 500) AS n",
    )
    .execute(&app.pool)
    .await
    .unwrap();
    sqlx::query("UPDATE tasks.user_state SET position = 500")
        .execute(&app.pool)
        .await
        .unwrap();
    app.take_facts().await;
    let refused = alice.post("/v1/projects", json!({"name": "one more"})).await;
    refused.expect_problem(409, "too-many-projects", None);
    let taken = alice.post("/v1/projects", json!({"name": "PROJECT 7"})).await;
    taken.expect_problem(409, "project-exists", Some("/name"));
    assert_eq!(app.take_kinds().await, Vec::<String>::new());
    assert_eq!(alice.list("/v1/projects?limit=200").await.len(), 500);
    alice.delete(&place(&first)).await.expect(204);
    assert_eq!(project(&alice, "one more").await["position"], 502);
}

#[tokio::test]
async fn projects_are_listed_in_their_order_page_by_page_while_they_are_moved() {
    let app = App::start().await;
    let alice = app.user("alice");
    let mut made = Vec::new();
    for name in ["a", "b", "c", "d", "e"] {
        made.push(project(&alice, name).await);
    }
    assert_eq!(names(&alice).await, ["a", "b", "c", "d", "e"]);
    let page = alice.get("/v1/projects?limit=2").await.expect(200).body;
    let cursor = page["next_cursor"].as_str().unwrap();
    let to_the_front = json!({"before": made[0]["id"]});
    alice
        .post(&format!("{}/move", place(&made[4])), to_the_front)
        .await
        .expect(200);
    let rest = alice
        .get(&format!("/v1/projects?cursor={cursor}"))
        .await
        .expect(200)
        .body;
    let rest: Vec<_> = rest["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|item| &item["name"])
        .collect();
    assert_eq!(rest, ["c", "d"], "a cursor goes on where its page ended");
    assert_eq!(names(&alice).await, ["e", "a", "b", "c", "d"]);
    for bad in [
        "!",
        "YQ",
        cursor.trim_end_matches(|c: char| c.is_ascii_alphanumeric()),
    ] {
        let refused = alice.get(&format!("/v1/projects?cursor={bad}")).await;
        refused.expect_problem(400, "bad-query", None);
    }
}
