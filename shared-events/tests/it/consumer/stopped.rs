//! A partition that waits for an operator, and what opens or moves it.

use super::bench::{Bench, GROUP, SERVICE, TOPIC, command, look_again};

#[tokio::test(flavor = "multi_thread")]
async fn a_topic_that_was_re_created_stops_the_partition() {
    let bench = Bench::new(1).await;
    let running = bench.consume();
    bench.send([1]).await;
    bench.wait_applied(1).await;
    running.stop().await.unwrap();
    sqlx::query("UPDATE outbox.consumer_offset SET last_hash = $1 WHERE topic = $2")
        .bind(vec![0_u8; 32])
        .bind(TOPIC.name())
        .execute(&bench.pool)
        .await
        .unwrap();

    let running = bench.consume();
    bench.send([2]).await;
    wait_stopped(&bench, "re-created").await;
    assert_eq!(bench.applied().await, [1]);
    running.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn more_than_twenty_dead_letters_in_a_row_stop_the_partition_over_a_restart() {
    let bench = Bench::new(1).await;
    bench.send((1..=30).map(|n| -n)).await;
    bench.send([31]).await;
    let running = bench.consume();
    wait_stopped(&bench, "in a row").await;
    running.stop().await.unwrap();
    assert_eq!(bench.dead_letters().len(), 20);

    let running = bench.consume();
    let mut retried = command(32);
    retried.topic = TOPIC.retry(SERVICE);
    bench.send_raw(retried).await;

    assert_eq!(bench.wait_applied(1).await, [32], "another partition goes on");
    running.stop().await.unwrap();
    assert_eq!(bench.dead_letters().len(), 20, "and this one is still stopped");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_operator_opens_a_stopped_partition_without_a_restart() {
    let bench = Bench::new(1).await;
    bench.send((1..=21).map(|n| -n)).await;
    bench.send([22]).await;
    let running = bench.consume();
    wait_stopped(&bench, "in a row").await;

    sqlx::query("UPDATE outbox.consumer_offset SET stopped = NULL, dead_run = 0 WHERE topic = $1")
        .bind(TOPIC.name())
        .execute(&bench.pool)
        .await
        .unwrap();

    assert_eq!(bench.wait_applied(1).await, [22]);
    running.stop().await.unwrap();
    assert_eq!(bench.dead_letters().len(), 21);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_offset_that_the_broker_does_not_have_stops_the_partition_until_an_operator_moves_it() {
    let bench = Bench::new(1).await;
    bench.send(1..=2).await;
    sqlx::query(
        "INSERT INTO outbox.consumer_offset (group_id, topic, partition, next_offset) VALUES ($1, $2, 0, 70)",
    )
    .bind(GROUP)
    .bind(TOPIC.name())
    .execute(&bench.pool)
    .await
    .unwrap();
    let running = bench.consume();
    wait_stopped(&bench, "offset 70 is not on the broker, which has 0 to 2").await;

    sqlx::query("UPDATE outbox.consumer_offset SET stopped = NULL, next_offset = 1 WHERE topic = $1")
        .bind(TOPIC.name())
        .execute(&bench.pool)
        .await
        .unwrap();

    assert_eq!(bench.wait_applied(1).await, [2]);
    running.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn an_operator_moves_a_partition_that_has_nothing_to_do_without_a_restart() {
    let bench = Bench::new(1).await;
    bench.send(1..=3).await;
    let running = bench.consume();
    bench.wait_applied(3).await;

    sqlx::raw_sql(
        "DELETE FROM public.effect;
         UPDATE outbox.consumer_offset SET next_offset = 1, last_offset = NULL, last_hash = NULL",
    )
    .execute(&bench.pool)
    .await
    .unwrap();

    assert_eq!(bench.wait_applied(2).await, [2, 3], "without a new record");
    running.stop().await.unwrap();
}

async fn wait_stopped(bench: &Bench, why: &str) {
    let since = std::time::Instant::now();
    loop {
        let stopped: Option<String> =
            sqlx::query_scalar("SELECT stopped FROM outbox.consumer_offset WHERE topic = $1")
                .bind(TOPIC.name())
                .fetch_optional(&bench.pool)
                .await
                .unwrap()
                .flatten();
        if stopped.is_some_and(|stopped| stopped.contains(why)) {
            return;
        }
        assert!(since.elapsed().as_secs() < 60, "the partition did not stop");
        look_again().await;
    }
}
