//! What is done to a service: round after round it works, is killed, stopped or frozen, is away for a while, and comes
//! back. What is done to everything else, or to the topics, is in [`others`].

pub mod others;
mod plan;
mod poison;
mod registry;
mod work;

use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use anyhow::Context as _;
use rand::rngs::StdRng;
use rand::seq::SliceRandom as _;
use rand::{RngExt as _, SeedableRng as _};
use tokio::sync::watch;

pub use self::plan::{Length, Plan, Rounds, Season, Tally};
pub use self::work::repairs;
use self::work::{Worker, leader, published_by, work_of};
use super::fleet::{Broker, Frozen, Replica, Stopped, Throttled};
use super::load::Ledger;
use super::observations::{EndCause, Fault};
use super::recorder::Recorder;
use super::setup::ServiceSetup;

/// What a process has to show before it is killed (again).
const WORK: Duration = Duration::from_secs(180);
/// The grace period of an orderly stop, as Kubernetes gives it.
const GRACE: Duration = Duration::from_secs(30);
const ASK: Duration = Duration::from_millis(100);
/// A broker that stands still for longer would cost consumers their sessions, which is another fault.
const FROZEN: Duration = Duration::from_secs(3);
/// Seconds that a service is frozen: longer than the relay's lease and a consumer's session, so that a successor
/// starts, and shorter.
const FREEZES: [u64; 3] = [5, 12, 12];
const LONG_FREEZES: [u64; 3] = [5, 30, 90];
/// Whoever stood still for so long has missed records for about as long as its watch waits for them.
const SLEPT: Duration = Duration::from_secs(25);

/// Everything that one service's rounds need.
pub struct FaultRun {
    pub setup: ServiceSetup,
    pub logs: PathBuf,
    pub broker: Broker,
    /// What people were promised meanwhile.
    pub ledger: Ledger,
    pub plan: Plan,
    pub rng: StdRng,
    /// What was done, for whoever watches.
    pub tally: Arc<Mutex<Tally>>,
    pub recorder: Recorder,
}

#[derive(Debug, Clone, Copy)]
struct Round {
    way: Way,
    replicas: usize,
    /// Kill the relay's leader while the broker stands still.
    frozen: bool,
    /// Whoever is started before gets the processor in short turns until the victim has worked.
    throttled: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    Kill,
    Stop,
    Freeze,
}

impl Round {
    /// After all: one process, undisturbed.
    const LAST: Self = Self {
        way: Way::Stop,
        replicas: 1,
        frozen: false,
        throttled: false,
    };
}

impl FaultRun {
    /// Goes through all rounds; the processes that run at the end, which all are ready.
    pub async fn run(mut self, first: Replica) -> anyhow::Result<Vec<Replica>> {
        let mut workers = vec![Worker::new(first)];
        match self.plan.clone() {
            Plan::Rounds(rounds) => {
                for round in self.schedule(rounds) {
                    if rounds.stop_early && !self.recorder.is_clean() {
                        break;
                    }
                    self.round(&mut workers, round).await?;
                }
            }
            Plan::Season {
                faults,
                length,
                mut season,
            } => {
                let ways = Way::of(&faults);
                while let Some(round) = self.next(&ways, &mut season).await {
                    self.round_of(&mut workers, round, length).await?;
                    let pause = match round.way {
                        Way::Kill | Way::Stop => self.rng.random_range(0..4_000),
                        Way::Freeze => self.rng.random_range(5_000..12_000),
                    };
                    // Sleeps because nobody is promised anything while all services are away all the time.
                    tokio::time::sleep(Duration::from_millis(pause)).await;
                }
            }
        }
        self.start_workers(&mut workers, Round::LAST).await?;
        Ok(workers.into_iter().map(|worker| worker.replica).collect())
    }

    async fn round(&mut self, workers: &mut Vec<Worker>, round: Round) -> anyhow::Result<()> {
        self.round_of(workers, round, Length::Short).await
    }

    async fn round_of(
        &mut self,
        workers: &mut Vec<Worker>,
        round: Round,
        length: Length,
    ) -> anyhow::Result<()> {
        let throttled = self.start_workers(workers, round).await?;
        let victim = match round.frozen {
            true => leader(workers).await,
            false => self.rng.random_range(0..workers.len()),
        };
        if let Err(error) = self.await_work(workers, victim).await {
            self.recorder.differ(
                "works",
                format!("{} did nothing for {WORK:?}: {error:#}", self.setup.name),
            );
        }
        drop(throttled);
        // Sleeps because a kill is to hit any moment of the work, not only its first.
        tokio::time::sleep(Duration::from_millis(self.rng.random_range(0..400))).await;
        if self.any_dead(workers) {
            return Ok(());
        }
        let alone = workers.len() == 1;
        if round.way == Way::Freeze {
            self.freeze(workers, victim, length).await?;
            return Ok(());
        }
        let victim = workers.swap_remove(victim).replica;
        self.note_repairs(&victim).await;
        let (fault, name) = match round.way {
            Way::Kill => (Fault::Kill, victim.service.clone()),
            Way::Stop | Way::Freeze => (Fault::Stop, victim.service.clone()),
        };
        let ongoing = self.recorder.begin(fault, name);
        match round.way {
            Way::Kill => self.kill(victim, alone, round.frozen).await?,
            Way::Stop | Way::Freeze => self.stop(victim).await?,
        }
        for worker in workers.iter_mut() {
            worker.reset(&self.ledger).await;
        }
        self.stay_away().await;
        ongoing.heal();
        Ok(())
    }

    /// What is done next; none when the season is over.
    async fn next(&mut self, ways: &[Way], season: &mut watch::Receiver<Season>) -> Option<Round> {
        loop {
            let way = match (*season.borrow_and_update(), ways) {
                (Season::Over, _) => return None,
                (Season::Restarts, []) => Some(Way::Stop),
                (Season::Faults, []) => None,
                (Season::Faults | Season::Restarts, ways) => {
                    ways.get(self.rng.random_range(0..ways.len())).copied()
                }
            };
            if let Some(way) = way {
                let is_relay = self.setup.name == "backend-api";
                return Some(Round {
                    way,
                    replicas: self.rng.random_range(1..=2),
                    frozen: is_relay && way == Way::Kill && self.rng.random_range(0..3) < 2,
                    throttled: way != Way::Freeze && self.rng.random_range(0..3) < 2,
                });
            }
            season.changed().await.ok()?;
        }
    }

    /// Kills and stops in any order, half of them with two replicas.
    fn schedule(&mut self, rounds: Rounds) -> Vec<Round> {
        let Rounds { kills, stops, .. } = rounds;
        let is_relay = self.setup.name == "backend-api";
        let of = |way: Way, count: usize| {
            (0..count).map(move |number| Round {
                way,
                replicas: 1 + number % 2,
                // Two of three: alone as well as with another that takes over.
                frozen: is_relay && way == Way::Kill && number % 3 < 2,
                throttled: number % 3 != 1,
            })
        };
        let mut rounds: Vec<Round> = of(Way::Kill, kills).chain(of(Way::Stop, stops)).collect();
        rounds.shuffle(&mut self.rng);
        rounds
    }

    /// Starts what is missing, drops what is too many, and waits until all are ready.
    async fn start_workers(
        &mut self,
        workers: &mut Vec<Worker>,
        round: Round,
    ) -> anyhow::Result<Vec<Throttled>> {
        let wanted = round.replicas;
        let mut throttled = Vec::new();
        self.any_dead(workers);
        workers.retain_mut(|worker| worker.replica.ended().is_none());
        while workers.len() > wanted {
            if let Some(worker) = workers.pop() {
                self.note_repairs(&worker.replica).await;
                self.stop(worker.replica).await?;
            }
        }
        for slot in 0..self.setup.replicas.len() {
            if workers.len() < wanted && workers.iter().all(|worker| worker.replica.slot != slot) {
                let replica = Replica::start(&self.setup, slot, &self.logs)?;
                self.recorder.started(&self.setup, &replica);
                if round.throttled {
                    throttled.push(Throttled::throttle(replica.pid, StdRng::from_rng(&mut self.rng)));
                }
                workers.push(Worker::new(replica));
            }
        }
        for worker in workers.iter() {
            if let Err(error) = worker.replica.ready().await {
                self.recorder.differ("ready", format!("{error:#}"));
            }
        }
        Ok(throttled)
    }

    /// Waits until the victim, and the service as a whole, have worked since the service's last kill; or until one of
    /// its processes has ended.
    async fn await_work(&self, workers: &mut [Worker], victim: usize) -> anyhow::Result<()> {
        let deadline = Instant::now() + WORK;
        loop {
            if self.any_dead(workers) {
                return Ok(());
            }
            let victim = workers.get(victim).context("the victim runs")?;
            let missing = match self.missing(workers, victim).await {
                Ok(None) => return Ok(()),
                Ok(Some(missing)) => missing.to_owned(),
                Err(error) => format!("{error:#}"),
            };
            anyhow::ensure!(Instant::now() < deadline, "{missing}");
            tokio::time::sleep(ASK).await;
        }
    }

    /// Whether a process has ended by itself.
    fn any_dead(&self, workers: &mut [Worker]) -> bool {
        let mut any = false;
        for worker in workers {
            if let Some(status) = worker.replica.ended() {
                self.recorder.found_dead(worker.replica.pid, status.code());
                any = true;
            }
        }
        any
    }

    async fn missing(&self, workers: &[Worker], victim: &Worker) -> anyhow::Result<Option<&'static str>> {
        let work = work_of(&victim.replica).await? - victim.work_before;
        Ok(match self.setup.name.as_str() {
            "backend-api" => {
                let mut published = 0.0;
                for worker in workers {
                    published += published_by(&worker.replica).await? - worker.published_before;
                }
                if self.ledger.made_by(victim.replica.slot) == victim.served_before {
                    Some("no change was acknowledged")
                } else if published <= 0.0 {
                    Some("no row was published")
                } else {
                    None
                }
            }
            "ws-gateway" => (work <= 0.0).then_some("no update was pushed"),
            _ => (work <= 0.0).then_some("no record was applied"),
        })
    }

    async fn kill(&mut self, victim: Replica, alone: bool, frozen: bool) -> anyhow::Result<()> {
        let recorder = self.recorder.clone();
        if frozen {
            // What the relay has handed to its producer is then neither acknowledged nor, most of it, sent.
            let ledger = self.ledger.clone();
            let killed = self.broker.frozen(async move {
                ledger.more(15, FROZEN).await;
                kill(&recorder, victim).await
            });
            killed.await??;
        } else {
            kill(&recorder, victim).await?;
        }
        let mut tally = self.tally();
        tally.kills += 1;
        tally.kills_of_two += usize::from(!alone);
        tally.kills_with_frozen_broker += usize::from(frozen);
        Ok(())
    }

    async fn stop(&mut self, victim: Replica) -> anyhow::Result<()> {
        let name = format!("{} in place {}", self.setup.name, victim.slot);
        let ending = self.recorder.ending(victim.pid);
        let (cause, code) = match victim.stop(GRACE).await? {
            Stopped::Ended(status, took) => {
                if !status.success() {
                    let what = format!("{name} ended with {status} {took:.1?} after SIGTERM");
                    self.recorder.differ("stops", what);
                }
                let mut tally = self.tally();
                tally.longest_stop = tally.longest_stop.max(took);
                (EndCause::Stopped, status.code())
            }
            Stopped::Hung => {
                let what = format!("{name} did not end within {GRACE:?} of SIGTERM");
                self.recorder.differ("stops", what);
                (EndCause::Hung, None)
            }
        };
        if let Some(ending) = ending {
            self.recorder.ended(ending, cause, code);
        }
        self.tally().stops += 1;
        Ok(())
    }

    /// One process stands still; if there is another one, that takes over.
    async fn freeze(&mut self, workers: &mut [Worker], victim: usize, length: Length) -> anyhow::Result<()> {
        let worker = workers.get(victim).context("the victim runs")?;
        let lengths = match length {
            Length::Short => FREEZES,
            Length::Long => LONG_FREEZES,
        };
        let seconds = lengths.get(self.rng.random_range(0..lengths.len()));
        let how_long = Duration::from_secs(seconds.copied().unwrap_or_default());
        let ongoing = self.recorder.begin(Fault::Freeze, &self.setup.name);
        let frozen = Frozen::freeze(worker.replica.pid)?;
        if how_long >= SLEPT {
            self.recorder.slept(worker.replica.pid);
        }
        // Sleeps because this is what standing still is.
        tokio::time::sleep(how_long).await;
        drop(frozen);
        ongoing.heal();
        for worker in workers.iter_mut() {
            worker.reset(&self.ledger).await;
        }
        let mut tally = self.tally();
        tally.freezes += 1;
        tally.longest_freeze = tally.longest_freeze.max(how_long);
        Ok(())
    }

    async fn note_repairs(&self, replica: &Replica) {
        // Who does not answer any more is judged by what it leaves behind.
        if let Ok(Some(found)) = repairs(replica, &self.recorder).await {
            self.recorder.differ(found.rule, found.what);
        }
    }

    /// Some time passes: none, or until so many changes were made meanwhile, whose records then wait.
    async fn stay_away(&mut self) {
        let before = self.ledger.made();
        if self.rng.random_range(0..4) > 0 {
            let changes = self.rng.random_range(5..40);
            self.ledger.more(changes, Duration::from_secs(2)).await;
        }
        let grew = self.ledger.made() > before;
        self.tally().with_backlog += usize::from(grew);
    }

    fn tally(&self) -> MutexGuard<'_, Tally> {
        self.tally.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Way {
    /// Each as often as it is to be chosen: a freeze lasts as long as several of the others.
    fn of(faults: &[Fault]) -> Vec<Self> {
        let ways = faults.iter().flat_map(|fault| match fault {
            Fault::Kill => vec![Self::Kill; 3],
            Fault::Stop => vec![Self::Stop; 2],
            Fault::Freeze => vec![Self::Freeze],
            Fault::BrokerKill | Fault::DatabaseKill | Fault::Poison | Fault::Registry => Vec::new(),
        });
        ways.collect()
    }
}

async fn kill(recorder: &Recorder, victim: Replica) -> anyhow::Result<()> {
    let ending = recorder.ending(victim.pid);
    victim.kill().await?;
    if let Some(ending) = ending {
        recorder.ended(ending, EndCause::Killed, None);
    }
    Ok(())
}
