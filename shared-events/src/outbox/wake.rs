//! Waking the relay: at once after a commit in this process, by NOTIFY from others, and never relied upon.
//!
//! A wake that is lost costs one poll interval, nothing else: the table is the truth.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use service_kit::lifecycle::{ComponentError, Lifecycle};
use sqlx::PgPool;
use sqlx::postgres::PgListener;
use tokio::sync::Notify;

use super::store;

/// The channel on which other processes tell of commits.
pub(crate) const CHANNEL: &str = "outbox_wake";

/// The payload that says that a parked lane was given free.
pub(crate) const UNPARKED: &str = "unparked";

/// Notifications are at least this far apart, since each takes a lock that all committing notifiers share.
pub(crate) const DEBOUNCE: Duration = Duration::from_millis(5);

/// How long the listener waits before it connects again.
const RECONNECT: Duration = Duration::from_secs(1);

/// Wakes the relay of this process; clones wake the same one.
#[derive(Debug, Clone, Default)]
pub struct Waker {
    bell: Arc<Bell>,
}

#[derive(Debug, Default)]
struct Bell {
    committed: Notify,
    unparked: AtomicBool,
}

impl Waker {
    /// A waker that no relay listens to yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Rows were committed. Never blocks; many wakes before the relay looks are one.
    pub fn wake(&self) {
        self.bell.committed.notify_one();
    }

    /// A parked lane was given free.
    pub(super) fn wake_unparked(&self) {
        self.bell.unparked.store(true, Ordering::Release);
        self.wake();
    }

    pub(crate) fn take_unparked(&self) -> bool {
        self.bell.unparked.swap(false, Ordering::AcqRel)
    }

    /// Waits for the next wake.
    pub(crate) async fn woken(&self) {
        self.bell.committed.notified().await;
    }
}

/// Tells the relay, which runs in another process, of commits; clones share one sender.
#[derive(Debug, Clone)]
pub struct Notifier {
    waker: Waker,
}

impl Notifier {
    /// Starts the sender, which lives as long as the process.
    #[must_use]
    pub fn spawn(lifecycle: &Lifecycle, pool: PgPool) -> Self {
        let waker = Waker::new();
        let committed = waker.clone();
        let shutdown = lifecycle.shutdown_token();
        lifecycle.spawn("outbox-notifier", async move {
            let _stopped = shutdown.run_until_cancelled(forward(committed, pool)).await;
            Ok::<(), ComponentError>(())
        });
        Self { waker }
    }

    /// Rows were committed. Never blocks; many wakes at once become one notification.
    pub fn wake(&self) {
        self.waker.wake();
    }
}

async fn forward(committed: Waker, pool: PgPool) {
    loop {
        committed.woken().await;
        if let Err(error) = notify(&pool).await {
            tracing::debug!(%error, "cannot notify the relay, it will find the rows by its poll");
        }
        tokio::time::sleep(DEBOUNCE).await;
    }
}

async fn notify(pool: &PgPool) -> Result<(), sqlx::Error> {
    store::relay::notify(&mut *pool.acquire().await?, CHANNEL, "").await
}

/// Turns notifications of other processes into wakes, for ever; `pool` is the listener's own.
pub(crate) async fn listen(pool: PgPool, waker: Waker) {
    loop {
        if let Err(error) = listen_once(&pool, &waker).await {
            tracing::debug!(%error, "the listener lost its connection, the relay goes by its poll meanwhile");
        }
        tokio::time::sleep(RECONNECT).await;
    }
}

async fn listen_once(pool: &PgPool, waker: &Waker) -> Result<(), sqlx::Error> {
    let mut listener = PgListener::connect_with(pool).await?;
    listener.listen(CHANNEL).await?;
    waker.wake();
    while let Some(notification) = listener.try_recv().await? {
        match notification.payload() {
            UNPARKED => waker.wake_unparked(),
            _ => waker.wake(),
        }
    }
    Ok(())
}
