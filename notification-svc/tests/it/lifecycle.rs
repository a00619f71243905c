//! Outages, health, and how the process starts and stops.

use std::process::{Output, Stdio};
use std::time::Duration;

use serde_json::Value;
use service_kit::lifecycle::Outcome;
use service_kit::testing::TestIssuer;
use shared_events::ids::NotificationId;
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::Command;
use url::Url;
use wiremock::matchers::path;
use wiremock::{Mock, MockServer, ResponseTemplate};

use crate::proxy::Proxy;
use crate::service::{NO_BROKER, Service};
use crate::world::{ROLE, World, eventually};

/// Waits until readiness is as wanted; it is that of all components.
async fn readiness_is(service: &Service, wanted: u16) {
    eventually("readiness changes", || async {
        let report = reqwest::get(format!("{}/readyz", service.admin)).await.unwrap();
        let status = report.status();
        let report: Value = report.json().await.unwrap();
        let components = report["components"].as_object().unwrap();
        assert!(components.contains_key("postgres"), "{report}");
        assert_eq!(
            status == 200,
            components.values().all(|state| state == "ready"),
            "{report}"
        );
        (status == wanted).then_some(())
    })
    .await;
}

#[tokio::test]
async fn an_outage_of_the_database_is_said_and_outlived() {
    let world = World::new().await;
    let mut url: Url = world.database.url_as(ROLE).parse().unwrap();
    let server = format!("{}:{}", url.host_str().unwrap(), url.port().unwrap_or(5432));
    let proxy = Proxy::to(tokio::net::lookup_host(server).await.unwrap().next().unwrap()).await;
    url.set_ip_host(proxy.address.ip()).unwrap();
    url.set_port(Some(proxy.address.port())).unwrap();
    let service = Service::start_with(&world, url.as_str(), "").await;
    readiness_is(&service, 200).await;
    proxy.cut();
    let answer = service.get("alice", "/v1/notifications").await;
    assert_eq!(answer.status, 503, "{answer:?}");
    assert!(answer.headers.contains_key("retry-after"));
    readiness_is(&service, 503).await;
    world.remind("alice", world.now_plus(0).await).await;
    proxy.mend();
    readiness_is(&service, 200).await;
    assert_eq!(service.inbox_of("alice", 1).await.len(), 1);
}

#[tokio::test]
async fn an_outage_of_the_broker_stops_no_reminder() {
    let world = World::new().await;
    let service = Service::start_with_broker(&world, NO_BROKER).await;
    world.remind("alice", world.now_plus(300).await).await;
    assert_eq!(service.inbox_of("alice", 1).await.len(), 1);
    assert_eq!(service.stop().await, Outcome::Clean);
}

impl Service {
    /// The value of the metric whose name and labels end like this; zero while there is none.
    async fn metric(&self, end: &str) -> f64 {
        let metrics = reqwest::get(format!("{}/metrics", self.admin)).await.unwrap();
        let text = metrics.text().await.unwrap();
        let mut samples = text.lines().filter_map(|line| line.rsplit_once(' '));
        let found = samples.find(|(name, _)| name.split('{').next().unwrap().ends_with(end));
        found.map_or(0.0, |(_, value)| value.parse().unwrap())
    }
}

#[tokio::test]
async fn metrics_tell_how_late_reminders_were() {
    /// Later than any other test's reminder, since all tests of this process share their metrics.
    const LATE: i64 = 20_000 * 86_400;
    const SUM: &str = "reminder_lateness_seconds_sum";
    let world = World::new().await;
    let service = Service::start(&world).await;
    let before = service.metric(SUM).await;
    world.remind("alice", world.now_plus(-LATE * 1_000).await).await;
    service.inbox_of("alice", 1).await;
    let late = eventually("the lateness is told", || async {
        let late = service.metric(SUM).await - before;
        (late >= LATE as f64).then_some(late)
    })
    .await;
    assert!(late < 2.0 * LATE as f64, "{late} s");
    let health = reqwest::get(format!("{}/healthz", service.admin)).await.unwrap();
    assert_eq!(health.status(), 200);
}

#[tokio::test]
async fn a_stop_finishes_the_call_that_is_under_way_and_starts_no_other() {
    let world = World::new().await;
    let server = MockServer::start().await;
    // Nobody else calls this path, whoever had the server's port before.
    let hook = format!("/{}", NotificationId::new());
    let slow = ResponseTemplate::new(200).set_delay(Duration::from_secs(4));
    let mock = Mock::given(path(hook.clone())).respond_with(slow);
    mock.mount(&server).await;
    let service = Service::start(&world).await;
    let (endpoint, _) = service
        .subscribe("alice", &format!("{}{hook}", server.uri()))
        .await;
    for _ in 0..2 {
        world.remind("alice", world.now_plus(0).await).await;
    }
    eventually("the first call", || async {
        let requests = server.received_requests().await?;
        requests.into_iter().find(|request| request.url.path() == hook)
    })
    .await;
    eventually("both deliveries", || async {
        (world.deliveries(endpoint).await.len() == 2).then_some(())
    })
    .await;
    assert_eq!(service.stop().await, Outcome::Clean);
    let mut states = world.deliveries(endpoint).await;
    states.sort_unstable();
    let log = world.conclusions().await;
    assert_eq!(states, ["delivered", "pending"], "{log:?}");
}

async fn run(arguments: &[&str], environment: &[(&str, &str)]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_notification-svc"))
        .args(arguments)
        .env_clear()
        .envs(environment.iter().copied())
        .stdin(Stdio::null())
        .output()
        .await
        .unwrap()
}

const COMPLETE: [(&str, &str); 5] = [
    ("DATABASE_URL", "postgres://nobody@127.0.0.1:1/none"),
    ("KAFKA_BROKERS", "127.0.0.1:1"),
    ("REGISTRY_URL", "http://127.0.0.1:1"),
    (
        "JWT_ISSUERS",
        r#"[{"issuer":"test","jwks":"/nonexistent/jwks.json","algorithms":["EdDSA"]}]"#,
    ),
    ("JWT_AUDIENCE", "test"),
];

#[tokio::test]
async fn help_documents_every_variable() {
    let help = String::from_utf8(run(&["--help"], &[]).await.stdout).unwrap();
    let own = [
        "LISTEN_ADDR",
        "ADMIN_ADDR",
        "WEBHOOK_ALLOW_LIST",
        "LOG",
        "CORS_ALLOWED_ORIGINS",
        "INSTANCE",
    ];
    for variable in own.into_iter().chain(COMPLETE.map(|(variable, _)| variable)) {
        assert!(
            help.contains(&format!("[env: {variable}")),
            "{variable} is missing in:\n{help}"
        );
    }
}

#[tokio::test]
async fn bad_configuration_names_the_variable_and_exits_with_two() {
    let wrong = |variable, value| {
        let mut environment = COMPLETE.to_vec();
        environment.push((variable, value));
        environment
    };
    for (environment, named) in [
        (Vec::new(), "DATABASE_URL"),
        (wrong("WEBHOOK_ALLOW_LIST", "10.0.0.0/99"), "WEBHOOK_ALLOW_LIST"),
        (wrong("LISTEN_ADDR", "here"), "LISTEN_ADDR"),
        (COMPLETE.to_vec(), "JWT_ISSUERS"),
    ] {
        let output = run(&[], &environment).await;
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{said}");
        assert!(said.contains(named), "{named} is not named in:\n{said}");
    }
}

#[tokio::test]
async fn sigterm_stops_the_process_cleanly_while_broker_and_database_are_down() {
    let issuer = TestIssuer::new();
    let mut process = Command::new(env!("CARGO_BIN_EXE_notification-svc"))
        .env_clear()
        .envs(COMPLETE)
        .env("JWT_ISSUERS", issuer.jwt_issuers())
        .args([
            "--listen-addr=127.0.0.1:0",
            "--admin-addr=127.0.0.1:0",
            "--log-format=json",
        ])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(process.stdout.take().unwrap()).lines();
    while !lines
        .next_line()
        .await
        .unwrap()
        .unwrap()
        .contains("cannot look at the schedule")
    {}
    let id = process.id().unwrap().to_string();
    assert!(
        Command::new("kill")
            .args(["-TERM", &id])
            .status()
            .await
            .unwrap()
            .success()
    );
    let end = tokio::time::timeout(Duration::from_secs(15), process.wait())
        .await
        .unwrap()
        .unwrap();
    assert_eq!(end.code(), Some(0), "{end}");
}
