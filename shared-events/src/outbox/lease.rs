//! The lease as its holder sees it: until when may I send, and when must I renew? No clock, no I/O.
//!
//! The row in Postgres, judged by the database's clock, decides who holds the lease. The holder trusts its grant
//! only until a deadline on its own monotonic clock. It counts from the moment it asked, so it lies before the end
//! that the database noted whatever the answer's way took, and a margin before that covers clocks of different pace.

use std::time::Duration;

/// How long a lease lasts and how it is kept.
#[derive(Debug, Clone, Copy)]
pub struct LeaseTerms {
    /// How long the database grants the lease for.
    pub lasts: Duration,
    /// How much earlier the holder stops.
    pub margin: Duration,
    /// How often the holder renews.
    pub renewal: Duration,
    /// How long one renewal may take: a part of the time left only, so that another can follow one that hangs.
    pub attempt: Duration,
    /// How soon a renewal that failed is tried again.
    pub retry: Duration,
}

impl Default for LeaseTerms {
    fn default() -> Self {
        Self {
            lasts: Duration::from_secs(6),
            margin: Duration::from_secs(1),
            renewal: Duration::from_millis(1_500),
            attempt: Duration::from_secs(1),
            retry: Duration::from_millis(250),
        }
    }
}

/// A lease that was granted. Times are measured from a start of the process's own choosing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lease {
    /// The fencing token: it rises with every change of holder.
    pub token: i64,
    deadline: Duration,
    renew_at: Duration,
}

impl Lease {
    /// The lease with this token was granted to a request sent at `asked_at`.
    #[must_use]
    pub fn granted(terms: &LeaseTerms, token: i64, asked_at: Duration) -> Self {
        let deadline = asked_at + terms.lasts.saturating_sub(terms.margin);
        Self {
            token,
            deadline,
            renew_at: asked_at + terms.renewal,
        }
    }

    /// The renewal sent at `asked_at` was confirmed.
    pub fn renewed(&mut self, terms: &LeaseTerms, asked_at: Duration) {
        let renewed = Self::granted(terms, self.token, asked_at);
        self.deadline = self.deadline.max(renewed.deadline);
        self.renew_at = renewed.renew_at;
    }

    /// The renewal got no answer by `now`; it says nothing about the lease, which runs on.
    pub fn not_renewed(&mut self, terms: &LeaseTerms, now: Duration) {
        self.renew_at = now + terms.retry;
    }

    /// Until when a renewal that is sent now is waited for.
    #[must_use]
    pub fn attempt_ends(&self, terms: &LeaseTerms, now: Duration) -> Duration {
        self.deadline.min(now + terms.attempt)
    }

    /// Whether the holder may still act as such. Asked before every send.
    #[must_use]
    pub fn holds(&self, now: Duration) -> bool {
        now < self.deadline
    }

    /// When the holder must have stopped, unless it renews.
    #[must_use]
    pub fn deadline(&self) -> Duration {
        self.deadline
    }

    /// When to renew.
    #[must_use]
    pub fn renew_at(&self) -> Duration {
        self.renew_at
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const TERMS: LeaseTerms = LeaseTerms {
        lasts: Duration::from_secs(6),
        margin: Duration::from_secs(1),
        renewal: Duration::from_secs(2),
        attempt: Duration::from_secs(1),
        retry: Duration::from_secs(1),
    };

    fn at(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    #[test]
    fn the_holder_stops_a_margin_before_the_database_lets_go() {
        let lease = Lease::granted(&TERMS, 1, at(10));
        assert!(lease.holds(at(14)));
        assert!(!lease.holds(at(15)));
    }

    #[test]
    fn a_renewal_counts_from_the_moment_it_was_asked_for() {
        let mut lease = Lease::granted(&TERMS, 1, at(10));
        lease.renewed(&TERMS, at(12));
        assert_eq!(lease.deadline(), at(17));
        assert_eq!(lease.renew_at(), at(14));
    }

    #[test]
    fn an_unanswered_renewal_changes_no_deadline_and_is_tried_again() {
        let mut lease = Lease::granted(&TERMS, 1, at(10));
        lease.not_renewed(&TERMS, at(13));
        assert_eq!(lease.deadline(), at(15));
        assert_eq!(lease.renew_at(), at(14));
    }

    /// When the renewals end that hang, one after the other, each until it is given up.
    fn hanging_renewals(terms: &LeaseTerms) -> Vec<Duration> {
        let mut lease = Lease::granted(terms, 1, at(0));
        let mut ends = Vec::new();
        while lease.renew_at() < lease.deadline() {
            let end = lease.attempt_ends(terms, lease.renew_at());
            ends.push(end);
            lease.not_renewed(terms, end);
        }
        ends
    }

    #[test]
    fn a_renewal_that_hangs_leaves_time_for_others_before_the_deadline() {
        let millis = Duration::from_millis;
        assert_eq!(
            hanging_renewals(&LeaseTerms::default()),
            [millis(2_500), millis(3_750), millis(5_000)]
        );
        assert_eq!(hanging_renewals(&TERMS), [at(3), at(5)]);
    }

    proptest! {
        /// The database grants for `lasts` from the moment a request reaches it; answers take any time.
        #[test]
        fn two_holders_never_act_at_the_same_time(
            renewals in prop::collection::vec((0..4_000_u64, 0..3_000_u64, 0..3_000_u64), 0..20),
            successor_waits in 0..2_000_u64,
        ) {
            let millis = Duration::from_millis;
            let mut granted_until = TERMS.lasts;
            let mut lease = Lease::granted(&TERMS, 1, at(0));
            let mut now = at(0);
            for (pause, there, back) in renewals {
                now += millis(pause);
                let asked_at = now;
                let reached_at = asked_at + millis(there);
                if !lease.holds(asked_at) || granted_until <= reached_at {
                    break;
                }
                granted_until = granted_until.max(reached_at + TERMS.lasts);
                now = reached_at + millis(back);
                lease.renewed(&TERMS, asked_at);
            }
            let taken_over_at = granted_until + millis(successor_waits);
            prop_assert!(!lease.holds(taken_over_at));
        }
    }

    #[test]
    fn a_holder_that_slept_past_its_deadline_knows_it_at_once() {
        let lease = Lease::granted(&TERMS, 1, at(10));
        assert!(!lease.holds(at(100)));
    }
}
