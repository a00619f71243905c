//! One run: start everything, load and faults at the same time, then the oracle.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use chrono::Utc;
use rand::SeedableRng as _;
use rand::rngs::StdRng;
use tokio::sync::watch;
use tokio::task::JoinSet;

use super::fault::others::{Others, is_broker, offered};
use super::fault::{FaultRun, Length, Plan, Rounds, Season, Tally, repairs};
use super::fleet::{Broker, Replica};
use super::load::{Doors, Entry, Ledger, Load, Pace, Someone};
use super::observations::{Fault, Observations};
use super::oracle::history::History;
use super::oracle::{Comparison, Oracle};
use super::proxy::Proxies;
use super::recorder::Recorder;
use super::recorder::database::Database;
use super::report::Report;
use super::screen::{Screen, Sources};
use super::servers::Server;
use super::setup::Setup;
use crate::World;
use crate::background::Background;

/// Tokens outlive any run.
const TOKEN_SECONDS: i64 = 12 * 3600;
const PROGRESS: Duration = Duration::from_secs(5);
/// How long the outbox may take to become empty when nobody changes anything any more.
const DRAIN: Duration = Duration::from_secs(120);
const ASK: Duration = Duration::from_millis(500);

#[derive(Debug, Clone)]
pub struct Size {
    pub extent: Extent,
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

/// What is done meanwhile.
#[derive(Debug, Clone)]
pub enum Extent {
    /// The kill test: so many kills and stops of each service.
    Kills(Rounds),
    /// The fault suite: each of these faults once, and again until the time is over.
    Faults {
        /// All that the stack allows, when there are none.
        faults: Vec<Fault>,
        lasting: Duration,
        length: Length,
    },
}

/// What was done to the services, and what was seen meanwhile; clones are the same.
#[derive(Clone)]
struct Record {
    tallies: BTreeMap<String, Arc<Mutex<Tally>>>,
    recorder: Recorder,
}

/// Runs the kill test or the fault suite; `say` is told how it goes.
pub async fn run(
    world: &World,
    setup: &Setup,
    size: Size,
    say: impl Fn(&str) + Send + Sync + 'static,
) -> anyhow::Result<Report> {
    let say = Arc::new(say);
    let people = people(world, size.people)?;
    let proxies = Proxies::start(&setup.proxies).await?;
    let record = Record::new(setup);
    let recorder = &record.recorder;
    let fleet = start(setup, recorder).await?;
    say(&format!("{} services are ready", fleet.len()));
    let watching = recorder.watch(setup, &world.environment.database_url)?;
    let sources = sources(setup)?;
    let screens: Vec<Screen> = people
        .iter()
        .map(|someone| Screen::open(someone, sources.clone()))
        .collect();
    let pace = Pace {
        rate: size.rate,
        seed: size.seed,
    };
    let load = Load::start(&people, &doors(setup)?, pace, recorder)?;
    let watcher = Background::run(tell(load.ledger.clone(), record.clone(), Arc::clone(&say)));
    let (faults, left_out) = chosen(setup, &size.extent)?;
    for fault in &left_out {
        say(&format!(
            "{fault} is left out: this stack has nothing to do it to"
        ));
    }
    let stage = Stage {
        world,
        setup,
        size: &size,
        faults: &faults,
        proxies,
        ledger: load.ledger.clone(),
        record: &record,
    };
    let running = stage.run(fleet).await?;
    let ledger = load.stop().await?;
    drop(watcher);
    say(&format!(
        "{:>4} s  the faults are over; waiting until everything has settled",
        recorder.now().as_secs()
    ));
    empty_outbox(world, setup, recorder).await?;
    let observations = recorder.observations();
    let entries = ledger.entries();
    let (comparison, history) = judge(world, &size, &entries, &screens, &observations).await?;
    drop(screens);
    drop(watching);
    end(running, recorder).await?;
    let brokers = setup.servers.iter();
    let brokers = brokers.filter(|server| is_broker(&server.name)).count();
    Ok(Report {
        size,
        brokers,
        faults,
        left_out,
        took: recorder.now(),
        replayed: ledger.replayed(),
        by_second: ledger.by_second(),
        entries,
        tallies: record.tallies(),
        observations,
        peaks: recorder.peaks(),
        drains: recorder.drains(),
        found: recorder.differences(),
        comparison,
        history,
    })
}

impl Record {
    fn new(setup: &Setup) -> Self {
        let names = setup.services.iter().map(|service| service.name.clone());
        Self {
            tallies: names.map(|name| (name, Arc::default())).collect(),
            recorder: Recorder::default(),
        }
    }

    fn tallies(&self) -> BTreeMap<String, Tally> {
        let tally = |tally: &Mutex<Tally>| *tally.lock().unwrap_or_else(PoisonError::into_inner);
        let tallies = self.tallies.iter();
        tallies.map(|(name, it)| (name.clone(), tally(it))).collect()
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

fn doors(setup: &Setup) -> anyhow::Result<Doors> {
    Ok(Doors {
        api: setup.addresses("backend-api", "http")?,
        audit: setup.addresses("audit-svc", "http")?,
        notifications: setup.addresses("notification-svc", "http")?,
    })
}

/// The faults of the fault suite, and those of them that this stack does not allow.
fn chosen(setup: &Setup, extent: &Extent) -> anyhow::Result<(Vec<Fault>, Vec<Fault>)> {
    let Extent::Faults { faults, .. } = extent else {
        return Ok((vec![Fault::Kill, Fault::Stop], Vec::new()));
    };
    let offered = offered(setup);
    let mut wanted = faults.clone();
    if wanted.is_empty() {
        wanted.extend(<Fault as clap::ValueEnum>::value_variants());
    }
    wanted.sort();
    wanted.dedup();
    let (faults, left_out): (Vec<Fault>, Vec<Fault>) =
        wanted.into_iter().partition(|fault| offered.contains(fault));
    anyhow::ensure!(!faults.is_empty(), "this stack has nothing to do {left_out:?} to");
    Ok((faults, left_out))
}

/// Everything that the faults need.
struct Stage<'a> {
    world: &'a World,
    setup: &'a Setup,
    size: &'a Size,
    faults: &'a [Fault],
    proxies: Proxies,
    ledger: Ledger,
    record: &'a Record,
}

impl Stage<'_> {
    /// All rounds of all services at the same time, while the broker has its hiccups and servers have their faults; the
    /// processes that run at the end.
    async fn run(&self, mut fleet: BTreeMap<String, Replica>) -> anyhow::Result<Vec<Replica>> {
        let broker = Broker::new(self.setup.broker_pid)?;
        let _hiccups = broker.hiccups(StdRng::seed_from_u64(self.size.seed));
        let season = watch::Sender::new(Season::Faults);
        let mut fault_runs = JoinSet::new();
        for (number, service) in self.setup.services.iter().enumerate() {
            let Some(first) = fleet.remove(&service.name) else {
                continue;
            };
            let seed = self.size.seed.wrapping_mul(31).wrapping_add(number as u64);
            let tally = self.record.tallies.get(&service.name);
            let fault_run = FaultRun {
                setup: service.clone(),
                logs: self.setup.logs.clone(),
                broker: broker.clone(),
                ledger: self.ledger.clone(),
                plan: self.plan(&season),
                rng: StdRng::seed_from_u64(seed),
                tally: tally.cloned().unwrap_or_default(),
                recorder: self.record.recorder.clone(),
            };
            fault_runs.spawn(fault_run.run(first));
        }
        let others = self.others(broker, season)?;
        let others = async {
            match others {
                Some(others) => others.run().await,
                None => Ok(()),
            }
        };
        let services = async {
            let mut running = Vec::new();
            while let Some(ended) = fault_runs.join_next().await {
                running.extend(ended??);
            }
            Ok(running)
        };
        let (running, ()) = tokio::try_join!(services, others)?;
        Ok(running)
    }

    fn plan(&self, season: &watch::Sender<Season>) -> Plan {
        match &self.size.extent {
            Extent::Kills(rounds) => Plan::Rounds(*rounds),
            Extent::Faults { length, .. } => Plan::Season {
                faults: self.faults.to_vec(),
                length: *length,
                season: season.subscribe(),
            },
        }
    }

    fn others(&self, broker: Broker, season: watch::Sender<Season>) -> anyhow::Result<Option<Others>> {
        let Extent::Faults { lasting, length, .. } = &self.size.extent else {
            return Ok(None);
        };
        let servers = self.setup.servers.iter();
        let broker_name = servers.clone().find(|server| server.pid == self.setup.broker_pid);
        Ok(Some(Others {
            faults: self.faults.to_vec(),
            length: *length,
            until: Instant::now() + *lasting,
            broker_name: broker_name.map(|server| server.name.clone()).unwrap_or_default(),
            servers: servers.map(Server::of).collect::<anyhow::Result<_>>()?,
            proxies: self.proxies.clone(),
            broker,
            kafka: self.world.environment.kafka.clone(),
            database: Database::new(self.setup, &self.world.environment.database_url)?,
            ledger: self.ledger.clone(),
            recorder: self.record.recorder.clone(),
            season,
            rng: StdRng::seed_from_u64(self.size.seed.wrapping_mul(37)),
            poisoned: None,
        }))
    }
}

async fn judge(
    world: &World,
    size: &Size,
    entries: &[Entry],
    screens: &[Screen],
    observations: &Observations,
) -> anyhow::Result<(Comparison, History)> {
    let environment = &world.environment;
    let mut oracle = Oracle::new(
        &environment.database_url,
        &environment.kafka,
        size.patience,
        size.settle,
    )
    .await?;
    let comparison = oracle.judge(entries, screens, observations).await?;
    Ok((comparison, oracle.into_history()))
}

/// Waits until the outbox is empty and a sample has shown it so; what is still there after so long, the oracle finds.
async fn empty_outbox(world: &World, setup: &Setup, recorder: &Recorder) -> anyhow::Result<()> {
    let mut database = Database::new(setup, &world.environment.database_url)?;
    let until = recorder.now() + DRAIN;
    let mut empty_since = None;
    while recorder.now() < until {
        match empty_since {
            Some(empty_since) if recorder.sampled_after(empty_since) => break,
            Some(_) => {}
            None => match database.waiting(i64::MAX).await {
                Ok((0, _)) => empty_since = Some(recorder.now()),
                Ok(_) => {}
                Err(_) => database.forget(),
            },
        }
        // Sleeps because this asks until the deadline.
        tokio::time::sleep(ASK).await;
    }
    Ok(())
}

/// Asks each process what it had to put right by itself, and ends it.
async fn end(running: Vec<Replica>, recorder: &Recorder) -> anyhow::Result<()> {
    for replica in running {
        if let Some(found) = repairs(&replica, recorder).await? {
            recorder.differ(found.rule, found.what);
        }
        recorder.ending(replica.pid);
        replica.kill().await?;
    }
    Ok(())
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
async fn start(setup: &Setup, recorder: &Recorder) -> anyhow::Result<BTreeMap<String, Replica>> {
    let mut fleet = BTreeMap::new();
    for service in &setup.services {
        let replica = Replica::start(service, 0, &setup.logs)?;
        recorder.started(service, &replica);
        fleet.insert(service.name.clone(), replica);
    }
    for replica in fleet.values() {
        replica.ready().await?;
    }
    Ok(fleet)
}

async fn tell(ledger: Ledger, record: Record, say: Arc<impl Fn(&str) + Send + Sync + 'static>) {
    let mut tick = tokio::time::interval(PROGRESS);
    let (mut before, mut told) = (0, (0, 0));
    loop {
        tick.tick().await;
        let made = ledger.made();
        let tallies = record.tallies();
        let rounds: Vec<String> = tallies
            .iter()
            .map(|(name, tally)| format!("{name} {tally}"))
            .collect();
        let now = record.recorder.now().as_secs();
        say(&format!(
            "{now:>4} s  {made} acknowledged (+{}); kills+stops+freezes: {}",
            made - before,
            rounds.join(", ")
        ));
        for line in record.recorder.news(&mut told) {
            say(&line);
        }
        before = made;
    }
}
