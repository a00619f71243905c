//! The consumer runtime against librdkafka's mock cluster and a real Postgres.

mod adopted;
mod balance;
mod batches;
mod bench;
mod brokers;
mod dying;
mod numbers;
mod partitions;
mod rebalance;
mod redriven;
mod stopped;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use bytes::Bytes;
use shared_events::codec::headers;
use shared_events::consumer::cursor::{NextOffset, TopicPartition};
use shared_events::consumer::{Effects as _, PostgresEffects};
use shared_events::dlq::letter::name;

use self::bench::{Bench, GROUP, SERVICE, TOPIC, Trouble, command, large_command, metric};

#[tokio::test(flavor = "multi_thread")]
async fn records_are_applied_in_order_and_a_restart_goes_on_behind_them() {
    let bench = Bench::new(1).await;
    let first = bench.consume();
    bench.send(1..=20).await;
    assert_eq!(bench.wait_applied(20).await, (1..=20).collect::<Vec<_>>());
    first.stop().await.unwrap();
    let calls = bench.calls.load(Ordering::SeqCst);

    let second = bench.consume();
    bench.send(21..=25).await;
    assert_eq!(bench.wait_applied(25).await, (1..=25).collect::<Vec<_>>());
    second.stop().await.unwrap();

    assert_eq!(
        bench.calls.load(Ordering::SeqCst) - calls,
        5,
        "nothing is handled again"
    );
    assert!(bench.dead_letters().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn poison_is_dead_lettered_whole_and_the_partition_moves_on() {
    let bench = Bench::new(1).await;
    let running = bench.consume();
    let mut poison = command(2);
    poison.payload = Some(Bytes::from_static(b"not avro at all"));
    bench.send([1]).await;
    bench.send_raw(poison.clone()).await;
    bench.send([3]).await;

    assert_eq!(bench.wait_applied(2).await, [1, 3]);
    running.stop().await.unwrap();

    let dead = bench.dead_letters();
    assert_eq!(dead.len(), 1);
    assert_eq!((&dead[0].key, &dead[0].payload), (&poison.key, &poison.payload));
    assert_eq!(headers::get(&dead[0].headers, name::REASON), Some("bad_magic"));
    assert_eq!(
        headers::get(&dead[0].headers, name::ID),
        Some("backend-api/task-commands/0/1")
    );
    assert_eq!(
        headers::get(&dead[0].headers, "ce_type"),
        Some("create_occurrence")
    );
    let holes: i64 = sqlx::query_scalar("SELECT count(*) FROM outbox.hole")
        .fetch_one(&bench.pool)
        .await
        .unwrap();
    assert_eq!(holes, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_handler_refuses_is_dead_lettered_and_its_neighbours_are_applied() {
    let bench = Bench::new(1).await;
    bench.send([1, -2, 3, -4, 5]).await;
    let running = bench.consume();

    let applied = bench.wait_applied(3).await;
    running.stop().await.unwrap();

    assert_eq!(applied, [1, 3, 5]);
    let dead = bench.dead_letters();
    assert_eq!(dead.len(), 2);
    assert_eq!(headers::get(&dead[0].headers, name::REASON), Some("negative"));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_outage_dead_letters_nothing_and_keeps_the_order() {
    let bench = Bench::new(1).await;
    bench.expect_trouble(&[Trouble::Outage; 5]);
    let running = bench.consume();
    bench.send(1..=3).await;

    assert_eq!(bench.wait_applied(3).await, [1, 2, 3]);
    running.stop().await.unwrap();

    assert!(bench.dead_letters().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_handler_that_panics_is_tried_again() {
    let bench = Bench::new(1).await;
    bench.expect_trouble(&[Trouble::Panic]);
    let running = bench.consume();
    bench.send(1..=2).await;

    assert_eq!(bench.wait_applied(2).await, [1, 2]);
    running.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unknown_error_that_lasts_is_dead_lettered_as_exhausted() {
    let bench = Bench::new(1).await;
    bench.send([1]).await;
    bench.expect_trouble(&[Trouble::Unknown; 10]);
    let running = bench.consume();
    bench.wait_calls(10).await;
    bench.send([2]).await;

    assert_eq!(bench.wait_applied(1).await, [2]);
    running.stop().await.unwrap();

    let dead = bench.dead_letters();
    assert_eq!(headers::get(&dead[0].headers, name::CLASS), Some("exhausted"));
    assert_eq!(headers::get(&dead[0].headers, name::ATTEMPTS), Some("10"));
}

#[tokio::test(flavor = "multi_thread")]
async fn two_replicas_share_the_partitions_and_apply_each_record_once() {
    let bench = Bench::new(8).await;
    bench.let_doubles_show().await;
    let first = bench.consume();
    bench.send(1..=50).await;
    bench.wait_applied(50).await;
    let calls = Arc::<AtomicUsize>::default();
    let second = bench.consume_counting(&calls);
    // Not in the middle of the rebalance: the group's coordinator answers no goodbye then.
    let mut sent = 50;
    bench
        .wait_until("the second replica has its share", async || {
            bench.send(sent + 1..=sent + 8).await;
            sent += 8;
            calls.load(Ordering::SeqCst) > 0
        })
        .await;
    first.stop().await.unwrap();
    bench.send(sent + 1..=sent + 50).await;
    sent += 50;
    let mut applied = bench.wait_applied(usize::try_from(sent).unwrap()).await;
    second.stop().await.unwrap();

    applied.sort_unstable();
    assert_eq!(applied, (1..=i64::from(sent)).collect::<Vec<_>>());
    assert!(bench.read_all(&TOPIC.dead_letter(SERVICE), 8).is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_redriven_record_is_read_from_the_retry_topic() {
    let bench = Bench::new(1).await;
    let running = bench.consume();
    let mut redriven = command(7);
    redriven.topic = TOPIC.retry(SERVICE);
    bench.send_raw(redriven).await;

    assert_eq!(bench.wait_applied(1).await, [7]);
    running.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn another_process_that_moved_the_offset_is_not_overruled() {
    let bench = Bench::new(1).await;
    let running = bench.consume();
    bench.send([1]).await;
    bench.wait_applied(1).await;
    // Whoever has the partition now has applied the next record already.
    sqlx::query("UPDATE outbox.consumer_offset SET next_offset = 2, last_offset = NULL, last_hash = NULL WHERE group_id = $1 AND topic = $2")
        .bind(GROUP)
        .bind(TOPIC.name())
        .execute(&bench.pool)
        .await
        .unwrap();
    bench.send(2..=3).await;

    assert_eq!(
        bench.wait_applied(2).await,
        [1, 3],
        "offset 1 is not applied again"
    );
    running.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_poison_record_as_large_as_its_topic_takes_is_dead_lettered_too() {
    let bench = Bench::new(1).await;
    let running = bench.consume();
    let mut poison = command(1);
    poison.payload = Some(vec![0xff; 1_040_000].into());
    bench.send_raw(poison).await;
    bench.send([2]).await;

    assert_eq!(bench.wait_applied(1).await, [2]);
    running.stop().await.unwrap();

    assert_eq!(bench.dead_letters()[0].payload.as_ref().unwrap().len(), 1_040_000);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_database_on_a_used_broker_reads_everything() {
    let bench = Bench::new(1).await;
    let running = bench.consume();
    bench.send(1..=3).await;
    bench.wait_applied(3).await;
    running.stop().await.unwrap();
    sqlx::raw_sql("DELETE FROM public.effect; DELETE FROM outbox.consumer_offset")
        .execute(&bench.pool)
        .await
        .unwrap();

    let running = bench.consume();

    assert_eq!(bench.wait_applied(3).await, [1, 2, 3]);
    running.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn the_waits_of_an_outage_never_count_as_tries_of_the_record() {
    let bench = Bench::new(1).await;
    bench.expect_trouble(&[Trouble::Outage; 12]);
    bench.expect_trouble(&[Trouble::Unknown; 9]);
    bench.expect_trouble(&[Trouble::Outage; 3]);
    bench.send([1]).await;
    let running = bench.consume();

    assert_eq!(bench.wait_applied(1).await, [1]);
    running.stop().await.unwrap();
    assert!(bench.dead_letters().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_frozen_process_that_wakes_changes_nothing_of_its_successor() {
    let bench = Bench::new(1).await;
    let effects = PostgresEffects::new(bench.pool.clone(), bench.handler());
    let place = TopicPartition {
        topic: TOPIC.name().to_owned(),
        partition: 0,
    };
    let fresh = effects.load(GROUP, &place).await.unwrap().next;
    assert!(
        effects
            .begin_at(GROUP, &place, fresh, NextOffset(0))
            .await
            .unwrap()
    );
    let seen = effects.load(GROUP, &place).await.unwrap().next;
    let successor = "UPDATE outbox.consumer_offset SET next_offset = 50";
    sqlx::query(successor).execute(&bench.pool).await.unwrap();

    assert!(
        !effects
            .begin_at(GROUP, &place, fresh, NextOffset(0))
            .await
            .unwrap()
    );
    assert!(
        !effects
            .begin_at(GROUP, &place, seen, NextOffset(7))
            .await
            .unwrap()
    );
    assert!(!effects.stop(GROUP, &place, NextOffset(0), "late").await.unwrap());

    let stored = effects.load(GROUP, &place).await.unwrap();
    assert_eq!(stored.next.offset(), Some(NextOffset(50)));
    assert_eq!(stored.stopped, None);
}

#[tokio::test(flavor = "multi_thread")]
async fn more_than_a_queue_holds_is_applied_in_order_whatever_waits_in_between() {
    let bench = Bench::new(1).await;
    bench.expect_trouble(&[Trouble::Outage; 3]);
    bench.send(1..=600).await;
    let running = bench.consume();
    let mut large = command(-1);
    large.payload = Some(vec![0xff; 900_000].into());
    for _ in 0..6 {
        bench.send_raw(large.clone()).await;
    }
    bench.send(601..=605).await;

    assert_eq!(bench.wait_applied(605).await, (1..=605).collect::<Vec<_>>());
    running.stop().await.unwrap();
    assert_eq!(bench.dead_letters().len(), 6);
}

/// What records take that the group has read of the only partition and not finished.
fn queued_bytes(group: &str) -> usize {
    metric("queued_bytes", group, &[]) as usize
}

#[tokio::test(flavor = "multi_thread")]
async fn large_records_that_wait_take_no_more_memory_than_small_ones() {
    /// At which a partition is paused.
    const FULL: usize = 2 << 20;
    const LARGE: usize = 600_000;
    const RECORDS: i32 = 20;
    let mut bench = Bench::new(1).await;
    // The metrics are those of all tests.
    bench.group = "backend-api.large.v1";
    bench.expect_trouble(&vec![Trouble::Outage; 1_000]);
    for number in 1..=RECORDS {
        bench.send_raw(large_command(number, LARGE)).await;
    }
    let running = bench.consume();
    let mut most = 0;
    // By then everything would have come that is let in, whatever the worker has in hand.
    bench
        .wait_until(
            "three quarters of the bound wait, and the handler was tried again",
            async || {
                most = most.max(queued_bytes(bench.group));
                most >= FULL * 3 / 4 && bench.calls.load(Ordering::SeqCst) >= 6
            },
        )
        .await;
    assert!(most < FULL + 2 * LARGE, "{most} bytes");
    bench.trouble.lock().unwrap().clear();
    let applied = bench.wait_applied(RECORDS as usize).await;
    assert_eq!(applied, (1..=i64::from(RECORDS)).collect::<Vec<_>>());
    running.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_partition_that_was_parked_while_it_was_paused_flows_again() {
    let bench = Bench::new(1).await;
    // The queue of 2 MiB fills while the first record waits.
    bench.expect_trouble(&[Trouble::Outage; 8]);
    for number in 1..=8 {
        bench.send_raw(large_command(number, 600_000)).await;
    }
    let running = bench.consume();
    bench.wait_calls(4).await;
    // Whoever has the partition now has applied the first record already: ours looks again where it stands.
    sqlx::query("UPDATE outbox.consumer_offset SET next_offset = 1 WHERE topic = $1")
        .bind(TOPIC.name())
        .execute(&bench.pool)
        .await
        .unwrap();

    assert_eq!(bench.wait_applied(7).await, (2..=8).collect::<Vec<_>>());
    running.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn restarts_with_a_backlog_pass_nothing_over_on_many_partitions() {
    const PARTITIONS: i32 = 12;
    let bench = Bench::new(PARTITIONS).await;
    let mut sent = 0;
    for _round in 0..4 {
        // Some before the start, some into the assignment.
        bench.send(sent + 1..=sent + 60).await;
        let running = bench.consume();
        bench.send(sent + 61..=sent + 120).await;
        sent += 120;
        let expected = usize::try_from(sent).unwrap();
        let mut applied = bench.wait_applied(expected).await;
        applied.sort_unstable();
        assert_eq!(applied, (1..=i64::from(sent)).collect::<Vec<_>>());
        running.stop().await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn readiness_comes_with_the_assignment_and_the_metrics_tell_of_each_partition() {
    let bench = Bench::new(2).await;
    let running = bench.consume();
    bench.send(1..=4).await;
    bench.wait_applied(4).await;
    assert!(running.health.is_ready() && running.health.is_alive());

    let text = service_kit::telemetry::prometheus_text();

    for metric in ["waiting_seconds", "partition_stopped", "missing_offsets"] {
        for partition in 0..2 {
            let labels = format!(
                "taskwire_consumer_{metric}{{group=\"{GROUP}\",partition=\"{partition}\",topic=\"{TOPIC}\""
            );
            assert!(text.contains(&labels), "{labels} is not in\n{text}");
        }
    }
    running.stop().await.unwrap();
}
