//! docs/WEBHOOKS.md says what the code does, and what it shows for verifying a call verifies one.

use std::io::ErrorKind;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use chrono::{DateTime, Utc};
use notification_svc::domain::destination::Destination;
use notification_svc::domain::payload::{Fired, Message, Test};
use notification_svc::domain::retry::PAUSES;
use notification_svc::domain::secret::SigningSecret;
use serde_json::{Value, json};
use service_kit::testing::{Document, pretty};
use tokio::process::Command;

use crate::service::Service;
use crate::webhooks::{calls_of, hook, receiver};
use crate::world::World;

fn document() -> Document {
    Document::read("WEBHOOKS.md")
}

fn json_of(block: &str) -> Value {
    serde_json::from_str(block).unwrap()
}

fn keys(value: &Value) -> Vec<&String> {
    value.as_object().unwrap().keys().collect()
}

/// The message that a payload of the document shows.
fn message(payload: &Value) -> Message {
    let data = &payload["data"];
    let text = |name: &str| data[name].as_str().unwrap();
    let at = |value: &Value| -> DateTime<Utc> { value.as_str().unwrap().parse().unwrap() };
    match payload["type"].as_str().unwrap() {
        "reminder.fired" => Message::Fired(Fired {
            notification_id: text("notification_id").parse().unwrap(),
            task_id: text("task_id").parse().unwrap(),
            reminder_id: text("reminder_id").parse().unwrap(),
            title: text("title").to_owned(),
            due_at: Some(at(&data["due_at"])),
            fire_at: at(&data["fire_at"]),
            fired_at: at(&data["fired_at"]),
            late: data["late"].as_bool().unwrap(),
        }),
        "webhook.test" => Message::Test(Test {
            delivery_id: text("delivery_id").parse().unwrap(),
            endpoint_id: text("endpoint_id").parse().unwrap(),
            asked_at: at(&payload["timestamp"]),
        }),
        other => panic!("there is no message {other}"),
    }
}

#[test]
fn every_payload_is_shown_as_it_is_sent() {
    let document = document();
    let names = document.infos("json payload ");
    assert_eq!(names, ["reminder.fired", "webhook.test"]);
    for name in names {
        let block = document.block(&format!("json payload {name}"));
        let message = message(&json_of(block));
        // A new message does not compile here before it is named, and shown above.
        match message {
            Message::Fired(_) | Message::Test(_) => {}
        }
        let body = String::from_utf8(message.body().unwrap()).unwrap();
        assert_eq!(block, pretty(&body));
        assert_eq!(json_of(&body)["type"], name);
    }
}

#[tokio::test]
async fn a_call_has_the_headers_that_are_shown_and_the_signature_that_the_example_has() {
    let world = World::new().await;
    let (service, server) = (Service::start(&world).await, receiver(&[accepted()]).await);
    service.subscribe("alice", &hook(&server)).await;
    world.remind("alice", world.now_plus(0).await).await;
    let call = calls_of(&server, 1).await.remove(0);
    let mut document = document();
    let response = json_of(document.block("json response 201"));
    let message = message(&json_of(document.block("json payload reminder.fired")));
    let body = String::from_utf8(message.body().unwrap()).unwrap();
    let (id, timestamp) = (message.id(), 1_796_108_400);
    let signature = secret_of(&response)
        .sign(&id, timestamp, body.as_bytes())
        .unwrap();
    let mut example = "POST /taskwire HTTP/1.1\n".to_owned();
    for (name, value) in &call.headers {
        let value = value.to_str().unwrap();
        let length = body.len().to_string();
        let stamp = timestamp.to_string();
        let shown = match name.as_str() {
            "host" => "example.com",
            "webhook-id" => &id,
            "webhook-timestamp" => &stamp,
            "webhook-signature" => &signature,
            "content-length" => &length,
            _ => value,
        };
        example.push_str(&format!("{name}: {shown}\n"));
    }
    document.expect_block("http call", &format!("{example}\n{body}\n"));
}

#[tokio::test]
async fn registering_is_as_it_is_shown() {
    let world = World::new().await;
    let service = Service::start(&world).await;
    let document = document();
    let path = document.infos("json request POST ").remove(0).to_owned();
    let request = json_of(document.block(&format!("json request POST {path}")));
    let answer = service.post("alice", &path, Some(request)).await;
    let shown = json_of(document.block("json response 201"));
    assert_eq!(answer.status, 201);
    assert_eq!(keys(&answer.body), keys(&shown));
    assert_eq!(answer.body["url"], shown["url"]);
    let length = |body: &Value| body["secret"].as_str().unwrap().len();
    assert_eq!(length(&answer.body), length(&shown));
}

#[tokio::test]
async fn the_urls_that_are_refused_are_refused_for_the_reason_shown() {
    let table = document().table("## What is not called");
    let nothing = "".parse().unwrap();
    for row in &table {
        let url = row[0].replace(" and more than 2048 bytes", &"x".repeat(2_048));
        let refusal = Destination::parse(&url).and_then(|destination| destination.reach(&nothing));
        assert_eq!(
            refusal.map_err(|refusal| refusal.to_string()),
            Err(row[1].clone()),
            "{url}"
        );
    }
    assert!(table.len() >= 12, "{table:?}");
}

#[test]
fn the_pauses_are_those_of_the_code() {
    let seconds = |pause: &str| -> u64 {
        let (number, unit) = pause.split_once(' ').unwrap();
        let unit = match unit {
            "s" => 1,
            "min" => 60,
            "h" => 3_600,
            other => panic!("there is no unit {other}"),
        };
        number.parse::<u64>().unwrap() * unit
    };
    let rows = document().table("## Attempts");
    let shown: Vec<Duration> = rows
        .iter()
        .map(|row| Duration::from_secs(seconds(&row[1])))
        .collect();
    assert_eq!(shown, PAUSES);
    let attempts: Vec<usize> = rows.iter().map(|row| row[0].parse().unwrap()).collect();
    assert_eq!(attempts, (1..=PAUSES.len()).collect::<Vec<_>>());
}

fn accepted() -> wiremock::ResponseTemplate {
    wiremock::ResponseTemplate::new(204)
}

fn secret_of(response: &Value) -> SigningSecret {
    use base64::Engine as _;
    let text = response["secret"]
        .as_str()
        .unwrap()
        .strip_prefix("whsec_")
        .unwrap();
    SigningSecret::from(base64::engine::general_purpose::STANDARD.decode(text).unwrap())
}

/// An interpreter and the file that gives the document's snippet something to verify. Perl is needed to build Taskwire
/// and therefore there; Node and Python are not required, and where there is none its snippet is not run.
struct Runner {
    block: &'static str,
    program: &'static str,
    is_required: bool,
    snippet: &'static str,
    main: (&'static str, &'static str),
}

const RUNNERS: [Runner; 3] = [
    Runner {
        block: "perl verify",
        program: "perl",
        is_required: true,
        snippet: "verify.pl",
        main: (
            "main.pl",
            r#"
            use strict; use warnings; use FindBin; require "$FindBin::Bin/verify.pl";
            my ($secret, $id, $timestamp, $signature, $path) = @ARGV;
            open my $file, "<:raw", $path or die; my $body = do { local $/; <$file> };
            verify($secret, {"webhook-id" => $id, "webhook-timestamp" => $timestamp,
                "webhook-signature" => $signature}, $body);
            print "verified\n";
            "#,
        ),
    },
    Runner {
        block: "python verify",
        program: "python3",
        is_required: false,
        snippet: "verify.py",
        main: (
            "main.py",
            r#"
import pathlib, sys
from verify import verify
secret, message_id, timestamp, signature, path = sys.argv[1:]
headers = {"webhook-id": message_id, "webhook-timestamp": timestamp, "webhook-signature": signature}
verify(secret, headers, pathlib.Path(path).read_bytes())
print("verified")
"#,
        ),
    },
    Runner {
        block: "js verify",
        program: "node",
        is_required: false,
        snippet: "verify.mjs",
        main: (
            "main.mjs",
            r#"
            import { readFileSync } from "node:fs";
            import { verify } from "./verify.mjs";
            const [secret, id, timestamp, signature, path] = process.argv.slice(2);
            const headers = { "webhook-id": id, "webhook-timestamp": timestamp, "webhook-signature": signature };
            verify(secret, headers, readFileSync(path));
            console.log("verified");
            "#,
        ),
    },
];

/// What a receiver gets.
#[derive(Clone)]
struct Received {
    secret: String,
    id: String,
    timestamp: String,
    signature: String,
    body: Vec<u8>,
}

impl Runner {
    async fn is_there(&self) -> bool {
        let mut version = Command::new(self.program);
        let run = version
            .arg("--version")
            .stdin(Stdio::null())
            .stdout(Stdio::null());
        match run.status().await {
            Ok(status) => status.success(),
            Err(error) if error.kind() == ErrorKind::NotFound => false,
            Err(error) => panic!("{}: {error}", self.program),
        }
    }

    fn write(&self, document: &Document, folder: &Path) {
        let snippet = document.block(self.block);
        // A file that Perl requires ends in a true value.
        let end = if self.program == "perl" { "1;\n" } else { "" };
        std::fs::write(folder.join(self.snippet), format!("{snippet}{end}")).unwrap();
        std::fs::write(folder.join(self.main.0), self.main.1).unwrap();
    }

    async fn verifies(&self, folder: &Path, received: &Received) -> Result<(), String> {
        let body = folder.join("body");
        std::fs::write(&body, &received.body).unwrap();
        let output = Command::new(self.program)
            .arg(folder.join(self.main.0))
            .args([
                &received.secret,
                &received.id,
                &received.timestamp,
                &received.signature,
            ])
            .arg(body)
            .stdin(Stdio::null())
            .output()
            .await
            .unwrap();
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        let verified = output.status.success() && output.stdout == b"verified\n";
        if verified { Ok(()) } else { Err(said) }
    }
}

fn expect_refusal(verified: Result<(), String>, program: &str, wanted: &str) {
    let said = verified.expect_err("it must be refused");
    assert!(said.contains(wanted), "{program}: {said}");
}

#[tokio::test]
async fn the_snippets_verify_a_real_call_and_nothing_else() {
    let world = World::new().await;
    let (service, server) = (Service::start(&world).await, receiver(&[accepted()]).await);
    let (_, secret) = service.subscribe("alice", &hook(&server)).await;
    world.remind("alice", world.now_plus(0).await).await;
    let call = calls_of(&server, 1).await.remove(0);
    let header = |name: &str| call.headers[name].to_str().unwrap().to_owned();
    let real = Received {
        secret: secret.clone(),
        id: header("webhook-id"),
        timestamp: header("webhook-timestamp"),
        signature: header("webhook-signature"),
        body: call.body.clone(),
    };
    let several = Received {
        signature: format!("v1a,AAAA v1,AAAA {}", real.signature),
        ..real.clone()
    };
    let mut changed = real.clone();
    changed.body.push(b' ');
    let mut other = real.clone();
    other.secret = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD".to_owned();
    let mut old = real.clone();
    let long_ago = real.timestamp.parse::<i64>().unwrap() - 600;
    old.timestamp = long_ago.to_string();
    let ours = secret_of(&json!({ "secret": secret }));
    old.signature = ours.sign(&real.id, long_ago, &real.body).unwrap();
    let document = document();
    for runner in RUNNERS {
        if !runner.is_required && !runner.is_there().await {
            eprintln!("there is no {} here: its snippet was not run", runner.program);
            continue;
        }
        let folder = tempfile::tempdir().unwrap();
        runner.write(&document, folder.path());
        let program = runner.program;
        for good in [&real, &several] {
            let verified = runner.verifies(folder.path(), good).await;
            assert_eq!(verified, Ok(()), "{program}");
        }
        for forged in [&changed, &other] {
            expect_refusal(
                runner.verifies(folder.path(), forged).await,
                program,
                "the signature is not valid",
            );
        }
        expect_refusal(runner.verifies(folder.path(), &old).await, program, "too old");
    }
}
