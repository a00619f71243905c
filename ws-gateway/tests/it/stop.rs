//! How a gateway starts badly and stops well.

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use service_kit::config::BadConfiguration;
use service_kit::lifecycle::{Lifecycle, Outcome};
use service_kit::testing::TestIssuer;
use ws_gateway::config::Settings;
use ws_gateway::startup::Application;

use crate::support::{DEADLINE, Gateway, HOUR, config};

/// What the process allows itself.
const DRAIN: Duration = Duration::from_secs(12);
/// The hub does not end a socket for what it has not read.
const UNREAD: [&str; 4] = [
    "--socket-bytes",
    "1000000000",
    "--all-sockets-bytes",
    "1000000000",
];

#[tokio::test(flavor = "multi_thread")]
async fn at_a_stop_every_socket_is_told_to_come_back() {
    let gateway =
        Gateway::start_with(&[], |settings| settings.leave_within = Duration::from_millis(300)).await;
    let (mut alice, _) = gateway.connected("alice", Value::Null).await;
    let mut silent = gateway.socket().await;
    let lifecycle = gateway.application.lifecycle().clone();
    let began = Instant::now();
    lifecycle.begin_shutdown();
    let (outcome, closed, closed_too) = tokio::join!(
        lifecycle.supervise(Duration::from_secs(12)),
        alice.closed(),
        silent.closed()
    );
    assert_eq!(outcome, Outcome::Clean);
    assert_eq!((closed.0, closed_too.0), (1001, 1001));
    assert!(began.elapsed() < Duration::from_secs(12));
}

/// Nobody but the drain and the expiry ends a write in these tests.
fn patient_writes(settings: &mut Settings) {
    settings.pong_timeout = Duration::from_secs(300);
    settings.close_timeout = Duration::from_millis(500);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_never_reads_does_not_hold_up_a_stop() {
    let gateway = Gateway::start_with(&UNREAD, |settings| {
        patient_writes(settings);
        settings.leave_within = Duration::from_secs(2);
    })
    .await;
    let (mut bob, _) = gateway.connected("bob", Value::Null).await;
    let (_alice, _) = gateway.connected("alice", Value::Null).await;
    gateway.more_than_a_socket_takes("alice").await;
    gateway.update("bob", 1).await;
    assert_eq!(
        bob.position().await,
        1,
        "the feed has handed out everything of alice"
    );
    let lifecycle = gateway.application.lifecycle().clone();
    let began = Instant::now();
    lifecycle.begin_shutdown();
    assert_eq!(lifecycle.supervise(DRAIN).await, Outcome::Clean);
    assert!(began.elapsed() < DRAIN * 3 / 4, "{:?}", began.elapsed());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_never_reads_is_closed_when_its_token_expires() {
    let gateway = Gateway::start_with(&UNREAD, |settings| {
        patient_writes(settings);
        settings.max_sockets = 1;
    })
    .await;
    let mut alice = gateway.socket().await;
    let lives = Duration::from_secs(3);
    let began = Instant::now();
    let token = gateway.issuer.token("alice", lives);
    alice.send(&json!({ "type": "connect", "token": token })).await;
    assert_eq!(alice.message().await["type"], "connected");
    gateway.more_than_a_socket_takes("alice").await;
    // There is one place, so a second socket is let in when the first one has ended, and not before.
    while !gateway.has_a_place().await {
        assert!(
            began.elapsed() < lives + DEADLINE,
            "the socket outlives its token"
        );
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broker_that_is_down_is_no_reason_to_exit_and_a_stop_is_clean() {
    let gateway = Gateway::start_on("127.0.0.1:1").await;
    let mut waiting = gateway.socket().await;
    let token = gateway.issuer.token("alice", HOUR);
    waiting.send(&json!({ "type": "connect", "token": token })).await;
    let (status, report) = gateway.admin("/readyz").await;
    assert_eq!(status, 503);
    assert!(report.contains("task-updates"), "{report}");
    assert_eq!(gateway.admin("/healthz").await.0, 200);
    let lifecycle = gateway.application.lifecycle().clone();
    lifecycle.begin_shutdown();
    assert_eq!(lifecycle.supervise(Duration::from_secs(12)).await, Outcome::Clean);
    let (code, _) = waiting.closed().await;
    assert!(
        [1001, 4000].contains(&code),
        "who waits for the start is told to come back, and not {code}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn bad_configuration_names_the_variable() {
    let issuer = TestIssuer::new();
    std::fs::remove_file(issuer.jwks_path()).expect("removed");
    let error = Application::build(config(&issuer, &[]), Lifecycle::new())
        .await
        .expect_err("no keys");
    assert!(
        error.is::<BadConfiguration>() && error.to_string().contains("JWT_ISSUERS"),
        "{error}"
    );
    let issuer = TestIssuer::new();
    for (argument, variable) in [
        ("--socket-bytes", "SOCKET_BYTES"),
        ("--all-sockets-bytes", "ALL_SOCKETS_BYTES"),
    ] {
        let config = config(&issuer, &[argument, "1000"]);
        let error = Application::build(config, Lifecycle::new())
            .await
            .expect_err("too small");
        assert!(
            error.is::<BadConfiguration>() && error.to_string().starts_with(variable),
            "{error}"
        );
    }
}
