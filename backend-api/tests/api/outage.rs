//! Outages: without the broker everything is served; without the database nothing is, and it says when to come back.

use std::time::{Duration, Instant};

use backend_api::config::Config;
use backend_api::startup::Application;
use clap::Parser;
use serde_json::json;
use service_kit::lifecycle::{Lifecycle, Outcome};

use crate::app::{App, ROLE};

/// The whole service, with a broker and a registry at which nothing listens.
async fn start_without_broker(app: &App, lifecycle: &Lifecycle) -> (String, String) {
    let url = app.database.url_as(ROLE);
    let config = Config::parse_from([
        "backend-api",
        "--listen-addr=127.0.0.1:0",
        "--admin-addr=127.0.0.1:0",
        &format!("--database-url={url}"),
        "--kafka-brokers=127.0.0.1:1",
        "--registry-url=http://127.0.0.1:1",
        &format!("--jwt-issuers={}", app.issuer.jwt_issuers()),
        &format!("--jwt-audience={}", app.issuer.audience()),
    ]);
    let application = Application::build(config).await.unwrap();
    let api = format!("http://{}", application.api_addr().unwrap());
    let admin = format!("http://{}", application.admin_addr().unwrap());
    application.start(lifecycle).unwrap();
    (api, admin)
}

async fn until_ready(admin: &str) {
    let deadline = Instant::now() + Duration::from_secs(60);
    while reqwest::get(format!("{admin}/readyz")).await.unwrap().status() != 200 {
        assert!(Instant::now() < deadline, "not ready in time");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_broker_it_is_ready_writes_and_stops_cleanly() {
    let app = App::start().await;
    let lifecycle = Lifecycle::new();
    let (api, admin) = start_without_broker(&app, &lifecycle).await;
    until_ready(&admin).await;
    let task = app.user("alice").at(&api).create(json!({"title": "a"})).await;
    assert_eq!(task["position"], 1);
    assert_eq!(app.facts().await.len(), 2, "which wait in the outbox");
    assert_eq!(
        reqwest::get(format!("{admin}/readyz")).await.unwrap().status(),
        200
    );
    what_alarms_watch_is_there(&admin).await;
    lifecycle.begin_shutdown();
    assert_eq!(lifecycle.supervise(Duration::from_secs(14)).await, Outcome::Clean);
    // Its admin port is closed; the instruments are the process's. Without the lease nothing is known of the backlog.
    let text = service_kit::telemetry::prometheus_text();
    assert!(!text.contains(BACKLOG), "{text}");
}

const BACKLOG: &str = "taskwire_outbox_oldest_pending_seconds";

/// Counters are there before the first failure, and the backlog once the relay has surveyed it.
async fn what_alarms_watch_is_there(admin: &str) {
    let metrics = async || {
        let answer = reqwest::get(format!("{admin}/metrics")).await.unwrap();
        answer.text().await.unwrap()
    };
    let text = metrics().await;
    for name in [
        "taskwire_outbox_publish_failures_total",
        "taskwire_outbox_published_total",
        "taskwire_outbox_relay_lease_changes_total",
        "taskwire_outbox_relay_other_cluster",
        "taskwire_outbox_relay_leading",
    ] {
        assert!(text.contains(name), "{name} is not there:\n{text}");
    }
    let deadline = Instant::now() + Duration::from_secs(30);
    while !metrics().await.contains(BACKLOG) {
        assert!(Instant::now() < deadline, "no survey");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

#[tokio::test]
async fn without_the_database_every_call_says_when_to_come_back() {
    let app = App::start().await;
    let alice = app.user("alice");
    let task = alice.create(json!({"title": "a"})).await;
    app.refuse_connections().await;
    let path = crate::app::path(&task);
    let (post, patch, list, sync) = tokio::join!(
        alice.post("/v1/tasks", json!({"title": "b"})),
        alice.patch(&path, json!({"title": "b"})),
        alice.get("/v1/tasks"),
        alice.get("/v1/sync"),
    );
    for reply in [post, patch, list, sync] {
        let reply = reply.expect_problem(503, "unavailable", None);
        assert_eq!(reply.header("retry-after"), "1");
    }
    alice
        .post("/v1/tasks", json!({"title": 5}))
        .await
        .expect_problem(422, "validation", Some("/title"));
    app.allow_connections().await;
    let again = alice.get(&path).await.expect(200);
    assert_eq!(again.body, task);
}

#[tokio::test]
async fn a_user_whose_lock_is_stuck_is_told_to_come_back_and_delays_nobody_else() {
    let app = App::start().await;
    let (alice, bob) = (app.user("alice"), app.user("bob"));
    alice.create(json!({"title": "a"})).await;
    let stuck = app.hold_lock("alice").await;
    let (reply, other) = tokio::join!(
        alice.post("/v1/tasks", json!({"title": "b"})),
        bob.post("/v1/tasks", json!({"title": "b"})),
    );
    reply.expect_problem(503, "unavailable", None);
    other.expect(201);
    alice.get("/v1/tasks").await.expect(200);
    stuck.rollback().await.unwrap();
    assert_eq!(alice.create(json!({"title": "c"})).await["position"], 2);
}

#[tokio::test]
async fn the_waiting_changes_of_one_user_leave_connections_to_the_others() {
    let app = App::start().await;
    let (alice, bob) = (app.user("alice"), app.user("bob"));
    alice.create(json!({"title": "a"})).await;
    let _stuck = app.hold_lock("alice").await;
    let writes = (0..10).map(|n| alice.post("/v1/tasks", json!({"title": n.to_string()})));
    let others = async {
        app.until_waiting(3).await;
        bob.post("/v1/tasks", json!({"title": "b"})).await.expect(201);
    };
    let all = async { tokio::join!(futures_util::future::join_all(writes), others).0 };
    // Watched to the end, rather than timed: how long bob takes depends on the machine.
    let never_more = async {
        loop {
            let held = app.waiting().await;
            assert!(held <= 3, "alice holds {held} connections");
            // Sleeps because it watches, and waits for nothing.
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    let replies = tokio::select! {
        replies = all => replies,
        () = never_more => unreachable!("it watches for ever"),
    };
    for reply in replies {
        reply.expect_problem(503, "unavailable", None);
    }
}

#[tokio::test]
async fn a_restored_database_is_another_epoch() {
    let app = App::start().await;
    sqlx::query("UPDATE outbox.epoch SET system_identifier = 0")
        .execute(&app.pool)
        .await
        .unwrap();
    app.user("alice").create(json!({"title": "a"})).await;
    assert!(app.facts().await.iter().all(|fact| fact.meta().epoch.get() > 1));
}

/// After a start of Postgres, with no broker that says how far its data should be.
#[tokio::test(flavor = "multi_thread")]
async fn nobody_writes_before_a_start_of_the_database_is_judged_and_then_in_another_epoch() {
    let app = App::start().await;
    let before = app.user("alice").create(json!({"title": "a"})).await;
    sqlx::query("UPDATE outbox.epoch SET started_at = started_at - interval '1 day'")
        .execute(&app.pool)
        .await
        .unwrap();
    let lifecycle = Lifecycle::new();
    let (api, admin) = start_without_broker(&app, &lifecycle).await;
    let alice = app.user("alice").at(&api);
    let refused = alice.post("/v1/tasks", json!({"title": "b"})).await;
    let refused = refused.expect_problem(503, "unavailable", None);
    assert_eq!(refused.header("retry-after"), "1");
    let report = reqwest::get(format!("{admin}/readyz")).await.unwrap();
    let report = report.text().await.unwrap();
    assert!(report.contains("no relay has found out yet"), "{report}");

    until_ready(&admin).await;
    alice.create(json!({"title": "b"})).await;
    let facts = app.facts().await;
    let epochs: Vec<i64> = facts.iter().map(|fact| fact.meta().epoch.get()).collect();
    assert!(
        epochs.first() == Some(&1) && epochs.last() > Some(&1),
        "{epochs:?}"
    );
    let since = format!("/v1/sync?since=1.{}", before["position"]);
    let page = alice.get(&since).await.expect(200).body;
    assert_eq!(page["full_resync"], true, "{page}");
    lifecycle.begin_shutdown();
    assert_eq!(lifecycle.supervise(Duration::from_secs(14)).await, Outcome::Clean);
}
