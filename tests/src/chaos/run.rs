//! One run: start everything, load and faults at the same time, then the oracle.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use chrono::Utc;
use rand::SeedableRng as _;
use rand::rngs::StdRng;
use tokio::task::JoinSet;

use super::fault::{FaultRun, Rounds, Tally};
use super::fleet::{Broker, Replica};
use super::load::{Entry, Ledger, Load, Pace, Someone};
use super::observations::Observations;
use super::oracle::{Comparison, Oracle};
use super::report::{Difference, Report};
use super::screen::{Screen, Sources};
use super::setup::Setup;
use crate::World;
use crate::background::Background;

/// Tokens outlive any run.
const TOKEN_SECONDS: i64 = 12 * 3600;
const PROGRESS: Duration = Duration::from_secs(5);

#[derive(Debug, Clone, Copy)]
pub struct Size {
    /// Of each service.
    pub rounds: Rounds,
    pub people: usize,
    /// Changes a second, of all together.
    pub rate: f64,
    /// The same seed makes the same choices.
    pub seed: u64,
    /// How long nothing may move before what is missing counts as lost.
    pub patience: Duration,
    /// How long everything may take to settle.
    pub settle: Duration,
}

/// What was done to the services, and what was found wrong meanwhile; clones are the same.
#[derive(Clone)]
struct Record {
    tallies: BTreeMap<String, Arc<Mutex<Tally>>>,
    differences: Arc<Mutex<Vec<Difference>>>,
}

/// Runs the kill test; `say` is told how it goes.
pub async fn run(
    world: &World,
    setup: &Setup,
    size: Size,
    say: impl Fn(&str) + Send + Sync + 'static,
) -> anyhow::Result<Report> {
    let say = Arc::new(say);
    let began = Instant::now();
    let people = people(world, size.people)?;
    let fleet = start(setup).await?;
    say(&format!("{} services are ready", fleet.len()));
    let sources = sources(setup)?;
    let screens: Vec<Screen> = people
        .iter()
        .map(|someone| Screen::open(someone, sources.clone()))
        .collect();
    let pace = Pace {
        rate: size.rate,
        seed: size.seed,
    };
    let load = Load::start(&people, &sources.api, pace)?;
    let record = Record::new(setup);
    let watcher = Background::run(tell(began, load.ledger.clone(), record.clone(), Arc::clone(&say)));
    let running = faults(setup, size, fleet, &load.ledger, &record).await?;
    let ledger = load.stop().await?;
    drop(watcher);
    say(&format!(
        "{:>4} s  the faults are over; waiting until everything has settled",
        began.elapsed().as_secs()
    ));
    let entries = ledger.entries();
    let comparison = judge(world, size, &entries, &screens).await?;
    drop(screens);
    let mut differences = record.differences();
    differences.extend(comparison.differences);
    differences.extend(end(running).await?);
    Ok(Report {
        seed: size.seed,
        took: began.elapsed(),
        replayed: ledger.replayed(),
        entries,
        tallies: record.tallies(),
        compared: comparison.compared,
        differences,
    })
}

impl Record {
    fn new(setup: &Setup) -> Self {
        let names = setup.services.iter().map(|service| service.name.clone());
        Self {
            tallies: names.map(|name| (name, Arc::default())).collect(),
            differences: Arc::default(),
        }
    }

    fn tallies(&self) -> BTreeMap<String, Tally> {
        let tally = |tally: &Mutex<Tally>| *tally.lock().unwrap_or_else(PoisonError::into_inner);
        let tallies = self.tallies.iter();
        tallies.map(|(name, it)| (name.clone(), tally(it))).collect()
    }

    fn differences(&self) -> Vec<Difference> {
        let differences = self.differences.lock();
        differences.unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// Where the screens find the services, whichever replica runs.
fn sources(setup: &Setup) -> anyhow::Result<Sources> {
    Ok(Sources {
        gateway: setup.addresses("ws-gateway", "ws")?,
        api: setup.addresses("backend-api", "http")?,
        notifications: setup.addresses("notification-svc", "http")?,
    })
}

/// All rounds of all services at the same time, while the broker has its hiccups; the processes that run at the end.
async fn faults(
    setup: &Setup,
    size: Size,
    mut fleet: BTreeMap<String, Replica>,
    ledger: &Ledger,
    record: &Record,
) -> anyhow::Result<Vec<Replica>> {
    let broker = Broker::new(setup.broker_pid)?;
    let _hiccups = broker.hiccups(StdRng::seed_from_u64(size.seed));
    let mut fault_runs = JoinSet::new();
    for (number, service) in setup.services.iter().enumerate() {
        let Some(first) = fleet.remove(&service.name) else {
            continue;
        };
        let fault_run = FaultRun {
            setup: service.clone(),
            logs: setup.logs.clone(),
            broker: broker.clone(),
            ledger: ledger.clone(),
            rounds: size.rounds,
            rng: StdRng::seed_from_u64(size.seed.wrapping_mul(31).wrapping_add(number as u64)),
            tally: record.tallies.get(&service.name).cloned().unwrap_or_default(),
            differences: Arc::clone(&record.differences),
        };
        fault_runs.spawn(fault_run.run(first));
    }
    let mut running = Vec::new();
    while let Some(ended) = fault_runs.join_next().await {
        running.extend(ended??);
    }
    Ok(running)
}

async fn judge(
    world: &World,
    size: Size,
    entries: &[Entry],
    screens: &[Screen],
) -> anyhow::Result<Comparison> {
    let environment = &world.environment;
    let mut oracle = Oracle::new(
        &environment.database_url,
        &environment.kafka,
        size.patience,
        size.settle,
    )
    .await?;
    oracle.judge(entries, screens, &Observations::default()).await
}

/// Asks each process what it had to put right by itself, and ends it.
async fn end(running: Vec<Replica>) -> anyhow::Result<Vec<Difference>> {
    let mut found = Vec::new();
    for replica in running {
        found.extend(replica.repairs().await?);
        replica.kill().await?;
    }
    Ok(found)
}

fn people(world: &World, count: usize) -> anyhow::Result<Vec<Someone>> {
    let until = Utc::now().timestamp().saturating_add(TOKEN_SECONDS);
    (0..count.max(1))
        .map(|number| {
            let user = format!("person-{number:02}");
            let token = world.issuer.token_until(&user, until)?;
            Ok(Someone { user, token })
        })
        .collect()
}

/// One process of each service, all ready.
async fn start(setup: &Setup) -> anyhow::Result<BTreeMap<String, Replica>> {
    let mut fleet = BTreeMap::new();
    for service in &setup.services {
        fleet.insert(service.name.clone(), Replica::start(service, 0, &setup.logs)?);
    }
    for replica in fleet.values() {
        replica.ready().await?;
    }
    Ok(fleet)
}

async fn tell(
    began: Instant,
    ledger: Ledger,
    record: Record,
    say: Arc<impl Fn(&str) + Send + Sync + 'static>,
) {
    let mut tick = tokio::time::interval(PROGRESS);
    let mut before = 0;
    loop {
        tick.tick().await;
        let made = ledger.made();
        let tallies = record.tallies();
        let rounds: Vec<String> = tallies
            .iter()
            .map(|(name, tally)| format!("{name} {tally}"))
            .collect();
        say(&format!(
            "{:>4} s  {made} acknowledged (+{}); kills+stops: {}",
            began.elapsed().as_secs(),
            made - before,
            rounds.join(", ")
        ));
        before = made;
    }
}
