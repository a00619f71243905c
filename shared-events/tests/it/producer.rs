//! The producer against a mock cluster: every accepted record gets an answer.

use std::time::{Duration, Instant};

use bytes::Bytes;
use rdkafka::types::{RDKafkaApiKey, RDKafkaRespErr};
use shared_events::kafka::KafkaArgs;
use shared_events::producer::{FailureKind, Outgoing, Producer, ProducerError, Unflushed};

use crate::broker::Broker;
use crate::wait::eventually;

const TOPIC: &str = "task-commands";

fn start(broker: &Broker) -> Producer {
    let kafka = KafkaArgs::plaintext(&broker.bootstrap(), "http://127.0.0.1:9");
    Producer::direct(&kafka, "test").expect("a producer")
}

fn record(key: &str, payload: &[u8]) -> Outgoing {
    Outgoing {
        topic: TOPIC.to_owned(),
        key: Some(Bytes::copy_from_slice(key.as_bytes())),
        payload: Some(Bytes::copy_from_slice(payload)),
        headers: vec![
            ("ce_id".to_owned(), Some(Bytes::copy_from_slice(key.as_bytes()))),
            ("empty".to_owned(), None),
        ],
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_record_arrives_as_it_was_given() {
    let broker = Broker::start(&[TOPIC]);
    let producer = start(&broker);
    let sent = record("key", b"value");
    let acknowledged = producer.publish(&sent).await.unwrap();
    let mut reader = broker.reader();
    reader.until_arrived(1);
    let read = &reader.records[0];
    assert_eq!(
        (read.partition, read.offset),
        (acknowledged.partition, acknowledged.offset)
    );
    assert_eq!(
        (&read.key, &read.payload, &read.headers),
        (&sent.key, &sent.payload, &sent.headers)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_record_that_is_too_large_is_the_records_fault() {
    let broker = Broker::start(&[TOPIC]);
    let error = start(&broker)
        .publish(&record("key", &vec![0; 2_000_000]))
        .await
        .unwrap_err();
    assert_eq!(error.kind(), FailureKind::Record);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_flush_that_fails_says_how_much_it_gave_up_and_answers_for_it() {
    let broker = Broker::start(&[TOPIC]);
    broker.cluster.broker_down(1).unwrap();
    let producer = start(&broker);
    let first = producer.send(&record("1", b"")).await.unwrap();
    let second = producer.send(&record("2", b"")).await.unwrap();
    assert_eq!(producer.flush(Duration::from_millis(100)).await, Unflushed(2));
    assert_eq!(first.await.unwrap_err().kind(), FailureKind::Purged);
    assert_eq!(second.await.unwrap_err().kind(), FailureKind::Purged);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_producer_that_is_dropped_answers_for_its_records_and_blocks_nobody() {
    let broker = Broker::start(&[TOPIC]);
    broker.cluster.broker_down(1).unwrap();
    let producer = start(&broker);
    let delivery = producer.send(&record("1", b"")).await.unwrap();
    let asked = Instant::now();
    drop(producer);
    assert!(asked.elapsed() < Duration::from_millis(100));
    assert_eq!(delivery.await.unwrap_err().kind(), FailureKind::Purged);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fatal_error_is_followed_by_a_new_producer() {
    let broker = Broker::start(&[TOPIC]);
    let producer = start(&broker);
    producer.publish(&record("1", b"")).await.unwrap();
    let fatal = RDKafkaRespErr::RD_KAFKA_RESP_ERR_OUT_OF_ORDER_SEQUENCE_NUMBER;
    broker.cluster.request_errors(RDKafkaApiKey::Produce, &[fatal]);
    eventually("a record is published again", async || {
        producer.publish(&record("2", b"")).await.is_ok()
    })
    .await;
    assert_eq!((producer.generation(), producer.is_broken()), (2, false));
}

/// The broker refuses a record while the next one of its partition is on its way, and takes that: librdkafka concludes that
/// it must have taken both, and so may a broker that never heard of this producer before.
#[tokio::test(flavor = "multi_thread")]
async fn what_no_broker_acknowledged_by_itself_is_not_taken_for_delivered() {
    let broker = Broker::start(&[TOPIC]);
    let kafka = KafkaArgs::plaintext(&broker.bootstrap(), "http://127.0.0.1:9");
    let mut config = kafka.producer("test", 120_000, 0);
    config.set("batch.num.messages", "1");
    let producer = Producer::start(config).unwrap();
    // Both requests are on their way before the first answer comes.
    broker
        .cluster
        .broker_round_trip_time(1, Duration::from_millis(300))
        .unwrap();
    let refused = RDKafkaRespErr::RD_KAFKA_RESP_ERR_NOT_ENOUGH_REPLICAS;
    broker.cluster.request_errors(RDKafkaApiKey::Produce, &[refused]);
    let first = producer.send(&record("key", b"1")).await.unwrap();
    let second = producer.send(&record("key", b"2")).await.unwrap();
    second.await.unwrap();
    let error = first.await.unwrap_err();
    assert!(matches!(error, ProducerError::Unconfirmed), "{error}");
    assert_eq!(error.kind(), FailureKind::Outage);
    assert_eq!(broker.written(), 1);
}
