//! Signed webhooks: claims the calls that are due, makes them, and keeps what came of each.
//!
//! Any number of replicas may send. A claim hides a call from the others for [`VISIBILITY`]; what a sender that died
//! had claimed comes up again after that, with the same message id.

pub mod client;
mod conclusion;
mod order;
mod resolver;
mod settle;

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use shared_events::outbox::Notifier;
use shared_events::retry::Backoff;
use sqlx::PgPool;
use tokio::sync::Notify;
use tokio::task::{Id, JoinError, JoinSet};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tracing::{error, warn};

use self::client::WebhookClient;
use self::order::{Claimed, Order};
use crate::domain::pause::{self, RECHECK};
use crate::error::WorkError;
use crate::metrics;

/// How long a claimed call is hidden from other senders: the call itself, and time to keep what came of it.
pub const VISIBILITY: Duration = Duration::from_secs(30);

/// A sender that was stopped and continued (SIGSTOP, a paused machine) leaves a claim that has become this old.
const STALE_CLAIM: Duration = Duration::from_secs(15);

/// A stop keeps what came of a call until the call has become this old: less than the drain.
const LAST_ATTEMPT: Duration = Duration::from_secs(13);

/// Calls of one replica under way at once. One endpoint gets one at a time, so a hanging receiver holds up no other.
const MAX_CALLS: usize = 64;

/// The pause when a call is due that another sender is claiming.
const CONTENDED: Duration = Duration::from_millis(50);

/// The sender of one replica.
#[derive(Debug, Clone)]
pub struct Sender {
    pub pool: PgPool,
    pub client: WebhookClient,
    /// Woken when there may be calls to make.
    pub wake: Arc<Notify>,
    /// Woken when there is something to publish.
    pub relay: Notifier,
}

/// The calls under way, and their targets.
#[derive(Default)]
struct Calls {
    tasks: JoinSet<()>,
    targets: HashMap<Id, String>,
}

impl Sender {
    /// Makes calls until `shutdown`; then starts no more, and finishes those under way.
    pub async fn run(self, shutdown: CancellationToken) -> Result<(), WorkError> {
        let mut calls = Calls::default();
        let mut backoff = outage_backoff();
        while !shutdown.is_cancelled() {
            let pause = match self.start_due(&mut calls, &shutdown).await {
                Ok(pause) => {
                    backoff.reset();
                    pause
                }
                Err(error) => {
                    warn!(%error, "cannot look for webhook calls, trying again");
                    backoff.next_wait()
                }
            };
            tokio::select! {
                () = shutdown.cancelled() => {}
                () = self.wake.notified(), if backoff.attempts() == 0 => {}
                () = calls.ended(), if !calls.tasks.is_empty() => {}
                () = tokio::time::sleep(pause) => {}
            }
        }
        while !calls.tasks.is_empty() {
            calls.ended().await;
        }
        Ok(())
    }

    /// Starts all calls that are due and possible; how long nothing more is to be started after that.
    async fn start_due(
        &self,
        calls: &mut Calls,
        shutdown: &CancellationToken,
    ) -> Result<Duration, WorkError> {
        while calls.tasks.len() < MAX_CALLS && !shutdown.is_cancelled() {
            let busy: Vec<String> = calls.targets.values().cloned().collect();
            match order::claim(&self.pool, &busy, VISIBILITY).await? {
                Claimed::Unusable => {}
                Claimed::Order(order) => calls.start(self.clone(), *order, shutdown.clone()),
                Claimed::Nothing { next } => return Ok(pause::until(next, CONTENDED)),
            }
        }
        Ok(RECHECK)
    }

    /// Makes one call and keeps what came of it.
    async fn carry_out(self, order: Order, began: Instant, shutdown: CancellationToken) {
        let conclusion = match order.call {
            Err(reason) => conclusion::drop_because(reason),
            Ok(_) if began.elapsed() > STALE_CLAIM => return,
            Ok(call) => {
                let called = Instant::now();
                let reply = self.client.call(call).await;
                let latency = called.elapsed();
                metrics::webhook_called(reply.answer.kind(), latency);
                conclusion::of(reply, latency, order.delivery.claimed.attempt, rand::random())
            }
        };
        let mut backoff = outage_backoff();
        while let Err(error) = settle::settle(&self.pool, &order.delivery, &conclusion).await {
            let pause = backoff.next_wait();
            warn!(%error, delivery.id = %order.delivery.claimed.delivery_id, "cannot keep what came of a webhook call");
            let limit = if shutdown.is_cancelled() {
                LAST_ATTEMPT
            } else {
                VISIBILITY
            };
            // Past the claim's end the call is somebody else's; it is then made again, with the same id.
            if !error.is_outage() || began.elapsed() + pause > limit {
                return;
            }
            tokio::time::sleep(pause).await;
        }
        self.relay.wake();
    }
}

impl Calls {
    fn start(&mut self, sender: Sender, order: Order, shutdown: CancellationToken) {
        let target = order.delivery.claimed.target.clone();
        let call = self
            .tasks
            .spawn(sender.carry_out(order, Instant::now(), shutdown));
        self.targets.insert(call.id(), target);
    }

    /// Waits for one call to end. One that panicked is logged, and comes up again after its claim.
    async fn ended(&mut self) {
        let Some(end) = self.tasks.join_next_with_id().await else {
            return;
        };
        let id = end.as_ref().map_or_else(JoinError::id, |&(id, ())| id);
        self.targets.remove(&id);
        if let Err(error) = end {
            error!(%error, "a webhook call panicked");
        }
    }
}

/// The pauses during an outage of the database.
fn outage_backoff() -> Backoff {
    Backoff::new(Duration::from_millis(200), RECHECK)
}
