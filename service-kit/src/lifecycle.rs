//! Start and graceful stop of a process: whose end stops it, who is waited for, and what the exit code says.

use std::collections::BTreeMap;
use std::error::Error;
use std::future::Future;
use std::panic::AssertUnwindSafe;
use std::process::ExitCode;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures_util::FutureExt;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tracing::{error, info, warn};

/// What a component ends with.
pub type ComponentError = Box<dyn Error + Send + Sync>;

/// How a process ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// A stop was asked for and everything ended in time.
    Clean,
    /// A component ended before a stop was asked for, failed, or panicked.
    Died(&'static str),
    /// These components were still running at the end of the drain time.
    DrainExpired(Vec<&'static str>),
}

impl From<&Outcome> for ExitCode {
    fn from(outcome: &Outcome) -> Self {
        match outcome {
            Outcome::Clean => Self::SUCCESS,
            Outcome::Died(_) | Outcome::DrainExpired(_) => Self::FAILURE,
        }
    }
}

/// The components of one process and the token that stops them; clones are the same lifecycle.
#[derive(Debug, Clone, Default)]
pub struct Lifecycle {
    inner: Arc<Inner>,
}

#[derive(Debug, Default)]
struct Inner {
    shutdown: CancellationToken,
    drained: CancellationToken,
    tracker: TaskTracker,
    running: Mutex<BTreeMap<u64, &'static str>>,
    next_id: AtomicU64,
    first_death: Mutex<Option<&'static str>>,
    /// Listened to from the very start, so that a stop asked for while the process is still being put together is a
    /// clean one too.
    signals: Mutex<Option<Signals>>,
}

impl Lifecycle {
    /// A lifecycle with no component yet. From here on, inside a runtime, SIGTERM and SIGINT no longer kill the process.
    #[must_use]
    pub fn new() -> Self {
        let lifecycle = Self::default();
        if tokio::runtime::Handle::try_current().is_ok() {
            *lock(&lifecycle.inner.signals) = Some(Signals::install());
        }
        lifecycle
    }

    /// Cancelled when the process should stop, by a signal, a death or [`Lifecycle::begin_shutdown`].
    #[must_use]
    pub fn shutdown_token(&self) -> CancellationToken {
        self.inner.shutdown.clone()
    }

    /// Cancelled when the drain is over: for what should answer until the very end (the admin server).
    #[must_use]
    pub fn drained_token(&self) -> CancellationToken {
        self.inner.drained.clone()
    }

    /// Asks every component to stop.
    pub fn begin_shutdown(&self) {
        self.inner.shutdown.cancel();
    }

    /// Runs a component: it ends only after a stop was asked for. Ending earlier, failing or panicking is dying, and
    /// stops the process with exit code 1.
    pub fn spawn<F, E>(&self, name: &'static str, component: F)
    where
        F: Future<Output = Result<(), E>> + Send + 'static,
        E: Into<ComponentError> + 'static,
    {
        self.track(name, self.clone().watch(name, component));
    }

    /// Like [`Lifecycle::spawn`], for what stops only when [`Lifecycle::drained_token`] is cancelled: the drain does not
    /// wait for it.
    pub fn spawn_until_drained<F, E>(&self, name: &'static str, component: F)
    where
        F: Future<Output = Result<(), E>> + Send + 'static,
        E: Into<ComponentError> + 'static,
    {
        #[expect(
            clippy::disallowed_methods,
            reason = "spawned by the lifecycle, watched, and not waited for"
        )]
        tokio::spawn(self.clone().watch(name, component));
    }

    /// Runs a task that may end at any time (a connection, a delivery); a stop waits for it. A panic is logged only.
    pub fn spawn_helper<F>(&self, name: &'static str, helper: F)
    where
        F: Future<Output = ()> + Send + 'static,
    {
        self.track(name, async move {
            if let Err(panic) = AssertUnwindSafe(helper).catch_unwind().await {
                error!(
                    helper.name = name,
                    panic = panic_text(&*panic),
                    "a helper task panicked"
                );
            }
        });
    }

    /// Waits for SIGTERM, SIGINT, a death or [`Lifecycle::begin_shutdown`]; then for all components, at most `drain`.
    ///
    /// A second signal exits at once. The exit code is 0 only after a clean stop.
    pub async fn run_until_stopped(self, drain: Duration) -> ExitCode {
        let outcome = self.supervise(drain).await;
        if let Outcome::DrainExpired(_) = outcome {
            exit_soon();
        }
        ExitCode::from(&outcome)
    }

    /// [`Lifecycle::run_until_stopped`] for tests: says how it ended.
    pub async fn supervise(&self, drain: Duration) -> Outcome {
        let installed = lock(&self.inner.signals).take();
        let mut signals = installed.unwrap_or_else(Signals::install);
        tokio::select! {
            name = signals.next() => info!(signal.name = name, "stopping"),
            () = self.inner.shutdown.cancelled() => info!("stopping"),
        }
        self.begin_shutdown();
        self.inner.tracker.close();
        let drained = tokio::select! {
            () = self.inner.tracker.wait() => true,
            () = tokio::time::sleep(drain) => false,
            _ = signals.next() => exit_at_once(),
        };
        self.inner.drained.cancel();
        self.outcome(drained)
    }

    fn outcome(&self, drained: bool) -> Outcome {
        if let Some(name) = *lock(&self.inner.first_death) {
            return Outcome::Died(name);
        }
        if drained {
            info!("stopped");
            return Outcome::Clean;
        }
        let late: Vec<&'static str> = lock(&self.inner.running).values().copied().collect();
        warn!(components = ?late, "the drain time is over, leaving components behind");
        Outcome::DrainExpired(late)
    }

    fn track(&self, name: &'static str, task: impl Future<Output = ()> + Send + 'static) {
        let id = self.inner.next_id.fetch_add(1, Ordering::Relaxed);
        lock(&self.inner.running).insert(id, name);
        let inner = Arc::clone(&self.inner);
        let tracked = self.inner.tracker.track_future(async move {
            task.await;
            lock(&inner.running).remove(&id);
        });
        #[expect(
            clippy::disallowed_methods,
            reason = "this is the one place that spawns, and it tracks"
        )]
        tokio::spawn(tracked);
    }

    async fn watch<F, E>(self, name: &'static str, component: F)
    where
        F: Future<Output = Result<(), E>> + Send + 'static,
        E: Into<ComponentError> + 'static,
    {
        let end = AssertUnwindSafe(component).catch_unwind().await;
        let cause: Option<ComponentError> = match end {
            Ok(Ok(())) if self.inner.shutdown.is_cancelled() => None,
            Ok(Ok(())) => Some("it ended although no stop was asked for".into()),
            Ok(Err(error)) => Some(error.into()),
            Err(panic) => Some(panic_text(&*panic).into()),
        };
        if let Some(cause) = cause {
            self.died(name, &*cause);
        }
    }

    fn died(&self, name: &'static str, cause: &(dyn Error + Send + Sync)) {
        error!(component.name = name, error = %chain(cause), "a component died, stopping the process");
        lock(&self.inner.first_death).get_or_insert(name);
        self.begin_shutdown();
    }
}

/// SIGTERM and SIGINT; where they cannot be had, nothing ever arrives.
#[derive(Debug)]
struct Signals {
    terminate: Option<Signal>,
    interrupt: Option<Signal>,
}

impl Signals {
    fn install() -> Self {
        let install = |kind: SignalKind, name: &str| {
            signal(kind)
                .inspect_err(|error| warn!(%error, signal.name = name, "cannot listen for a signal"))
                .ok()
        };
        Self {
            terminate: install(SignalKind::terminate(), "SIGTERM"),
            interrupt: install(SignalKind::interrupt(), "SIGINT"),
        }
    }

    async fn next(&mut self) -> &'static str {
        tokio::select! {
            () = received(&mut self.terminate) => "SIGTERM",
            () = received(&mut self.interrupt) => "SIGINT",
        }
    }
}

async fn received(signal: &mut Option<Signal>) {
    match signal {
        Some(signal) => {
            signal.recv().await;
        }
        None => std::future::pending().await,
    }
}

fn exit_at_once() -> ! {
    warn!("second signal, exiting at once");
    std::process::exit(1)
}

/// Dropping a runtime waits for its blocking threads; after an expired drain nothing more is waited for.
fn exit_soon() {
    std::thread::spawn(|| {
        std::thread::sleep(Duration::from_secs(1));
        std::process::exit(1)
    });
}

fn chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text.push_str(": ");
        text.push_str(&cause.to_string());
        source = cause.source();
    }
    text
}

fn panic_text(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().copied().map(str::to_owned);
    let text = text.or_else(|| panic.downcast_ref::<String>().cloned());
    format!("panicked: {}", text.as_deref().unwrap_or("no message"))
}

/// A poisoned lock only means that some other task panicked between two plain assignments.
fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    const DRAIN: Duration = Duration::from_secs(5);

    async fn until_cancelled(token: CancellationToken) -> Result<(), ComponentError> {
        token.cancelled().await;
        Ok(())
    }

    #[tokio::test]
    async fn a_stop_that_was_asked_for_is_clean() {
        let lifecycle = Lifecycle::new();
        lifecycle.spawn("worker", until_cancelled(lifecycle.shutdown_token()));
        lifecycle.begin_shutdown();
        assert_eq!(lifecycle.supervise(DRAIN).await, Outcome::Clean);
    }

    #[tokio::test]
    async fn a_component_that_ends_early_has_died_and_stops_the_others() {
        let lifecycle = Lifecycle::new();
        lifecycle.spawn("other", until_cancelled(lifecycle.shutdown_token()));
        lifecycle.spawn("short", async { Ok::<(), ComponentError>(()) });
        let outcome = lifecycle.supervise(DRAIN).await;
        assert_eq!(outcome, Outcome::Died("short"));
        assert_eq!(
            format!("{:?}", ExitCode::from(&outcome)),
            format!("{:?}", ExitCode::FAILURE)
        );
    }

    #[tokio::test]
    async fn a_component_that_fails_has_died() {
        let lifecycle = Lifecycle::new();
        lifecycle.spawn("failing", async { Err(anyhow::anyhow!("out of luck")) });
        assert_eq!(lifecycle.supervise(DRAIN).await, Outcome::Died("failing"));
    }

    #[tokio::test]
    async fn a_component_that_panics_has_died() {
        let lifecycle = Lifecycle::new();
        lifecycle.spawn("panicking", async {
            if true {
                panic!("oh no");
            }
            Ok::<(), ComponentError>(())
        });
        assert_eq!(lifecycle.supervise(DRAIN).await, Outcome::Died("panicking"));
    }

    #[tokio::test]
    async fn a_helper_may_end_and_even_panic() {
        let lifecycle = Lifecycle::new();
        lifecycle.spawn_helper("helper", async { panic!("only me") });
        lifecycle.spawn_helper("helper", async {});
        lifecycle.begin_shutdown();
        assert_eq!(lifecycle.supervise(DRAIN).await, Outcome::Clean);
    }

    #[tokio::test]
    async fn the_drain_has_a_deadline_and_names_who_missed_it() {
        let lifecycle = Lifecycle::new();
        lifecycle.spawn("prompt", until_cancelled(lifecycle.shutdown_token()));
        lifecycle.spawn("stuck", std::future::pending::<Result<(), ComponentError>>());
        lifecycle.begin_shutdown();
        let outcome = lifecycle.supervise(Duration::from_millis(200)).await;
        assert_eq!(outcome, Outcome::DrainExpired(vec!["stuck"]));
        assert!(lifecycle.drained_token().is_cancelled());
    }
}
