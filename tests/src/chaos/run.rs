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
use super::load::{Ledger, Load, Pace, Someone};
use super::oracle::Oracle;
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
    let mut fleet = start(setup).await?;
    say(&format!("{} services are ready", fleet.len()));
    let sources = Sources {
        gateway: setup.addresses("ws-gateway", "ws")?,
        api: setup.addresses("backend-api", "http")?,
        notifications: setup.addresses("notification-svc", "http")?,
    };
    let screens: Vec<Screen> = people
        .iter()
        .map(|someone| Screen::open(someone, sources.clone()))
        .collect();
    let pace = Pace {
        rate: size.rate,
        seed: size.seed,
    };
    let load = Load::start(&people, &sources.api, pace)?;
    let differences: Arc<Mutex<Vec<Difference>>> = Arc::default();
    let tallies: BTreeMap<String, Arc<Mutex<Tally>>> = setup
        .services
        .iter()
        .map(|service| (service.name.clone(), Arc::default()))
        .collect();
    let watcher = Background::run(tell(
        began,
        load.ledger.clone(),
        tallies.clone(),
        Arc::clone(&say),
    ));
    let broker = Broker::new(setup.broker_pid)?;
    let hiccups = broker.hiccups(StdRng::seed_from_u64(size.seed));
    let mut assaults = JoinSet::new();
    for (number, service) in setup.services.iter().enumerate() {
        let Some(first) = fleet.remove(&service.name) else {
            continue;
        };
        let fault_run = FaultRun {
            setup: service.clone(),
            logs: setup.logs.clone(),
            broker: broker.clone(),
            ledger: load.ledger.clone(),
            rounds: size.rounds,
            rng: StdRng::seed_from_u64(size.seed.wrapping_mul(31).wrapping_add(number as u64)),
            tally: tallies.get(&service.name).cloned().unwrap_or_default(),
            differences: Arc::clone(&differences),
        };
        assaults.spawn(fault_run.run(first));
    }
    let mut running = Vec::new();
    while let Some(ended) = assaults.join_next().await {
        running.extend(ended??);
    }
    drop(hiccups);
    let ledger = load.stop().await?;
    drop(watcher);
    say(&format!(
        "{:>4} s  the faults are over; waiting until everything has settled",
        began.elapsed().as_secs()
    ));
    let mut oracle = Oracle::new(
        &world.environment.database_url,
        &world.environment.kafka,
        size.patience,
        size.settle,
    )
    .await?;
    let entries = ledger.entries();
    let comparison = oracle.judge(&entries, &screens).await?;
    let mut found = differences.lock().unwrap_or_else(PoisonError::into_inner).clone();
    found.extend(comparison.differences);
    drop(screens);
    for replica in running {
        found.extend(replica.repairs().await?);
        replica.kill().await?;
    }
    let tally = |tally: &Arc<Mutex<Tally>>| *tally.lock().unwrap_or_else(PoisonError::into_inner);
    Ok(Report {
        seed: size.seed,
        took: began.elapsed(),
        replayed: ledger.replayed(),
        entries,
        tallies: tallies
            .iter()
            .map(|(name, it)| (name.clone(), tally(it)))
            .collect(),
        compared: comparison.compared,
        differences: found,
    })
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
    tallies: BTreeMap<String, Arc<Mutex<Tally>>>,
    say: Arc<impl Fn(&str) + Send + Sync + 'static>,
) {
    let mut tick = tokio::time::interval(PROGRESS);
    let mut before = 0;
    loop {
        tick.tick().await;
        let made = ledger.made();
        let rounds = tallies.iter().map(|(name, tally)| {
            let tally = tally.lock().unwrap_or_else(PoisonError::into_inner);
            format!("{name} {tally}")
        });
        let rounds: Vec<String> = rounds.collect();
        say(&format!(
            "{:>4} s  {made} acknowledged (+{}); kills+stops: {}",
            began.elapsed().as_secs(),
            made - before,
            rounds.join(", ")
        ));
        before = made;
    }
}
