//! The binary itself: help, bad configuration, and SIGTERM.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use service_kit::testing::TestIssuer;

use crate::support::{Client, HOUR};

fn gateway(variables: &[(&str, &str)]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_ws-gateway"));
    command.env_clear().envs(variables.iter().copied());
    command
}

fn output(command: &mut Command) -> (Option<i32>, String) {
    let Output {
        status,
        stdout,
        stderr,
    } = command.output().expect("it runs");
    let text = [stdout, stderr].concat();
    (status.code(), String::from_utf8(text).expect("text"))
}

#[test]
fn help_documents_every_variable() {
    let (code, help) = output(gateway(&[]).arg("--help"));
    assert_eq!(code, Some(0));
    for variable in [
        "LISTEN_ADDR",
        "ADMIN_ADDR",
        "CORS_ALLOWED_ORIGINS",
        "JWT_ISSUERS",
        "JWT_AUDIENCE",
        "LOCAL_STACK",
        "KAFKA_BROKERS",
        "REGISTRY_URL",
        "FEED_BYTES",
        "SOCKET_BYTES",
        "ALL_SOCKETS_BYTES",
        "LOG",
    ] {
        assert!(
            help.contains(&format!("[env: {variable}=")),
            "{variable} is missing in {help}"
        );
    }
}

#[test]
fn bad_configuration_names_the_variable_and_exits_with_two() {
    let good = [
        (
            "JWT_ISSUERS",
            r#"[{"issuer":"me","jwks":"/nowhere/jwks.json","algorithms":["EdDSA"]}]"#,
        ),
        ("JWT_AUDIENCE", "you"),
        ("KAFKA_BROKERS", "127.0.0.1:1"),
        ("REGISTRY_URL", "http://127.0.0.1:1"),
        ("LISTEN_ADDR", "127.0.0.1:0"),
        ("ADMIN_ADDR", "127.0.0.1:0"),
    ];
    let with = |name: &'static str, value: &'static str| {
        let mut variables = good.to_vec();
        variables.retain(|(other, _)| *other != name);
        variables.push((name, value));
        output(&mut gateway(&variables))
    };
    let cases = [
        ("LISTEN_ADDR", "somewhere"),
        ("CORS_ALLOWED_ORIGINS", "app.example.org"),
        ("LOG", "=,="),
        ("SOCKET_BYTES", "many"),
        ("JWT_ISSUERS", "me"),
        (
            "JWT_ISSUERS",
            r#"[{"issuer":"me","jwks":"/nowhere/else.json","algorithms":["EdDSA"]}]"#,
        ),
        (
            "JWT_ISSUERS",
            r#"[{"issuer":"taskwire-local","jwks":"http://127.0.0.1:1","algorithms":["EdDSA"]}]"#,
        ),
        ("LOCAL_STACK", "perhaps"),
    ];
    for (name, value) in cases {
        let (code, message) = with(name, value);
        assert_eq!(code, Some(2), "{name}: {message}");
        assert!(message.contains(name), "{name}: {message}");
    }
    let (code, message) = output(&mut gateway(&[]));
    assert_eq!(code, Some(2));
    assert!(
        message.contains("KAFKA_BROKERS") && message.contains("JWT_ISSUERS"),
        "{message}"
    );
}

struct Running {
    child: Child,
    address: std::net::SocketAddr,
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn start(issuer: &TestIssuer) -> Running {
    let issuers = issuer.jwt_issuers();
    let mut child = gateway(&[
        ("JWT_ISSUERS", issuers.as_str()),
        ("JWT_AUDIENCE", issuer.audience()),
        ("KAFKA_BROKERS", "127.0.0.1:1"),
        ("REGISTRY_URL", "http://127.0.0.1:1"),
        ("LISTEN_ADDR", "127.0.0.1:0"),
        ("ADMIN_ADDR", "127.0.0.1:0"),
    ])
    .stdout(Stdio::piped())
    .spawn()
    .expect("it starts");
    let mut lines = BufReader::new(child.stdout.take().expect("piped")).lines();
    let address = loop {
        let line = lines.next().expect("it says where it listens").expect("text");
        let line: Value = serde_json::from_str(&line).expect("JSON logs");
        if let Some(address) = line["address"].as_str() {
            break address.parse().expect("an address");
        }
    };
    // Whatever else it says must not fill the pipe.
    std::thread::spawn(move || lines.for_each(drop));
    Running { child, address }
}

#[tokio::test(flavor = "multi_thread")]
async fn sigterm_closes_sockets_and_exits_with_zero_while_the_broker_is_down() {
    let issuer = TestIssuer::new();
    let mut running = start(&issuer);
    let mut alice = Client::open(running.address).await;
    alice
        .send(&json!({ "type": "connect", "token": issuer.token("alice", HOUR) }))
        .await;
    // It waits for the broker, as every socket does while the gateway starts.
    let pid = running.child.id().to_string();
    let began = Instant::now();
    assert!(
        Command::new("kill")
            .args(["-TERM", &pid])
            .status()
            .expect("kill runs")
            .success()
    );
    let (code, _) = alice.closed().await;
    assert!([1001, 4000].contains(&code), "told to come back, and not {code}");
    let status = tokio::task::spawn_blocking(move || running.child.wait())
        .await
        .expect("no panic")
        .expect("an end");
    assert_eq!(status.code(), Some(0));
    assert!(began.elapsed() < Duration::from_secs(15), "{:?}", began.elapsed());
}
