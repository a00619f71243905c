//! What is committed is found: at once after a wake, by the poll without one, late commits and long queues included.

use std::time::{Duration, Instant};

use service_kit::lifecycle::{Lifecycle, Outcome};
use shared_events::codec::schema;
use shared_events::outbox::Notifier;
use shared_events::relay::{Limits, ReadIntervals, Settings};
use shared_events::topic::Topic;
use sqlx::postgres::PgListener;

use super::world::{NEVER, SOURCE, World, assert_in_order, first_deliveries};
use crate::wait::eventually;

fn only_woken() -> Settings {
    Settings {
        intervals: ReadIntervals {
            poll: NEVER,
            sweep: NEVER,
        },
        ..Settings::default()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn committed_rows_are_published_in_order_and_deleted() {
    let world = World::new().await;
    world.publish_many(2_000, 25).await;
    let relay = world.relay("one");
    let mut reader = world.broker.reader();
    reader.until_arrived(2_000);
    world.until_drained().await;
    assert_in_order(&reader.records);
    assert_eq!(reader.records.len(), 2_000, "nothing was sent twice");
    relay.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wake_is_enough() {
    let world = World::new().await;
    let relay = world.relay_with("one", only_woken());
    world.until_held_by("one").await;
    let mut reader = world.broker.reader();
    for number in 1..=50_usize {
        world.publish(Topic::TaskEvents, "key").await;
        relay.waker.wake();
        reader.until_arrived(number);
    }
    assert_in_order(&reader.records);
    relay.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_notification_of_another_process_is_enough() {
    let world = World::new().await;
    let relay = world.relay_with("one", only_woken());
    world.until_held_by("one").await;
    let standby = world.relay_with("two", only_woken());
    let mut reader = world.broker.reader();
    world.publish(Topic::TaskEvents, "key").await;
    standby.waker.wake();
    reader.until_arrived(1);
    standby.stop().await;
    relay.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_notifier_of_a_service_without_a_relay_is_enough() {
    let world = World::new().await;
    let relay = world.relay_with("one", only_woken());
    world.until_held_by("one").await;
    let lifecycle = Lifecycle::new();
    let notifier = Notifier::spawn(&lifecycle, world.pool.clone());
    let mut reader = world.broker.reader();
    for number in 1..=10 {
        world.publish(Topic::NotificationEvents, "key").await;
        notifier.wake();
        reader.until_arrived(number);
    }
    lifecycle.begin_shutdown();
    assert_eq!(lifecycle.supervise(Duration::from_secs(5)).await, Outcome::Clean);
    relay.stop().await;
}

/// An import of one user is many tasks, each a lane of its own: others are not behind all of it.
#[tokio::test(flavor = "multi_thread")]
async fn a_long_backlog_of_one_topic_does_not_delay_another_topic() {
    const BACKLOG: i64 = 30_000;
    let world = World::new().await;
    let fingerprint = schema::current(Topic::TaskEvents).unwrap().fingerprint;
    sqlx::query(
        "INSERT INTO outbox.message (topic, key, event_id, kind, source, fingerprint, body, occurred_at)
         SELECT 'task-events', 'task-' || n, gen_random_uuid(), 'test', $1, $2, '\\x00000001', now()
           FROM generate_series(1, $3) AS n",
    )
    .bind(SOURCE)
    .bind(fingerprint.as_slice())
    .bind(BACKLOG)
    .execute(&world.pool)
    .await
    .unwrap();
    world.publish(Topic::TaskUpdates, "somebody").await;
    let relay = world.relay("one");
    let update = "SELECT count(*) FROM outbox.message WHERE topic = 'task-updates'";
    eventually("the other topic's row is published", async || {
        let left: i64 = sqlx::query_scalar(update).fetch_one(&world.pool).await.unwrap();
        left == 0
    })
    .await;
    let left = world.pending().await;
    assert!(left > BACKLOG / 2, "only {left} of {BACKLOG} were still waiting");
    relay.stop().await;
}

/// How often a replica without the lease tells of its commits, however many they are.
#[tokio::test(flavor = "multi_thread")]
async fn many_commits_of_another_replica_are_few_notifications() {
    const WAKES: usize = 200_000;
    let world = World::new().await;
    let relay = world.relay_with("one", only_woken());
    world.until_held_by("one").await;
    let standby = world.relay_with("two", only_woken());
    let mut listener = PgListener::connect_with(&world.superuser().await).await.unwrap();
    listener.listen("outbox_wake").await.unwrap();
    let began = Instant::now();
    for _ in 0..WAKES {
        standby.waker.wake();
        tokio::task::yield_now().await;
    }
    let mut count = 0;
    while let Ok(heard) = tokio::time::timeout(Duration::from_millis(500), listener.recv()).await {
        heard.unwrap();
        count += 1;
    }
    // One in five milliseconds.
    let most = began.elapsed().as_millis() / 5 + 2;
    assert!(
        (1..=most).contains(&count),
        "{count} notifications of {most} for {WAKES} commits"
    );
    standby.stop().await;
    relay.stop().await;
}

/// One person's changes keep the relay busy while a row commits so late that only a sweep finds it; the backlog is
/// measured meanwhile.
#[tokio::test(flavor = "multi_thread")]
async fn a_sweep_and_a_survey_come_in_time_under_load() {
    let world = World::new().await;
    let relay = world.relay("one");
    world.until_held_by("one").await;
    let mut slow = world.pool.begin().await.unwrap();
    world.insert(&mut slow, Topic::TaskEvents, "slow").await;
    let mut surveys = vec![(Instant::now(), surveys_so_far(&world).await)];
    let mut slow = Some(slow);
    let mut committed = None;
    let mut found = None;
    while found.is_none() || surveys.len() < 4 {
        world.publish_many(400, 100).await;
        relay.waker.wake();
        let began = surveys[0].0;
        // An id is looked for during ten seconds; after that it is found by a sweep.
        if began.elapsed() > Duration::from_secs(12)
            && let Some(slow) = slow.take()
        {
            slow.commit().await.unwrap();
            committed = Some(Instant::now());
        }
        if committed.is_some() && found.is_none() {
            let left = "SELECT count(*) FROM outbox.message WHERE key = 'slow'";
            let left: i64 = sqlx::query_scalar(left).fetch_one(&world.pool).await.unwrap();
            found = (left == 0).then(Instant::now);
        }
        let so_far = surveys_so_far(&world).await;
        if surveys.last().is_some_and(|(_, last)| so_far > *last) {
            surveys.push((Instant::now(), so_far));
        }
        assert!(
            began.elapsed() < Duration::from_secs(60),
            "found: {found:?}, {surveys:?}"
        );
    }
    // The statistics, and this loop, come a little later.
    let late = Duration::from_secs(3);
    let took = found.unwrap() - committed.unwrap();
    let sweep = Settings::default().intervals.sweep;
    assert!(took < 2 * sweep + late, "a sweep came after {took:?}");
    for pair in surveys.windows(2) {
        let apart = pair[1].0 - pair[0].0;
        assert!(
            apart < 2 * Duration::from_secs(5) + late,
            "no survey for {apart:?}"
        );
    }
    relay.stop().await;
}

/// How often the parked lanes were read, which each survey does once.
async fn surveys_so_far(world: &World) -> i64 {
    let reads = "SELECT coalesce(seq_scan, 0) + coalesce(idx_scan, 0) FROM pg_stat_user_tables
                  WHERE schemaname = 'outbox' AND relname = 'parked'";
    sqlx::query_scalar(reads).fetch_one(&world.pool).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_poll_is_enough() {
    let world = World::new().await;
    let relay = world.relay("one");
    world.until_held_by("one").await;
    world.publish(Topic::TaskEvents, "key").await;
    world.until_drained().await;
    relay.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lower_id_that_commits_late_is_published_after_its_own_wake() {
    let world = World::new().await;
    let relay = world.relay_with("one", only_woken());
    world.until_held_by("one").await;
    let mut reader = world.broker.reader();
    let mut slow = world.pool.begin().await.unwrap();
    world.insert(&mut slow, Topic::TaskEvents, "slow").await;
    world.publish(Topic::TaskEvents, "fast").await;
    relay.waker.wake();
    reader.until_arrived(1);
    slow.commit().await.unwrap();
    relay.waker.wake();
    reader.until_arrived(2);
    relay.stop().await;
}

/// Two services write under one key, each under a lock of its own: the lower id may commit later. It is not among the
/// ids that are looked for again, so only its successor tells of it.
#[tokio::test(flavor = "multi_thread")]
async fn two_writers_of_one_key_each_keep_their_order_when_the_lower_id_commits_later() {
    const OTHER: &str = "/taskwire/other";
    let world = World::new().await;
    let relay = world.relay_with("one", only_woken());
    world.publish(Topic::TaskUpdates, "key").await;
    relay.waker.wake();
    world.until_drained().await;

    let mut slow = world.pool.begin().await.unwrap();
    world.insert(&mut slow, Topic::TaskUpdates, "key").await;
    let burnt = "SELECT nextval(pg_get_serial_sequence('outbox.message', 'id')) FROM generate_series(1, 100)";
    sqlx::query(burnt)
        .execute(&world.superuser().await)
        .await
        .unwrap();
    world.broker.cluster.broker_down(1).unwrap();
    let mut connection = world.pool.acquire().await.unwrap();
    world
        .insert_from(OTHER, &mut connection, Topic::TaskUpdates, "key")
        .await;
    world.until_read("one", &relay.waker).await;

    slow.commit().await.unwrap();
    world.publish(Topic::TaskUpdates, "key").await;
    world.until_read("one", &relay.waker).await;
    world.broker.cluster.broker_up(1).unwrap();
    let mut reader = world.broker.reader();
    reader.until_arrived(4);
    world.until_drained().await;
    assert_in_order(&reader.records);
    let lanes: Vec<(String, usize)> = first_deliveries(&reader.records)
        .into_iter()
        .map(|((_, _, source), numbers)| (source, numbers.len()))
        .collect();
    assert_eq!(lanes, [(OTHER.to_owned(), 1), (SOURCE.to_owned(), 3)]);
    relay.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn queues_longer_than_the_memory_are_worked_off_in_order() {
    let world = World::new().await;
    world.publish_many(3_000, 3).await;
    let limits = Limits {
        rows: 100,
        lane_rows: 10,
        page: 20,
        ..Limits::default()
    };
    let relay = world.relay_with(
        "one",
        Settings {
            limits,
            ..Settings::default()
        },
    );
    let mut reader = world.broker.reader();
    reader.until_arrived(3_000);
    world.until_drained().await;
    assert_in_order(&reader.records);
    relay.stop().await;
}
