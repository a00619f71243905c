//! Bad requests but for their bodies: paths, methods, parameters, and cursors that no list gave.

use reqwest::Method;
use serde_json::json;

use crate::app::App;

#[tokio::test]
async fn a_bad_query_names_its_parameter() {
    let app = App::start().await;
    let alice = app.user("alice");
    for (path, parameter) in [
        ("/v1/tasks?limit=0", "limit"),
        ("/v1/tasks?limit=201", "limit"),
        ("/v1/tasks?cursor=abc&limit=x", "limit"),
        ("/v1/tasks?status=late", "status"),
        ("/v1/tasks?filter=status", "filter"),
        ("/v1/tasks?filter=has+due&filter=has+tags", "filter"),
        ("/v1/tasks?filter=", "filter"),
        ("/v1/tasks?limit=5&cursor=x", "cursor"),
        ("/v1/tasks?limit=5&order=asc", "order"),
        ("/v1/tasks?filter_id=", "filter_id"),
        ("/v1/tasks?filter_id=soon", "filter_id"),
        ("/v1/tasks?filter_id=%00", "filter_id"),
        (
            "/v1/tasks?filter_id=018f4e6e-0000-7000-8000-000000000001",
            "filter_id",
        ),
        (
            "/v1/tasks?filter_id=018f4e6e-0000-7000-8000-000000000001&filter=has+due",
            "filter_id",
        ),
        ("/v1/filters?limit=0", "limit"),
        ("/v1/filters?limit=201", "limit"),
        ("/v1/filters?cursor=", "cursor"),
        ("/v1/filters?name=Soon", "name"),
        ("/v1/tags?limit=5&limit=6", "limit"),
        ("/v1/stats?days=0", "days"),
        ("/v1/stats?days=367", "days"),
        ("/v1/stats?days=-1", "days"),
        ("/v1/stats?timezone=Mars/Olympus", "timezone"),
        ("/v1/stats?timezone=", "timezone"),
        ("/v1/stats?days=5&project_id=garden", "project_id"),
        ("/v1/stats?date=2026-01-01", "date"),
        ("/v1/sync?since=x", "since"),
        ("/v1/sync?cursor=x", "cursor"),
        ("/v1/sync?since=1&cursor=x", "cursor"),
        (
            "/v1/tasks/018f4e6e-0000-7000-8000-000000000001?fields=title",
            "fields",
        ),
    ] {
        let reply = alice.get(path).await.expect_problem(400, "bad-query", None);
        assert_eq!(reply.body["parameter"], parameter, "{path}: {reply:#?}");
    }
    let reply = alice.post("/v1/tasks?draft=1", json!({"title": "a"})).await;
    let reply = reply.expect_problem(400, "bad-query", None);
    assert_eq!(reply.body["parameter"], "draft");
    assert_eq!(app.facts().await.len(), 0, "and nothing was done");
}

#[tokio::test]
async fn a_forged_cursor_is_a_bad_query() {
    let app = App::start().await;
    let alice = app.user("alice");
    for micros in [
        i64::MIN,
        i64::MAX,
        -211_813_488_000_000_001,
        8_210_266_876_799_999_999,
    ] {
        let id = "018f4e6e-0000-7000-8000-000000000001".to_owned();
        for (list, of) in [("tasks?sort=created&", "tasks   created"), ("tags?", "tags")] {
            let cursor = service_kit::page::encode(of, &[micros.to_string(), id.clone()]);
            let reply = alice.get(&format!("/v1/{list}cursor={cursor}")).await;
            reply.expect_problem(400, "bad-query", None);
        }
    }
    for parts in [
        ["1", "-1", "1", "changes"],
        ["1", "1", "9223372036854775807", "everything"],
    ] {
        let cursor = service_kit::page::encode("sync", &parts.map(str::to_owned));
        alice.get(&format!("/v1/sync?cursor={cursor}")).await.expect(200);
    }
}

#[tokio::test]
async fn a_cursor_of_another_list_is_a_bad_query() {
    let app = App::start().await;
    let alice = app.user("alice");
    for title in ["a", "b"] {
        alice.create(json!({"title": title})).await;
        alice.post("/v1/tags", json!({"name": title})).await.expect(201);
    }
    let lists = [
        "/v1/tasks?limit=1",
        "/v1/tasks?limit=1&status=open",
        "/v1/tasks?limit=1&filter=not+has+due",
        "/v1/tags?limit=1",
        "/v1/sync?limit=1",
    ];
    for list in lists {
        let page = alice.get(list).await.expect(200);
        let cursor = page.body["next_cursor"].as_str().expect(list).to_owned();
        alice.get(&format!("{list}&cursor={cursor}")).await.expect(200);
        for other in lists.iter().filter(|other| **other != list) {
            let reply = alice.get(&format!("{other}&cursor={cursor}")).await;
            let reply = reply.expect_problem(400, "bad-query", None);
            assert_eq!(reply.body["parameter"], "cursor");
        }
    }
}

#[tokio::test]
async fn head_is_get_without_the_body_and_a_wrong_method_hears_which_are_right() {
    let app = App::start().await;
    let alice = app.user("alice");
    let path = crate::app::path(&alice.create(json!({"title": "a"})).await);
    let got = alice.get(&path).await.expect(200);
    let head = alice.call(Method::HEAD, &path, None, None).await.expect(200);
    assert_eq!(
        (head.text.as_str(), head.header("etag")),
        ("", got.header("etag"))
    );
    let reply = alice.call(Method::PUT, &path, None, None).await;
    let reply = reply.expect_problem(405, "method-not-allowed", None);
    assert_eq!(reply.header("allow"), "GET, HEAD, PATCH, DELETE");
    let reply = alice.call(Method::PUT, "/v1/sync?since=1", None, None).await;
    reply.expect_problem(405, "method-not-allowed", None);
    alice
        .call(Method::HEAD, "/openapi.json", None, None)
        .await
        .expect(200);
}

#[tokio::test]
async fn unknown_paths_ids_and_methods_are_problems_too() {
    let app = App::start().await;
    let alice = app.user("alice");
    alice
        .get("/v1/nothing")
        .await
        .expect_problem(404, "not-found", None);
    alice
        .get("/v1/tasks/not-an-id")
        .await
        .expect_problem(404, "not-found", None);
    alice
        .get("/v1/tasks/018f4e6e-0000-7000-8000-000000000001")
        .await
        .expect_problem(404, "not-found", None);
    alice
        .delete("/v1/tasks")
        .await
        .expect_problem(405, "method-not-allowed", None);
    alice
        .get("/v1/tasks/018f4e6e-0000-7000-8000-000000000001/complete")
        .await
        .expect_problem(405, "method-not-allowed", None);
}
