//! Where the feed meets the sockets: one lock over the window and the list of who listens, so that a socket that comes
//! back gets each update either from the window or live, and never both or neither.

mod unread;

use std::cmp::Reverse;
use std::collections::{BTreeMap, HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use shared_events::ids::{Epoch, Position, UserId};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::sync::watch;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;
use tracing::Span;

pub use self::unread::UnreadLimits;
use self::unread::{AllUnread, Unread};
use crate::metrics;
use crate::protocol::{Close, Since};
use crate::update::Update;
use crate::window::{Limits, Pushed, Recovery, Window};

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

/// An update on its way to a socket.
#[derive(Debug)]
pub struct Delivery {
    /// The update.
    pub update: Arc<Update>,
    /// True when it is pushed as it happens, and not from the window.
    pub is_live: bool,
    /// Ends when the last socket has it.
    _span: Span,
}

/// A socket's end of a subscription; dropping it ends it.
#[derive(Debug)]
pub struct Subscription {
    /// Per stream: does everything after the given position follow?
    pub recovered: BTreeMap<&'static str, bool>,
    /// Per recovered stream: the position that the client has, so that it gets nothing at or below it. Of a stream that is
    /// not recovered it gets everything: a position that the client only claims must not silence what happens.
    pub positions: BTreeMap<String, (Epoch, Position)>,
    /// The current life of the database, once it is known.
    pub epoch: Option<Epoch>,
    /// Streams of which the client claims a position that the feed has not shown yet.
    ahead: BTreeMap<&'static str, (Epoch, Position)>,
    /// What came while that was waited for.
    early: VecDeque<Arc<Delivery>>,
    queue: UnboundedReceiver<Arc<Delivery>>,
    unread: Unread,
    ending: Ending,
    user: UserId,
    id: u64,
    hub: Hub,
}

/// Why the hub ends a subscription, once it does.
#[derive(Debug, Clone, Default)]
struct Ending {
    why: Arc<OnceLock<Close>>,
    token: CancellationToken,
}

impl Hub {
    /// A hub without listeners.
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
        let (sender, queue) = unbounded_channel();
        let mut state = self.lock();
        if !*self.is_live.borrow() {
            return Err(Refused::Replaying);
        }
        if state.listeners.get(user).map_or(0, HashMap::len) >= SOCKETS_PER_USER {
            return Err(Refused::TooMany);
        }
        let id = state.next_id;
        state.next_id += 1;
        let listener = Listener {
            queue: sender,
            unread: Unread::new(&state.unread),
            ending: Ending::default(),
        };
        let mut subscription = Subscription {
            recovered: BTreeMap::new(),
            positions: BTreeMap::new(),
            epoch: state.window.epoch(),
            ahead: BTreeMap::new(),
            early: VecDeque::new(),
            queue,
            unread: listener.unread.clone(),
            ending: listener.ending.clone(),
            user: user.clone(),
            id,
            hub: self.clone(),
        };
        for (stream, since) in Since::streams(since) {
            subscription.recovered.insert(stream, false);
            let Some((epoch, at)) = since else {
                continue;
            };
            match state.window.after(user, stream, epoch, at) {
                Recovery::Whole(held) => {
                    subscription.recover(stream, (epoch, at));
                    for update in held {
                        listener.offer(Delivery::held(update), state.unread_limits.per_socket);
                    }
                }
                Recovery::Ahead => {
                    subscription.ahead.insert(stream, (epoch, at));
                }
                Recovery::Lost => {}
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

    /// How many sockets listen.
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
        let delivery = Delivery {
            update: Arc::clone(update),
            is_live: true,
            _span: trace(update),
        };
        let delivery = Arc::new(delivery);
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
        if self.ending.token.is_cancelled() {
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

impl Delivery {
    fn held(update: Arc<Update>) -> Arc<Self> {
        Arc::new(Self {
            update,
            is_live: false,
            _span: Span::none(),
        })
    }
}

impl Ending {
    /// The first reason stays.
    fn because(&self, why: Close) {
        let _ = self.why.set(why);
        self.token.cancel();
    }
}

impl Subscription {
    /// Waits, at most `within`, for the feed to reach the positions that the client claims and the window did not know:
    /// who comes back with the position of a change just answered is a moment ahead of the feed. What is not reached
    /// by then is not recovered.
    pub async fn settle(&mut self, within: Duration) {
        // Whatever was received before the time is over is kept in `early`.
        let _ = timeout(within, self.reach()).await;
        self.ahead.clear();
    }

    async fn reach(&mut self) {
        while !self.ahead.is_empty() {
            let Some(delivery) = self.queue.recv().await else {
                // The hub keeps the sender until this subscription is dropped.
                return std::future::pending().await;
            };
            let update = &delivery.update;
            let reached = self
                .ahead
                .iter()
                .find(|(stream, (epoch, at))| {
                    update.stream == **stream && update.epoch == *epoch && update.to >= *at
                })
                .map(|(stream, since)| (*stream, *since));
            self.early.push_back(delivery);
            if let Some((stream, since)) = reached {
                self.ahead.remove(stream);
                self.recover(stream, since);
            }
        }
    }

    fn recover(&mut self, stream: &'static str, since: (Epoch, Position)) {
        self.recovered.insert(stream, true);
        self.positions.insert(stream.to_owned(), since);
    }

    /// The next updates, at most `limit`, into `batch`.
    pub async fn next(&mut self, batch: &mut Vec<Arc<Delivery>>, limit: usize) {
        if !self.early.is_empty() {
            batch.extend(self.early.drain(..limit.min(self.early.len())));
        } else if self.queue.recv_many(batch, limit).await == 0 {
            std::future::pending::<()>().await;
        }
    }

    /// Says that an update has left for the socket, which makes room for another.
    pub fn written(&self, update: &Update) {
        self.unread.remove(update.weight());
    }

    /// Waits until the hub ends this subscription, and says why.
    pub fn ended(&self) -> impl Future<Output = Close> + Send + 'static {
        let ending = self.ending.clone();
        async move {
            ending.token.cancelled().await;
            ending.why.get().cloned().unwrap_or(Close::GoingAway)
        }
    }
}

impl Drop for Subscription {
    fn drop(&mut self) {
        self.hub.unsubscribe(&self.user, self.id);
        self.unread.clear();
    }
}

#[cfg(test)]
mod tests;
