//! How long until changes flow again after a process was killed, under a steady load of creations.
//!
//! What is measured, exactly, each from the moment at which nothing of the process was left (some 20 ms after SIGKILL for
//! a server, whose processes are stopped first):
//! - **first 201**: to the first answer to a creation that was sent after it.
//! - **consumer**: to the arrival of the first `task-events` record whose change was made after it, at a consumer with the
//!   services' settings in this process.
//! - **socket**: to the arrival of the first message at any person's socket that shows such a change.
//! - **audit**: until the log has the entry of such a change; asked every 20 ms.
//! - **restart**: until the process that was started again at once answers.
//!
//! A change is made when the time says that it carries, Postgres' clock, which is this machine's.

mod database;
mod fault;
mod fleet;
mod load;
pub mod report;
mod sightings;

use std::io::Write as _;
use std::time::Duration;

use anyhow::Context as _;
use chrono::{DateTime, Utc};
use shared_events::topic::Topic;

use self::database::Database;
use self::fault::Fault;
use self::fleet::Fleet;
use self::load::Load;
use self::report::{Recovered, Report};
use self::sightings::Sightings;
use crate::chaos::setup::Setup;
use crate::wait::wait_until;
use crate::world::{Person, World};

/// Until what is waited for after a kill has come.
const PATIENCE: Duration = Duration::from_secs(120);

/// How long changes are made before a kill, once everybody has seen those before.
const STEADY: Duration = Duration::from_secs(2);

/// How to measure.
#[derive(Debug, Clone, Copy, clap::Args)]
pub struct Plan {
    /// Turns of each fault
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..))]
    pub runs: u32,

    /// Creations a second
    #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..))]
    pub rate: u32,

    /// By how many users, each with an open socket
    #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..))]
    pub users: u32,
}

/// Starts the services, and kills one process after the other. Fails when a change that was acknowledged does not arrive.
pub async fn run(world: &World, setup: &Setup, plan: Plan) -> anyhow::Result<Report> {
    let mut fleet = Fleet::start(setup).await?;
    progress("the services are ready, backend-api twice");
    let people: Vec<Person> = (0..plan.users)
        .map(|_| world.person("load"))
        .collect::<anyhow::Result<_>>()?;
    let consumed = Sightings::default();
    let kafka = &world.environment.kafka;
    let _consumer = sightings::consume(kafka, Topic::TaskEvents.name(), consumed.clone()).await?;
    let pushed = Sightings::default();
    let gateway = setup.addresses("ws-gateway", "ws")?.into_iter().next();
    let gateway = gateway.context("ws-gateway has an address")?;
    let _sockets = sightings::listen(&gateway, &people, &pushed);
    let mut stage = Stage {
        database: Database::new(&world.environment.database_url),
        load: Load::start(&people, &setup.addresses("backend-api", "http")?, plan.rate),
        consumed,
        pushed,
        rate: plan.rate,
    };
    let mut turns = Vec::new();
    for run in 1..=plan.runs {
        for fault in Fault::ALL {
            progress(&format!("run {run} of {}: {fault}", plan.runs));
            let turn = stage.turn(&mut fleet, fault).await?;
            progress(&turn.in_short());
            turns.push(turn);
        }
    }
    let refused = stage.load.stop().await?;
    let acknowledged = stage.all_arrived().await?;
    Ok(Report {
        rate: plan.rate,
        acknowledged,
        refused,
        turns,
    })
}

/// Whoever makes changes, and whoever sees them.
#[derive(Debug)]
struct Stage {
    database: Database,
    load: Load,
    consumed: Sightings,
    pushed: Sightings,
    rate: u32,
}

impl Stage {
    /// Kills once, and waits until everybody has seen changes made since, and all that were acknowledged.
    async fn turn(&self, fleet: &mut Fleet, fault: Fault) -> anyhow::Result<Recovered> {
        let holder = self.database.lease_holder().await?;
        fleet.prepare(fault, &holder).await?;
        self.steady().await?;
        let newest = self.database.newest_entry().await?;
        let holder = self.database.lease_holder().await?;
        let killed = fleet.kill(fault, &holder).await?;
        let (restarted, answered, consumed, pushed, audited) = tokio::try_join!(
            fleet.restart(fault),
            first("creation answered", || self.load.first_answer_after(killed)),
            first("change at the consumer", || self
                .consumed
                .first_made_after(killed)),
            first("change at a socket", || self.pushed.first_made_after(killed)),
            self.database.first_entry(newest, killed),
        )?;
        self.all_arrived().await?;
        fleet.start_missing_apis().await?;
        let since = |moment: DateTime<Utc>| (moment - killed).as_seconds_f64();
        Ok(Recovered {
            fault: fault.to_string(),
            restarted_s: restarted.map(since),
            answered_s: since(answered),
            consumed_s: since(consumed),
            pushed_s: since(pushed),
            audited_s: since(audited),
        })
    }

    /// Waits until changes have been made, answered and seen for a while.
    async fn steady(&self) -> anyhow::Result<()> {
        self.all_arrived().await?;
        let enough = self.load.count() + self.rate as usize * STEADY.as_secs() as usize;
        wait_until(PATIENCE, "a steady load", async || {
            let count = self.load.count();
            Ok(if count < enough {
                Err(format!("{count} of {enough} creations are answered"))
            } else {
                Ok(())
            })
        })
        .await?;
        let now = Utc::now();
        first("change at a socket", || self.pushed.first_made_after(now)).await?;
        self.all_arrived().await.map(drop)
    }

    /// Waits until each change that is acknowledged now has come to the consumer and to the audit log; how many they are.
    async fn all_arrived(&self) -> anyhow::Result<usize> {
        let acknowledged = self.load.tasks();
        let what = "that every acknowledged change comes to the consumer";
        wait_until(PATIENCE, what, async || {
            let missing = self.consumed.missing(&acknowledged);
            Ok(match missing.first() {
                Some(first) => Err(format!("{} did not, {first} among them", missing.len())),
                None => Ok(()),
            })
        })
        .await?;
        self.database.has_entries_of(&acknowledged).await?;
        Ok(acknowledged.len())
    }
}

/// Waits until `ask` knows when it was.
async fn first(what: &str, ask: impl Fn() -> Option<DateTime<Utc>>) -> anyhow::Result<DateTime<Utc>> {
    let what = format!("the first {what}");
    wait_until(PATIENCE, &what, async || {
        Ok(ask().ok_or_else(|| "none".to_owned()))
    })
    .await
}

fn progress(text: &str) {
    // Whoever does not read it any more has ended us, too.
    let _ = writeln!(std::io::stderr(), "{text}");
}
