//! A gateway on free ports, a client of it, and updates as backend-api publishes them.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use chrono::Utc;
use clap::Parser;
use futures_util::{SinkExt, StreamExt};
use rdkafka::message::{Header, OwnedHeaders};
use serde_json::{Value, json};
use service_kit::lifecycle::Lifecycle;
use service_kit::testing::TestIssuer;
use shared_events::codec::wire::SchemaId;
use shared_events::event::Timestamp;
use shared_events::event::update::UserUpdate;
use shared_events::ids::{Epoch, EventId, Position, TaskId, UserId};
use shared_events::outbox::Encoded;
use shared_events::record::RawRecord;
use shared_events::topic::Service;
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::{ClientRequestBuilder, Message};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream};
use ws_gateway::config::{Config, Settings};
use ws_gateway::feed::{Item, Sender, queue};
use ws_gateway::startup::{Application, Source};

pub(crate) const HOUR: Duration = Duration::from_secs(3600);
pub(crate) const DEADLINE: Duration = Duration::from_secs(20);

pub(crate) struct Gateway {
    pub(crate) application: Application,
    pub(crate) issuer: TestIssuer,
    feed: Option<Sender>,
}

impl Gateway {
    /// A gateway that is fed by the test, and has caught up.
    pub(crate) async fn start() -> Self {
        Self::start_with(&[], |_| {}).await
    }

    pub(crate) async fn start_with(arguments: &[&str], change: impl FnOnce(&mut Settings)) -> Self {
        let gateway = Self::start_behind(arguments, change).await;
        gateway.send(Item::CaughtUp).await;
        gateway.until_ready().await;
        gateway
    }

    /// A gateway that has not read yet what happened before it started.
    pub(crate) async fn start_behind(arguments: &[&str], change: impl FnOnce(&mut Settings)) -> Self {
        let (feed, items) = queue(1 << 20);
        Self::build(arguments, change, Source::Queue(items), Some(feed)).await
    }

    /// A gateway that reads from a broker.
    pub(crate) async fn start_on(brokers: &str) -> Self {
        Self::start_on_with(brokers, &[]).await
    }

    pub(crate) async fn start_on_with(brokers: &str, arguments: &[&str]) -> Self {
        let arguments = [&["--kafka-brokers", brokers], arguments].concat();
        Self::build(&arguments, |_| {}, Source::Broker, None).await
    }

    async fn build(
        arguments: &[&str],
        change: impl FnOnce(&mut Settings),
        source: Source,
        feed: Option<Sender>,
    ) -> Self {
        service_kit::testing::telemetry();
        let issuer = TestIssuer::new();
        let config = config(&issuer, arguments);
        let mut settings = config.settings();
        change(&mut settings);
        let application = Application::build_with(config, settings, source, Lifecycle::new())
            .await
            .expect("a gateway");
        Self {
            application,
            issuer,
            feed,
        }
    }

    pub(crate) async fn send(&self, item: Item) {
        self.feed
            .as_ref()
            .expect("a gateway fed by the test")
            .send(item)
            .await
            .expect("the feed runs");
    }

    pub(crate) async fn update(&self, user: &str, position: i64) {
        self.send(Item::Record(record(&update(user, position)))).await;
    }

    /// Updates of a user, more than the kernel's buffers take while the user's socket does not read.
    pub(crate) async fn more_than_a_socket_takes(&self, user: &str) {
        for position in 1..=600 {
            let mut large = update(user, position);
            large.task.as_mut().expect("a task").description = Some("x".repeat(30_000));
            self.send(Item::Record(record(&large))).await;
        }
    }

    /// Whether another socket is let in now.
    pub(crate) async fn has_a_place(&self) -> bool {
        let request = request(self.application.address()).with_sub_protocol("taskwire.v1");
        tokio_tungstenite::connect_async(request).await.is_ok()
    }

    /// The admin server's answer.
    pub(crate) async fn admin(&self, path: &str) -> (u16, String) {
        let url = format!("http://{}{path}", self.application.admin_address());
        let response = reqwest::get(url).await.expect("the admin server answers");
        (response.status().as_u16(), response.text().await.expect("a body"))
    }

    pub(crate) async fn until_ready(&self) {
        let began = Instant::now();
        loop {
            let (status, report) = self.admin("/readyz").await;
            if status == 200 {
                return;
            }
            assert!(began.elapsed() < DEADLINE, "not ready in time: {report}");
            tokio::task::yield_now().await;
        }
    }

    pub(crate) async fn socket(&self) -> Client {
        Client::open(self.application.address()).await
    }

    /// A socket that is connected as this user.
    pub(crate) async fn connected(&self, user: &str, since: Value) -> (Client, Value) {
        let mut client = self.socket().await;
        let token = self.issuer.token(user, HOUR);
        client
            .send(&json!({ "type": "connect", "token": token, "since": since }))
            .await;
        let answer = client.message().await;
        assert_eq!(answer["type"], "connected", "{answer}");
        (client, answer)
    }

    pub(crate) async fn metric(&self, line: &str) -> bool {
        self.metric_value(line).await.is_some()
    }

    /// The value of the first metric whose line begins so.
    pub(crate) async fn metric_value(&self, line: &str) -> Option<f64> {
        let (_, metrics) = self.admin("/metrics").await;
        let found = metrics.lines().find(|found| found.starts_with(line))?;
        found.rsplit(' ').next()?.parse().ok()
    }
}

pub(crate) fn config(issuer: &TestIssuer, arguments: &[&str]) -> Config {
    let issuers = issuer.jwt_issuers();
    let defaults = [
        ("--listen-addr", "127.0.0.1:0"),
        ("--admin-addr", "127.0.0.1:0"),
        ("--jwt-issuers", issuers.as_str()),
        ("--jwt-audience", issuer.audience()),
        ("--kafka-brokers", "127.0.0.1:1"),
        ("--registry-url", "http://127.0.0.1:1"),
        ("--cors-allowed-origins", "https://app.example.org"),
    ];
    let is_given = |name: &str| arguments.contains(&name);
    let defaults = defaults
        .iter()
        .filter(|(name, _)| !is_given(name))
        .flat_map(|(name, value)| [*name, *value]);
    Config::parse_from(
        ["ws-gateway"]
            .into_iter()
            .chain(defaults)
            .chain(arguments.iter().copied()),
    )
}

pub(crate) struct Client {
    stream: WebSocketStream<MaybeTlsStream<TcpStream>>,
}

impl Client {
    pub(crate) async fn open(address: SocketAddr) -> Self {
        let request = request(address).with_sub_protocol("taskwire.v1");
        let (stream, _) = tokio_tungstenite::connect_async(request).await.expect("a socket");
        Self { stream }
    }

    pub(crate) async fn send(&mut self, message: &Value) {
        self.send_raw(Message::text(message.to_string())).await;
    }

    /// What the peer closes while it is sent shows when the answer is read.
    pub(crate) async fn send_raw(&mut self, message: Message) {
        let _ = self.stream.send(message).await;
    }

    /// The next message, whatever pings come before it.
    pub(crate) async fn message(&mut self) -> Value {
        match self.next().await {
            Message::Text(text) => serde_json::from_str(&text).expect("JSON"),
            other => panic!("expected a message, not {other:?}"),
        }
    }

    /// The position of the next event.
    pub(crate) async fn position(&mut self) -> i64 {
        let message = self.message().await;
        message["position"]
            .as_i64()
            .unwrap_or_else(|| panic!("expected an event, not {message}"))
    }

    /// The code and reason with which the gateway closes, whatever comes before.
    pub(crate) async fn closed(&mut self) -> (u16, String) {
        loop {
            if let Message::Close(frame) = self.next().await {
                let frame = frame.expect("a code");
                return (frame.code.into(), frame.reason.to_string());
            }
        }
    }

    /// The next message, or the code with which the gateway closes.
    pub(crate) async fn message_or_close(&mut self) -> Result<Value, u16> {
        match self.next().await {
            Message::Text(text) => Ok(serde_json::from_str(&text).expect("JSON")),
            Message::Close(frame) => Err(frame.expect("a code").code.into()),
            other => panic!("expected a message, not {other:?}"),
        }
    }

    pub(crate) fn raw(&mut self) -> &mut TcpStream {
        match self.stream.get_mut() {
            MaybeTlsStream::Plain(stream) => stream,
            _ => panic!("no TLS here"),
        }
    }

    async fn next(&mut self) -> Message {
        loop {
            let next = timeout(DEADLINE, self.stream.next())
                .await
                .expect("something in time");
            match next.expect("an open socket").expect("a readable frame") {
                Message::Ping(_) | Message::Pong(_) => {}
                message => return message,
            }
        }
    }
}

pub(crate) fn request(address: SocketAddr) -> ClientRequestBuilder {
    ClientRequestBuilder::new(format!("ws://{address}/v1/stream").parse().expect("a URI"))
}

/// An update of a task, at this position of its user.
pub(crate) fn update(user: &str, position: i64) -> UserUpdate {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../schemas/task-updates-value/v1");
    let example = std::fs::read_to_string(format!("{folder}/task-created.json")).expect("an example");
    let mut update: UserUpdate = serde_json::from_str(&example).expect("an update");
    update.meta.user_id = UserId::parse(user).expect("a user");
    update.meta.event_id = EventId::new();
    update.meta.epoch = Epoch(1);
    update.meta.position = Position(position);
    update.meta.occurred_at = Timestamp::new(Utc::now());
    update.from = Position(position);
    let task = update.task.as_mut().expect("a task");
    task.id = TaskId::new();
    task.title = format!("task {position} of {user}");
    task.position = Position(position);
    update
}

/// An update of the user's inbox, at this position of its stream.
pub(crate) fn notification(user: &str, position: i64) -> UserUpdate {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../schemas/task-updates-value/v1");
    let example = std::fs::read_to_string(format!("{folder}/notification-created.json")).expect("an example");
    let mut update: UserUpdate = serde_json::from_str(&example).expect("an update");
    update.meta.user_id = UserId::parse(user).expect("a user");
    update.meta.event_id = EventId::new();
    update.meta.epoch = Epoch(1);
    update.meta.position = Position(position);
    update.from = Position(position);
    update
}

/// The record that the relay makes of an update.
pub(crate) fn record(update: &UserUpdate) -> RawRecord {
    let encoded = Encoded::new(Service::BackendApi, update).expect("an encodable update");
    let outgoing = encoded.record(SchemaId(1));
    RawRecord {
        topic: outgoing.topic,
        partition: 0,
        offset: 0,
        timestamp: None,
        key: outgoing.key,
        payload: outgoing.payload,
        headers: outgoing.headers,
    }
}

/// The record's headers, for a producer.
pub(crate) fn outgoing_headers(record: &RawRecord) -> OwnedHeaders {
    record
        .headers
        .iter()
        .fold(OwnedHeaders::new(), |headers, (key, value)| {
            headers.insert(Header {
                key,
                value: value.as_deref(),
            })
        })
}
