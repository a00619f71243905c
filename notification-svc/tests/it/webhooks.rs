//! Signed webhooks: what is sent, what is tried again, and what is never called.

use std::time::Duration;

use reqwest::header::{HeaderMap, HeaderValue};
use serde_json::{Value, json};
use shared_events::event::notification::kind;
use standardwebhooks::Webhook;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::time::timeout;
use uuid::Uuid;
use wiremock::matchers::{method, path};
use wiremock::{Mock, MockServer, Request, ResponseTemplate};

use crate::service::Service;
use crate::world::{ROLE, World, eventually};

/// A receiver that answers with the given responses in turn, the last one for ever.
pub async fn receiver(answers: &[ResponseTemplate]) -> MockServer {
    let server = MockServer::start().await;
    for (index, answer) in answers.iter().enumerate() {
        let mock = Mock::given(method("POST"))
            .and(path("/hook"))
            .respond_with(answer.clone());
        let is_last = index + 1 == answers.len();
        let mock = if is_last { mock } else { mock.up_to_n_times(1) };
        mock.with_priority(u8::try_from(index).unwrap() + 1)
            .mount(&server)
            .await;
    }
    server
}

pub fn hook(server: &MockServer) -> String {
    format!("{}/hook", server.uri())
}

pub async fn calls_of(server: &MockServer, count: usize) -> Vec<Request> {
    eventually("the receiver is called", || async {
        server
            .received_requests()
            .await
            .filter(|requests| requests.len() >= count)
    })
    .await
}

fn status(code: u16) -> ResponseTemplate {
    ResponseTemplate::new(code)
}

fn verify(secret: &str, call: &Request) -> Result<(), String> {
    let headers: HeaderMap = call.headers.clone();
    Webhook::new(secret)
        .unwrap()
        .verify(&call.body, &headers)
        .map_err(|error| error.to_string())
}

pub async fn delivery_ends(world: &World, endpoint: Uuid, states: &[&str]) {
    eventually("the delivery ends", || async {
        (world.deliveries(endpoint).await == states).then_some(())
    })
    .await;
}

#[tokio::test]
async fn the_standards_own_library_verifies_a_call() {
    let world = World::new().await;
    let (service, server) = (Service::start(&world).await, receiver(&[status(204)]).await);
    let (endpoint, secret) = service.subscribe("alice", &hook(&server)).await;
    assert!(secret.starts_with("whsec_"));
    let reminder = world.remind("alice", world.now_plus(0).await).await;
    let call = calls_of(&server, 1).await.remove(0);
    verify(&secret, &call).unwrap();
    assert!(verify("whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD", &call).is_err());
    let body: Value = serde_json::from_slice(&call.body).unwrap();
    let item = service.inbox("alice").await.remove(0);
    let expected = json!({
        "notification_id": item["id"], "task_id": item["task_id"], "reminder_id": reminder.reminder_id.to_string(),
        "title": "Water the plants", "due_at": item["due_at"], "fire_at": item["fire_at"], "fired_at": item["fired_at"],
        "late": false,
    });
    assert_eq!(
        body,
        json!({"type": "reminder.fired", "timestamp": item["fired_at"], "data": expected})
    );
    delivery_ends(&world, endpoint, &["delivered"]).await;
    let fact = world.facts_of(kind::DELIVERED).await.remove(0);
    assert_eq!((fact.endpoint_id, fact.attempt), (Some(endpoint.into()), 1));
    assert_eq!((fact.meta.version.get(), fact.meta.previous.get()), (2, 1));
    assert_eq!(
        fact.meta.action_id,
        world.facts_of(kind::FIRED).await[0].meta.action_id
    );
}

#[tokio::test]
async fn a_failed_call_is_made_again_with_the_same_id_and_a_fresh_signature() {
    let world = World::new().await;
    let (service, server) = (
        Service::start(&world).await,
        receiver(&[status(500), status(200)]).await,
    );
    let (endpoint, secret) = service.subscribe("alice", &hook(&server)).await;
    world.remind("alice", world.now_plus(0).await).await;
    let calls = calls_of(&server, 2).await;
    assert_eq!(calls[0].headers["webhook-id"], calls[1].headers["webhook-id"]);
    assert_ne!(
        calls[0].headers["webhook-timestamp"],
        calls[1].headers["webhook-timestamp"]
    );
    assert_eq!(calls[0].body, calls[1].body);
    calls.iter().for_each(|call| verify(&secret, call).unwrap());
    delivery_ends(&world, endpoint, &["delivered"]).await;
    let log = world.attempts(endpoint).await;
    assert_eq!(
        log,
        [
            (1, Some("rejected".to_owned()), Some(500)),
            (2, Some("accepted".to_owned()), Some(200))
        ]
    );
}

#[tokio::test]
async fn a_sender_that_died_is_followed_by_another_with_the_same_id() {
    let world = World::new().await;
    let server = receiver(&[status(200)]).await;
    let first = Service::start(&world).await;
    let (endpoint, _) = first.subscribe("alice", "http://127.0.0.1:1/hook").await;
    world.remind("alice", world.now_plus(0).await).await;
    eventually("a first attempt", || async {
        world.attempts(endpoint).await.pop()?.1
    })
    .await;
    first.stop().await;
    // As a sender leaves it that dies in the middle of a call: claimed, the attempt open, the claim run out.
    sqlx::query("UPDATE notification.delivery SET next_attempt_at = clock_timestamp()")
        .execute(&world.admin)
        .await
        .unwrap();
    sqlx::query(
        "UPDATE notification.attempt SET outcome = NULL, status = NULL, latency_ms = NULL, detail = NULL, response = NULL",
    )
        .execute(&world.admin)
        .await
        .unwrap();
    sqlx::query("UPDATE notification.webhook_endpoint SET url = $1")
        .bind(hook(&server))
        .execute(&world.admin)
        .await
        .unwrap();
    let second = Service::start(&world).await;
    let call = calls_of(&server, 1).await.remove(0);
    let id = second.inbox("alice").await[0]["id"].as_str().unwrap().to_owned();
    assert_eq!(
        call.headers["webhook-id"],
        HeaderValue::from_str(&format!("msg_{id}")).unwrap()
    );
    delivery_ends(&world, endpoint, &["delivered"]).await;
    let log = world.attempts(endpoint).await;
    assert_eq!(
        log,
        [(1, None, None), (2, Some("accepted".to_owned()), Some(200))]
    );
}

#[tokio::test]
async fn a_redirect_is_a_failure_and_is_not_followed() {
    let world = World::new().await;
    let inner = receiver(&[status(200)]).await;
    let redirect = status(302).insert_header("location", hook(&inner).as_str());
    let (service, server) = (Service::start(&world).await, receiver(&[redirect]).await);
    let (endpoint, _) = service.subscribe("alice", &hook(&server)).await;
    world.remind("alice", world.now_plus(0).await).await;
    let attempt = eventually("the attempt ends", || async {
        world
            .attempts(endpoint)
            .await
            .pop()
            .filter(|attempt| attempt.1.is_some())
    })
    .await;
    assert_eq!(attempt, (1, Some("rejected".to_owned()), Some(302)));
    assert!(inner.received_requests().await.unwrap().is_empty());
    assert_eq!(world.deliveries(endpoint).await, ["pending"]);
}

#[tokio::test]
async fn gone_disables_the_endpoint() {
    let world = World::new().await;
    let (service, server) = (Service::start(&world).await, receiver(&[status(410)]).await);
    let (endpoint, _) = service.subscribe("alice", &hook(&server)).await;
    world.remind("alice", world.now_plus(0).await).await;
    delivery_ends(&world, endpoint, &["failed"]).await;
    let listed = service.get("alice", "/v1/webhook-endpoints").await.body["items"][0].clone();
    assert_eq!(listed["enabled"], false);
    assert_eq!(
        listed["disabled_reason"],
        "answered 410: the endpoint is disabled"
    );
    assert_eq!(world.facts_of(kind::FAILED).await.len(), 1);
    world.remind("alice", world.now_plus(0).await).await;
    service.inbox_of("alice", 2).await;
    assert_eq!(world.deliveries(endpoint).await, ["failed"]);
}

#[tokio::test]
async fn retry_after_is_honoured() {
    let world = World::new().await;
    let busy = status(429).insert_header("retry-after", "900");
    let (service, server) = (Service::start(&world).await, receiver(&[busy]).await);
    let (endpoint, _) = service.subscribe("alice", &hook(&server)).await;
    world.remind("alice", world.now_plus(0).await).await;
    eventually("the next attempt is put off", || async {
        let wait: f64 = sqlx::query_scalar(
            "SELECT EXTRACT(EPOCH FROM next_attempt_at - clock_timestamp())::float8 FROM notification.delivery",
        )
        .fetch_optional(&world.admin)
        .await
        .unwrap()?;
        (wait > 800.0).then_some(())
    })
    .await;
    assert_eq!(
        world.attempts(endpoint).await,
        [(1, Some("rejected".to_owned()), Some(429))]
    );
}

#[tokio::test]
async fn a_receiver_that_hangs_holds_up_no_other() {
    let world = World::new().await;
    let hanging = receiver(&[status(200).set_delay(Duration::from_secs(60))]).await;
    let (service, server) = (Service::start(&world).await, receiver(&[status(200)]).await);
    service.subscribe("alice", &hook(&hanging)).await;
    let (endpoint, _) = service.subscribe("alice", &hook(&server)).await;
    for _ in 0..5 {
        world.remind("alice", world.now_plus(0).await).await;
    }
    delivery_ends(&world, endpoint, &["delivered"; 5]).await;
    assert_eq!(
        hanging.received_requests().await.unwrap().len(),
        1,
        "one call at a time for each endpoint"
    );
}

/// A receiver whose answer does not end; how many bytes of it were taken, once the other side has gone.
async fn endless() -> (String, oneshot::Receiver<usize>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/hook", listener.local_addr().unwrap());
    let (sender, taken) = oneshot::channel();
    let serve = async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut request = [0; 4_096];
        let _ = stream.read(&mut request).await.unwrap();
        stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n").await.unwrap();
        let (block, mut total) = (vec![b'x'; 64 * 1_024], 0);
        while let Ok(written) = stream.write(&block).await {
            total += written;
        }
        let _ = sender.send(total);
    };
    #[expect(clippy::disallowed_methods, reason = "ends with the test's runtime")]
    tokio::spawn(serve);
    (url, taken)
}

#[tokio::test]
async fn an_answer_of_any_size_costs_a_bounded_part_of_it() {
    // What the kernel takes on both sides although nobody reads it is a few MiB.
    const BOUND: usize = 48 * 1_024 * 1_024;
    let world = World::new().await;
    let service = Service::start(&world).await;
    let (url, taken) = endless().await;
    let (endpoint, _) = service.subscribe("alice", &url).await;
    world.remind("alice", world.now_plus(0).await).await;
    delivery_ends(&world, endpoint, &["delivered"]).await;
    let taken = timeout(Duration::from_secs(20), taken).await;
    let taken = taken.expect("the connection ends").unwrap();
    assert!(taken < BOUND, "{taken} bytes of an endless answer were taken");
}

#[tokio::test]
async fn calls_to_a_deleted_endpoint_end_as_failed() {
    let world = World::new().await;
    let (service, server) = (Service::start(&world).await, receiver(&[status(500)]).await);
    let (endpoint, _) = service.subscribe("alice", &hook(&server)).await;
    world.remind("alice", world.now_plus(0).await).await;
    eventually("a first attempt", || async {
        world.attempts(endpoint).await.pop()?.1
    })
    .await;
    let path = format!("/v1/webhook-endpoints/{endpoint}");
    assert_eq!(service.delete("alice", &path).await.status, 204);
    delivery_ends(&world, endpoint, &["failed"]).await;
    let fact = world.facts_of(kind::FAILED).await.remove(0);
    assert_eq!(fact.detail.as_deref(), Some("the endpoint was deleted"));
}

#[tokio::test]
async fn what_is_inside_the_network_is_refused_at_registration() {
    let world = World::new().await;
    let service = Service::start_with(&world, &world.database.url_as(ROLE), "").await;
    for url in [
        "https://127.0.0.1/",
        "https://[::1]/",
        "https://localhost/",
        "https://169.254.169.254/latest/meta-data",
        "https://10.0.0.1/",
        "https://100.64.0.1/",
        "https://[fd00::1]/",
        "https://[::ffff:192.168.0.1]/",
        "https://2130706433/",
        "http://example.com/",
        "https://example.com:22/",
        "ftp://example.com/",
        "example.com",
        "https://alice:secret@example.com/",
    ] {
        let answer = service
            .post("alice", "/v1/webhook-endpoints", Some(json!({ "url": url })))
            .await;
        assert_eq!(
            (answer.status, answer.body["pointer"].as_str()),
            (422, Some("/url")),
            "{url}: {answer:?}"
        );
    }
    assert_eq!(
        service
            .post(
                "alice",
                "/v1/webhook-endpoints",
                Some(json!({"url": "https://example.com/"}))
            )
            .await
            .status,
        201
    );
}

#[tokio::test]
async fn what_was_registered_under_another_allow_list_is_not_called() {
    let world = World::new().await;
    let server = receiver(&[status(200)]).await;
    let lenient = Service::start(&world).await;
    let (endpoint, _) = lenient.subscribe("alice", &hook(&server)).await;
    lenient.stop().await;
    let strict = Service::start_with(&world, &world.database.url_as(ROLE), "").await;
    world.remind("alice", world.now_plus(0).await).await;
    let attempt = eventually("the attempt ends", || async {
        world
            .attempts(endpoint)
            .await
            .pop()
            .filter(|attempt| attempt.1.is_some())
    })
    .await;
    assert_eq!(attempt, (1, Some("forbidden".to_owned()), None));
    assert!(server.received_requests().await.unwrap().is_empty());
    drop(strict);
}
