//! A person's open socket: what the gateway pushed, with its time of arrival.

use std::time::Duration;

use anyhow::{Context as _, bail};
use futures_util::{SinkExt as _, StreamExt as _};
use reqwest::Url;
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

use crate::background::Background;
use crate::journal::{Journal, Seen};

const SUBPROTOCOL: &str = "taskwire.v1";
const HANDSHAKE_TIMEOUT: Duration = Duration::from_secs(10);

pub(crate) type Stream = WebSocketStream<MaybeTlsStream<TcpStream>>;

/// An open socket; closed when dropped.
#[derive(Debug)]
pub struct Socket {
    /// The gateway's answer to the connect message.
    pub connected: Value,
    /// Every message after it, JSON; a close frame is `{"type":"closed",…}`.
    pub messages: Journal<Value>,
    _reader: Background,
}

impl Socket {
    /// Opens a socket, live from now on or resuming after `since`.
    pub async fn open(gateway: &Url, token: &str, since: Option<Value>) -> anyhow::Result<Self> {
        tokio::time::timeout(HANDSHAKE_TIMEOUT, Self::handshake(gateway, token, since))
            .await
            .with_context(|| {
                format!("the socket handshake with {gateway} took more than {HANDSHAKE_TIMEOUT:?}")
            })?
    }

    async fn handshake(gateway: &Url, token: &str, since: Option<Value>) -> anyhow::Result<Self> {
        let (stream, connected) = connect(gateway, token, since).await?;
        let messages = Journal::default();
        let reader = Background::run(read(stream, messages.clone()));
        Ok(Self {
            connected,
            messages,
            _reader: reader,
        })
    }

    /// The first event of `kind` that `is_meant` accepts.
    pub async fn event(
        &self,
        within: Duration,
        kind: &str,
        is_meant: impl Fn(&Value) -> bool,
    ) -> anyhow::Result<Seen<Value>> {
        let is_meant = |message: &Value| kind_of(message) == Some(kind) && is_meant(message);
        self.messages
            .find(within, &format!("the socket message {kind}"), is_meant)
            .await
    }

    /// Every event so far: messages of type `event`.
    pub fn events(&self) -> Vec<Seen<Value>> {
        self.messages
            .all(|message| message.pointer("/type") == Some(&json!("event")))
    }
}

/// The kind of the event that a message carries.
pub fn kind_of(message: &Value) -> Option<&str> {
    message.pointer("/event/kind").and_then(Value::as_str)
}

/// Whether the event of a message shows this task.
pub fn shows_task(message: &Value, task_id: &str) -> bool {
    message.pointer("/event/task/id").and_then(Value::as_str) == Some(task_id)
}

/// Opens a socket and says hello; the stream, and the gateway's answer.
pub(crate) async fn connect(
    gateway: &Url,
    token: &str,
    since: Option<Value>,
) -> anyhow::Result<(Stream, Value)> {
    let mut stream = dial(gateway).await?;
    let mut hello = json!({"type": "connect", "token": token});
    if let (Some(hello), Some(since)) = (hello.as_object_mut(), since) {
        hello.insert("since".to_owned(), since);
    }
    stream.send(Message::text(hello.to_string())).await?;
    let connected = next_json(&mut stream)
        .await
        .context("the gateway closed before `connected`")?;
    if connected.pointer("/type") != Some(&json!("connected")) {
        bail!("the gateway answered {connected} instead of connected");
    }
    Ok((stream, connected))
}

async fn dial(gateway: &Url) -> anyhow::Result<Stream> {
    let mut url = gateway.clone();
    if url.path() == "/" {
        url.set_path("/v1/stream");
    }
    let mut request = url.as_str().into_client_request()?;
    request
        .headers_mut()
        .insert("sec-websocket-protocol", SUBPROTOCOL.parse()?);
    let (stream, _) = connect_async(request)
        .await
        .with_context(|| format!("cannot open a socket to {url}"))?;
    Ok(stream)
}

/// The next text message; none once the socket is closed.
pub(crate) async fn next_json(stream: &mut Stream) -> Option<Value> {
    loop {
        match stream.next().await?.ok()? {
            Message::Text(text) => return serde_json::from_str(text.as_str()).ok(),
            Message::Close(_) => return None,
            Message::Ping(_) | Message::Pong(_) | Message::Binary(_) | Message::Frame(_) => {}
        }
    }
}

async fn read(mut stream: Stream, messages: Journal<Value>) {
    while let Some(Ok(message)) = stream.next().await {
        match message {
            Message::Text(text) => {
                messages.record(serde_json::from_str(text.as_str()).unwrap_or_else(|_| json!(text.as_str())));
            }
            Message::Close(frame) => {
                let code = frame.as_ref().map(|frame| u16::from(frame.code));
                let reason = frame.as_ref().map(|frame| frame.reason.as_str());
                messages.record(json!({"type": "closed", "code": code, "reason": reason}));
            }
            Message::Ping(_) | Message::Pong(_) | Message::Binary(_) | Message::Frame(_) => {}
        }
    }
}
