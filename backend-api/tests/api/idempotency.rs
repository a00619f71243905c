//! Idempotency-Key: a change that is asked for twice is made once and answered twice.

use futures_util::future::join_all;
use reqwest::Method;
use serde_json::{Value, json};

use crate::app::{App, path};

const KEY: &str = "018f4e6e-0000-7000-8000-000000000001";

#[tokio::test]
async fn a_repeated_request_gets_the_first_answer_byte_for_byte() {
    let app = App::start().await;
    let alice = app.user("alice").with_key(KEY);
    let first = alice
        .post("/v1/tasks", json!({"title": "a", "priority": "high"}))
        .await
        .expect(201);
    alice
        .with_key("other")
        .patch(&path(&first.body), json!({"title": "b"}))
        .await
        .expect(200);
    let again = alice
        .post("/v1/tasks", json!({"priority": "high", "title": "a"}))
        .await
        .expect(201);
    assert_eq!(again.text, first.text);
    for header in ["etag", "location", "taskwire-position", "content-type"] {
        assert_eq!(again.header(header), first.header(header), "{header}");
    }
    assert_eq!(app.number("SELECT count(*) FROM tasks.task").await, 1);
    assert_eq!(
        app.take_kinds().await.len(),
        4,
        "two changes were told, each once"
    );
}

#[tokio::test]
async fn every_verb_can_be_repeated() {
    let app = App::start().await;
    let alice = app.user("alice");
    let task = alice.create(json!({"title": "a"})).await;
    let calls: [(Method, String, Option<Value>); 5] = [
        (Method::PATCH, path(&task), Some(json!({"title": "b"}))),
        (Method::POST, format!("{}/complete", path(&task)), None),
        (Method::POST, format!("{}/reopen", path(&task)), None),
        (Method::POST, format!("{}/skip", path(&task)), None),
        (Method::DELETE, path(&task), None),
    ];
    let mut first = Vec::new();
    for (n, (method, path, body)) in calls.iter().enumerate() {
        first.push(
            alice
                .with_key(&n.to_string())
                .call(method.clone(), path, body.clone(), None)
                .await,
        );
    }
    app.take_facts().await;
    for (n, (method, path, body)) in calls.iter().enumerate() {
        let again = alice
            .with_key(&n.to_string())
            .call(method.clone(), path, body.clone(), None)
            .await;
        assert_eq!(
            (again.status, &again.text),
            (first[n].status, &first[n].text),
            "{method} {path}"
        );
    }
    assert_eq!(app.take_kinds().await, Vec::<String>::new());
}

#[tokio::test]
async fn a_change_of_nothing_is_remembered_too_and_costs_no_position() {
    let app = App::start().await;
    let alice = app.user("alice");
    let task = alice.create(json!({"title": "a"})).await;
    let done = alice.act(&task, "complete").await.expect(200);
    let noop = alice.with_key(KEY).act(&task, "complete").await.expect(200);
    assert_eq!(noop.text, done.text);
    alice.act(&task, "reopen").await.expect(200);
    assert_eq!(
        alice.with_key(KEY).act(&task, "complete").await.expect(200).text,
        done.text
    );
    assert_eq!(
        alice.get(&path(&task)).await.expect(200).body["status"],
        "open",
        "the late repetition did nothing"
    );
    assert_eq!(alice.create(json!({"title": "b"})).await["position"], 4);
}

#[tokio::test]
async fn another_request_with_the_same_key_is_refused_and_another_user_may_use_it() {
    let app = App::start().await;
    let alice = app.user("alice").with_key(KEY);
    alice.post("/v1/tasks", json!({"title": "a"})).await.expect(201);
    let other = alice.post("/v1/tasks", json!({"title": "b"})).await;
    other.expect_problem(422, "idempotency-key-reused", None);
    app.user("bob")
        .with_key(KEY)
        .post("/v1/tasks", json!({"title": "b"}))
        .await
        .expect(201);
    alice
        .with_key("a b")
        .post("/v1/tasks", json!({"title": "b"}))
        .await
        .expect_problem(400, "bad-idempotency-key", None);
}

#[tokio::test]
async fn a_refusal_is_not_remembered() {
    let app = App::start().await;
    let alice = app.user("alice").with_key(KEY);
    let task = json!({"title": "a", "due": {"date": "2020-01-01", "timezone": "UTC"}});
    alice
        .post("/v1/tasks", task)
        .await
        .expect_problem(422, "past-due", Some("/due"));
    alice.post("/v1/tasks", json!({"title": "a"})).await.expect(201);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_at_once_one_is_made_and_the_others_replay_it_or_are_told_to_wait() {
    let app = App::start().await;
    let calls = (0..20).map(|_| {
        let alice = app.user("alice").with_key(KEY);
        async move { alice.post("/v1/tasks", json!({"title": "a"})).await }
    });
    let replies = join_all(calls).await;
    for reply in &replies {
        match reply.status.as_u16() {
            201 => assert_eq!(reply.body["position"], 1),
            _ => {
                assert_eq!(
                    reply.body["type"],
                    "urn:taskwire:problem:idempotency-key-in-flight"
                );
                assert_eq!((reply.status.as_u16(), reply.header("retry-after")), (409, "1"));
            }
        }
    }
    assert!(replies.iter().any(|reply| reply.status.as_u16() == 201));
    assert_eq!(app.number("SELECT count(*) FROM tasks.task").await, 1);
}

#[tokio::test]
async fn an_answer_comes_after_its_key_was_let_go() {
    let app = App::start().await;
    let alice = app.user("alice").with_key(KEY);
    alice.post("/v1/tasks", json!({"title": "a"})).await.expect(201);
    for _ in 0..100 {
        alice.post("/v1/tasks", json!({"title": "a"})).await.expect(201);
        let other = alice.post("/v1/tasks", json!({"title": "b"})).await;
        other.expect_problem(422, "idempotency-key-reused", None);
    }
}

#[tokio::test]
async fn after_a_day_a_key_is_forgotten() {
    let app = App::start().await;
    let alice = app.user("alice").with_key(KEY);
    alice.post("/v1/tasks", json!({"title": "a"})).await.expect(201);
    let age = "UPDATE tasks.idempotency SET created_at = created_at - interval '25 hours'";
    sqlx::query(age).execute(&app.pool).await.unwrap();
    alice.post("/v1/tasks", json!({"title": "b"})).await.expect(201);
    sqlx::query(age).execute(&app.pool).await.unwrap();
    let pool = app.database.pool_as(crate::app::ROLE).await;
    let purged = backend_api::store::idempotency::purge(&mut pool.acquire().await.unwrap())
        .await
        .unwrap();
    assert_eq!(purged, 1);
    assert_eq!(app.number("SELECT count(*) FROM tasks.idempotency").await, 0);
}
