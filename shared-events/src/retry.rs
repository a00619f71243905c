//! The one home of the `backoff` crate: how long to wait before trying again.
//!
//! The crate is unmaintained (RUSTSEC-2025-0012), so nothing else uses it; its defaults give up after 15 minutes,
//! which an outage may well outlast.

use std::time::Duration;

use backoff::ExponentialBackoffBuilder;
use backoff::backoff::Backoff as _;

/// Around this the first wait is.
pub const FIRST: Duration = Duration::from_millis(200);
/// No wait is longer.
pub const LONGEST: Duration = Duration::from_secs(30);

/// Exponential waits with full jitter, 0.2 to 30 seconds at the base, without an end.
///
/// "Full jitter" as in the AWS Architecture Blog's "Exponential Backoff And Jitter": any moment between now and the
/// current bound, so that replicas that failed together do not come back together.
pub struct Backoff {
    inner: backoff::ExponentialBackoff,
    attempts: u32,
}

impl std::fmt::Debug for Backoff {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Backoff")
            .field("attempts", &self.attempts)
            .finish_non_exhaustive()
    }
}

impl Default for Backoff {
    fn default() -> Self {
        Self::new(FIRST, LONGEST)
    }
}

impl Backoff {
    /// Waits that grow from around `first` and never exceed `longest`.
    #[must_use]
    pub fn new(first: Duration, longest: Duration) -> Self {
        let inner = ExponentialBackoffBuilder::new()
            .with_initial_interval(first.min(longest))
            .with_max_interval(longest)
            .with_multiplier(2.0)
            .with_randomization_factor(1.0)
            .with_max_elapsed_time(None)
            .build();
        Self { inner, attempts: 0 }
    }

    /// How long to wait now.
    pub fn next_wait(&mut self) -> Duration {
        self.attempts = self.attempts.saturating_add(1);
        let longest = self.inner.max_interval;
        // With a factor of 1 the crate draws from twice the interval.
        self.inner
            .next_backoff()
            .map_or(longest, |wait| wait.min(longest))
    }

    /// How often it was waited since the start or the last success.
    #[must_use]
    pub const fn attempts(&self) -> u32 {
        self.attempts
    }

    /// Begins anew, after a success.
    pub fn reset(&mut self) {
        self.attempts = 0;
        self.inner.reset();
    }
}

/// A wait with full jitter for callers who count failures themselves: its bound doubles from `first` to `longest`.
#[must_use]
pub fn full_jitter(failures: u32, first: Duration, longest: Duration) -> Duration {
    let bound = first.saturating_mul(1 << failures.min(16)).min(longest);
    bound.mul_f64(rand::random::<f64>())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_never_gives_up_and_never_waits_longer_than_its_bound() {
        let mut backoff = Backoff::default();
        for _ in 0..10_000 {
            assert!(backoff.next_wait() <= LONGEST);
        }
        assert_eq!(backoff.attempts(), 10_000);
    }

    #[test]
    fn the_first_waits_are_short_again_after_a_success() {
        let mut backoff = Backoff::default();
        for _ in 0..20 {
            backoff.next_wait();
        }
        backoff.reset();
        assert!(backoff.next_wait() <= FIRST * 2 + Duration::from_millis(1));
        assert_eq!(backoff.attempts(), 1);
    }
}
