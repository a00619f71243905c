//! What is known of the feed, and what readiness makes of it.

use std::sync::{Arc, Mutex, PoisonError};

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
    /// Held while readiness is told, so that the word of one thread does not replace the later one of another.
    known: Mutex<Known>,
}

#[derive(Debug)]
struct Known {
    is_caught_up: bool,
    broker_answers: bool,
    registry_answers: bool,
}

impl State {
    /// A feed that has not begun.
    #[must_use]
    pub fn new(health: &Health) -> Self {
        let known = Known {
            is_caught_up: false,
            broker_answers: false,
            registry_answers: true,
        };
        let inner = Inner {
            readiness: health.component("task-updates"),
            liveness: health.liveness("feed thread"),
            known: Mutex::new(known),
        };
        Self {
            inner: Arc::new(inner),
        }
    }

    /// Everything that was there at the start has been read, or has to be read again.
    pub fn caught_up(&self, yes: bool) {
        self.tell(|known| known.is_caught_up = yes);
    }

    /// The broker answers, or live updates are stale.
    pub fn broker_answers(&self, yes: bool) {
        self.tell(|known| known.broker_answers = yes);
    }

    /// The registry gives the schemas of updates, or they wait for it.
    pub fn registry_answers(&self, yes: bool) {
        self.tell(|known| known.registry_answers = yes);
    }

    /// The thread that reads moves, or only a restart helps.
    pub fn thread_moves(&self, yes: bool) {
        let liveness = &self.inner.liveness;
        if yes {
            liveness.ready();
        } else {
            liveness.not_ready("the thread that reads task-updates does not move");
        }
    }

    fn tell(&self, change: impl FnOnce(&mut Known)) {
        let mut known = self.inner.known.lock().unwrap_or_else(PoisonError::into_inner);
        change(&mut known);
        let readiness = &self.inner.readiness;
        if !known.broker_answers {
            readiness.not_ready("the broker does not answer, live updates are stale");
        } else if !known.registry_answers {
            readiness.not_ready(
                "the schema registry does not give the schema of an update, live updates are stale",
            );
        } else if !known.is_caught_up {
            readiness.not_ready("reading what happened before the start");
        } else {
            readiness.ready();
        }
    }
}
