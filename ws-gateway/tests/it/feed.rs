//! The feed against rdkafka's mock broker.

use std::time::Duration;

use rdkafka::ClientConfig;
use rdkafka::mocking::MockCluster;
use rdkafka::producer::{FutureProducer, FutureRecord};
use serde_json::{Value, json};
use service_kit::lifecycle::Outcome;
use shared_events::record::RawRecord;

use crate::support::{DEADLINE, Gateway, outgoing_headers, record, update};

const TOPIC: &str = "task-updates";

pub(crate) struct Broker {
    pub(crate) cluster: MockCluster<'static, rdkafka::producer::DefaultProducerContext>,
    producer: FutureProducer,
}

impl Broker {
    pub(crate) fn start(partitions: i32) -> Self {
        let cluster = MockCluster::new(1).expect("a mock cluster");
        cluster.create_topic(TOPIC, partitions, 1).expect("a topic");
        let mut config = ClientConfig::new();
        config.set("bootstrap.servers", cluster.bootstrap_servers());
        let producer = config.create().expect("a producer");
        Self { cluster, producer }
    }

    async fn publish(&self, user: &str, position: i64) {
        self.publish_record(&record(&update(user, position))).await;
    }

    pub(crate) async fn publish_record(&self, record: &RawRecord) {
        let outgoing = FutureRecord::to(TOPIC)
            .key(record.key.as_deref().unwrap_or_default())
            .payload(record.payload.as_deref().unwrap_or_default())
            .headers(outgoing_headers(record));
        self.producer.send(outgoing, DEADLINE).await.expect("a delivery");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn updates_travel_from_the_broker_to_the_socket() {
    let broker = Broker::start(12);
    let gateway = Gateway::start_on(&broker.cluster.bootstrap_servers()).await;
    gateway.until_ready().await;
    let (mut alice, _) = gateway.connected("alice", Value::Null).await;
    let (mut bob, _) = gateway.connected("bob", Value::Null).await;
    for position in 1..=50 {
        broker.publish("alice", position).await;
        broker.publish("bob", position).await;
    }
    for position in 1..=50 {
        assert_eq!(alice.position().await, position);
        assert_eq!(bob.position().await, position);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broker_that_goes_away_makes_the_gateway_stale_and_comes_back() {
    let broker = Broker::start(3);
    let gateway = Gateway::start_on(&broker.cluster.bootstrap_servers()).await;
    gateway.until_ready().await;
    let (mut alice, _) = gateway.connected("alice", Value::Null).await;
    broker.cluster.broker_down(1).expect("down");
    let began = std::time::Instant::now();
    while gateway.admin("/readyz").await.0 == 200 {
        assert!(began.elapsed() < DEADLINE, "never stale");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert_eq!(gateway.admin("/healthz").await.0, 200);
    broker.cluster.broker_up(1).expect("up");
    broker.publish("alice", 1).await;
    assert_eq!(alice.position().await, 1, "the socket was kept");
    gateway.until_ready().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broken_record_costs_its_user_a_reconnect_and_nobody_anything_else() {
    let broker = Broker::start(1);
    let gateway = Gateway::start_on(&broker.cluster.bootstrap_servers()).await;
    gateway.until_ready().await;
    let (mut alice, _) = gateway.connected("alice", Value::Null).await;
    let (mut bob, _) = gateway.connected("bob", Value::Null).await;
    let mut broken = record(&update("alice", 1));
    broken.payload = Some(bytes::Bytes::from_static(b"not avro"));
    broker.publish_record(&broken).await;
    broker.publish("bob", 1).await;
    assert_eq!(alice.closed().await.0, 4000);
    assert_eq!(bob.position().await, 1);
    let (_, connected) = gateway
        .connected("alice", json!({ "epoch": 1, "tasks": 0 }))
        .await;
    assert_eq!(connected["recovered"]["tasks"], false);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stop_while_the_broker_is_down_is_clean() {
    let broker = Broker::start(3);
    let gateway = Gateway::start_on(&broker.cluster.bootstrap_servers()).await;
    gateway.until_ready().await;
    broker.cluster.broker_down(1).expect("down");
    let lifecycle = gateway.application.lifecycle().clone();
    lifecycle.begin_shutdown();
    assert_eq!(lifecycle.supervise(Duration::from_secs(12)).await, Outcome::Clean);
}
