//! What a socket that comes back gets.

use serde_json::json;
use shared_events::ids::{Epoch, Position};
use ws_gateway::feed::Item;

use crate::support::{Client, DEADLINE, Gateway, HOUR, notification, record, update};

#[tokio::test(flavor = "multi_thread")]
async fn a_socket_that_comes_back_gets_what_it_missed_in_order() {
    let gateway = Gateway::start().await;
    let (mut alice, _) = gateway.connected("alice", json!(null)).await;
    gateway.update("alice", 1).await;
    assert_eq!(alice.position().await, 1);
    drop(alice);
    for position in 2..=5 {
        gateway.update("alice", position).await;
    }
    let (mut watcher, _) = gateway.connected("bob", json!(null)).await;
    gateway.update("bob", 1).await;
    watcher.position().await;
    let (mut alice, connected) = gateway
        .connected("alice", json!({ "epoch": 1, "tasks": 1 }))
        .await;
    assert_eq!(
        connected["recovered"],
        json!({ "tasks": true, "notifications": false })
    );
    assert_eq!(connected["epoch"], 1);
    gateway.update("alice", 6).await;
    for position in 2..=6 {
        assert_eq!(alice.position().await, position);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_window_does_not_hold_is_not_promised_and_live_events_flow() {
    let gateway = Gateway::start().await;
    let (mut watcher, _) = gateway.connected("alice", json!(null)).await;
    gateway.update("alice", 50).await;
    watcher.position().await;
    for since in [
        json!({ "epoch": 1, "tasks": 3 }),
        json!({ "epoch": 7, "tasks": 50 }),
    ] {
        let (_, connected) = gateway.connected("alice", since.clone()).await;
        assert_eq!(connected["recovered"]["tasks"], false, "{since}");
    }
    let (mut alice, _) = gateway
        .connected("alice", json!({ "epoch": 1, "tasks": 3 }))
        .await;
    gateway.update("alice", 51).await;
    assert_eq!(alice.position().await, 51);
}

/// Says what it has without waiting for the answer.
async fn coming_back(gateway: &Gateway, user: &str, since: i64) -> Client {
    let mut client = gateway.socket().await;
    let token = gateway.issuer.token(user, HOUR);
    let since = json!({ "epoch": 1, "tasks": since, "notifications": since });
    client
        .send(&json!({ "type": "connect", "token": token, "since": since }))
        .await;
    client
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_is_ahead_of_all_there_is_is_told_so_and_hears_everything() {
    let gateway = Gateway::start().await;
    let (mut watcher, _) = gateway.connected("alice", json!(null)).await;
    gateway.update("alice", 1).await;
    gateway
        .send(Item::Record(record(&notification("alice", 1))))
        .await;
    watcher.position().await;
    watcher.position().await;
    let mut alice = coming_back(&gateway, "alice", 1_000).await;
    let connected = alice.message().await;
    assert_eq!(
        connected["recovered"],
        json!({ "tasks": false, "notifications": false })
    );
    for position in 2..=4 {
        gateway.update("alice", position).await;
        assert_eq!(alice.position().await, position);
    }
    gateway
        .send(Item::Record(record(&notification("alice", 2))))
        .await;
    let event = alice.message().await;
    assert_eq!(
        (&event["stream"], &event["position"]),
        (&json!("notifications"), &json!(2))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_is_a_moment_ahead_of_the_feed_recovers_and_gets_nothing_twice() {
    let gateway = Gateway::start_with(&[], |settings| settings.settle_within = DEADLINE).await;
    let (mut watcher, _) = gateway.connected("alice", json!(null)).await;
    gateway.update("alice", 1).await;
    watcher.position().await;
    let mut alice = gateway.socket().await;
    let token = gateway.issuer.token("alice", HOUR);
    let since = json!({ "epoch": 1, "tasks": 3 });
    alice
        .send(&json!({ "type": "connect", "token": token, "since": since }))
        .await;
    for position in 2..=4 {
        gateway.update("alice", position).await;
    }
    let connected = alice.message().await;
    assert_eq!(connected["recovered"]["tasks"], true, "{connected}");
    assert_eq!(alice.position().await, 4);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_a_user_of_whom_nothing_is_known_nothing_is_promised_and_nothing_is_silenced() {
    let gateway = Gateway::start().await;
    for since in [0, 3] {
        let mut alice = coming_back(&gateway, &format!("alice-{since}"), since).await;
        assert_eq!(alice.message().await["recovered"]["tasks"], false);
        for position in 2..=4 {
            gateway.update(&format!("alice-{since}"), position).await;
            assert_eq!(alice.position().await, position);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unreadable_update_closes_its_users_sockets_and_voids_the_window() {
    let gateway = Gateway::start().await;
    let (mut alice, _) = gateway.connected("alice", json!(null)).await;
    let (mut bob, _) = gateway.connected("bob", json!(null)).await;
    gateway.update("alice", 1).await;
    assert_eq!(alice.position().await, 1);
    let mut broken = record(&update("alice", 2));
    broken.payload = Some(bytes::Bytes::from_static(b"\0\0\0\0\x01garbage"));
    gateway.send(Item::Record(broken)).await;
    let (code, reason) = alice.closed().await;
    assert_eq!(code, 4000, "{reason}");
    let (_, connected) = gateway
        .connected("alice", json!({ "epoch": 1, "tasks": 1 }))
        .await;
    assert_eq!(connected["recovered"]["tasks"], false);
    gateway.update("bob", 1).await;
    assert_eq!(bob.position().await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_missing_update_closes_its_users_sockets() {
    let gateway = Gateway::start().await;
    let (mut alice, _) = gateway.connected("alice", json!(null)).await;
    gateway.update("alice", 1).await;
    gateway.update("alice", 3).await;
    assert_eq!(alice.closed().await.0, 4000);
    let (_, connected) = gateway
        .connected("alice", json!({ "epoch": 1, "tasks": 1 }))
        .await;
    assert_eq!(connected["recovered"]["tasks"], false);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restored_database_closes_every_socket() {
    let gateway = Gateway::start().await;
    let (mut alice, _) = gateway.connected("alice", json!(null)).await;
    let (mut bob, _) = gateway.connected("bob", json!(null)).await;
    gateway.update("alice", 5).await;
    assert_eq!(alice.position().await, 5);
    let mut restored = update("alice", 4);
    restored.meta.epoch = Epoch(2);
    restored.from = Position(4);
    gateway.send(Item::Record(record(&restored))).await;
    assert_eq!(alice.closed().await.0, 4000);
    assert_eq!(bob.closed().await.0, 4000);
    let (_, connected) = gateway
        .connected("alice", json!({ "epoch": 1, "tasks": 5 }))
        .await;
    assert_eq!(
        (&connected["recovered"]["tasks"], &connected["epoch"]),
        (&json!(false), &json!(2))
    );
    let (mut alice, connected) = gateway
        .connected("alice", json!({ "epoch": 2, "tasks": 3 }))
        .await;
    assert_eq!(connected["recovered"]["tasks"], true);
    assert_eq!(alice.position().await, 4);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_feed_that_may_have_missed_something_closes_every_socket_and_is_not_ready() {
    let gateway = Gateway::start().await;
    let (mut alice, _) = gateway.connected("alice", json!(null)).await;
    gateway.send(Item::Resync("the topic is gone")).await;
    assert_eq!(alice.closed().await.0, 4000);
    assert_eq!(gateway.admin("/readyz").await.0, 503);
    assert_eq!(gateway.admin("/healthz").await.0, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_slow_reader_is_closed_and_recovers() {
    let arguments = ["--socket-bytes", "200000", "--window-bytes-per-user", "200000"];
    let gateway = Gateway::start_with(&arguments, |settings| {
        settings.pong_timeout = std::time::Duration::from_secs(20);
        settings.close_timeout = std::time::Duration::from_secs(20);
    })
    .await;
    let (mut alice, _) = gateway.connected("alice", json!(null)).await;
    let (mut bob, _) = gateway.connected("bob", json!(null)).await;
    // Far more than the kernel's buffers take while nobody reads.
    let count = 400;
    for position in 1..=count {
        let mut large = update("alice", position);
        large.task.as_mut().expect("a task").description = Some("x".repeat(30_000));
        gateway.send(Item::Record(record(&large))).await;
    }
    gateway.update("bob", 1).await;
    assert_eq!(bob.position().await, 1, "bob does not wait for alice");
    let mut last = 0;
    let code = loop {
        match alice.message_or_close().await {
            Ok(message) => {
                let position = message["position"].as_i64().expect("a position");
                assert_eq!(position, last + 1, "no hole before the close");
                last = position;
            }
            Err(code) => break code,
        }
    };
    assert_eq!(code, 4001);
    assert!(last < count, "everything was read");
    let (mut alice, connected) = gateway
        .connected("alice", json!({ "epoch": 1, "tasks": count - 3 }))
        .await;
    assert_eq!(connected["recovered"]["tasks"], true);
    assert_eq!(alice.position().await, count - 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_happened_before_the_start_is_not_pushed_as_if_it_happened_now() {
    let gateway = Gateway::start_behind(&[], |_| {}).await;
    let mut alice = gateway.socket().await;
    let token = gateway.issuer.token("alice", HOUR);
    alice.send(&json!({ "type": "connect", "token": token })).await;
    let mut bob = coming_back(&gateway, "bob", 2).await;
    for position in 1..=3 {
        gateway.update("alice", position).await;
        gateway.update("bob", position).await;
    }
    gateway.send(Item::CaughtUp).await;
    assert_eq!(alice.message().await["type"], "connected");
    let connected = bob.message().await;
    assert_eq!(
        connected["recovered"],
        json!({ "tasks": true, "notifications": false })
    );
    gateway.update("alice", 4).await;
    assert_eq!(alice.position().await, 4);
    assert_eq!(
        bob.position().await,
        3,
        "what came after its position, from the window"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn who_waits_too_long_for_a_starting_gateway_is_told_to_come_back() {
    let gateway = Gateway::start_behind(&[], |settings| {
        settings.connect_timeout = std::time::Duration::from_millis(200);
    })
    .await;
    let mut alice = gateway.socket().await;
    let token = gateway.issuer.token("alice", HOUR);
    alice.send(&json!({ "type": "connect", "token": token })).await;
    assert_eq!(alice.closed().await.0, 4000);
}
