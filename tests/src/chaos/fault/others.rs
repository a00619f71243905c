//! What is done to servers and topics, one after the other, while services have their own rounds.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use futures_util::future::try_join_all;
use rand::RngExt as _;
use rand::rngs::StdRng;
use rand::seq::SliceRandom as _;
use shared_events::kafka::KafkaArgs;
use tokio::sync::watch;

use super::poison;
use super::registry::Trouble;
use super::{Length, Season};
use crate::chaos::fleet::Broker;
use crate::chaos::load::Ledger;
use crate::chaos::observations::Fault;
use crate::chaos::proxy::{Mode, Proxies};
use crate::chaos::recorder::database::Database;
use crate::chaos::recorder::{Drain, Recorder};
use crate::chaos::servers::Server;
use crate::chaos::setup::Setup;

/// How long what waited in the outbox may take after a fault before the next one begins all the same: while there is
/// somebody to publish it.
const DRAIN: Duration = Duration::from_secs(180);
const ASK: Duration = Duration::from_millis(250);
/// How long the registry is in trouble, at least and at most: until a service was started meanwhile.
const TROUBLE: (Duration, Duration) = (Duration::from_secs(6), Duration::from_secs(25));
/// Unreadable records come no closer together: many of them within minutes stop a partition, as they should.
const BETWEEN_POISON: Duration = Duration::from_secs(60);
const REGISTRY: &str = "registry";

/// Goes through the faults of servers and topics.
pub struct Others {
    pub faults: Vec<Fault>,
    pub length: Length,
    /// No fault begins after this, when each had its turn.
    pub until: Instant,
    pub servers: Vec<Server>,
    pub proxies: Proxies,
    pub broker: Broker,
    /// Which of the servers that is.
    pub broker_name: String,
    pub kafka: KafkaArgs,
    pub database: Database,
    pub ledger: Ledger,
    pub recorder: Recorder,
    pub season: watch::Sender<Season>,
    pub rng: StdRng,
    /// When unreadable records were put on the topics.
    pub poisoned: Option<Instant>,
}

/// Which of the faults this stack allows: servers that may be restarted, and a registry behind proxies.
pub fn offered(setup: &Setup) -> Vec<Fault> {
    let has = |is_meant: fn(&str) -> bool| setup.servers.iter().any(|server| is_meant(&server.name));
    let mut offered = vec![Fault::Kill, Fault::Stop, Fault::Freeze, Fault::Poison];
    if has(is_broker) {
        offered.push(Fault::BrokerKill);
    }
    if has(|name| name == "postgres") {
        offered.push(Fault::DatabaseKill);
    }
    if setup.proxies.iter().any(|proxy| proxy.server == REGISTRY) {
        offered.push(Fault::Registry);
    }
    offered.sort();
    offered
}

pub fn is_broker(name: &str) -> bool {
    name.starts_with("kafka")
}

/// One thing to be done.
#[derive(Debug, Clone, Copy)]
enum Act {
    /// One of several, or all.
    Brokers {
        all: bool,
    },
    Database,
    Poison,
    Registry(Trouble),
}

impl Others {
    /// Round after round until the time is over; each fault has its turn once at least.
    pub async fn run(mut self) -> anyhow::Result<()> {
        let mut round = 0;
        loop {
            let mut acts = self.acts(round);
            if acts.is_empty() {
                // Sleeps because services have their rounds meanwhile.
                tokio::time::sleep_until(self.until.into()).await;
            }
            while let Some(act) = acts.pop_front() {
                if round > 0 && self.is_over() {
                    break;
                }
                self.act(act).await?;
            }
            if self.is_over() {
                self.season.send_replace(Season::Over);
                return Ok(());
            }
            round += 1;
        }
    }

    fn is_over(&self) -> bool {
        Instant::now() >= self.until
    }

    fn acts(&mut self, round: usize) -> VecDeque<Act> {
        let mut troubles = Trouble::ALL;
        troubles.shuffle(&mut self.rng);
        let troubles = match self.length {
            // Each pair in its turn.
            Length::Short => troubles.get(..2).unwrap_or_default(),
            Length::Long => &troubles[..],
        };
        let several = self
            .servers
            .iter()
            .filter(|server| is_broker(server.name()))
            .count()
            > 1;
        let mut acts = Vec::new();
        for fault in &self.faults {
            match fault {
                Fault::BrokerKill if several => acts.push(Act::Brokers { all: round % 2 == 1 }),
                Fault::BrokerKill => acts.push(Act::Brokers { all: true }),
                Fault::DatabaseKill => acts.push(Act::Database),
                Fault::Poison => acts.push(Act::Poison),
                Fault::Registry => acts.extend(troubles.iter().copied().map(Act::Registry)),
                Fault::Kill | Fault::Stop | Fault::Freeze => {}
            }
        }
        acts.shuffle(&mut self.rng);
        acts.into()
    }

    async fn act(&mut self, act: Act) -> anyhow::Result<()> {
        if let (Act::Poison, Some(poisoned)) = (act, self.poisoned) {
            let next = (poisoned + BETWEEN_POISON).min(self.until);
            // Sleeps because this is their pace.
            tokio::time::sleep_until(next.into()).await;
            if self.is_over() {
                return Ok(());
            }
        }
        // Sleeps because services are to work undisturbed in between.
        tokio::time::sleep(Duration::from_millis(self.rng.random_range(1_000..3_000))).await;
        let (fault, target) = match act {
            Act::Brokers { all } => (Fault::BrokerKill, self.brokers(all).await?),
            Act::Database => (Fault::DatabaseKill, self.kill_database().await?),
            Act::Poison => (Fault::Poison, self.poison().await?),
            Act::Registry(trouble) => (Fault::Registry, self.registry(trouble).await?),
        };
        self.drain(fault, target).await;
        Ok(())
    }

    async fn brokers(&mut self, all: bool) -> anyhow::Result<String> {
        let mut brokers: Vec<Server> = self.servers.clone();
        brokers.retain(|server| is_broker(server.name()));
        brokers.shuffle(&mut self.rng);
        brokers.truncate(if all { brokers.len() } else { 1 });
        let seconds = match self.length {
            Length::Short => 8,
            Length::Long => self.rng.random_range(8..=60),
        };
        let names: Vec<&str> = brokers.iter().map(Server::name).collect();
        let names = names.join(", ");
        let away = away(
            &self.recorder,
            Fault::BrokerKill,
            &brokers,
            Duration::from_secs(seconds),
        );
        // Whoever makes the broker stand still for moments has to know its new process.
        let broker = brokers.iter().find(|server| server.name() == self.broker_name);
        match broker.cloned() {
            Some(broker) => {
                let replaced = async move {
                    away.await?;
                    broker.pid().context("a broker that was started has a process")
                };
                self.broker.replaced(replaced).await?;
            }
            None => away.await?,
        }
        Ok(names)
    }

    async fn kill_database(&mut self) -> anyhow::Result<String> {
        let mut postgres: Vec<Server> = self.servers.clone();
        postgres.retain(|server| server.name() == "postgres");
        let how_long = Duration::from_millis(match self.length {
            Length::Short => self.rng.random_range(2_000..6_000),
            // Long enough for readiness to notice.
            Length::Long => self.rng.random_range(12_000..20_000),
        });
        away(&self.recorder, Fault::DatabaseKill, &postgres, how_long).await?;
        Ok("postgres".to_owned())
    }

    async fn poison(&mut self) -> anyhow::Result<String> {
        let ongoing = self.recorder.begin(Fault::Poison, "topics");
        self.poisoned = Some(Instant::now());
        let count = poison::put(&self.kafka, &self.ledger, &self.recorder, &mut self.rng).await?;
        ongoing.heal();
        Ok(format!("{count} records"))
    }

    async fn registry(&mut self, trouble: Trouble) -> anyhow::Result<String> {
        let target = format!("{REGISTRY} ({})", trouble.name());
        let ongoing = self.recorder.begin(Fault::Registry, REGISTRY);
        let before = self.recorder.starts();
        self.season.send_replace(Season::Restarts);
        self.proxies.set(None, REGISTRY, trouble.mode());
        let began = Instant::now();
        let (least, most) = TROUBLE;
        while began.elapsed() < least || (self.recorder.starts() == before && began.elapsed() < most) {
            // Sleeps because this asks until the trouble has lasted long enough.
            tokio::time::sleep(ASK).await;
        }
        self.proxies.set(None, REGISTRY, Mode::Pass);
        self.season.send_replace(Season::Faults);
        ongoing.heal();
        Ok(target)
    }

    /// Waits until all rows that wait now are published.
    async fn drain(&mut self, fault: Fault, target: String) {
        let from = self.recorder.now();
        let (mut up_to, mut rows) = (None, 0);
        let (began, mut stood_still) = (Instant::now(), Duration::ZERO);
        let mut asked = began;
        while began.elapsed() < DRAIN + stood_still {
            if self.recorder.is_ongoing(Fault::Freeze, "backend-api") {
                stood_still += asked.elapsed();
            }
            asked = Instant::now();
            match self.database.waiting(up_to.unwrap_or(i64::MAX)).await {
                Ok((waiting, newest)) if up_to.is_none() => (up_to, rows) = (Some(newest), waiting),
                Ok((0, _)) => {
                    let took = began.elapsed();
                    self.recorder.drained(Drain {
                        fault,
                        target,
                        from,
                        took,
                        rows,
                    });
                    return;
                }
                Ok(_) => {}
                Err(_) => self.database.forget(),
            }
            // Sleeps because this asks until the deadline.
            tokio::time::sleep(ASK).await;
        }
        let what =
            format!("{rows} rows that waited after {fault} of {target} are not published after {DRAIN:?}");
        self.recorder.differ("drains", what);
    }
}

/// Servers are killed, away for so long, and started again.
async fn away(
    recorder: &Recorder,
    fault: Fault,
    servers: &[Server],
    how_long: Duration,
) -> anyhow::Result<()> {
    let ongoing: Vec<_> = servers
        .iter()
        .map(|server| recorder.begin(fault, server.name()))
        .collect();
    try_join_all(servers.iter().map(Server::kill)).await?;
    // Sleeps because this is what being away is.
    tokio::time::sleep(how_long).await;
    try_join_all(servers.iter().map(Server::start)).await?;
    for ongoing in ongoing {
        ongoing.heal();
    }
    Ok(())
}
