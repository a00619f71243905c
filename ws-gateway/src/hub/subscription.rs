//! A socket's end of the hub: what it gets, from where on, and why that ends.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use shared_events::ids::{Epoch, Position, UserId};
use tokio::sync::mpsc::UnboundedReceiver;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;
use tracing::Span;

use super::unread::Unread;
use super::{Hub, Listener};
use crate::protocol::Close;
use crate::update::Update;
use crate::window::{Recovery, Window};

/// An update on its way to a socket.
#[derive(Debug)]
pub struct Delivery {
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
    pub(super) queue: UnboundedReceiver<Arc<Delivery>>,
    unread: Unread,
    ending: Ending,
    registration: Registration,
}

/// Where the hub has the subscription.
#[derive(Debug)]
pub(super) struct Registration {
    pub(super) user: UserId,
    pub(super) id: u64,
    pub(super) hub: Hub,
}

/// Why the hub ends a subscription, once it does.
#[derive(Debug, Clone, Default)]
pub(super) struct Ending {
    why: Arc<OnceLock<Close>>,
    token: CancellationToken,
}

impl Delivery {
    pub(super) fn live(update: Arc<Update>, span: Span) -> Arc<Self> {
        Arc::new(Self {
            update,
            is_live: true,
            _span: span,
        })
    }

    pub(super) fn held(update: Arc<Update>) -> Arc<Self> {
        Arc::new(Self {
            update,
            is_live: false,
            _span: Span::none(),
        })
    }
}

impl Ending {
    /// The first reason stays.
    pub(super) fn because(&self, why: Close) {
        let _ = self.why.set(why);
        self.token.cancel();
    }

    pub(super) fn is_decided(&self) -> bool {
        self.token.is_cancelled()
    }
}

impl Subscription {
    pub(super) fn new(
        listener: &Listener,
        queue: UnboundedReceiver<Arc<Delivery>>,
        epoch: Option<Epoch>,
        registration: Registration,
    ) -> Self {
        Self {
            recovered: BTreeMap::new(),
            positions: BTreeMap::new(),
            epoch,
            ahead: BTreeMap::new(),
            early: VecDeque::new(),
            queue,
            unread: listener.unread.clone(),
            ending: listener.ending.clone(),
            registration,
        }
    }

    /// What the window holds for a client that has the stream up to `since`.
    pub(super) fn begin(
        &mut self,
        stream: &'static str,
        since: Option<(Epoch, Position)>,
        window: &Window,
    ) -> Vec<Arc<Update>> {
        self.recovered.insert(stream, false);
        let Some((epoch, at)) = since else {
            return Vec::new();
        };
        match window.after(&self.registration.user, stream, epoch, at) {
            Recovery::Whole(held) => {
                self.recover(stream, (epoch, at));
                return held;
            }
            Recovery::Ahead => {
                self.ahead.insert(stream, (epoch, at));
            }
            Recovery::Lost => {}
        }
        Vec::new()
    }

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
        let Registration { user, id, hub } = &self.registration;
        hub.unsubscribe(user, *id);
        self.unread.clear();
    }
}
