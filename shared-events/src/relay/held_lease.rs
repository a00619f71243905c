//! Taking and keeping the lease.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use super::Clock;
use super::database::DatabaseConnection;
use crate::outbox::lease::{Lease, LeaseTerms};

pub(super) async fn acquire(
    database: &mut DatabaseConnection,
    holder: &str,
    terms: &LeaseTerms,
    clock: Clock,
) -> Result<Option<Lease>, sqlx::Error> {
    let asked_at = clock.now();
    let token = database.acquire_lease(holder, terms.lasts).await?;
    Ok(token.map(|token| Lease::granted(terms, token, asked_at)))
}

/// A lease while it is held: renewed by one future, asked before every send by another.
#[derive(Debug)]
pub(super) struct HeldLease {
    lease: Lease,
    terms: LeaseTerms,
    clock: Clock,
    deadline_micros: AtomicU64,
}

impl HeldLease {
    pub(super) fn new(lease: Lease, terms: LeaseTerms, clock: Clock) -> Self {
        let deadline_micros = AtomicU64::new(micros(lease.deadline()));
        Self {
            lease,
            terms,
            clock,
            deadline_micros,
        }
    }

    pub(super) fn token(&self) -> i64 {
        self.lease.token
    }

    /// Whether the holder may still send.
    pub(super) fn holds(&self) -> bool {
        micros(self.clock.now()) < self.deadline_micros.load(Ordering::Acquire)
    }

    /// Renews the lease while that succeeds; ends when it is lost or could not be renewed before the deadline.
    pub(super) async fn keep(&self, database: &mut DatabaseConnection) {
        let mut lease = self.lease;
        while lease.holds(self.clock.now()) {
            self.clock
                .sleep_until(lease.renew_at().min(lease.deadline()))
                .await;
            let asked_at = self.clock.now();
            let in_time = lease.attempt_ends(&self.terms, asked_at).saturating_sub(asked_at);
            // Given up halfway, it leaves the link without a connection: the next one opens another.
            let renewal = database.renew_lease(lease.token, self.terms.lasts);
            match tokio::time::timeout(in_time, renewal).await {
                Ok(Ok(true)) => {
                    lease.renewed(&self.terms, asked_at);
                    self.deadline_micros
                        .store(micros(lease.deadline()), Ordering::Release);
                }
                Ok(Ok(false)) => return,
                Ok(Err(error)) => {
                    tracing::warn!(%error, "cannot renew the relay's lease, trying on until its deadline");
                    lease.not_renewed(&self.terms, self.clock.now());
                }
                Err(_elapsed) => {
                    tracing::warn!("renewing the relay's lease hangs, trying on until its deadline");
                    lease.not_renewed(&self.terms, self.clock.now());
                }
            }
        }
    }
}

fn micros(time: Duration) -> u64 {
    u64::try_from(time.as_micros()).unwrap_or(u64::MAX)
}
