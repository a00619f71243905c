//! A partition goes from one replica to another while a record is in hand.

use super::bench::{Bench, Trouble};

#[tokio::test(flavor = "multi_thread")]
async fn a_handler_that_hangs_does_not_hold_up_a_stop_and_the_next_replica_applies_its_record() {
    let bench = Bench::new(1).await;
    bench.let_doubles_show().await;
    bench.expect_trouble(&[Trouble::Hang]);
    let first = bench.consume();
    bench.send([1]).await;
    bench.wait_calls(1).await;

    first.stop().await.unwrap();
    let second = bench.consume();
    bench.send([2]).await;

    assert_eq!(bench.wait_applied(2).await, [1, 2]);
    second.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_handler_that_hangs_does_not_hold_up_a_rebalance() {
    let bench = Bench::new(2).await;
    bench.let_doubles_show().await;
    // Whatever partition it is, the first replica never finishes its first record.
    bench.expect_trouble(&[Trouble::Hang, Trouble::Hang]);
    let first = bench.consume();
    bench.send(1..=20).await;
    bench.wait_calls(2).await;

    let second = bench.consume();

    bench
        .wait_until(
            "the partition that moved is applied by the second replica",
            async || !bench.applied().await.is_empty(),
        )
        .await;
    first.stop().await.unwrap();
    let mut applied = bench.wait_applied(20).await;
    applied.sort_unstable();
    assert_eq!(applied, (1..=20).collect::<Vec<_>>());
    second.stop().await.unwrap();
}
