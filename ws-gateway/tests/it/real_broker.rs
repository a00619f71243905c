//! The feed against a real broker: what the mock cannot do is looking up offsets by time.

use rdkafka::ClientConfig;
use rdkafka::producer::{FutureProducer, FutureRecord};
use serde_json::json;

use crate::support::{DEADLINE, Gateway, outgoing_headers, record, update};

fn brokers() -> String {
    #[expect(
        clippy::disallowed_methods,
        reason = "tests have no command line of their own"
    )]
    let brokers = std::env::var("TEST_KAFKA_BROKERS");
    brokers.expect("TEST_KAFKA_BROKERS is not set: run `cargo xtask test`")
}

async fn publish(producer: &FutureProducer, user: &str, position: i64) {
    let record = record(&update(user, position));
    let outgoing = FutureRecord::to("task-updates")
        .key(record.key.as_deref().expect("a key"))
        .payload(record.payload.as_deref().expect("a value"))
        .headers(outgoing_headers(&record));
    producer.send(outgoing, DEADLINE).await.expect("a delivery");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_gateway_that_starts_late_reads_the_recovery_window_first() {
    let user = format!("late-{:016x}", rand::random::<u64>());
    let mut config = ClientConfig::new();
    config
        .set("bootstrap.servers", brokers())
        .set("partitioner", "murmur2_random");
    let producer: FutureProducer = config.create().expect("a producer");
    for position in 1..=5 {
        publish(&producer, &user, position).await;
    }
    let gateway = Gateway::start_on(&brokers()).await;
    gateway.until_ready().await;
    let since = json!({ "epoch": 1, "tasks": 2 });
    let (mut socket, connected) = gateway.connected(&user, since).await;
    assert_eq!(connected["recovered"]["tasks"], true, "{connected}");
    publish(&producer, &user, 6).await;
    for position in 3..=6 {
        assert_eq!(socket.position().await, position);
    }
}
