//! A task whose id its client chose is created once, however often, however late and in whatever way it is sent.

use futures_util::future::join_all;
use reqwest::Method;
use serde_json::{Value, json};

use crate::app::{App, Reply, User, daily, path};

const ID: &str = "0193a1b2-0000-7000-8000-000000000001";

fn body(title: &str) -> Value {
    json!({"id": ID, "title": title})
}

async fn send(user: &User, body: Value) -> Reply {
    user.post("/v1/tasks", body).await
}

/// What an answer says apart from when it was given.
fn said(reply: &Reply) -> (u16, String, Vec<(String, String)>) {
    let mut headers: Vec<_> = reply
        .headers
        .iter()
        .filter(|(name, _)| *name != "date" && *name != "x-request-id")
        .map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned()))
        .collect();
    headers.sort_unstable();
    // Which may come in any order.
    headers.retain(|(name, _)| !name.starts_with("access-control") && name != "vary");
    (reply.status.as_u16(), reply.text.clone(), headers)
}

/// Makes all answers older than they are kept for, and purges.
async fn a_week_passes(app: &App) {
    sqlx::query("UPDATE tasks.idempotency SET created_at = created_at - interval '7 days'")
        .execute(&app.pool)
        .await
        .unwrap();
    app.number("SELECT tasks.purge_idempotency()").await;
}

async fn answers(app: &App) -> i64 {
    app.number("SELECT count(*) FROM tasks.idempotency").await
}

async fn assert_written_once(app: &App) {
    assert_eq!(
        app.take_kinds().await,
        ["event task.created v1 p1", "update task.created v1 p1"]
    );
    assert_eq!(app.number("SELECT position FROM tasks.user_state").await, 1);
}

#[tokio::test]
async fn the_same_body_is_answered_by_the_first_result_for_ever() {
    let app = App::start().await;
    let alice = app.user("alice");
    let first = send(&alice, body("a")).await.expect(201);
    assert_eq!((&first.body["id"], first.header("etag")), (&json!(ID), "\"1\""));
    assert_eq!(first.header("location"), format!("/v1/tasks/{ID}"));
    let spaced = format!("{{ \"title\":\"a\" ,\n\"id\": \"{ID}\"}}").into_bytes();
    for _ in 0..2 {
        assert_eq!(said(&send(&alice, body("a")).await), said(&first));
        let spaced = alice.send_raw(Method::POST, "/v1/tasks", "application/json", spaced.clone());
        assert_eq!(
            said(&spaced.await),
            said(&first),
            "white space and order do not count"
        );
        a_week_passes(&app).await;
    }
    assert_written_once(&app).await;
}

#[tokio::test]
async fn the_first_result_stands_after_the_task_was_changed_or_deleted() {
    let app = App::start().await;
    let alice = app.user("alice");
    let first = send(&alice, body("a")).await.expect(201);
    alice
        .patch(&path(&first.body), json!({"title": "b"}))
        .await
        .expect(200);
    assert_eq!(said(&send(&alice, body("a")).await), said(&first));
    alice.delete(&path(&first.body)).await.expect(204);
    a_week_passes(&app).await;
    app.take_facts().await;
    assert_eq!(said(&send(&alice, body("a")).await), said(&first));
    send(&alice, body("c"))
        .await
        .expect_problem(409, "id-taken", Some("/id"));
    assert_eq!(app.take_kinds().await, Vec::<String>::new());
    alice
        .get(&path(&first.body))
        .await
        .expect_problem(404, "not-found", None);
    sqlx::query("DELETE FROM tasks.task")
        .execute(&app.pool)
        .await
        .unwrap();
    assert_eq!(
        said(&send(&alice, body("a")).await),
        said(&first),
        "the tombstone is purged"
    );
}

#[tokio::test]
async fn another_body_is_refused_also_under_the_lock() {
    let app = App::start().await;
    let alice = app.user("alice");
    let parent = alice.create(json!({"title": "parent"})).await;
    let tag = alice.tag("home").await;
    let first = send(&alice, body("a")).await.expect(201);
    app.take_facts().await;
    for other in [
        body("b"),
        json!({"id": ID, "title": "a", "description": null}),
        json!({"id": ID, "title": "a", "parent_id": parent["id"]}),
        json!({"id": ID, "title": "a", "tags": [tag["id"]]}),
        json!({"id": ID, "title": "a", "due": {"date": "2030-12-01", "timezone": "UTC"}, "recurrence": {"rrule": "FREQ=DAILY"}}),
    ] {
        for user in [alice.clone(), alice.with_key("k")] {
            let refused = send(&user, other.clone()).await;
            refused.expect_problem(409, "id-taken", Some("/id"));
        }
    }
    assert_eq!(said(&send(&alice, body("a")).await), said(&first));
    assert_eq!(app.take_kinds().await, Vec::<String>::new());
    assert_eq!(answers(&app).await, 1, "what was refused is decided again");
    assert_eq!(app.number("SELECT count(*) FROM tasks.task").await, 2);
}

#[tokio::test]
async fn an_idempotency_key_and_the_id_are_both_kept() {
    let app = App::start().await;
    let alice = app.user("alice");
    let (one, two) = (alice.with_key("one"), alice.with_key("two"));
    let first = send(&one, body("a")).await.expect(201);
    assert_eq!(answers(&app).await, 2);
    for user in [&one, &alice, &two, &two] {
        assert_eq!(said(&send(user, body("a")).await), said(&first));
    }
    assert_eq!(answers(&app).await, 3);
    let reused = send(&one, json!({"title": "other"})).await;
    reused.expect_problem(422, "idempotency-key-reused", None);
    let reused = send(&two, body("b")).await;
    reused.expect_problem(422, "idempotency-key-reused", None);
    a_week_passes(&app).await;
    assert_eq!(answers(&app).await, 1, "keys are forgotten, the id is not");
    for user in [&one, &alice] {
        assert_eq!(said(&send(user, body("a")).await), said(&first));
    }
    send(&two, body("b"))
        .await
        .expect_problem(409, "id-taken", Some("/id"));
    send(&two, json!({"title": "other"})).await.expect(201);
}

#[tokio::test]
async fn what_is_made_under_the_lock_is_answered_for_ever_too() {
    let app = App::start().await;
    let alice = app.user("alice");
    let parent = alice.create(json!({"title": "parent"})).await;
    let mut recurring = daily();
    recurring["id"] = json!(ID);
    let below = json!({"id": ID.replace("b2-0", "b3-0"), "title": "below", "parent_id": parent["id"]});
    for body in [recurring, below] {
        let first = send(&alice, body.clone()).await.expect(201);
        assert_eq!(first.body["id"], body["id"]);
        app.take_facts().await;
        a_week_passes(&app).await;
        for user in [
            alice.clone(),
            alice.with_key(body["title"].as_str().unwrap().split(' ').next().unwrap()),
        ] {
            assert_eq!(said(&send(&user, body.clone()).await), said(&first));
        }
        assert_eq!(app.take_kinds().await, Vec::<String>::new());
    }
    assert_eq!(app.number("SELECT count(*) FROM tasks.series").await, 1);
    assert_eq!(app.number("SELECT count(*) FROM tasks.task").await, 3);
    assert_eq!(app.number("SELECT position FROM tasks.user_state").await, 4);
}

#[tokio::test]
async fn an_answer_stands_though_what_it_named_is_gone() {
    let app = App::start().await;
    let alice = app.user("alice");
    let parent = alice.create(json!({"title": "parent"})).await;
    let below = json!({"id": ID, "title": "below", "parent_id": parent["id"]});
    let first = send(&alice, below.clone()).await.expect(201);
    alice.delete(&path(&parent)).await.expect(204);
    assert_eq!(said(&send(&alice, below).await), said(&first));
    let settings = json!({"timezone": "UTC"});
    alice.patch("/v1/me", settings).await.expect(200);
    let zoned = json!({"id": ID.replace("b2-0", "b3-0"), "title": "a", "due": {"date": "2030-12-01"}});
    let first = send(&alice, zoned.clone()).await.expect(201);
    alice.patch("/v1/me", json!({"timezone": null})).await.expect(200);
    assert_eq!(said(&send(&alice, zoned).await), said(&first));
}

#[tokio::test]
async fn an_id_that_is_no_uuid_of_version_seven_is_refused() {
    let app = App::start().await;
    let alice = app.user("alice");
    let ids = [
        json!("00000000-0000-0000-0000-000000000000"),
        json!("ffffffff-ffff-ffff-ffff-ffffffffffff"),
        json!("0193a1b2-0000-4000-8000-000000000001"),
        json!("0193a1b2-0000-1000-8000-000000000001"),
        json!("0193a1b2-0000-7000-0000-000000000001"),
        json!("0193a1b2-0000-7000-c000-000000000001"),
        json!("0193a1b2-0000-7000-e000-000000000001"),
        json!("0193a1b2-0000-7000-8000-00000000000"),
        json!(""),
        json!("mine"),
        json!(7),
        json!(true),
        json!({}),
    ];
    for id in ids {
        for user in [alice.clone(), alice.with_key("k")] {
            let refused = send(&user, json!({"id": id, "title": "a"})).await;
            refused.expect_problem(422, "validation", Some("/id"));
        }
    }
    assert_eq!(app.number("SELECT count(*) FROM tasks.user_state").await, 0);
    send(&alice, json!({"id": null, "title": "a"})).await.expect(201);
    assert_eq!(answers(&app).await, 0, "null is the same as none");
}

#[tokio::test]
async fn the_id_of_a_task_that_there_is_is_taken_and_nothing_is_written() {
    let app = App::start().await;
    let (alice, bob) = (app.user("alice"), app.user("bob"));
    let own = alice.create(json!({"title": "own"})).await;
    let other = alice.create(json!({"title": "other"})).await;
    let deleted = alice.create(json!({"title": "deleted"})).await;
    alice.delete(&path(&deleted)).await.expect(204);
    bob.create(json!({"title": "bob's"})).await;
    app.take_facts().await;
    let before = app
        .number("SELECT sum(position)::bigint FROM tasks.user_state")
        .await;
    for task in [&own, &deleted] {
        for (user, parent) in [
            (&alice, &other["id"]),
            (&bob, &Value::Null),
            (&app.user("carol"), &Value::Null),
        ] {
            for user in [user.clone(), user.with_key("k")] {
                let mut recurring = daily();
                recurring["id"] = task["id"].clone();
                for body in [
                    json!({"id": task["id"], "title": "mine"}),
                    json!({"id": task["id"], "title": "mine", "parent_id": parent}),
                    recurring,
                ] {
                    send(&user, body)
                        .await
                        .expect_problem(409, "id-taken", Some("/id"));
                }
            }
        }
    }
    assert_eq!(app.take_kinds().await, Vec::<String>::new());
    assert_eq!(answers(&app).await, 0);
    let after = app
        .number("SELECT sum(position)::bigint FROM tasks.user_state")
        .await;
    assert_eq!(after, before);
    assert_eq!(alice.get(&path(&own)).await.expect(200).body, own);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_with_one_id_at_once_one_is_made_and_all_are_answered_alike() {
    let app = App::start().await;
    let alice = app.user("alice");
    alice
        .patch("/v1/me", json!({"timezone": "UTC"}))
        .await
        .expect(200);
    app.take_facts().await;
    let calls = (0..6).map(|n| {
        let alice = if n % 2 == 0 {
            alice.clone()
        } else {
            alice.with_key("k")
        };
        async move { send(&alice, body("a")).await }
    });
    let replies = join_all(calls).await;
    let made: Vec<_> = replies.iter().filter(|reply| reply.status == 201).collect();
    assert!(made.len() >= 3, "those without a key wait: {replies:#?}");
    for reply in &replies {
        match reply.status.as_u16() {
            201 => assert_eq!(said(reply), said(made[0])),
            409 => assert!(
                reply.body["type"]
                    .as_str()
                    .unwrap()
                    .ends_with("idempotency-key-in-flight")
            ),
            _ => panic!("{reply:#?}"),
        }
    }
    assert_eq!(
        app.take_kinds().await,
        ["event task.created v1 p2", "update task.created v1 p2"]
    );
    assert_eq!(app.number("SELECT count(*) FROM tasks.task").await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_users_with_one_id_at_once_one_gets_it() {
    let app = App::start().await;
    let users = [app.user("alice"), app.user("bob")];
    for user in &users {
        user.patch("/v1/me", json!({"timezone": "UTC"})).await.expect(200);
    }
    let replies = join_all(users.iter().map(|user| send(user, body("a")))).await;
    let mut statuses: Vec<_> = replies.iter().map(|reply| reply.status.as_u16()).collect();
    statuses.sort_unstable();
    assert_eq!(statuses, [201, 409], "{replies:#?}");
    assert_eq!(app.number("SELECT count(*) FROM tasks.task").await, 1);
    assert_eq!(
        app.number("SELECT sum(position)::bigint FROM tasks.user_state")
            .await,
        3
    );
}

#[tokio::test]
async fn the_id_of_a_task_cannot_be_changed() {
    let app = App::start().await;
    let alice = app.user("alice");
    let task = send(&alice, body("a")).await.expect(201).body;
    for id in [
        json!(ID),
        json!(null),
        json!("0193a1b2-0000-7000-8000-000000000002"),
        json!(1),
    ] {
        let refused = alice.patch(&path(&task), json!({"id": id, "title": "b"})).await;
        refused.expect_problem(422, "validation", Some("/id"));
    }
    assert_written_once(&app).await;
}

#[tokio::test]
async fn a_client_cannot_send_the_key_that_stands_for_an_id() {
    let app = App::start().await;
    let alice = app.user("alice");
    let key = format!("task {ID}");
    let refused = send(&alice.with_key(&key), body("a")).await;
    refused.expect_problem(400, "bad-idempotency-key", None);
    let refused = alice
        .with_key(&key)
        .patch("/v1/me", json!({"timezone": "UTC"}))
        .await;
    refused.expect_problem(400, "bad-idempotency-key", None);
    assert_eq!(answers(&app).await, 0);
}
