//! Updates whose schema only the registry knows, while it is away.

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use shared_events::codec::headers::name::DATA_SCHEMA;
use shared_events::codec::schema;
use shared_events::record::RawRecord;
use shared_events::topic::Topic;
use wiremock::matchers::path;
use wiremock::{Mock, MockServer, ResponseTemplate};

use crate::feed::Broker;
use crate::support::{DEADLINE, Gateway, record, update};

const FEED_BYTES: usize = 1 << 20;
const UPDATES: i64 = 20;
/// So often the registry is asked before it answers.
const MANY: usize = 4;

async fn answer(registry: &MockServer, answer: ResponseTemplate) {
    registry.reset().await;
    Mock::given(path("/schemas/ids/1"))
        .respond_with(answer)
        .mount(registry)
        .await;
}

/// As another producer writes it: the registry alone says what it is.
fn foreign(user: &str, position: i64) -> RawRecord {
    let mut update = update(user, position);
    update.task.as_mut().expect("a task").description = Some("x".repeat(100_000));
    let mut record = record(&update);
    record.headers.retain(|(name, _)| name != DATA_SCHEMA);
    record
}

async fn asked(registry: &MockServer) -> usize {
    registry.received_requests().await.map_or(0, |asked| asked.len())
}

async fn queued(gateway: &Gateway) -> usize {
    let value = gateway.metric_value("taskwire_ws_gateway_feed_queue_bytes").await;
    value.map_or(0, |value| value as usize)
}

#[tokio::test(flavor = "multi_thread")]
async fn an_outage_of_the_registry_is_waited_out_in_order_and_nothing_is_skipped() {
    let registry = MockServer::start().await;
    answer(&registry, ResponseTemplate::new(503)).await;
    let broker = Broker::start(3);
    let (brokers, url) = (broker.cluster.bootstrap_servers(), registry.uri());
    let bytes = FEED_BYTES.to_string();
    let gateway = Gateway::start_on_with(
        &brokers,
        &["--registry-url", url.as_str(), "--feed-bytes", bytes.as_str()],
    )
    .await;
    gateway.until_ready().await;
    let (mut alice, _) = gateway.connected("alice", Value::Null).await;
    let (mut bob, _) = gateway.connected("bob", Value::Null).await;
    for position in 1..=UPDATES {
        broker.publish_record(&foreign("alice", position)).await;
        broker.publish_record(&foreign("bob", position)).await;
    }
    // What does not fit waits at the broker, however often the registry was asked in vain.
    let began = Instant::now();
    while queued(&gateway).await < FEED_BYTES / 2 || asked(&registry).await <= MANY {
        assert!(began.elapsed() < DEADLINE, "the feed does not wait");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let (status, report) = gateway.admin("/readyz").await;
    assert_eq!(status, 503);
    assert!(report.contains("schema registry"), "{report}");
    assert_eq!(gateway.admin("/healthz").await.0, 200);
    assert!(queued(&gateway).await <= FEED_BYTES);

    let known = json!({ "schema": schema::current(Topic::TaskUpdates).expect("embedded").text });
    answer(&registry, ResponseTemplate::new(200).set_body_json(known)).await;
    for position in 1..=UPDATES {
        assert_eq!(alice.position().await, position);
        assert_eq!(bob.position().await, position);
    }
    gateway.until_ready().await;
}
