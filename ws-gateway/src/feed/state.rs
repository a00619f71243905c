//! What is known of the feed, and what readiness makes of it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use service_kit::health::{Component, Health};

/// The feed's state; clones are the same.
#[derive(Debug, Clone)]
pub struct State {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    readiness: Component,
    liveness: Component,
    is_caught_up: AtomicBool,
    broker_answers: AtomicBool,
}

impl State {
    /// A feed that has not begun.
    #[must_use]
    pub fn new(health: &Health) -> Self {
        let inner = Inner {
            readiness: health.component("task-updates"),
            liveness: health.liveness("feed thread"),
            is_caught_up: AtomicBool::new(false),
            broker_answers: AtomicBool::new(false),
        };
        Self {
            inner: Arc::new(inner),
        }
    }

    /// Everything that was there at the start has been read, or has to be read again.
    pub fn caught_up(&self, yes: bool) {
        self.inner.is_caught_up.store(yes, Ordering::Relaxed);
        self.tell();
    }

    /// The broker answers, or live updates are stale.
    pub fn broker_answers(&self, yes: bool) {
        self.inner.broker_answers.store(yes, Ordering::Relaxed);
        self.tell();
    }

    /// The thread that reads moves, or only a restart helps.
    pub fn thread_moves(&self, yes: bool) {
        if yes {
            self.inner.liveness.ready();
        } else {
            self.inner
                .liveness
                .not_ready("the thread that reads task-updates does not move");
        }
    }

    fn tell(&self) {
        let is_caught_up = self.inner.is_caught_up.load(Ordering::Relaxed);
        let broker_answers = self.inner.broker_answers.load(Ordering::Relaxed);
        match (broker_answers, is_caught_up) {
            (false, _) => self
                .inner
                .readiness
                .not_ready("the broker does not answer, live updates are stale"),
            (true, false) => self
                .inner
                .readiness
                .not_ready("reading what happened before the start"),
            (true, true) => self.inner.readiness.ready(),
        }
    }
}
