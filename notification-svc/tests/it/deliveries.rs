//! A delivery has a channel and a target: its log, and the deliveries that no reminder made.

use std::time::Duration;

use serde_json::{Value, json};
use shared_events::event::notification::kind;
use sqlx::{PgConnection, PgPool};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use uuid::Uuid;
use wiremock::ResponseTemplate;

use crate::service::Service;
use crate::webhooks::{calls_of, delivery_ends, hook, receiver};
use crate::world::{ROLE, World, eventually};

/// A line of the log.
#[derive(Debug, PartialEq, sqlx::FromRow)]
struct Attempt {
    outcome: Option<String>,
    status: Option<i32>,
    latency_ms: Option<i32>,
    detail: Option<String>,
    response: Option<String>,
}

/// The first attempt at an endpoint, once it has ended.
async fn first_attempt(world: &World, endpoint: Uuid) -> Attempt {
    eventually("the attempt ends", || async {
        sqlx::query_as(
            "SELECT outcome, status, latency_ms, detail, response FROM notification.attempt
             JOIN notification.delivery USING (delivery_id) WHERE target = $1 AND number = 1 AND outcome IS NOT NULL",
        )
        .bind(endpoint.to_string())
        .fetch_optional(&world.admin)
        .await
        .unwrap()
    })
    .await
}

/// A delivery that no reminder makes, as whoever answers the owner's wish will insert it.
async fn insert(world: &World, channel: &str, target: &str, origin: &str, of: Option<Uuid>) -> Uuid {
    sqlx::query_scalar(
        "INSERT INTO notification.delivery (delivery_id, user_id, channel, target, origin, resend_of, notification_id)
         VALUES (gen_random_uuid(), 'alice', $1, $2, $3, $4,
                 (SELECT notification_id FROM notification.delivery WHERE delivery_id = $4))
         RETURNING delivery_id",
    )
    .bind(channel)
    .bind(target)
    .bind(origin)
    .bind(of)
    .fetch_one(&world.admin)
    .await
    .unwrap()
}

async fn state(world: &World, delivery: Uuid) -> String {
    sqlx::query_scalar("SELECT state FROM notification.delivery WHERE delivery_id = $1")
        .bind(delivery)
        .fetch_one(&world.admin)
        .await
        .unwrap()
}

async fn becomes(world: &World, delivery: Uuid, wanted: &str) {
    eventually("the delivery ends", || async {
        (state(world, delivery).await == wanted).then_some(())
    })
    .await;
}

/// A server that does to each connection what it likes.
async fn server<F: Future<Output = ()> + Send + 'static>(serve: fn(TcpStream) -> F) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    #[expect(clippy::disallowed_methods, reason = "ends with the test's runtime")]
    tokio::spawn(async move {
        while let Ok((connection, _)) = listener.accept().await {
            serve(connection).await;
        }
    });
    url
}

async fn request_of(connection: &mut TcpStream) {
    let mut request = Vec::new();
    while !request.ends_with(b"}}") {
        assert!(connection.read_buf(&mut request).await.unwrap() > 0);
    }
}

/// Reads the request and resets the connection.
async fn reset(mut connection: TcpStream) {
    request_of(&mut connection).await;
    connection.set_zero_linger().unwrap();
}

/// Answers what is not HTTP.
async fn garbage(mut connection: TcpStream) {
    request_of(&mut connection).await;
    connection
        .write_all(b"220 mail.example.com ESMTP\r\n\r\n")
        .await
        .unwrap();
    connection.shutdown().await.unwrap();
}

#[tokio::test]
async fn every_attempt_is_logged_with_what_was_answered_and_how_long_it_took() {
    let world = World::new().await;
    let service = Service::start(&world).await;
    let long =
        ResponseTemplate::new(500).set_body_bytes([&b"no such tenant\0\xff"[..], &[b'x'; 5_000]].concat());
    let failing = receiver(&[long]).await;
    let accepting = receiver(&[ResponseTemplate::new(200).set_body_string("thank you")]).await;
    let slow = receiver(&[ResponseTemplate::new(204).set_delay(Duration::from_secs(60))]).await;
    let unreachable = "http://127.0.0.1:1/hook".to_owned();
    let mut endpoints = Vec::new();
    for url in [
        hook(&failing),
        hook(&accepting),
        hook(&slow),
        unreachable,
        server(reset).await,
        server(garbage).await,
    ] {
        endpoints.push(service.subscribe("alice", &url).await.0);
    }
    world.remind("alice", world.now_plus(0).await).await;
    let mut log = Vec::new();
    for endpoint in endpoints {
        log.push(first_attempt(&world, endpoint).await);
    }
    let said = |outcome: &str, status, detail: &str, attempt: &Attempt| {
        assert_eq!(
            (
                attempt.outcome.as_deref(),
                attempt.status,
                attempt.detail.as_deref()
            ),
            (Some(outcome), status, Some(detail)),
            "{attempt:?}"
        );
        assert!(attempt.latency_ms.is_some(), "{attempt:?}");
        attempt.response.clone().unwrap_or_default()
    };
    let response = said("rejected", Some(500), "answered 500", &log[0]);
    assert!(
        response.starts_with("no such tenant\u{fffd}\u{fffd}xxx"),
        "{response}"
    );
    assert!((1_000..=1_024).contains(&response.len()), "{}", response.len());
    assert_eq!(said("accepted", Some(200), "answered 200", &log[1]), "thank you");
    let response = said("timed_out", None, "no answer within 10 s", &log[2]);
    assert!(response.contains("timed out"), "{response}");
    assert!(log[2].latency_ms >= Some(9_900), "{:?}", log[2]);
    let response = said("unreachable", None, "no connection", &log[3]);
    assert!(response.contains("refused"), "{response}");
    let response = said("reset", None, "the connection was reset", &log[4]);
    assert!(response.contains("reset"), "{response}");
    let response = said("broken", None, "the answer was not whole, or not HTTP", &log[5]);
    assert!(!response.is_empty());
}

#[tokio::test]
async fn a_resend_is_a_delivery_of_its_own_with_the_same_message() {
    let world = World::new().await;
    let (service, server) = (
        Service::start(&world).await,
        receiver(&[ResponseTemplate::new(200)]).await,
    );
    let (endpoint, _) = service.subscribe("alice", &hook(&server)).await;
    world.remind("alice", world.now_plus(0).await).await;
    delivery_ends(&world, endpoint, &["delivered"]).await;
    let first: Uuid = sqlx::query_scalar("SELECT delivery_id FROM notification.delivery")
        .fetch_one(&world.admin)
        .await
        .unwrap();
    let again = insert(&world, "webhook", &endpoint.to_string(), "resend", Some(first)).await;
    becomes(&world, again, "delivered").await;
    let calls = calls_of(&server, 2).await;
    assert_eq!(calls[0].headers["webhook-id"], calls[1].headers["webhook-id"]);
    assert_eq!(calls[0].body, calls[1].body);
    let attempts: Vec<(Uuid, i32)> =
        sqlx::query_as("SELECT delivery_id, number FROM notification.attempt ORDER BY at")
            .fetch_all(&world.admin)
            .await
            .unwrap();
    assert_eq!(attempts, [(first, 1), (again, 1)]);
    let told: Vec<i64> = world
        .facts_of(kind::DELIVERED)
        .await
        .iter()
        .map(|fact| fact.meta.version.get())
        .collect();
    assert_eq!(told, [2, 3]);
}

#[tokio::test]
async fn a_test_event_is_sent_and_logged_and_is_no_fact_about_a_reminder() {
    let world = World::new().await;
    let (service, server) = (
        Service::start(&world).await,
        receiver(&[ResponseTemplate::new(500), ResponseTemplate::new(200)]).await,
    );
    let (endpoint, _) = service.subscribe("alice", &hook(&server)).await;
    let test = insert(&world, "webhook", &endpoint.to_string(), "test", None).await;
    becomes(&world, test, "delivered").await;
    let calls = calls_of(&server, 2).await;
    let id = format!("msg_{test}");
    assert!(calls.iter().all(|call| call.headers["webhook-id"] == id.as_str()));
    assert_eq!(calls[0].body, calls[1].body);
    let body: Value = calls[0].body_json().unwrap();
    assert_eq!(
        (&body["type"], &body["data"]),
        (
            &json!("webhook.test"),
            &json!({"delivery_id": test.to_string(), "endpoint_id": endpoint.to_string()})
        )
    );
    assert_eq!(world.attempts(endpoint).await.len(), 2);
    assert!(world.facts().await.is_empty());
    assert!(service.inbox("alice").await.is_empty());
}

#[tokio::test]
async fn a_target_that_is_none_fails_and_another_channels_delivery_is_left_alone() {
    let world = World::new().await;
    let (service, server) = (
        Service::start(&world).await,
        receiver(&[ResponseTemplate::new(200)]).await,
    );
    let (endpoint, _) = service.subscribe("alice", &hook(&server)).await;
    let foreign = insert(&world, "email", &endpoint.to_string(), "test", None).await;
    let nowhere = insert(&world, "webhook", "alice@example.com", "test", None).await;
    let test = insert(&world, "webhook", &endpoint.to_string(), "test", None).await;
    becomes(&world, nowhere, "failed").await;
    becomes(&world, test, "delivered").await;
    assert_eq!(state(&world, foreign).await, "pending");
    let dropped: (Option<String>, Option<i32>) =
        sqlx::query_as("SELECT outcome, latency_ms FROM notification.attempt WHERE delivery_id = $1")
            .bind(nowhere)
            .fetch_one(&world.admin)
            .await
            .unwrap();
    assert_eq!(dropped, (Some("dropped".to_owned()), None));
    let untouched: i64 =
        sqlx::query_scalar("SELECT count(*) FROM notification.attempt WHERE delivery_id = $1")
            .bind(foreign)
            .fetch_one(&world.admin)
            .await
            .unwrap();
    assert_eq!(untouched, 0);
}

#[tokio::test]
async fn a_delivery_that_cannot_be_made_holds_up_no_other() {
    let world = World::new().await;
    let broken = insert(&world, "webhook", "alice@example.com", "test", None).await;
    // No writer of ours would store such a user id, and nothing can be done for it.
    sqlx::query("UPDATE notification.delivery SET user_id = E'al\\tice' WHERE delivery_id = $1")
        .bind(broken)
        .execute(&world.admin)
        .await
        .unwrap();
    let (service, server) = (
        Service::start(&world).await,
        receiver(&[ResponseTemplate::new(200)]).await,
    );
    let (endpoint, _) = service.subscribe("alice", &hook(&server)).await;
    let test = insert(&world, "webhook", &endpoint.to_string(), "test", None).await;
    becomes(&world, test, "delivered").await;
    assert_eq!(state(&world, broken).await, "pending");
}

#[tokio::test]
async fn the_schema_tells_a_reminders_delivery_a_resend_and_a_test_apart() {
    let world = World::new().await;
    let (service, server) = (
        Service::start(&world).await,
        receiver(&[ResponseTemplate::new(200)]).await,
    );
    let (endpoint, _) = service.subscribe("alice", &hook(&server)).await;
    world.remind("alice", world.now_plus(0).await).await;
    delivery_ends(&world, endpoint, &["delivered"]).await;
    for (what, code) in [
        // Twice for one firing.
        ("notification_id, 'reminder', NULL", "23505"),
        // A resend of nothing, a reminder's delivery of something, a test about something, a reminder about nothing.
        ("notification_id, 'resend', NULL", "23514"),
        ("notification_id, 'reminder', delivery_id", "23514"),
        ("notification_id, 'test', NULL", "23514"),
        ("NULL, 'reminder', NULL", "23514"),
        ("NULL, 'rumour', NULL", "23514"),
    ] {
        let insert = format!(
            "INSERT INTO notification.delivery
                 (delivery_id, user_id, channel, target, notification_id, origin, resend_of)
             SELECT gen_random_uuid(), user_id, channel, target, {what} FROM notification.delivery"
        );
        let refused = sqlx::query(sqlx::AssertSqlSafe(insert))
            .execute(&world.admin)
            .await
            .unwrap_err();
        assert_eq!(
            refused.as_database_error().unwrap().code().unwrap(),
            code,
            "{what}: {refused}"
        );
    }
}

async fn act_for(conn: &mut PgConnection, user: &str) {
    sqlx::query("SELECT set_config('taskwire.user', $1, true)")
        .bind(user)
        .execute(conn)
        .await
        .unwrap();
}

/// How many rows of a table a user sees, and how many of them he changes.
async fn reach(pool: &PgPool, user: &str, count: &'static str, update: &'static str) -> (i64, u64) {
    let mut transaction = pool.begin().await.unwrap();
    act_for(&mut transaction, user).await;
    let seen = sqlx::query_scalar(count)
        .fetch_one(&mut *transaction)
        .await
        .unwrap();
    let changed = sqlx::query(update).execute(&mut *transaction).await.unwrap();
    transaction.rollback().await.unwrap();
    (seen, changed.rows_affected())
}

#[tokio::test]
async fn deliveries_and_their_log_are_their_owners_and_nobody_deletes_them() {
    let world = World::new().await;
    let service = Service::start(&world).await;
    let (endpoint, _) = service.subscribe("alice", "http://127.0.0.1:1/hook").await;
    world.remind("alice", world.now_plus(0).await).await;
    first_attempt(&world, endpoint).await;
    service.stop().await;
    let pool = world.database.pool_as(ROLE).await;
    for (count, update, delete) in [
        (
            "SELECT count(*) FROM notification.delivery",
            "UPDATE notification.delivery SET target = target",
            "DELETE FROM notification.delivery",
        ),
        (
            "SELECT count(*) FROM notification.attempt",
            "UPDATE notification.attempt SET detail = detail",
            "DELETE FROM notification.attempt",
        ),
    ] {
        assert_eq!(reach(&pool, "alice", count, update).await, (1, 1), "{count}");
        assert_eq!(reach(&pool, "bob", count, update).await, (0, 0), "{count}");
        let nobody = sqlx::query(count).execute(&pool).await.unwrap_err();
        assert!(
            nobody.to_string().contains("taskwire.user is not set"),
            "{nobody}"
        );
        let refused = sqlx::query(delete).execute(&pool).await.unwrap_err();
        assert_eq!(
            refused.as_database_error().unwrap().code().unwrap(),
            "42501",
            "{delete}"
        );
    }
}
