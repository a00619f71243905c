//! How often a minute something may be done. No clock: times are given.

use std::time::Duration;

use tokio::time::Instant;

const MINUTE: Duration = Duration::from_secs(60);

/// So many times a minute, counted from the first.
pub(super) struct Allowance {
    most: u32,
    left: u32,
    renewed_at: Instant,
}

impl Allowance {
    pub(super) fn new(most: u32, now: Instant) -> Self {
        Self {
            most,
            left: most,
            renewed_at: now,
        }
    }

    /// Takes one; false when none is left.
    pub(super) fn take(&mut self, now: Instant) -> bool {
        if now >= self.renewed_at + MINUTE {
            (self.left, self.renewed_at) = (self.most, now);
        }
        let is_left = self.left > 0;
        self.left = self.left.saturating_sub(1);
        is_left
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_used_up_is_there_again_a_minute_later() {
        let start = Instant::now();
        let mut allowance = Allowance::new(2, start);
        let takes = |allowance: &mut Allowance, now| [(); 3].map(|()| allowance.take(now));
        assert_eq!(takes(&mut allowance, start), [true, true, false]);
        assert!(!allowance.take(start + MINUTE - Duration::from_millis(1)));
        assert_eq!(takes(&mut allowance, start + MINUTE), [true, true, false]);
    }
}
