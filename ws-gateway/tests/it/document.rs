//! docs/REALTIME.md says what the code does: every frame, close code and refusal, and the client in it works.

use std::collections::BTreeSet;
use std::process::Stdio;

use chrono::{DateTime, Utc};
use serde_json::{Value, json};
use service_kit::auth::AuthError;
use service_kit::testing::{Document, pretty};
use shared_events::event::update::UserUpdate;
use tokio::io::{AsyncBufReadExt, BufReader, Lines};
use tokio::process::{Child, ChildStdout, Command};
use tokio::time::timeout;
use ws_gateway::feed::Item;
use ws_gateway::handshake::Refusal;
use ws_gateway::protocol::{self, ClientMessage, Close, ServerMessage};
use ws_gateway::update::Update;

use crate::support::{DEADLINE, Gateway, HOUR, update};

fn document() -> Document {
    Document::read("REALTIME.md")
}

fn json_of(block: &str) -> Value {
    serde_json::from_str(block).expect("JSON")
}

fn time_of(frame: &Value) -> DateTime<Utc> {
    frame["expires_at"]
        .as_str()
        .expect("a time")
        .parse()
        .expect("a time")
}

#[test]
fn every_frame_of_a_client_is_shown_and_understood() {
    let document = document();
    for name in document.infos("json from-client ") {
        let block = document.block(&format!("json from-client {name}"));
        let message = protocol::parse(block).expect("a message that is understood");
        // A new kind of message does not compile here before it is named, and shown.
        let (kind, members) = match &message {
            ClientMessage::Connect(connect) => {
                let since = connect.since.expect("everything that can be said");
                assert!(since.tasks.is_some() && since.notifications.is_some());
                ("connect", 3)
            }
            ClientMessage::Refresh(_) => ("refresh", 2),
        };
        let frame = json_of(block);
        assert_eq!((name, &frame["type"]), (kind, &json!(kind)));
        assert_eq!(frame.as_object().expect("an object").len(), members, "{frame}");
    }
    assert_eq!(document.infos("json from-client "), ["connect", "refresh"]);
}

#[test]
fn every_frame_of_the_gateway_is_shown_as_it_is_sent() {
    let document = document();
    for name in document.infos("json from-gateway ") {
        let block = document.block(&format!("json from-gateway {name}"));
        let frame = json_of(block);
        let streams = ["notifications", "tasks"];
        let recovered = streams.map(|stream| (stream, frame["recovered"][stream] == json!(true)));
        let recovered = recovered.into_iter().collect();
        let message = match name {
            "connected" => ServerMessage::Connected {
                recovered: &recovered,
                epoch: serde_json::from_value(frame["epoch"].clone()).expect("an epoch"),
                expires_at: time_of(&frame),
                ping_seconds: frame["ping_seconds"].as_u64().expect("a number"),
            },
            "refreshed" => ServerMessage::Refreshed {
                expires_at: time_of(&frame),
            },
            event => {
                assert!(event.starts_with("event "), "an unknown frame {event}");
                continue;
            }
        };
        // A new kind of message does not compile here before it is named, and shown above.
        match message {
            ServerMessage::Connected { .. } | ServerMessage::Refreshed { .. } => {}
        }
        assert_eq!(block, pretty(&message.to_text()));
    }
    let shown: BTreeSet<&str> = document.infos("json from-gateway ").into_iter().collect();
    assert!(shown.contains("connected") && shown.contains("refreshed"));
}

#[test]
fn every_example_of_an_update_is_shown_as_it_is_pushed() {
    let mut document = document();
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../schemas/task-updates-value/v7");
    let mut names = Vec::new();
    for file in std::fs::read_dir(folder).expect("examples") {
        let path = file.expect("a file").path();
        let name = path
            .file_stem()
            .expect("a name")
            .to_str()
            .expect("text")
            .to_owned();
        let text = std::fs::read_to_string(&path).expect("an example");
        let example: UserUpdate = serde_json::from_str(&text).expect("an update");
        let update = Update::render(&example).expect("a message");
        document.expect_block(&format!("json from-gateway event {name}"), &pretty(&update.text));
        names.push(name);
    }
    names.sort_unstable();
    let mut shown = document.infos("json from-gateway event ");
    shown.sort_unstable();
    assert_eq!(shown, names);
}

/// Every way to close. A new one does not compile here before it is named.
fn closes() -> Vec<Close> {
    let all = vec![
        Close::GoingAway,
        Close::Resume("a reason"),
        Close::Slow,
        Close::Expired,
        Close::PingTimeout,
        Close::Unavailable,
        Close::ConnectTimeout,
        Close::TooManySockets,
        Close::Protocol,
        Close::Binary,
        Close::NotUtf8,
        Close::TooLong,
        Close::Bad("a reason".into()),
        Close::Refused(AuthError::Signature),
        Close::Unexpected("a reason"),
        Close::AnotherUser,
        Close::TooManyRefreshes,
    ];
    for close in &all {
        match close {
            Close::GoingAway
            | Close::Resume(_)
            | Close::Slow
            | Close::Expired
            | Close::PingTimeout
            | Close::Unavailable
            | Close::ConnectTimeout
            | Close::TooManySockets
            | Close::Protocol
            | Close::Binary
            | Close::NotUtf8
            | Close::TooLong
            | Close::Bad(_)
            | Close::Refused(_)
            | Close::Unexpected(_)
            | Close::AnotherUser
            | Close::TooManyRefreshes => {}
        }
    }
    all
}

#[test]
fn the_close_codes_are_those_of_the_code() {
    let table = document().table("## Close codes");
    let shown: BTreeSet<(String, bool)> = table
        .iter()
        .map(|row| (row[0].clone(), row[2] == "yes"))
        .collect();
    let sent: BTreeSet<(String, bool)> = closes()
        .iter()
        .map(|close| (close.code().to_string(), close.is_resumable()))
        .collect();
    assert_eq!(shown, sent);
    assert_eq!(table.len(), sent.len(), "one row a code");
}

#[test]
fn the_refused_handshakes_are_those_of_the_code() {
    // A new one does not compile here before it is named.
    let all = [
        Refusal::Path,
        Refusal::Method,
        Refusal::NotAnUpgrade,
        Refusal::Subprotocol,
        Refusal::Origin,
        Refusal::TokenInUrl,
        Refusal::Malformed,
        Refusal::Full,
    ];
    for refusal in all {
        match refusal {
            Refusal::Path
            | Refusal::Method
            | Refusal::NotAnUpgrade
            | Refusal::Subprotocol
            | Refusal::Origin
            | Refusal::TokenInUrl
            | Refusal::Malformed
            | Refusal::Full => {}
        }
    }
    let shown: BTreeSet<Vec<String>> = document()
        .table("## Refused handshakes")
        .into_iter()
        .map(|row| row[..2].to_vec())
        .collect();
    let answered: BTreeSet<Vec<String>> = all
        .into_iter()
        .map(|refusal| vec![refusal.status().as_str().to_owned(), refusal.slug().to_owned()])
        .collect();
    assert_eq!(shown, answered);
}

/// The codes that the client in the document does not come back after.
#[test]
fn the_client_gives_up_after_exactly_the_final_codes() {
    let document = document();
    let client = document.block("js client");
    let list = client.split_once("new Set([").expect("a set of codes").1;
    let list = list.split_once("])").expect("its end").0;
    let given_up: BTreeSet<u16> = list
        .split(", ")
        .map(|code| code.parse().expect("a code"))
        .collect();
    let is_final = |close: &Close| !close.is_resumable();
    let sent = closes().into_iter().filter(is_final).map(|close| close.code());
    assert_eq!(given_up, sent.collect());
}

/// Runs the client of the document and prints what it does, a line each.
const HARNESS: &str = r#"
import { follow } from "./client.mjs";
const [url, token] = process.argv.slice(2);
const say = (...words) => console.log(words.join(" "));
const fetched = [0, 3];
follow({
  url,
  token: async () => token,
  apply: (event, stream) => say("apply", stream, event.kind, event.task.position),
  fetchChanges: async (stream, since) => {
    say("fetch", stream, since === null ? "everything" : `since ${since.epoch}.${since.position}`);
    return { epoch: 1, position: stream === "tasks" ? fetched.shift() : 0 };
  },
  ended: (code) => say("ended", code),
});
"#;

struct Script {
    lines: Lines<BufReader<ChildStdout>>,
    _process: Child,
    _folder: tempfile::TempDir,
}

impl Script {
    async fn line(&mut self) -> String {
        let line = timeout(DEADLINE, self.lines.next_line()).await;
        line.expect("a line in time").expect("text").expect("a line")
    }
}

/// How Node is started so that it has WebSocket, which it has without a flag since version 22. Node is not required to
/// build or test Taskwire: without it the client is not run.
async fn node() -> Option<Vec<&'static str>> {
    for flags in [vec![], vec!["--experimental-websocket"]] {
        let mut probe = Command::new("node");
        probe
            .args(&flags)
            .args(["-e", "new WebSocket('ws://127.0.0.1:1').onerror = () => {}"]);
        let status = probe.stdin(Stdio::null()).stderr(Stdio::null()).status().await;
        if status.is_ok_and(|status| status.success()) {
            return Some(flags);
        }
    }
    None
}

async fn run_client(flags: &[&str], gateway: &Gateway, token: &str) -> Script {
    let folder = tempfile::tempdir().expect("a folder");
    let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).expect("written");
    write("client.mjs", document().block("js client"));
    write("harness.mjs", HARNESS);
    let url = format!("ws://{}/v1/stream", gateway.application.address());
    let mut process = Command::new("node")
        .args(flags)
        .arg(folder.path().join("harness.mjs"))
        .args([url.as_str(), token])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .expect("node");
    Script {
        lines: BufReader::new(process.stdout.take().expect("a pipe")).lines(),
        _process: process,
        _folder: folder,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_client_follows_comes_back_and_gives_up() {
    let Some(flags) = node().await else {
        eprintln!("there is no Node with WebSocket here: the client of docs/REALTIME.md was not run");
        return;
    };
    let gateway = Gateway::start().await;
    let token = gateway.issuer.token("alice", HOUR);
    let mut client = run_client(&flags, &gateway, &token).await;
    assert_eq!(client.line().await, "fetch notifications everything");
    assert_eq!(client.line().await, "fetch tasks everything");
    for position in 1..=2 {
        gateway.update("alice", position).await;
        assert_eq!(
            client.line().await,
            format!("apply tasks task.created {position}")
        );
    }
    gateway.send(Item::Lost("an update is missing")).await;
    assert_eq!(client.line().await, "fetch notifications since 1.0");
    assert_eq!(client.line().await, "fetch tasks since 1.2");
    // The fetch has brought it to position 3, which it leaves out.
    for position in 3..=4 {
        gateway.update("alice", position).await;
    }
    assert_eq!(client.line().await, "apply tasks task.created 4");
    let mut later = update("alice", 5);
    later.meta.kind = "task.completed".to_owned();
    gateway.send(Item::Record(crate::support::record(&later))).await;
    assert_eq!(client.line().await, "apply tasks task.completed 5");

    let mut refused = run_client(&flags, &gateway, "not a token").await;
    assert_eq!(refused.line().await, "ended 4501");
}
