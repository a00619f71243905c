//! The load: people who create, edit, complete, reopen, skip and delete, one change after the other each, and write
//! down what they were promised.

mod caller;
mod request;

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};
use reqwest::Url;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::Instant;

use self::caller::{Caller, Outcome};
use self::request::Chooser;
pub use self::request::Kind;

#[derive(Debug, Clone)]
pub struct Someone {
    /// The `sub` of their token.
    pub user: String,
    pub token: String,
}

#[derive(Debug, Clone, Copy)]
pub struct Pace {
    /// Changes a second, of all together.
    pub rate: f64,
    /// The same seed makes the same choices.
    pub seed: u64,
}

/// What became of one change, as its author knows it.
#[derive(Debug, Clone)]
pub struct Entry {
    pub user: String,
    pub kind: Kind,
    /// The title it gave, which no other change gives; none when it gave none.
    pub title: Option<String>,
    pub promise: Promise,
}

/// What a service promised by its answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Promise {
    /// 2xx: the change is made, at this version of the task and this position of the user.
    Made {
        task: String,
        version: i64,
        position: i64,
    },
    /// No answer, or a 5xx, and nobody asked again: made as a whole or not at all.
    Unknown,
    /// 4xx, or it never reached anybody: not made.
    Refused(u16),
}

/// Everything that people were promised; clones are the same.
#[derive(Debug, Clone)]
pub struct Ledger {
    entries: Arc<Mutex<Vec<Entry>>>,
    made: Arc<watch::Sender<u64>>,
    made_by_slot: Arc<[AtomicU64; 2]>,
    replayed: Arc<AtomicU64>,
}

impl Default for Ledger {
    fn default() -> Self {
        Self {
            entries: Arc::default(),
            made: Arc::new(watch::Sender::new(0)),
            made_by_slot: Arc::default(),
            replayed: Arc::default(),
        }
    }
}

impl Ledger {
    pub fn entries(&self) -> Vec<Entry> {
        self.entries
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// How many changes were acknowledged.
    pub fn made(&self) -> u64 {
        *self.made.borrow()
    }

    /// How many of them by this replica of backend-api.
    pub fn made_by(&self, slot: usize) -> u64 {
        self.made_by_slot
            .get(slot)
            .map_or(0, |count| count.load(Ordering::Relaxed))
    }

    /// How many outcomes were unknown at first and found out by asking again with the same key.
    pub fn replayed(&self) -> u64 {
        self.replayed.load(Ordering::Relaxed)
    }

    /// Waits until `count` more changes are acknowledged; false when they are not within the deadline.
    pub async fn more(&self, count: u64, within: Duration) -> bool {
        let mut made = self.made.subscribe();
        let wanted = made.borrow_and_update().saturating_add(count);
        let enough = made.wait_for(|made| *made >= wanted);
        tokio::time::timeout(within, enough).await.is_ok()
    }

    fn write(&self, entry: Entry, slot: usize) {
        let is_made = matches!(entry.promise, Promise::Made { .. });
        self.entries
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(entry);
        if is_made {
            if let Some(count) = self.made_by_slot.get(slot) {
                count.fetch_add(1, Ordering::Relaxed);
            }
            self.made.send_modify(|made| *made += 1);
        }
    }
}

/// People at work until told to stop.
#[derive(Debug)]
pub struct Load {
    pub ledger: Ledger,
    stop: watch::Sender<bool>,
    people: JoinSet<anyhow::Result<()>>,
}

impl Load {
    pub fn start(people: &[Someone], api: &[Url], pace: Pace) -> anyhow::Result<Self> {
        let ledger = Ledger::default();
        let stop = watch::Sender::new(false);
        let period = Duration::from_secs_f64(people.len() as f64 / pace.rate);
        let mut running = JoinSet::new();
        for (number, someone) in people.iter().enumerate() {
            let caller = Caller::new(api.to_vec(), &someone.token)?;
            let worker = Worker {
                user: someone.user.clone(),
                caller,
                chooser: Chooser::new(number),
                ledger: ledger.clone(),
                period,
                rng: StdRng::seed_from_u64(pace.seed.wrapping_mul(1009).wrapping_add(number as u64)),
            };
            running.spawn(worker.run(stop.subscribe()));
        }
        Ok(Self {
            ledger,
            stop,
            people: running,
        })
    }

    /// Everybody finishes the change in hand.
    pub async fn stop(mut self) -> anyhow::Result<Ledger> {
        self.stop.send_replace(true);
        while let Some(ended) = self.people.join_next().await {
            ended??;
        }
        Ok(self.ledger)
    }
}

struct Worker {
    user: String,
    caller: Caller,
    chooser: Chooser,
    ledger: Ledger,
    period: Duration,
    rng: StdRng,
}

impl Worker {
    async fn run(mut self, mut stop: watch::Receiver<bool>) -> anyhow::Result<()> {
        let mut next = Instant::now() + self.period.mul_f64(self.rng.random_range(0.0..1.0));
        while !*stop.borrow() {
            tokio::select! {
                _ = stop.changed() => break,
                // Sleeps because a load has a rate.
                () = tokio::time::sleep_until(next) => {}
            }
            self.change().await?;
            // Who was held up makes up for a second of it at most.
            let earliest = Instant::now().checked_sub(Duration::from_secs(1)).unwrap_or(next);
            next = (next + self.period).max(earliest);
        }
        Ok(())
    }

    async fn change(&mut self) -> anyhow::Result<()> {
        let request = self.chooser.choose(&mut self.rng);
        let outcome = self.caller.make(&request, &mut self.rng).await?;
        let promise = match &outcome {
            Outcome::Made { answer, .. } => Promise::Made {
                task: answer.task.clone(),
                version: answer.version,
                position: answer.position,
            },
            Outcome::Unknown => Promise::Unknown,
            Outcome::Refused(status) => Promise::Refused(*status),
        };
        let mut slot = 0;
        if let Outcome::Made {
            slot: by,
            asked_again,
            ..
        } = &outcome
        {
            slot = *by;
            if *asked_again {
                self.ledger.replayed.fetch_add(1, Ordering::Relaxed);
            }
        }
        let entry = Entry {
            user: self.user.clone(),
            kind: request.kind,
            title: request.title.clone(),
            promise,
        };
        self.chooser.learn(&request, &outcome);
        self.ledger.write(entry, slot);
        Ok(())
    }
}
