//! One relay sends at a time; the next takes over where the last left off, however that one ended.

use std::time::Duration;

use shared_events::outbox::{lease::Terms, relay::Settings};

use super::world::{World, assert_in_order};
use crate::wait::eventually;

fn short_lease() -> Settings {
    let terms = Terms {
        lasts: Duration::from_millis(1_500),
        margin: Duration::from_millis(300),
        renewal: Duration::from_millis(300),
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
    world.until_held_by("one").await;
    let stolen = "UPDATE outbox.lease SET holder = 'thief', token = token + 1,
                         expires_at = clock_timestamp() + interval '3 seconds'";
    sqlx::query(stolen).execute(&world.pool).await.unwrap();
    world.publish_many(40, 1).await;
    world.until_held_by("one").await;
    world.until_drained().await;
    let mut reader = world.broker.reader();
    reader.until_arrived(40);
    assert_in_order(&reader.records);
    relay.stop().await;
}
