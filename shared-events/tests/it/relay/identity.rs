//! The cluster is another one, or the database lives another life: the relay finds out before it does harm.

use rdkafka::types::{RDKafkaApiKey, RDKafkaRespErr};
use shared_events::outbox::verify_epoch;
use shared_events::relay::{ReadIntervals, Settings};
use shared_events::topic::Topic;

use super::proxy::Proxy;
use super::world::{NEVER, TOPICS, World, assert_in_order};
use crate::broker::Broker;
use crate::wait::eventually;

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_published_to_another_cluster_and_no_row_is_deleted() {
    let world = World::new().await;
    let first = world.relay("first");
    world.publish(Topic::TaskEvents, "key").await;
    world.until_drained().await;
    first.stop().await;

    let elsewhere = Broker::start(&TOPICS.map(Topic::name));
    world.publish_many(40, 10).await;
    let before = world.token().await;
    let misled = world.relay_to(&elsewhere, "misled");
    eventually("the misled relay took the lease again and again", async || {
        assert_eq!(world.pending().await, 40, "rows were deleted");
        world.token().await >= before + 3
    })
    .await;
    eventually("it gave the lease back", async || world.holder().await.is_none()).await;
    assert_eq!(elsewhere.written(), 0);
    assert_eq!(world.pending().await, 40);

    let second = world.relay("second");
    world.until_drained().await;
    misled.stop().await;
    second.stop().await;
    assert_eq!(elsewhere.written(), 0);
    let mut reader = world.broker.reader();
    reader.until_arrived(41);
    assert_in_order(&reader.records);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_other_brokers_acknowledge_under_a_running_relay_is_not_deleted() {
    let world = World::new().await;
    let proxy = Proxy::of_broker(&world.broker).await;
    let relay = world.relay_at(&proxy.address(), "one");
    world.publish(Topic::TaskEvents, "key").await;
    world.until_drained().await;

    // The brokers go, and at the address that the relay knows others come.
    let elsewhere = Broker::start(&TOPICS.map(Topic::name));
    proxy.lead_to(&elsewhere);
    world.broker.cluster.broker_down(1).unwrap();
    let before = world.token().await;
    world.publish_many(40, 10).await;
    relay.waker.wake();
    eventually("the relay refused them, then and again", async || {
        assert_eq!(world.pending().await, 40, "rows were deleted");
        world.token().await >= before + 2
    })
    .await;

    proxy.lead_to(&world.broker);
    world.broker.cluster.broker_up(1).unwrap();
    world.until_drained().await;
    let mut reader = world.broker.reader();
    reader.until_arrived(41);
    assert_in_order(&reader.records);
    relay.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_producer_that_is_replaced_is_asked_for_its_cluster_before_it_sends() {
    let world = World::new().await;
    let proxy = Proxy::of_broker(&world.broker).await;
    let relay = world.relay_at(&proxy.address(), "one");
    world.publish_many(40, 10).await;
    world.until_drained().await;

    // The connections that the relay has are good; those of a new producer lead elsewhere.
    let elsewhere = Broker::start(&TOPICS.map(Topic::name));
    proxy.lead_to(&elsewhere);
    let fatal = RDKafkaRespErr::RD_KAFKA_RESP_ERR_OUT_OF_ORDER_SEQUENCE_NUMBER;
    let errors = &[fatal; 2];
    world
        .broker
        .cluster
        .request_errors(RDKafkaApiKey::Produce, errors);
    let before = world.token().await;
    world.publish_many(40, 10).await;
    relay.waker.wake();
    eventually("the relay refused the other brokers", async || {
        world.token().await > before
    })
    .await;
    assert_eq!(elsewhere.written(), 0);

    proxy.lead_to(&world.broker);
    world.until_drained().await;
    let mut reader = world.broker.reader();
    reader.until_arrived(80);
    assert_in_order(&reader.records);
    assert_eq!(elsewhere.written(), 0);
    relay.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_row_that_has_the_id_of_a_published_one_after_a_restore_is_not_deleted_for_it() {
    let world = World::new().await;
    let intervals = ReadIntervals {
        poll: NEVER,
        ..ReadIntervals::default()
    };
    let settings = Settings {
        intervals,
        ..Settings::default()
    };
    let relay = world.relay_with("one", settings);
    let mut reader = world.broker.reader();
    world.publish(Topic::TaskEvents, "key").await;
    relay.waker.wake();
    world.until_drained().await;
    world.until_listening("one").await;

    // Nobody wakes the relay yet. Then it can read and send, but not delete, until the restore is over.
    world.publish(Topic::TaskEvents, "key").await;
    let mut restore = world.pool.begin().await.unwrap();
    sqlx::query("LOCK TABLE outbox.message IN SHARE ROW EXCLUSIVE MODE")
        .execute(&mut *restore)
        .await
        .unwrap();
    relay.waker.wake();
    reader.until_arrived(2);
    let lost: i64 = sqlx::query_scalar("DELETE FROM outbox.message RETURNING id")
        .fetch_one(&mut *restore)
        .await
        .unwrap();
    sqlx::query("SELECT setval(pg_get_serial_sequence('outbox.message', 'id'), $1, false)")
        .bind(lost)
        .execute(&world.superuser().await)
        .await
        .unwrap();
    world.insert(&mut restore, Topic::TaskEvents, "key").await;
    world.until_waiting_for_a_lock("one").await;
    restore.commit().await.unwrap();
    reader.until_arrived(3);
    world.until_drained().await;
    assert_in_order(&reader.records);
    relay.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_relay_finds_out_that_its_database_began_another_life() {
    let world = World::new().await;
    let relay = world.relay("one");
    world.publish(Topic::TaskEvents, "key").await;
    world.until_drained().await;
    let token = world.token().await;
    let superuser = world.superuser().await;
    sqlx::query("UPDATE outbox.epoch SET system_identifier = 0")
        .execute(&superuser)
        .await
        .unwrap();
    let kill = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
                 WHERE application_name = 'one relay' AND datname = current_database()";
    sqlx::query(kill).execute(&superuser).await.unwrap();
    eventually("the epoch is raised", async || {
        let epoch: i64 = sqlx::query_scalar("SELECT epoch FROM outbox.epoch")
            .fetch_one(&world.pool)
            .await
            .unwrap();
        epoch > 1
    })
    .await;
    eventually("the lease was taken anew", async || {
        world.token().await > token + (1 << 32) - 1 && world.holder().await.is_some()
    })
    .await;
    world.publish(Topic::TaskEvents, "key").await;
    world.until_drained().await;
    let mut reader = world.broker.reader();
    reader.until_arrived(2);
    assert_in_order(&reader.records);
    relay.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backup_that_is_restored_twice_begins_two_epochs() {
    let world = World::new().await;
    let superuser = world.superuser().await;
    let mut connection = world.pool.acquire().await.unwrap();
    let mut restore = async || {
        sqlx::query("UPDATE outbox.epoch SET epoch = 1, system_identifier = 0")
            .execute(&superuser)
            .await
            .unwrap();
        verify_epoch(&mut connection).await.unwrap().get()
    };
    let first = restore().await;
    eventually("the clock goes on", async || {
        sqlx::query_scalar("SELECT extract(epoch FROM clock_timestamp()) * 1000 > $1 + 1")
            .bind(first)
            .fetch_one(&superuser)
            .await
            .unwrap()
    })
    .await;
    let second = restore().await;
    assert!(second > first && first > 1, "{first} and {second}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_lease_of_a_life_that_a_backup_does_not_know_of_ends_with_it() {
    let world = World::new().await;
    let lease = "INSERT INTO outbox.lease (name, holder, token, expires_at) VALUES ('relay', 'one', 7, clock_timestamp())";
    sqlx::query(lease).execute(&world.pool).await.unwrap();
    let superuser = world.superuser().await;
    sqlx::query("UPDATE outbox.epoch SET system_identifier = 0")
        .execute(&superuser)
        .await
        .unwrap();
    let mut connection = world.pool.acquire().await.unwrap();
    verify_epoch(&mut connection).await.unwrap();
    let lives = world.token().await >> 32;
    assert!(lives > 1, "the next life of the same backup has the same tokens");
}
