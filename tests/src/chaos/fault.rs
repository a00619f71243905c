//! What is done to a service: round after round it works, is killed or stopped, is away for a while, and comes back.

use std::fmt;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use anyhow::Context as _;
use rand::rngs::StdRng;
use rand::seq::SliceRandom as _;
use rand::{RngExt as _, SeedableRng as _};

use super::fleet::{Broker, Replica, Stopped, Throttled};
use super::load::Ledger;
use super::report::Difference;
use super::setup::ServiceSetup;

/// What a process has to show before it is killed (again).
const WORK: Duration = Duration::from_secs(180);
/// The grace period of an orderly stop, as Kubernetes gives it.
const GRACE: Duration = Duration::from_secs(30);
const ASK: Duration = Duration::from_millis(100);
/// A broker that stands still for longer would cost consumers their sessions, which is another fault.
const FROZEN: Duration = Duration::from_secs(3);

/// How many rounds each service gets.
#[derive(Debug, Clone, Copy)]
pub struct Rounds {
    pub kills: usize,
    pub stops: usize,
    /// No further round once something is known to be wrong.
    pub stop_early: bool,
}

/// What was done to one service so far.
#[derive(Debug, Clone, Copy, Default)]
pub struct Tally {
    pub kills: usize,
    /// Of these, how many while another replica ran.
    pub kills_of_two: usize,
    /// Of these, how many while the broker stood still.
    pub kills_with_frozen_broker: usize,
    pub stops: usize,
    pub longest_stop: Duration,
    /// Rounds after which changes were acknowledged before a process of the service was started again.
    pub with_backlog: usize,
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}+{}", self.kills, self.stops)
    }
}

/// Everything that one service's rounds need.
pub struct FaultRun {
    pub setup: ServiceSetup,
    pub logs: PathBuf,
    pub broker: Broker,
    /// What people were promised meanwhile.
    pub ledger: Ledger,
    pub rounds: Rounds,
    pub rng: StdRng,
    /// What was done, for whoever watches.
    pub tally: Arc<Mutex<Tally>>,
    pub differences: Arc<Mutex<Vec<Difference>>>,
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

/// A process, and what its counters said when one of its service was last killed.
struct Worker {
    replica: Replica,
    work_before: f64,
    served_before: u64,
    published_before: f64,
}

impl FaultRun {
    /// Goes through all rounds; the processes that run at the end, which all are ready.
    pub async fn run(mut self, first: Replica) -> anyhow::Result<Vec<Replica>> {
        let mut workers = vec![Worker::new(first)];
        for round in self.schedule() {
            if self.rounds.stop_early && !self.differences().is_empty() {
                break;
            }
            let throttled = self.start_workers(&mut workers, round).await?;
            let victim = match round.frozen {
                true => leader(&workers).await,
                false => self.rng.random_range(0..workers.len()),
            };
            if let Err(error) = self.await_work(&workers, victim).await {
                self.differ(
                    "works",
                    format!("{} did nothing for {WORK:?}: {error:#}", self.setup.name),
                );
            }
            drop(throttled);
            // Sleeps because a kill is to hit any moment of the work, not only its first.
            tokio::time::sleep(Duration::from_millis(self.rng.random_range(0..400))).await;
            let alone = workers.len() == 1;
            let victim = workers.swap_remove(victim).replica;
            let repairs = victim.repairs().await.unwrap_or_default();
            self.differences().extend(repairs);
            match round.way {
                Way::Kill => self.kill(victim, alone, round.frozen).await?,
                Way::Stop => self.stop(victim).await?,
            }
            for worker in &mut workers {
                worker.reset(&self.ledger).await;
            }
            self.stay_away().await;
        }
        self.start_workers(&mut workers, Round::LAST).await?;
        Ok(workers.into_iter().map(|worker| worker.replica).collect())
    }

    /// Kills and stops in any order, half of them with two replicas.
    fn schedule(&mut self) -> Vec<Round> {
        let Rounds { kills, stops, .. } = self.rounds;
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
        for worker in workers.iter_mut() {
            if let Some(status) = worker.replica.ended() {
                let what = format!(
                    "{} in place {} ended by itself: {status}",
                    self.setup.name, worker.replica.slot
                );
                self.differ("lives", what);
            }
        }
        workers.retain_mut(|worker| worker.replica.ended().is_none());
        while workers.len() > wanted {
            if let Some(worker) = workers.pop() {
                let repairs = worker.replica.repairs().await.unwrap_or_default();
                self.differences().extend(repairs);
                self.stop(worker.replica).await?;
            }
        }
        for slot in 0..self.setup.replicas.len() {
            if workers.len() < wanted && workers.iter().all(|worker| worker.replica.slot != slot) {
                let replica = Replica::start(&self.setup, slot, &self.logs)?;
                if round.throttled {
                    throttled.push(Throttled::throttle(replica.pid, StdRng::from_rng(&mut self.rng)));
                }
                workers.push(Worker::new(replica));
            }
        }
        for worker in workers.iter() {
            if let Err(error) = worker.replica.ready().await {
                self.differ("ready", format!("{error:#}"));
            }
        }
        Ok(throttled)
    }

    /// Waits until the victim, and the service as a whole, have worked since the service's last kill.
    async fn await_work(&self, workers: &[Worker], victim: usize) -> anyhow::Result<()> {
        let victim = workers.get(victim).context("the victim runs")?;
        let deadline = Instant::now() + WORK;
        loop {
            let missing = match self.missing(workers, victim).await {
                Ok(None) => return Ok(()),
                Ok(Some(missing)) => missing.to_owned(),
                Err(error) => format!("{error:#}"),
            };
            anyhow::ensure!(Instant::now() < deadline, "{missing}");
            tokio::time::sleep(ASK).await;
        }
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
        if frozen {
            // What the relay has handed to its producer is then neither acknowledged nor, most of it, sent.
            let ledger = self.ledger.clone();
            let killed = self.broker.frozen(async move {
                ledger.more(15, FROZEN).await;
                victim.kill().await
            });
            killed.await??;
        } else {
            victim.kill().await?;
        }
        let mut tally = self.tally();
        tally.kills += 1;
        tally.kills_of_two += usize::from(!alone);
        tally.kills_with_frozen_broker += usize::from(frozen);
        Ok(())
    }

    async fn stop(&mut self, victim: Replica) -> anyhow::Result<()> {
        let name = format!("{} in place {}", self.setup.name, victim.slot);
        match victim.stop(GRACE).await? {
            Stopped::Ended(status, took) => {
                if !status.success() {
                    self.differ(
                        "stops",
                        format!("{name} ended with {status} {took:.1?} after SIGTERM"),
                    );
                }
                let mut tally = self.tally();
                tally.longest_stop = tally.longest_stop.max(took);
            }
            Stopped::Hung => self.differ("stops", format!("{name} did not end within {GRACE:?} of SIGTERM")),
        }
        self.tally().stops += 1;
        Ok(())
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

    fn differ(&self, rule: &'static str, what: String) {
        self.differences().push(Difference { rule, what });
    }

    fn differences(&self) -> MutexGuard<'_, Vec<Difference>> {
        self.differences.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Worker {
    fn new(replica: Replica) -> Self {
        Self {
            replica,
            work_before: 0.0,
            served_before: 0,
            published_before: 0.0,
        }
    }

    /// From here on counts what it does from now.
    async fn reset(&mut self, ledger: &Ledger) {
        self.served_before = ledger.made_by(self.replica.slot);
        if let Ok(work) = work_of(&self.replica).await {
            self.work_before = work;
        }
        if self.replica.service == "backend-api"
            && let Ok(published) = published_by(&self.replica).await
        {
            self.published_before = published;
        }
    }
}

/// Records applied, or updates pushed.
async fn work_of(replica: &Replica) -> anyhow::Result<f64> {
    match replica.service.as_str() {
        "ws-gateway" => replica.counter("taskwire_ws_gateway_pushed_events", "").await,
        _ => {
            replica
                .counter("taskwire_consumer_records", "outcome=\"applied\"")
                .await
        }
    }
}

/// The one whose relay leads.
async fn leader(workers: &[Worker]) -> usize {
    for (index, worker) in workers.iter().enumerate() {
        let leading = worker.replica.counter("taskwire_outbox_relay_leading", "").await;
        if leading.is_ok_and(|leading| leading > 0.0) {
            return index;
        }
    }
    0
}

async fn published_by(replica: &Replica) -> anyhow::Result<f64> {
    replica.counter("taskwire_outbox_published", "").await
}
