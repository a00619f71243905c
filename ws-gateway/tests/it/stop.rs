//! How a gateway starts badly and stops well.

use std::time::{Duration, Instant};

use serde_json::Value;
use service_kit::{config::BadConfiguration, lifecycle::Outcome, testing::TestIssuer};
use ws_gateway::startup::Application;

use crate::support::{Gateway, config};

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

#[tokio::test(flavor = "multi_thread")]
async fn a_broker_that_is_down_is_no_reason_to_exit_and_a_stop_is_clean() {
    let gateway = Gateway::start_on("127.0.0.1:1").await;
    let (_, connected) = gateway.connected("alice", Value::Null).await;
    assert_eq!(connected["epoch"], Value::Null);
    let (status, report) = gateway.admin("/readyz").await;
    assert_eq!(status, 503);
    assert!(report.contains("task-updates"), "{report}");
    assert_eq!(gateway.admin("/healthz").await.0, 200);
    let lifecycle = gateway.application.lifecycle().clone();
    lifecycle.begin_shutdown();
    assert_eq!(lifecycle.supervise(Duration::from_secs(12)).await, Outcome::Clean);
}

#[tokio::test(flavor = "multi_thread")]
async fn bad_configuration_names_the_variable() {
    let issuer = TestIssuer::new();
    std::fs::remove_file(issuer.jwks_path()).expect("removed");
    let error = Application::build(config(&issuer, &[]))
        .await
        .expect_err("no keys");
    assert!(
        error.is::<BadConfiguration>() && error.to_string().contains("JWKS"),
        "{error}"
    );
    let issuer = TestIssuer::new();
    let error = Application::build(config(&issuer, &["--socket-bytes", "1000"]))
        .await
        .expect_err("too small");
    assert!(
        error.is::<BadConfiguration>() && error.to_string().contains("SOCKET_BYTES"),
        "{error}"
    );
}
