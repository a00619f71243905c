//! Broker, registry and database fail in turn: rows wait, keys are parked, nothing is lost or out of turn.

use std::time::Duration;

use rdkafka::types::{RDKafkaApiKey, RDKafkaRespErr};
use serde_json::json;
use shared_events::codec::schema;
use shared_events::codec::wire::{self, SchemaId};
use shared_events::outbox::operator::Which;
use shared_events::relay::Settings;
use shared_events::topic::Topic;
use wiremock::matchers::{method, path};
use wiremock::{Mock, MockServer, ResponseTemplate};

use super::world::{SOURCE, World, assert_in_order};
use crate::wait::eventually;

#[tokio::test(flavor = "multi_thread")]
async fn rows_wait_for_a_broker_that_is_down() {
    let world = World::new().await;
    let relay = world.relay("one");
    world.until_held_by("one").await;
    world.publish_many(200, 5).await;
    world.until_drained().await;
    world.broker.cluster.broker_down(1).unwrap();
    world.publish(Topic::TaskEvents, "key-0").await;
    world.publish(Topic::TaskEvents, "key-0").await;
    world.until_read("one", &relay.waker).await;
    // The relay measures its backlog when it has nothing else to do: after every delete that is due.
    let sent_at: String = sqlx::query_scalar("SELECT clock_timestamp()::text")
        .fetch_one(&world.pool)
        .await
        .unwrap();
    let at_rest = format!("query LIKE '%outbox.parked%' AND query_start > '{sent_at}' AND state = 'idle'");
    world.until_at_the_database("one", &at_rest).await;
    assert_eq!(world.pending().await, 2);
    world.broker.cluster.broker_up(1).unwrap();
    world.until_drained().await;
    let mut reader = world.broker.reader();
    reader.until_arrived(202);
    assert_in_order(&reader.records);
    relay.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn errors_of_the_broker_delay_and_reorder_nothing() {
    let world = World::new().await;
    world.broker.cluster.request_errors(
        RDKafkaApiKey::Produce,
        &[
            RDKafkaRespErr::RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION,
            RDKafkaRespErr::RD_KAFKA_RESP_ERR__TRANSPORT,
            RDKafkaRespErr::RD_KAFKA_RESP_ERR_NOT_ENOUGH_REPLICAS,
            RDKafkaRespErr::RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED,
            RDKafkaRespErr::RD_KAFKA_RESP_ERR_REQUEST_TIMED_OUT,
            RDKafkaRespErr::RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED,
        ],
    );
    world.publish_many(800, 10).await;
    let relay = world.relay("one");
    let mut reader = world.broker.reader();
    reader.until_arrived(800);
    world.until_drained().await;
    assert_in_order(&reader.records);
    relay.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_producer_that_is_broken_for_good_is_rebuilt() {
    let world = World::new().await;
    let relay = world.relay("one");
    let mut reader = world.broker.reader();
    world.publish_many(400, 10).await;
    reader.until_arrived(400);
    world.until_drained().await;
    let fatal = RDKafkaRespErr::RD_KAFKA_RESP_ERR_OUT_OF_ORDER_SEQUENCE_NUMBER;
    world
        .broker
        .cluster
        .request_errors(RDKafkaApiKey::Produce, &[fatal; 2]);
    let mut transaction = world.pool.begin().await.unwrap();
    for _ in 0..10 {
        world.insert(&mut transaction, Topic::TaskEvents, "key-0").await;
    }
    transaction.commit().await.unwrap();
    relay.waker.wake();
    reader.until_arrived(410);
    world.until_drained().await;
    assert_in_order(&reader.records);
    relay.stop().await;
}

/// Each of these ends the producer, or its idempotent session, while many lanes have a record in flight.
#[tokio::test(flavor = "multi_thread")]
async fn whatever_ends_the_producer_nothing_is_lost_or_out_of_turn() {
    let world = World::new().await;
    let relay = world.relay("one");
    let mut reader = world.broker.reader();
    let mut rows = 0;
    for error in [
        RDKafkaRespErr::RD_KAFKA_RESP_ERR_OUT_OF_ORDER_SEQUENCE_NUMBER,
        RDKafkaRespErr::RD_KAFKA_RESP_ERR_UNKNOWN_PRODUCER_ID,
        RDKafkaRespErr::RD_KAFKA_RESP_ERR_INVALID_PRODUCER_EPOCH,
        RDKafkaRespErr::RD_KAFKA_RESP_ERR_INVALID_PRODUCER_ID_MAPPING,
    ] {
        world
            .broker
            .cluster
            .request_errors(RDKafkaApiKey::Produce, &[error; 2]);
        world.publish_many(800, 40).await;
        relay.waker.wake();
        rows += 800;
        reader.until_arrived(rows);
        world.until_drained().await;
    }
    assert_in_order(&reader.records);
    assert_eq!(world.parked().await, []);
    relay.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_record_refused_for_good_parks_its_lane_and_no_other() {
    let world = World::new().await;
    let refusal = RDKafkaRespErr::RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE;
    world
        .broker
        .cluster
        .request_errors(RDKafkaApiKey::Produce, &[refusal; 3]);
    world.publish(Topic::TaskEvents, "refused").await;
    world.publish(Topic::TaskEvents, "refused").await;
    let relay = world.relay("one");
    eventually("the lane is parked", async || world.parked().await.len() == 1).await;
    let mut reader = world.broker.reader();
    world.publish(Topic::TaskEvents, "other").await;
    let mut connection = world.pool.acquire().await.unwrap();
    let other = "/taskwire/other";
    world
        .insert_from(other, &mut connection, Topic::TaskEvents, "refused")
        .await;
    relay.waker.wake();
    reader.until_arrived(2);
    eventually("only the parked rows are left", async || {
        world.pending().await == 2
    })
    .await;

    let parked = world.parked().await.remove(0);
    let lane = (parked.topic.as_str(), parked.key.as_str(), parked.source.as_str());
    assert_eq!(lane, ("task-events", "refused", SOURCE));
    let of = |source| Which::Of {
        topic: "task-events",
        key: "refused",
        source: Some(source),
    };
    assert_eq!(world.retry(of(other)).await, []);
    assert_eq!(world.retry(of(SOURCE)).await, [parked]);
    world.until_drained().await;
    reader.until_arrived(4);
    assert_in_order(&reader.records);
    relay.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn failures_that_are_not_the_records_own_never_park_it() {
    let world = World::new().await;
    let outage = RDKafkaRespErr::RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED;
    let refusal = RDKafkaRespErr::RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE;
    world.broker.cluster.request_errors(
        RDKafkaApiKey::Produce,
        &[outage, outage, outage, refusal, refusal],
    );
    world.publish(Topic::TaskEvents, "key").await;
    let relay = world.relay("one");
    world.until_drained().await;
    assert_eq!(world.parked().await, []);
    let mut reader = world.broker.reader();
    reader.until_arrived(1);
    relay.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stop_with_the_broker_down_is_quick_and_keeps_the_rows() {
    let world = World::new().await;
    let relay = world.relay("one");
    world.publish(Topic::TaskEvents, "key").await;
    world.until_drained().await;
    world.broker.cluster.broker_down(1).unwrap();
    world.publish_many(300, 10).await;
    world.until_read("one", &relay.waker).await;
    let took = relay.stop().await;
    assert!(took < Duration::from_secs(10), "{took:?}");
    assert_eq!(world.pending().await, 300);
    assert_eq!(world.holder().await, None);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_relay_that_starts_with_the_broker_down_stops_quickly_and_keeps_the_rows() {
    let world = World::new().await;
    world.broker.cluster.broker_down(1).unwrap();
    world.publish_many(300, 10).await;
    let relay = world.relay("one");
    world.until_held_by("one").await;
    let took = relay.stop().await;
    assert!(took < Duration::from_secs(10), "{took:?}");
    assert_eq!(world.pending().await, 300);
    assert_eq!(world.holder().await, None);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_drops_its_connections_delays_only() {
    let world = World::new().await;
    let relay = world.relay("one");
    world.until_held_by("one").await;
    let superuser = world.superuser().await;
    for _ in 0..5 {
        world.publish_many(400, 10).await;
        relay.waker.wake();
        let kill =
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE '% relay'
                       AND datname = current_database()";
        sqlx::query(kill).execute(&superuser).await.unwrap();
    }
    world.until_drained().await;
    let mut reader = world.broker.reader();
    reader.until_arrived(2_000);
    relay.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn rows_wait_for_a_registry_that_is_down_and_its_answer_is_kept() {
    let registry = MockServer::start().await;
    let world = World::without_schema_ids(&registry.uri()).await;
    let relay = world.relay("one");
    world.publish(Topic::TaskEvents, "key").await;
    relay.waker.wake();
    eventually("the registry was asked", async || {
        registry
            .received_requests()
            .await
            .is_some_and(|requests| !requests.is_empty())
    })
    .await;
    assert_eq!(world.pending().await, 1);

    let subject = "/subjects/task-events-value/versions";
    let schema = schema::current(Topic::TaskEvents).unwrap().text;
    let versions = ResponseTemplate::new(200).set_body_json(json!([1]));
    Mock::given(method("GET"))
        .and(path(subject))
        .respond_with(versions)
        .mount(&registry)
        .await;
    let version = json!({"subject": "task-events-value", "version": 1, "id": 77, "schema": schema});
    let version = ResponseTemplate::new(200).set_body_json(version);
    Mock::given(method("GET"))
        .and(path(format!("{subject}/1")))
        .respond_with(version)
        .mount(&registry)
        .await;
    world.until_drained().await;
    let mut reader = world.broker.reader();
    reader.until_arrived(1);
    let (id, _) = wire::unframe(reader.records[0].payload.as_ref().unwrap()).unwrap();
    assert_eq!(id, SchemaId(77));
    relay.stop().await;

    drop(registry);
    let relay = world.relay("two");
    world.publish(Topic::TaskEvents, "key").await;
    world.until_drained().await;
    relay.stop().await;
}

/// The registry gives this id to the schema of task events.
async fn task_events_have_id(registry: &MockServer, id: u32) {
    registry.reset().await;
    let subject = "/subjects/task-events-value/versions";
    let schema = schema::current(Topic::TaskEvents).unwrap().text;
    let version = json!({"subject": "task-events-value", "version": 1, "id": id, "schema": schema});
    for (at, answer) in [
        (subject.to_owned(), json!([1])),
        (format!("{subject}/1"), version),
    ] {
        Mock::given(method("GET"))
            .and(path(at))
            .respond_with(ResponseTemplate::new(200).set_body_json(answer))
            .mount(registry)
            .await;
    }
}

async fn kept_id(world: &World) -> Option<i32> {
    sqlx::query_scalar("SELECT id FROM outbox.schema_id WHERE subject = 'task-events-value'")
        .fetch_optional(&world.pool)
        .await
        .unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn ids_of_a_registry_that_was_rebuilt_replace_those_that_were_kept() {
    let registry = MockServer::start().await;
    task_events_have_id(&registry, 7).await;
    let world = World::without_schema_ids(&registry.uri()).await;
    let settings = Settings {
        confirm_schema_ids: Duration::from_millis(100),
        ..Settings::default()
    };
    let relay = world.relay_with("one", settings);
    let mut reader = world.broker.reader();
    world.publish(Topic::TaskEvents, "key").await;
    reader.until_arrived(1);
    eventually("the id is kept", async || kept_id(&world).await == Some(7)).await;
    task_events_have_id(&registry, 8).await;
    eventually("it is replaced while the relay runs", async || {
        kept_id(&world).await == Some(8)
    })
    .await;
    world.publish(Topic::TaskEvents, "key").await;
    reader.until_arrived(2);
    relay.stop().await;

    task_events_have_id(&registry, 9).await;
    let relay = world.relay("two");
    eventually("it is replaced by the next holder", async || {
        kept_id(&world).await == Some(9)
    })
    .await;
    registry.reset().await;
    world.publish(Topic::TaskEvents, "key").await;
    reader.until_arrived(3);
    relay.stop().await;
    let ids = reader.records.iter().map(|record| {
        let (id, _) = wire::unframe(record.payload.as_ref().unwrap()).unwrap();
        id
    });
    let ids: Vec<SchemaId> = ids.collect();
    assert_eq!(ids, [SchemaId(7), SchemaId(8), SchemaId(9)]);
}
