//! Corners that were wrong once: own ids by every way, places within one transaction, versions that only look alike.

use reqwest::Method;
use serde_json::{Value, json};

use crate::app::{App, ROLE, User, daily, path};
use crate::commands::{apply, next_of};

const ID: &str = "0193a1b2-0000-7000-8000-000000000001";

/// Each command by itself, and all or nothing.
const MODES: [(&str, bool); 2] = [("alice", false), ("bob", true)];

async fn run(user: &User, all_or_nothing: bool, commands: Value) -> Vec<Value> {
    let batch = json!({"all_or_nothing": all_or_nothing, "commands": commands});
    let answer = user.post("/v1/batch", batch).await.expect(200).body;
    answer["results"].as_array().unwrap().clone()
}

fn creation(id: &str, body: Value) -> Value {
    json!({"id": id, "command": "task.create", "body": body})
}

#[tokio::test]
async fn a_task_with_an_id_of_the_clients_own_is_created_once_by_whichever_way_it_comes() {
    let app = App::start().await;
    for (number, (name, all_or_nothing)) in MODES.into_iter().enumerate() {
        let user = app.user(name);
        let id = |n: usize| ID.replace("0001", &format!("{number}{n:03}"));
        let body = json!({"id": id(1), "title": "a"});
        let twice = json!([creation("c1", body.clone()), creation("c2", body.clone())]);
        let results = run(&user, all_or_nothing, twice).await;
        assert_eq!(results[0]["status"], 201, "{results:#?}");
        assert_eq!(results[0]["body"], results[1]["body"], "{results:#?}");
        let single = user.post("/v1/tasks", body).await.expect(201);
        assert_eq!(
            single.body, results[0]["body"],
            "the batch was lost and the request is sent"
        );
        let body = json!({"id": id(2), "title": "a"});
        let single = user.post("/v1/tasks", body.clone()).await.expect(201);
        let results = run(&user, all_or_nothing, json!([creation("c3", body)])).await;
        assert_eq!(
            single.body, results[0]["body"],
            "the request was lost and the batch is sent"
        );
        let other = json!([creation("c4", json!({"id": id(1), "title": "b"}))]);
        let results = run(&user, all_or_nothing, other).await;
        assert_eq!(results[0]["problem"]["type"], "urn:taskwire:problem:id-taken");
        assert_eq!(user.list("/v1/tasks?limit=9").await.len(), 2);
    }
}

#[tokio::test]
async fn tasks_that_came_together_are_in_order_and_something_fits_between_them() {
    let app = App::start().await;
    for (name, all_or_nothing) in MODES {
        let user = app.user(name);
        let moved = user.create(json!({"title": "moved"})).await;
        let titles: Vec<_> = (0..20).map(|n| format!("{n:02}")).collect();
        let commands: Vec<_> = titles
            .iter()
            .map(|title| creation(title, json!({ "title": title })))
            .collect();
        let results = run(&user, all_or_nothing, json!(commands)).await;
        let after = json!({"after": results[9]["body"]["id"]});
        user.post(&format!("{}/move", path(&moved)), after)
            .await
            .expect(200);
        let mut expected = titles;
        expected.insert(10, "moved".to_owned());
        let listed = user.list("/v1/tasks?sort=order&limit=50").await;
        let listed: Vec<_> = listed
            .iter()
            .map(|task| task["title"].as_str().unwrap())
            .collect();
        assert_eq!(listed, expected, "{name}");
    }
}

#[tokio::test]
async fn copies_of_sub_tasks_have_places_between_which_something_fits() {
    let app = App::start().await;
    let alice = app.user("alice");
    let first = alice.create(daily()).await;
    for title in ["x", "y"] {
        alice
            .create(json!({"title": title, "parent_id": first["id"]}))
            .await;
    }
    let moved = alice.create(json!({"title": "moved"})).await;
    alice.act(&first, "complete").await.expect(200);
    let pool = app.database.pool_as(ROLE).await;
    apply(&pool, &next_of(&first, 2, "2030-12-02T09:00:00"))
        .await
        .unwrap();
    let listed = alice.list("/v1/tasks?sort=order&status=open&limit=50").await;
    let copy = listed.iter().rev().find(|task| task["title"] == "x").unwrap();
    let after = json!({"after": copy["id"]});
    alice
        .post(&format!("{}/move", path(&moved)), after)
        .await
        .expect(200);
}

#[tokio::test]
async fn a_task_with_an_id_that_is_taken_below_itself_is_refused() {
    let app = App::start().await;
    let alice = app.user("alice");
    let task = alice.create(json!({"title": "a"})).await;
    let body = json!({"id": task["id"], "title": "b", "parent_id": task["id"]});
    let reply = alice.post("/v1/tasks", body).await;
    assert!(reply.status.is_client_error(), "{reply:#?}");
}

#[tokio::test]
async fn an_id_is_text() {
    let app = App::start().await;
    let alice = app.user("alice");
    let bytes = [1, 143, 78, 110, 0, 0, 112, 0, 128, 0, 0, 0, 0, 0, 0, 1];
    let reply = alice.post("/v1/tasks", json!({"id": bytes, "title": "a"})).await;
    reply.expect_problem(422, "validation", Some("/id"));
}

#[tokio::test]
async fn an_entity_tag_that_was_never_given_matches_nothing() {
    let app = App::start().await;
    let alice = app.user("alice");
    let task = alice.create(json!({"title": "a"})).await;
    for tag in ["\"01\"", "\"+1\""] {
        let body = Some(json!({"title": "a"}));
        let reply = alice.call(Method::PATCH, &path(&task), body, Some(tag)).await;
        assert_eq!(reply.status, 412, "{tag}");
    }
}

#[tokio::test]
async fn moving_to_where_it_is_already_changes_nothing() {
    let app = App::start().await;
    let alice = app.user("alice");
    let mut made = Vec::new();
    for title in ["a", "b", "c"] {
        made.push(alice.create(json!({"title": title})).await);
    }
    for to in [json!({"after": made[0]["id"]}), json!({"before": made[2]["id"]})] {
        let moved = alice
            .post(&format!("{}/move", path(&made[1])), to)
            .await
            .expect(200);
        assert_eq!(moved.body, made[1]);
    }
}

#[tokio::test]
async fn who_is_nobody_is_told_so_before_the_body_is_read() {
    let app = App::start().await;
    let foreign = service_kit::testing::TestIssuer::new();
    let stranger = app.with_token(foreign.token("alice", std::time::Duration::from_secs(600)));
    let reply = stranger.post("/v1/projects", json!({"x": 1})).await;
    reply.expect_problem(401, "unauthorized", None);
}
