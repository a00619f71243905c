//! One relay sends at a time; the next takes over where the last left off, however that one ended.

use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};
use rdkafka::types::{RDKafkaApiKey, RDKafkaRespErr};
use shared_events::outbox::lease::LeaseTerms;
use shared_events::relay::Settings;
use shared_events::topic::Topic;
use sqlx::postgres::PgPoolOptions;

use super::proxy::Proxy;
use super::world::{World, assert_in_order};
use crate::wait::eventually;

fn short_lease() -> Settings {
    let terms = LeaseTerms {
        lasts: Duration::from_millis(1_500),
        margin: Duration::from_millis(300),
        renewal: Duration::from_millis(300),
        attempt: Duration::from_millis(300),
        retry: Duration::from_millis(100),
    };
    Settings {
        terms,
        ..Settings::default()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_relays_only_one_sends_and_the_other_takes_over_when_it_stops() {
    let world = World::new().await;
    let first = world.relay("first");
    world.until_held_by("first").await;
    let second = world.relay("second");
    let mut reader = world.broker.reader();
    world.publish_many(400, 10).await;
    reader.until_arrived(400);
    world.until_drained().await;
    assert_eq!(reader.records.len(), 400, "nothing was sent twice");
    assert!(world.holder().await.unwrap().starts_with("first"));

    first.stop().await;
    world.until_held_by("second").await;
    world.publish_many(400, 10).await;
    world.until_drained().await;
    reader.until_arrived(800);
    second.stop().await;
    assert_eq!(world.holder().await, None, "the lease was given back");
}

/// With the terms of production: the lease of one that was killed runs out, and the next has it.
#[tokio::test(flavor = "multi_thread")]
async fn a_relay_that_was_killed_is_succeeded_within_ten_seconds() {
    let world = World::new().await;
    let first = world.relay("first");
    world.until_held_by("first").await;
    let second = world.relay("second");
    world.publish(Topic::TaskEvents, "key").await;
    world.until_drained().await;
    first.kill();
    let killed = Instant::now();
    world.publish(Topic::TaskEvents, "key").await;
    world.until_drained().await;
    let took = killed.elapsed();
    assert!(took < Duration::from_secs(10), "it took {took:?}");
    second.stop().await;
}

/// A stop gives the lease back: the next need not wait for its end.
#[tokio::test(flavor = "multi_thread")]
async fn a_relay_that_is_stopped_is_succeeded_before_its_lease_would_end() {
    let world = World::new().await;
    let terms = LeaseTerms {
        lasts: Duration::from_secs(3_600),
        ..LeaseTerms::default()
    };
    let settings = Settings {
        terms,
        ..Settings::default()
    };
    let first = world.relay_with("first", settings);
    world.until_held_by("first").await;
    let second = world.relay_with("second", settings);
    world.publish_many(400, 10).await;
    first.stop().await;
    world.until_held_by("second").await;
    world.until_drained().await;
    let mut reader = world.broker.reader();
    reader.until_arrived(400);
    assert_in_order(&reader.records);
    second.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_relay_that_dies_halfway_is_succeeded_without_loss_or_disorder() {
    let world = World::new().await;
    let mut reader = world.broker.reader();
    world.publish_many(6_000, 20).await;
    for round in 0..3 {
        let name = format!("round-{round}");
        let relay = world.relay_with(&name, short_lease());
        world.until_held_by(&name).await;
        let left = world.pending().await;
        eventually("something is published", async || {
            world.pending().await < left || left == 0
        })
        .await;
        relay.kill();
    }
    let last = world.relay_with("last", short_lease());
    reader.until_arrived(6_000);
    world.until_drained().await;
    assert_in_order(&reader.records);
    last.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_relay_whose_lease_was_taken_stops_sending_and_stands_by() {
    let world = World::new().await;
    let relay = world.relay_with("one", short_lease());
    world.publish(Topic::TaskEvents, "key").await;
    world.until_drained().await;
    // One row of each lane is under way, refused for now; the others wait in memory for their turn.
    let retried = RDKafkaRespErr::RD_KAFKA_RESP_ERR_NOT_ENOUGH_REPLICAS;
    let produce = RDKafkaApiKey::Produce;
    world.broker.cluster.request_errors(produce, &[retried; 10_000]);
    world.publish_many(40, 1).await;
    world.until_read("one", &relay.waker).await;

    let taken_at = take_lease(&world).await;
    until_stands_by(&world, &taken_at).await;
    world.broker.cluster.clear_request_errors(produce);
    let errors_ended_at = now(&world).await;
    until_stands_by(&world, &errors_ended_at).await;
    assert_eq!(world.broker.written(), 1, "it went on sending");
    assert_eq!(world.pending().await, 40);
    assert_eq!(world.holder().await.as_deref(), Some("thief"));

    sqlx::query("UPDATE outbox.lease SET expires_at = clock_timestamp()")
        .execute(&world.pool)
        .await
        .unwrap();
    world.until_drained().await;
    let mut reader = world.broker.reader();
    reader.until_arrived(41);
    assert_in_order(&reader.records);
    relay.stop().await;
}

/// Gives the lease to somebody else for an hour, and says when.
async fn take_lease(world: &World) -> String {
    let taken = "UPDATE outbox.lease SET holder = 'thief', token = token + 1,
                        expires_at = clock_timestamp() + interval '1 hour'
                 RETURNING clock_timestamp()::text";
    sqlx::query_scalar(taken).fetch_one(&world.pool).await.unwrap()
}

async fn now(world: &World) -> String {
    let now = sqlx::query_scalar("SELECT clock_timestamp()::text");
    now.fetch_one(&world.pool).await.unwrap()
}

/// Waits until the relay has asked for the lease after that moment, as only one does that holds none.
async fn until_stands_by(world: &World, after: &str) {
    let asked = format!("query ~ '^INSERT INTO outbox.lease' AND query_start > '{after}' AND state = 'idle'");
    world.until_at_the_database("one", &asked).await;
}

/// Its connection to the database hangs: nothing comes back, and nothing says so.
#[tokio::test(flavor = "multi_thread")]
async fn a_renewal_that_hangs_does_not_lose_the_lease() {
    let world = World::new().await;
    let proxy = Proxy::of_database(&world.pool).await;
    let options = world.pool.connect_options().as_ref().clone();
    let pool = PgPoolOptions::new().connect_lazy_with(options.host("127.0.0.1").port(proxy.port()));
    let settings = Settings::default();
    let relay = world.relay_between(&pool, &world.kafka, "one", settings);
    world.until_held_by("one").await;
    let token = world.token().await;
    // The relay's first connection is the one that it keeps its lease with.
    proxy.freeze_first();
    let beyond = "SELECT expires_at > $1 FROM outbox.lease";
    let twice = 2.0 * settings.terms.lasts.as_secs_f64();
    let at = "SELECT clock_timestamp() + make_interval(secs => $1)";
    let at: DateTime<Utc> = sqlx::query_scalar(at)
        .bind(twice)
        .fetch_one(&world.pool)
        .await
        .unwrap();
    eventually("the lease is renewed on and on", async || {
        let renewed: bool = sqlx::query_scalar(beyond)
            .bind(at)
            .fetch_one(&world.pool)
            .await
            .unwrap();
        assert_eq!(world.token().await, token, "the lease was lost");
        renewed
    })
    .await;
    world.publish(Topic::TaskEvents, "key").await;
    world.until_drained().await;
    relay.stop().await;
}

/// The end of a session waits for the database, which may take a while; by then nothing must be left to be sent.
#[tokio::test(flavor = "multi_thread")]
async fn a_lost_lease_purges_the_producer_before_anything_waits() {
    let world = World::new().await;
    let relay = world.relay_with("one", short_lease());
    world.publish(Topic::TaskEvents, "key").await;
    world.until_drained().await;
    // librdkafka tries again by itself, every second at the latest.
    let retried = RDKafkaRespErr::RD_KAFKA_RESP_ERR_NOT_ENOUGH_REPLICAS;
    let produce = RDKafkaApiKey::Produce;
    world.broker.cluster.request_errors(produce, &[retried; 10_000]);
    world.publish_many(40, 10).await;
    world.until_read("one", &relay.waker).await;

    let mut blocker = world.pool.begin().await.unwrap();
    sqlx::query("LOCK TABLE outbox.message IN ACCESS EXCLUSIVE MODE")
        .execute(&mut *blocker)
        .await
        .unwrap();
    relay.waker.wake();
    world.until_waiting_for_a_lock("one").await;
    let taken_at = take_lease(&world).await;
    // It has been told that the lease is not its own any more, by a renewal as a rule.
    let told = format!(
        "query ~ '^(UPDATE|INSERT INTO) outbox.lease' AND query_start > '{taken_at}' AND state = 'idle'"
    );
    world.until_at_the_database("one", &told).await;
    world.broker.cluster.clear_request_errors(produce);
    until_stands_by(&world, &taken_at).await;
    assert_eq!(world.broker.written(), 1);
    blocker.rollback().await.unwrap();
    relay.stop().await;
}
