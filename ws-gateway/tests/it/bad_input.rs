//! Clients that send garbage, too much, or nothing.

use std::time::Duration;

use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio_tungstenite::tungstenite::{Error, Message};

use crate::support::{Gateway, HOUR, request};

async fn code_for(gateway: &Gateway, message: Message) -> u16 {
    let mut client = gateway.socket().await;
    client.send_raw(message).await;
    let (code, reason) = client.closed().await;
    assert!(!reason.is_empty());
    code
}

#[tokio::test(flavor = "multi_thread")]
async fn garbage_is_closed_with_a_clear_code() {
    let gateway = Gateway::start().await;
    for text in [
        "hello",
        "",
        "{}",
        "[1,2]",
        r#"{"type":"connect"}"#,
        r#"{"type":"connect","token":1}"#,
    ] {
        assert_eq!(code_for(&gateway, Message::text(text)).await, 4500, "{text}");
    }
    assert_eq!(code_for(&gateway, Message::binary(vec![1, 2, 3])).await, 1003);
    assert_eq!(code_for(&gateway, Message::text("x".repeat(20_000))).await, 1009);
    assert_eq!(
        code_for(&gateway, Message::text("x".repeat(5_000_000))).await,
        1009
    );
    assert_eq!(
        code_for(&gateway, Message::text(r#"{"type":"refresh","token":"t"}"#)).await,
        4502
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn garbage_after_connecting_is_closed_as_well() {
    let gateway = Gateway::start().await;
    let token = gateway.issuer.token("alice", HOUR);
    let connect = json!({ "type": "connect", "token": token }).to_string();
    let cases = [
        (Message::text("hello"), 4500),
        (Message::binary(vec![0; 10]), 1003),
        (Message::text(connect), 4502),
        (Message::text("x".repeat(20_000)), 1009),
    ];
    for (message, expected) in cases {
        let (mut client, _) = gateway.connected("alice", Value::Null).await;
        client.send_raw(message).await;
        assert_eq!(client.closed().await.0, expected);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn bytes_that_are_no_frames_are_closed_with_a_clear_code() {
    let gateway = Gateway::start().await;
    // An unmasked text frame, a reserved opcode, and text that is not UTF-8 (masked with zeros).
    let cases: [(&[u8], u16); 3] = [
        (b"\x81\x02hi", 1002),
        (b"\x83\x80\0\0\0\0", 1002),
        (b"\x81\x82\0\0\0\0\xff\xfe", 1007),
    ];
    for (bytes, expected) in cases {
        let mut client = gateway.socket().await;
        client.raw().write_all(bytes).await.expect("written");
        assert_eq!(client.closed().await.0, expected, "{bytes:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_token_is_told_why() {
    let gateway = Gateway::start().await;
    let mut foreign = gateway.issuer.claims("alice", 3600);
    foreign["aud"] = json!("somebody-else");
    let cases = [
        (
            gateway.issuer.sign(&gateway.issuer.claims("alice", -60)),
            4002,
            "expired",
        ),
        (gateway.issuer.sign(&foreign), 4501, "audience"),
        ("garbage".to_owned(), 4501, "JWT"),
        (String::new(), 4501, "JWT"),
    ];
    for (token, expected, word) in cases {
        let mut client = gateway.socket().await;
        client.send(&json!({ "type": "connect", "token": token })).await;
        let (code, reason) = client.closed().await;
        assert_eq!(code, expected);
        assert!(reason.contains(word), "{reason}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_socket_that_says_nothing_is_closed() {
    let gateway = Gateway::start_with(&[], |settings| {
        settings.connect_timeout = Duration::from_millis(200);
    })
    .await;
    assert_eq!(gateway.socket().await.closed().await.0, 4005);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_that_sends_no_request_is_ended() {
    let gateway = Gateway::start_with(&[], |settings| {
        settings.handshake_timeout = Duration::from_millis(200);
    })
    .await;
    let mut stream = tokio::net::TcpStream::connect(gateway.application.address())
        .await
        .expect("connected");
    stream
        .write_all(b"GET /v1/stream HTTP/1.1\r\nhost: x\r\n")
        .await
        .expect("written");
    let mut rest = Vec::new();
    stream.read_to_end(&mut rest).await.expect("ended");
    assert!(rest.is_empty());
}

async fn refused(request: tokio_tungstenite::tungstenite::ClientRequestBuilder) -> u16 {
    match tokio_tungstenite::connect_async(request).await {
        Err(Error::Http(response)) => {
            let problem: Value =
                serde_json::from_slice(response.body().as_deref().unwrap_or_default()).expect("a problem");
            assert!(problem["detail"].is_string());
            response.status().as_u16()
        }
        other => panic!("expected a refusal, not {other:?}"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn handshakes_are_refused_with_a_problem() {
    let gateway = Gateway::start().await;
    let address = gateway.application.address();
    assert_eq!(refused(request(address)).await, 400, "no subprotocol");
    let from = |origin: &str| {
        request(address)
            .with_sub_protocol("taskwire.v1")
            .with_header("origin", origin)
    };
    assert_eq!(refused(from("https://evil.example.org")).await, 403);
    let long = request(address)
        .with_sub_protocol("taskwire.v1")
        .with_header("x", "x".repeat(17 * 1024));
    assert_eq!(refused(long).await, 400, "more than 16 KiB, though whole");
    assert!(
        tokio_tungstenite::connect_async(from("https://app.example.org"))
            .await
            .is_ok()
    );
    let plain = reqwest::get(format!("http://{address}/v1/stream"))
        .await
        .expect("an answer");
    assert_eq!(plain.status(), 426);
    assert_eq!(plain.headers()["content-type"], "application/problem+json");
    assert_eq!(
        reqwest::get(format!("http://{address}/"))
            .await
            .expect("an answer")
            .status(),
        404
    );
    let posted = reqwest::Client::new()
        .post(format!("http://{address}/v1/stream"))
        .send()
        .await;
    assert_eq!(posted.expect("an answer").status(), 405);
}

#[tokio::test(flavor = "multi_thread")]
async fn above_the_limit_the_newest_sockets_are_refused() {
    let gateway = Gateway::start_with(&[], |settings| settings.max_sockets = 1).await;
    let (mut first, _) = gateway.connected("alice", Value::Null).await;
    let second = request(gateway.application.address()).with_sub_protocol("taskwire.v1");
    assert_eq!(refused(second).await, 503);
    gateway.update("alice", 1).await;
    assert_eq!(first.position().await, 1);
}
