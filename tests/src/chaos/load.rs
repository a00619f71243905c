//! The load: people who create, edit, complete, reopen, skip and delete, one change after the other each, and write
//! down what they were promised.

mod caller;
mod request;
mod stranger;

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};
use reqwest::Url;
use serde::{Deserialize, Serialize};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::Instant;

use self::caller::{Answer, Caller, Outcome};
pub use self::request::Kind;
use self::request::{Chooser, Request};
use self::stranger::{Board, Stranger};
use super::observations::Repeat;
use super::recorder::Recorder;

/// How often an answered change is asked for again, in percent.
const REPEATED: u32 = 5;
/// How often somebody asks for what is another's, in percent.
const STRANGE: u32 = 8;

/// Where people find the services, whichever replica runs.
#[derive(Debug, Clone)]
pub struct Doors {
    pub api: Vec<Url>,
    pub audit: Vec<Url>,
    pub notifications: Vec<Url>,
}

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
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    pub user: String,
    pub kind: Kind,
    /// The title it gave, which no other change gives; none when it gave none.
    pub title: Option<String>,
    pub promise: Promise,
}

/// What a service promised by its answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
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
    began: Instant,
    /// How many changes were acknowledged in each second.
    seconds: Arc<Mutex<Vec<u32>>>,
}

impl Ledger {
    /// An empty one, whose seconds count from then.
    fn since(began: Instant) -> Self {
        Self {
            entries: Arc::default(),
            made: Arc::new(watch::Sender::new(0)),
            made_by_slot: Arc::default(),
            replayed: Arc::default(),
            began,
            seconds: Arc::default(),
        }
    }

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

    /// How many changes were acknowledged in each second since the run's beginning.
    pub fn by_second(&self) -> Vec<u32> {
        self.seconds
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// Owner and id of a task that was acknowledged, so many changes back.
    pub fn task(&self, back: usize) -> Option<(String, String)> {
        let entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        let mut made = entries.iter().rev().filter_map(|entry| match &entry.promise {
            Promise::Made { task, .. } => Some((entry.user.clone(), task.clone())),
            Promise::Unknown | Promise::Refused(_) => None,
        });
        made.nth(back)
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
            self.count_second();
        }
    }

    fn count_second(&self) {
        let second = usize::try_from(self.began.elapsed().as_secs()).unwrap_or(usize::MAX);
        let mut seconds = self.seconds.lock().unwrap_or_else(PoisonError::into_inner);
        if seconds.len() <= second {
            seconds.resize(second + 1, 0);
        }
        if let Some(count) = seconds.last_mut() {
            *count += 1;
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
    pub fn start(people: &[Someone], doors: &Doors, pace: Pace, recorder: &Recorder) -> anyhow::Result<Self> {
        let ledger = Ledger::since(recorder.began().into());
        let board = Board::default();
        let stop = watch::Sender::new(false);
        let period = Duration::from_secs_f64(people.len() as f64 / pace.rate);
        let mut running = JoinSet::new();
        for (number, someone) in people.iter().enumerate() {
            let stranger = Stranger {
                user: someone.user.clone(),
                token: someone.token.clone(),
                doors: doors.clone(),
                board: board.clone(),
                recorder: recorder.clone(),
                http: reqwest::Client::new(),
            };
            let worker = Worker {
                user: someone.user.clone(),
                caller: Caller::new(doors.api.clone(), &someone.token)?,
                stranger,
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
    stranger: Stranger,
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
            if self.rng.random_range(0..100) < STRANGE {
                self.stranger.ask(&mut self.rng).await?;
            }
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
            answer,
        } = &outcome
        {
            slot = *by;
            if *asked_again {
                self.ledger.replayed.fetch_add(1, Ordering::Relaxed);
            }
            let title = request.title.as_deref();
            self.stranger.board.post(&self.user, &answer.task, title);
            if self.rng.random_range(0..100) < REPEATED {
                self.repeat(&request, answer).await?;
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

    /// Asks for a change that was answered again, with the same key.
    async fn repeat(&mut self, request: &Request, first: &Answer) -> anyhow::Result<()> {
        if let Some(second) = self.caller.repeat(request, first).await? {
            let recorder = &self.stranger.recorder;
            recorder.repeat(Repeat {
                at: recorder.now(),
                user: self.user.clone(),
                key: first.key.clone(),
                first: first.identity(),
                second,
            });
        }
        Ok(())
    }
}
