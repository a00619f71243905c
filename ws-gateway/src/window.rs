//! The recent updates of every user, for sockets that come back: bounded in age and bytes, and never in doubt about
//! what it does not hold.

use std::cmp::Ordering;
use std::collections::{BTreeMap, HashMap, VecDeque};
use std::sync::Arc;
use std::time::{Duration, Instant};

use shared_events::ids::{Epoch, Position, UserId};

use crate::update::Update;

#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Older updates are let go.
    pub age: Duration,
    /// Most bytes of all users.
    pub bytes: usize,
    /// Most bytes of one user.
    pub bytes_per_user: usize,
    /// Most users of whom only the newest positions are known.
    pub idle_users: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            age: Duration::from_secs(600),
            bytes: 64 << 20,
            bytes_per_user: 1 << 20,
            idle_users: 100_000,
        }
    }
}

/// What an update is to those who follow live.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pushed {
    Live,
    /// Already seen, or of an earlier epoch: nothing to do.
    Superseded,
    /// Something before it is missing: those who follow must fetch.
    Gap,
    /// The database was restored or failed over: everybody must fetch.
    NewEpoch,
}

/// What can be said to a socket that has everything up to a position.
#[derive(Debug, Clone)]
pub enum Recovery {
    /// This, in order, is everything that came after it.
    Whole(Vec<Arc<Update>>),
    /// The position lies beyond the newest one known. Either the feed has not come that far yet, as when the client has
    /// it from the answer to a change just made, or there is no such position.
    Ahead,
    /// Updates after it may be missing here.
    Lost,
}

/// The window. It has no clock: times are given.
#[derive(Debug)]
pub struct Window {
    limits: Limits,
    epoch: Option<Epoch>,
    users: HashMap<UserId, User>,
    /// Every held update, oldest first; the oldest of all is always the oldest of its stream.
    by_age: BTreeMap<u64, AgeEntry>,
    /// Users of whom nothing is held but the newest positions, longest idle first.
    idle: BTreeMap<u64, UserId>,
    bytes: usize,
    next_sequence: u64,
}

#[derive(Debug)]
struct AgeEntry {
    user: UserId,
    stream: String,
    pushed_at: Instant,
}

#[derive(Debug, Default)]
struct User {
    streams: BTreeMap<String, Stream>,
    bytes: usize,
    last_sequence: u64,
}

/// Held updates are without gaps: each begins at most one after the end of the one before.
#[derive(Debug, Default)]
struct Stream {
    newest: Position,
    held: VecDeque<Held>,
}

#[derive(Debug)]
struct Held {
    sequence: u64,
    update: Arc<Update>,
}

impl Window {
    #[must_use]
    pub fn new(limits: Limits) -> Self {
        Self {
            limits,
            epoch: None,
            users: HashMap::new(),
            by_age: BTreeMap::new(),
            idle: BTreeMap::new(),
            bytes: 0,
            next_sequence: 0,
        }
    }

    /// Takes the next update of the feed.
    pub fn push(&mut self, update: &Arc<Update>, now: Instant) -> Pushed {
        let pushed = self.judge(update);
        match pushed {
            Pushed::Superseded => return pushed,
            Pushed::NewEpoch => self.void_all(),
            Pushed::Gap => self.void_stream(&update.user, &update.stream),
            Pushed::Live => {}
        }
        self.epoch = Some(update.epoch);
        self.hold(update, now);
        self.expire(now);
        self.shrink(&update.user);
        pushed
    }

    /// Everything after `since`, where the window can promise that: it is the newest position known, or the window holds
    /// everything from the next one on.
    #[must_use]
    pub fn after(&self, user: &UserId, stream: &str, epoch: Epoch, since: Position) -> Recovery {
        let user = self.users.get(user).filter(|_| self.epoch == Some(epoch));
        let Some(stream) = user.and_then(|user| user.streams.get(stream)) else {
            return Recovery::Lost;
        };
        match since.cmp(&stream.newest) {
            Ordering::Greater => Recovery::Ahead,
            Ordering::Equal => Recovery::Whole(Vec::new()),
            Ordering::Less => stream.held_after(since),
        }
    }

    /// Forgets a user: nothing that is known can be promised to be whole.
    pub fn void(&mut self, user: &UserId) {
        let Some(forgotten) = self.users.remove(user) else {
            return;
        };
        self.bytes -= forgotten.bytes;
        self.idle.remove(&forgotten.last_sequence);
        for held in forgotten.streams.values().flat_map(|stream| &stream.held) {
            self.by_age.remove(&held.sequence);
        }
    }

    pub fn void_all(&mut self) {
        let limits = self.limits;
        *self = Self {
            epoch: self.epoch,
            next_sequence: self.next_sequence,
            ..Self::new(limits)
        };
    }

    pub fn expire(&mut self, now: Instant) {
        while let Some(oldest) = self.by_age.first_entry() {
            if now.saturating_duration_since(oldest.get().pushed_at) <= self.limits.age {
                return;
            }
            let entry = oldest.remove();
            self.let_go(&entry);
        }
    }

    /// The current life of the database, when an update told.
    #[must_use]
    pub fn epoch(&self) -> Option<Epoch> {
        self.epoch
    }

    #[must_use]
    pub fn bytes(&self) -> usize {
        self.bytes
    }

    fn judge(&self, update: &Update) -> Pushed {
        match self.epoch {
            Some(epoch) if update.epoch < epoch => return Pushed::Superseded,
            Some(epoch) if update.epoch > epoch => return Pushed::NewEpoch,
            Some(_) | None => {}
        }
        let user = self.users.get(&update.user);
        let Some(stream) = user.and_then(|user| user.streams.get(&update.stream)) else {
            return Pushed::Live;
        };
        if update.to <= stream.newest {
            Pushed::Superseded
        } else if update.from.get() > stream.newest.get().saturating_add(1) {
            Pushed::Gap
        } else {
            Pushed::Live
        }
    }

    fn hold(&mut self, update: &Arc<Update>, now: Instant) {
        let sequence = self.next_sequence;
        self.next_sequence += 1;
        let user = self.users.entry(update.user.clone()).or_default();
        self.idle.remove(&user.last_sequence);
        user.last_sequence = sequence;
        user.bytes += update.weight();
        self.bytes += update.weight();
        let stream = user.streams.entry(update.stream.clone()).or_default();
        stream.newest = update.to;
        stream.held.push_back(Held {
            sequence,
            update: Arc::clone(update),
        });
        let entry = AgeEntry {
            user: update.user.clone(),
            stream: update.stream.clone(),
            pushed_at: now,
        };
        self.by_age.insert(sequence, entry);
    }

    fn shrink(&mut self, user: &UserId) {
        while let Some(oldest) = self.oldest_of_a_user_above_the_limit(user) {
            self.let_go_of(oldest);
        }
        while self.bytes > self.limits.bytes {
            let Some((&oldest, _)) = self.by_age.first_key_value() else {
                return;
            };
            self.let_go_of(oldest);
        }
    }

    fn oldest_of_a_user_above_the_limit(&self, user: &UserId) -> Option<u64> {
        let user = self.users.get(user)?;
        let fronts = user.streams.values().filter_map(|stream| stream.held.front());
        let oldest = fronts.map(|held| held.sequence).min();
        oldest.filter(|_| user.bytes > self.limits.bytes_per_user)
    }

    fn let_go_of(&mut self, sequence: u64) {
        if let Some(entry) = self.by_age.remove(&sequence) {
            self.let_go(&entry);
        }
    }

    /// Removes the oldest update of a stream; its newest position stays known.
    fn let_go(&mut self, entry: &AgeEntry) {
        let Some(user) = self.users.get_mut(&entry.user) else {
            return;
        };
        let held = user
            .streams
            .get_mut(&entry.stream)
            .and_then(|stream| stream.held.pop_front());
        let weight = held.map_or(0, |held| held.update.weight());
        user.bytes -= weight;
        self.bytes -= weight;
        if user.bytes == 0 {
            self.idle.insert(user.last_sequence, entry.user.clone());
        }
        while self.idle.len() > self.limits.idle_users {
            if let Some((_, user)) = self.idle.pop_first() {
                self.users.remove(&user);
            }
        }
    }

    fn void_stream(&mut self, user: &UserId, stream: &str) {
        let Some(user) = self.users.get_mut(user) else {
            return;
        };
        let Some(stream) = user.streams.remove(stream) else {
            return;
        };
        for held in stream.held {
            user.bytes -= held.update.weight();
            self.bytes -= held.update.weight();
            self.by_age.remove(&held.sequence);
        }
    }
}

impl Stream {
    fn held_after(&self, since: Position) -> Recovery {
        let next = since.get().saturating_add(1);
        match self.held.front() {
            Some(first) if first.update.from.get() <= next => {
                let later = self.held.iter().filter(|held| held.update.to > since);
                Recovery::Whole(later.map(|held| Arc::clone(&held.update)).collect())
            }
            Some(_) | None => Recovery::Lost,
        }
    }
}

#[cfg(test)]
mod tests;
