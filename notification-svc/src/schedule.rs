//! Fires reminders when they are due: sleeps until the next one by the database's clock, without a fixed tick.

mod fire;

use std::sync::Arc;
use std::time::Duration;

use service_kit::health::Component;
use shared_events::outbox::Notifier;
use shared_events::retry::Backoff;
use sqlx::PgPool;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;
use tracing::warn;

use crate::domain::pause::{self, RECHECK};
use crate::error::WorkError;
use crate::metrics;

use fire::Round;
pub use fire::Settled;

/// The pause when something is due that another scheduler is working on.
const CONTENDED: Duration = Duration::from_millis(10);

/// The scheduler of one replica. Any number of replicas may run one: they claim, and do not coordinate.
#[derive(Debug)]
pub struct Scheduler {
    pub pool: PgPool,
    /// Woken when the schedule has changed.
    pub wake: Arc<Notify>,
    /// Woken when there are webhook calls to make.
    pub sender: Arc<Notify>,
    /// Woken when there is something to publish.
    pub relay: Notifier,
    /// Whether the schedule can be looked at.
    pub health: Component,
}

impl Scheduler {
    /// Fires reminders until `shutdown`. A round that has begun is finished.
    pub async fn run(self, shutdown: CancellationToken) -> Result<(), WorkError> {
        let mut backoff = Backoff::new(Duration::from_millis(200), RECHECK);
        while !shutdown.is_cancelled() {
            let pause = match self.round().await {
                Ok(pause) => {
                    backoff.reset();
                    self.health.ready();
                    pause
                }
                Err(error) => {
                    warn!(%error, "cannot look at the schedule, trying again");
                    self.health.not_ready(error.to_string());
                    backoff.next_wait()
                }
            };
            tokio::select! {
                () = shutdown.cancelled() => {}
                // After a failure the pause is kept, however often the handler wakes us.
                () = self.wake.notified(), if backoff.attempts() == 0 => {}
                () = tokio::time::sleep(pause) => {}
            }
        }
        Ok(())
    }

    /// One look at the schedule; how long nothing more is to be done after it.
    async fn round(&self) -> Result<Duration, WorkError> {
        match fire::fire_due(&self.pool).await? {
            Round::Settled(settled) => {
                for reminder in &settled {
                    metrics::reminder_settled(reminder);
                }
                self.relay.wake();
                self.sender.notify_one();
                Ok(Duration::ZERO)
            }
            Round::Idle { next } => Ok(pause::until(next, CONTENDED)),
        }
    }
}
