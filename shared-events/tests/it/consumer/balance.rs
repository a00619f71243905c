//! Every record that was consumed has one outcome, whatever went wrong on the way; and what pauses cost.

use super::bench::{Bench, SERVICE, TOPIC, Trouble, command, large_command, metric};

#[tokio::test(flavor = "multi_thread")]
async fn what_is_consumed_is_applied_superseded_skipped_or_dead_lettered() {
    let mut bench = Bench::new(2).await;
    // The metrics are those of all tests.
    bench.group = "backend-api.balance.v1";
    let group = bench.group;
    bench.expect_trouble(&[
        Trouble::Outage,
        Trouble::Panic,
        Trouble::Unknown,
        Trouble::Outage,
        Trouble::Panic,
    ]);
    let running = bench.consume();
    // Twice the same number is superseded, 0 is skipped, below 0 is dead-lettered.
    bench.send((1..=40).chain([5, 6, 0, -7, 0, 41, -8, 0])).await;
    bench.wait_applied(41).await;
    let mut redriven = command(42);
    redriven.topic = TOPIC.retry(SERVICE);
    bench.send_raw(redriven).await;
    bench.wait_applied(42).await;
    bench
        .wait_until("everything is consumed", async || {
            metric("consumed", group, &[]) >= 49.0
        })
        .await;
    running.stop().await.unwrap();
    // Another process, which has something to do as well.
    let running = bench.consume();
    bench.send([43, 43]).await;
    bench
        .wait_until("everything is consumed", async || {
            metric("consumed", group, &[]) >= 51.0
        })
        .await;

    let outcome = |outcome: &str| metric("records", group, &[&format!("outcome=\"{outcome}\"")]);
    assert_eq!(
        ["applied", "superseded", "skipped", "dead_lettered"].map(outcome),
        [43.0, 3.0, 3.0, 2.0]
    );
    assert_eq!(metric("consumed", group, &[]), 51.0);
    assert_eq!(metric("unbalanced", group, &[]), 0.0);
    assert_eq!(metric("redriven", group, &[]), 1.0);
    assert!(metric("retries", group, &[]) >= 2.0);
    let text = service_kit::telemetry::prometheus_text();
    let unbalanced = text.lines().filter(|line| {
        line.starts_with("taskwire_consumer_unbalanced{") && line.contains(&format!("group=\"{group}\""))
    });
    assert_eq!(unbalanced.count(), 4, "of each partition");
    running.stop().await.unwrap();
    assert!(
        !service_kit::telemetry::prometheus_text()
            .lines()
            .any(|line| line.starts_with("taskwire_consumer_lag{") && line.contains(group)),
        "a partition that left has no lag"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn small_records_pause_their_partition_less_than_once_in_a_thousand() {
    const RECORDS: i32 = 12_000;
    /// With its headers, about what the event of a task with a short title takes.
    const BYTES: usize = 100;
    let mut bench = Bench::new(1).await;
    bench.group = "backend-api.pauses.v1";
    let group = bench.group;
    // The first record waits until the queue is full.
    bench.expect_trouble(&[Trouble::Outage; 8]);
    bench
        .send_many((1..=RECORDS).map(|number| large_command(number, BYTES)))
        .await;
    let running = bench.consume();

    bench.wait_applied(RECORDS as usize).await;

    let pauses = metric("pauses", group, &[]);
    assert!(pauses >= 1.0, "the queue was never full");
    assert!(pauses <= f64::from(RECORDS) / 1_000.0, "{pauses} pauses");
    assert!(metric("paused_seconds", group, &[]) > 0.0);
    running.stop().await.unwrap();
}
