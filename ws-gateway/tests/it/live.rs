//! What a connected socket gets.

use std::time::Duration;

use serde_json::{Value, json};

use crate::support::{Gateway, HOUR};

#[tokio::test(flavor = "multi_thread")]
async fn a_user_gets_every_change_in_order_and_nothing_of_others() {
    let gateway = Gateway::start().await;
    let (mut alice, _) = gateway.connected("alice", Value::Null).await;
    let (mut bob, _) = gateway.connected("bob", Value::Null).await;
    for position in 1..=20 {
        gateway.update("alice", position).await;
    }
    gateway.update("bob", 1).await;
    for position in 1..=20 {
        assert_eq!(alice.position().await, position);
    }
    let event = bob.message().await;
    assert_eq!(event["event"]["task"]["title"], "task 1 of bob");
}

#[tokio::test(flavor = "multi_thread")]
async fn all_sockets_of_a_user_get_a_change() {
    let gateway = Gateway::start().await;
    let (mut first, _) = gateway.connected("alice", Value::Null).await;
    let (mut second, _) = gateway.connected("alice", Value::Null).await;
    gateway.update("alice", 7).await;
    assert_eq!(first.position().await, 7);
    assert_eq!(second.position().await, 7);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_has_the_documented_shape() {
    let gateway = Gateway::start().await;
    let (mut alice, connected) = gateway.connected("alice", Value::Null).await;
    assert_eq!(
        connected["recovered"],
        json!({ "tasks": false, "notifications": false })
    );
    gateway.update("alice", 7).await;
    let message = alice.message().await;
    assert_eq!(message["type"], "event");
    assert_eq!(message["stream"], "tasks");
    assert_eq!(message["event"]["kind"], "task.created");
    assert!(message["event"]["id"].is_string());
    assert!(
        message["event"]["task"]["due"]["timezone"].is_string(),
        "{message}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_repeated_update_is_not_pushed_again() {
    let gateway = Gateway::start().await;
    let (mut alice, _) = gateway.connected("alice", Value::Null).await;
    for position in [1, 2, 2, 1, 3] {
        gateway.update("alice", position).await;
    }
    assert_eq!(
        [
            alice.position().await,
            alice.position().await,
            alice.position().await
        ],
        [1, 2, 3]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_socket_lives_on_with_a_new_token_and_ends_with_it() {
    let gateway = Gateway::start().await;
    let mut alice = gateway.socket().await;
    let short = gateway.issuer.token("alice", Duration::from_secs(3));
    alice.send(&json!({ "type": "connect", "token": short })).await;
    let connected = alice.message().await;
    let longer = gateway.issuer.token("alice", Duration::from_secs(6));
    alice.send(&json!({ "type": "refresh", "token": longer })).await;
    let refreshed = alice.message().await;
    assert_eq!(refreshed["type"], "refreshed");
    assert!(refreshed["expires_at"].as_str() > connected["expires_at"].as_str());
    let (code, _) = alice.closed().await;
    assert_eq!(code, 4002);
    let expires_at: chrono::DateTime<chrono::Utc> = refreshed["expires_at"]
        .as_str()
        .expect("a time")
        .parse()
        .expect("a time");
    assert!(
        chrono::Utc::now() >= expires_at,
        "closed before the second token expired"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn refreshes_without_end_are_refused() {
    let gateway = Gateway::start().await;
    let (mut alice, _) = gateway.connected("alice", Value::Null).await;
    let refresh = json!({ "type": "refresh", "token": gateway.issuer.token("alice", HOUR) });
    for _ in 0..10 {
        alice.send(&refresh).await;
        assert_eq!(alice.message().await["type"], "refreshed");
    }
    alice.send(&refresh).await;
    assert_eq!(alice.closed().await.0, 4504);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refresh_with_another_users_token_is_refused() {
    let gateway = Gateway::start().await;
    let (mut alice, _) = gateway.connected("alice", Value::Null).await;
    alice
        .send(&json!({ "type": "refresh", "token": gateway.issuer.token("bob", HOUR) }))
        .await;
    assert_eq!(alice.closed().await.0, 4503);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_peer_that_does_not_answer_pings_is_closed() {
    let gateway = Gateway::start_with(&[], |settings| {
        settings.ping_interval = Duration::from_millis(100);
        settings.pong_timeout = Duration::from_millis(300);
    })
    .await;
    let (mut alice, _) = gateway.connected("alice", Value::Null).await;
    // A client that is not polled does not answer; the gateway gives it up and drops its subscription.
    let began = std::time::Instant::now();
    while !gateway
        .metric(r#"taskwire_ws_gateway_closes_total{code="4003"}"#)
        .await
    {
        assert!(began.elapsed() < crate::support::DEADLINE, "never given up");
        tokio::task::yield_now().await;
    }
    assert_eq!(alice.closed().await.0, 4003);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_peer_that_answers_pings_stays() {
    let gateway = Gateway::start_with(&[], |settings| {
        settings.ping_interval = Duration::from_millis(50);
        settings.pong_timeout = Duration::from_millis(500);
    })
    .await;
    let (mut alice, _) = gateway.connected("alice", Value::Null).await;
    let later = async {
        // Sleeps because three pong timeouts have to pass without the socket being closed.
        // Sleeps because a peer that did not answer would be closed within this time.
        tokio::time::sleep(Duration::from_millis(1500)).await;
        gateway.update("alice", 1).await;
        std::future::pending::<i64>().await
    };
    // Reading is what answers the pings.
    let position = tokio::select! {
        position = alice.position() => position,
        never = later => never,
    };
    assert_eq!(position, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn pushes_are_counted_and_timed() {
    let gateway = Gateway::start().await;
    let (mut alice, _) = gateway.connected("alice", Value::Null).await;
    gateway.update("alice", 1).await;
    alice.position().await;
    for metric in [
        "taskwire_ws_gateway_open_sockets ",
        "taskwire_ws_gateway_pushed_events_total ",
        "taskwire_ws_gateway_commit_to_push_seconds_count ",
    ] {
        assert!(gateway.metric(metric).await, "{metric} is missing");
    }
}
