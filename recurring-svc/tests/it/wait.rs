//! Waiting for a condition under a deadline.

use std::time::{Duration, Instant};

/// Looks at the condition until it is true; fails, naming `what`, when that takes too long.
pub(crate) fn wait_until(patience: Duration, what: &str, mut condition: impl FnMut() -> bool) {
    let deadline = Instant::now() + patience;
    while !condition() {
        assert!(Instant::now() < deadline, "not within {patience:?}: {what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}
