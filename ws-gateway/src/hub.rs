//! Where the feed meets the sockets: one lock over the window and the list of who listens, so that a socket that comes
//! back gets each update either from the window or live, and never both or neither.

mod subscription;
mod unread;

use std::cmp::Reverse;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use shared_events::ids::UserId;
use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};
use tokio::sync::watch;
use tracing::Span;

pub use self::subscription::{Delivery, Subscription};
use self::subscription::{Ending, Registration};
pub use self::unread::UnreadLimits;
use self::unread::{AllUnread, Unread};
use crate::metrics;
use crate::protocol::{Close, Since};
use crate::update::Update;
use crate::window::{Limits, Pushed, Window};

const GAP: &str = "an update is missing";
const RESTORED: &str = "the database was restored";
/// Sockets of one user at most: each multiplies what a change of the user costs.
pub const SOCKETS_PER_USER: usize = 50;

/// The hub; clones are the same hub.
#[derive(Debug, Clone)]
pub struct Hub {
    state: Arc<Mutex<State>>,
    /// False while the window is filled with what happened before. Changes only under the state's lock.
    is_live: Arc<watch::Sender<bool>>,
}

/// Why there is no subscription.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refused {
    /// The window is being filled with what happened before, which nobody is to get as if it happened now.
    Replaying,
    /// The user has [`SOCKETS_PER_USER`] already.
    TooMany,
}

#[derive(Debug)]
struct State {
    window: Window,
    listeners: HashMap<UserId, HashMap<u64, Listener>>,
    next_id: u64,
    unread: AllUnread,
    unread_limits: UnreadLimits,
}

/// The hub's end of a subscription. The queue has no bound of its own: what is unread is bounded, in bytes.
#[derive(Debug)]
struct Listener {
    queue: UnboundedSender<Arc<Delivery>>,
    unread: Unread,
    ending: Ending,
}

impl Hub {
    #[must_use]
    pub fn new(limits: Limits, unread_limits: UnreadLimits) -> Self {
        let state = State {
            window: Window::new(limits),
            listeners: HashMap::new(),
            next_id: 0,
            unread: AllUnread::default(),
            unread_limits,
        };
        Self {
            state: Arc::new(Mutex::new(state)),
            is_live: Arc::new(watch::Sender::new(false)),
        }
    }

    /// Takes the next update of the feed: keeps it, and hands it to those who listen. `trace` makes the span of the push
    /// and is asked only when somebody listens.
    pub fn publish(&self, update: Update, trace: impl FnOnce(&Update) -> Span) -> Pushed {
        let update = Arc::new(update);
        let mut state = self.lock();
        let pushed = state.window.push(&update, Instant::now());
        match pushed {
            Pushed::Live => state.deliver(&update, trace),
            Pushed::Gap => state.close_user(&update.user, &Close::Resume(GAP)),
            Pushed::NewEpoch => state.close_all(&Close::Resume(RESTORED)),
            Pushed::Superseded => {}
        }
        state.show();
        pushed
    }

    /// Says whether updates come as they happen, or the window is being filled with what happened before.
    pub fn set_live(&self, is_live: bool) {
        let _state = self.lock();
        self.is_live.send_replace(is_live);
    }

    /// Starts listening as soon as updates come as they happen.
    pub async fn join(&self, user: &UserId, since: Option<Since>) -> Result<Subscription, Close> {
        let mut is_live = self.is_live.subscribe();
        loop {
            match self.subscribe(user, since) {
                Ok(subscription) => return Ok(subscription),
                Err(Refused::TooMany) => return Err(Close::TooManySockets),
                // The hub holds the sender.
                Err(Refused::Replaying) => drop(is_live.wait_for(|is_live| *is_live).await),
            }
        }
    }

    /// Starts listening, from `since` on where that can be promised; see [`Subscription::settle`] for positions that the
    /// feed has not shown yet.
    pub fn subscribe(&self, user: &UserId, since: Option<Since>) -> Result<Subscription, Refused> {
        let mut state = self.lock();
        if !*self.is_live.borrow() {
            return Err(Refused::Replaying);
        }
        if state.listeners.get(user).map_or(0, HashMap::len) >= SOCKETS_PER_USER {
            return Err(Refused::TooMany);
        }
        let id = state.next_id;
        state.next_id += 1;
        let (queue, deliveries) = unbounded_channel();
        let listener = Listener {
            queue,
            unread: Unread::new(&state.unread),
            ending: Ending::default(),
        };
        let registration = Registration {
            user: user.clone(),
            id,
            hub: self.clone(),
        };
        let mut subscription = Subscription::new(&listener, deliveries, state.window.epoch(), registration);
        for (stream, since) in Since::streams(since) {
            for update in subscription.begin(stream, since, &state.window) {
                listener.offer(Delivery::held(update), state.unread_limits.per_socket);
            }
        }
        state
            .listeners
            .entry(user.clone())
            .or_default()
            .insert(id, listener);
        state.make_room();
        Ok(subscription)
    }

    /// An update of this user cannot be read: what is known of the user is not whole.
    pub fn void(&self, user: &UserId, why: &'static str) {
        let mut state = self.lock();
        state.window.void(user);
        state.close_user(user, &Close::Resume(why));
    }

    /// Updates of anybody may be missing.
    pub fn void_all(&self, why: &'static str) {
        let mut state = self.lock();
        state.window.void_all();
        state.close_all(&Close::Resume(why));
    }

    /// Lets go of what is too old, when no update comes to do so.
    pub fn expire(&self) {
        let mut state = self.lock();
        state.window.expire(Instant::now());
        state.show();
    }

    #[must_use]
    pub fn sockets(&self) -> usize {
        self.lock().listeners.values().map(HashMap::len).sum()
    }

    /// What all sockets together have not read yet, in bytes.
    #[must_use]
    pub fn unread_bytes(&self) -> usize {
        self.lock().unread.bytes()
    }

    fn unsubscribe(&self, user: &UserId, id: u64) {
        let mut state = self.lock();
        let Some(listeners) = state.listeners.get_mut(user) else {
            return;
        };
        listeners.remove(&id);
        if listeners.is_empty() {
            state.listeners.remove(user);
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // A panic inside is a bug of ours; the state is whole between any two statements that matter.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn deliver(&self, update: &Arc<Update>, trace: impl FnOnce(&Update) -> Span) {
        let Some(listeners) = self.listeners.get(&update.user) else {
            return;
        };
        let delivery = Delivery::live(Arc::clone(update), trace(update));
        for listener in listeners.values() {
            listener.offer(Arc::clone(&delivery), self.unread_limits.per_socket);
        }
        self.make_room();
    }

    /// When all sockets together have too much unread, ends those that have the most, until there is room for some more:
    /// otherwise each of the next updates would end another.
    fn make_room(&self) {
        let most = self.unread_limits.all_sockets;
        if self.unread.bytes() <= most {
            return;
        }
        let mut listeners: Vec<_> = self.listeners.values().flat_map(HashMap::values).collect();
        listeners.sort_by_cached_key(|listener| Reverse(listener.unread.bytes()));
        let mut ended = 0;
        for listener in listeners {
            if self.unread.bytes() <= most - most / 8 {
                break;
            }
            listener.end(Close::Slow);
            ended += 1;
        }
        tracing::warn!(
            sockets = ended,
            "all sockets together have too much unread, closing those with the most"
        );
    }

    fn show(&self) {
        metrics::window_bytes(self.window.bytes());
        metrics::unread_bytes(self.unread.bytes());
    }

    fn close_user(&self, user: &UserId, why: &Close) {
        let listeners = self.listeners.get(user).into_iter().flat_map(HashMap::values);
        listeners.for_each(|listener| listener.end(why.clone()));
    }

    fn close_all(&self, why: &Close) {
        let listeners = self.listeners.values().flat_map(HashMap::values);
        listeners.for_each(|listener| listener.end(why.clone()));
    }
}

impl Listener {
    /// What does not fit ends the subscription: the client comes back and recovers what it missed.
    fn offer(&self, delivery: Arc<Delivery>, most_unread: usize) {
        // Whoever is told to come back must not see anything behind what was missed: it would come back with that.
        if self.ending.is_decided() {
            return;
        }
        self.unread.add(delivery.update.weight());
        if self.unread.bytes() > most_unread {
            self.end(Close::Slow);
        } else {
            // A socket that is just going away has no receiver any more.
            let _ = self.queue.send(delivery);
        }
    }

    /// Tells the session to end, which lets go of its queue.
    fn end(&self, why: Close) {
        self.ending.because(why);
        self.unread.clear();
    }
}

#[cfg(test)]
mod tests;
