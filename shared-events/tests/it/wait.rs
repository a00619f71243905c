//! Waiting for a condition, under a deadline.

use std::time::{Duration, Instant};

/// Nothing a test waits for takes longer.
pub(crate) const DEADLINE: Duration = Duration::from_secs(30);

/// Waits until the condition holds.
pub(crate) async fn eventually(what: &str, mut condition: impl AsyncFnMut() -> bool) {
    let started = Instant::now();
    while !condition().await {
        assert!(started.elapsed() < DEADLINE, "{what}: still not true");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}
