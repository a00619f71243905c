//! One stack whose services are stopped, and what one of them does when it starts.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail, ensure};
use serde::{Deserialize, Serialize};

use super::debezium;
use crate::bench::running::{RELAY, Running};
use crate::stack::process::Record;
use crate::stack::sql::Connection;
use crate::stack::supervisor::Spec;
use crate::stack::{Stack, kafka, postgres, process, services};
use crate::{command, interrupt, ui};

/// A service that is told to end gives up its lease and its partitions; until it has.
const ENDING: Duration = Duration::from_secs(30);

/// How a backlog went down, as `measure` tells it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Drained {
    pub(super) count: u64,
    /// From the start of the service to the first that was done.
    pub(super) first_s: f64,
    /// From the start of the service to the last.
    pub(super) last_s: f64,
    /// How many a second in the last quarter; none where that took no time.
    pub(super) last_rate: Option<f64>,
    /// Seconds on a processor, by process.
    pub(super) cpu_s: BTreeMap<String, f64>,
}

impl Drained {
    /// How many a second from the start to the last.
    pub(super) fn rate(&self) -> f64 {
        self.count as f64 / self.last_s
    }

    /// How many a second from the first to the last.
    pub(super) fn rate_from_first(&self) -> f64 {
        self.count as f64 / (self.last_s - self.first_s)
    }

    /// Microseconds on a processor that one took, of all processes together.
    pub(super) fn cost_us(&self) -> f64 {
        self.cpu_s.values().sum::<f64>() * 1e6 / self.count as f64
    }
}

/// The stack, and where `measure` is.
#[derive(Debug)]
pub(super) struct CatchUp<'a> {
    running: &'a Running,
    measure: &'a Path,
    relay: Spec,
    /// Not on every stack.
    audit: Option<Spec>,
}

impl<'a> CatchUp<'a> {
    /// Stops all services.
    pub(super) fn begin(running: &'a Running, measure: &'a Path) -> anyhow::Result<Self> {
        let spec = |service: &str| anyhow::Ok(running.throw_away.stack.supervisor.how_it_started(service)?.0);
        let catch_up = Self {
            running,
            measure,
            relay: spec(RELAY)?,
            audit: spec("audit-svc").ok(),
        };
        let all: Vec<&str> = services::ALL.iter().map(|service| service.name).collect();
        catch_up.stop(&all)?;
        Ok(catch_up)
    }

    pub(super) fn stack(&self) -> &Stack {
        &self.running.throw_away.stack
    }

    /// An outbox without rows, as if new.
    pub(super) fn clear(&self) -> anyhow::Result<()> {
        let port = self.stack().ports.current(postgres::NAME);
        let mut database = Connection::open(port.context("PostgreSQL has a port")?, postgres::DATABASE)?;
        database.run("TRUNCATE outbox.message")?;
        database.run("CHECKPOINT")
    }

    /// An outbox with just these rows.
    pub(super) fn write(&self, rows: u32, keys: u32) -> anyhow::Result<()> {
        self.clear()?;
        self.write_more(rows, keys)
    }

    pub(super) fn write_more(&self, rows: u32, keys: u32) -> anyhow::Result<()> {
        self.measure(&[
            "backlog",
            "--rows",
            &rows.to_string(),
            "--keys",
            &keys.to_string(),
        ])
    }

    /// backend-api publishes what is in the outbox.
    pub(super) fn drain(&self) -> anyhow::Result<Drained> {
        let drained = self.watch(&["drain"], &self.relay)?;
        self.stop(&[self.relay.name])?;
        Ok(drained)
    }

    /// audit-svc goes through the records that nobody has audited.
    pub(super) fn ingest(&self) -> anyhow::Result<Drained> {
        let audit = self.audit.as_ref().context("audit-svc is not on this stack")?;
        let drained = self.watch(&["ingest"], audit)?;
        self.stop(&[audit.name])?;
        Ok(drained)
    }

    /// A peer that runs already publishes rows that are committed at once.
    pub(super) fn running_peer(&self, topic: &str, rows: u32, keys: u32) -> anyhow::Result<Drained> {
        let (rows, keys) = (rows.to_string(), keys.to_string());
        let mut measure = self.command();
        measure
            .args(
                self.running
                    .pids(&[postgres::NAME, kafka::NAME, debezium::NAME])?,
            )
            .args(["running-peer", "--topic", topic, "--rows", &rows, "--keys", &keys]);
        let mut drained = None;
        let status = command::run_lines(&mut measure, |line| {
            drained = serde_json::from_str(line).ok().or(drained.take());
        })?;
        drained
            .filter(|_| status.success())
            .with_context(|| format!("{} did not publish it all ({status})", debezium::NAME))
    }

    /// Starts the service when the watch begins, and waits until it has caught up.
    pub(super) fn watch(&self, mode: &[&str], service: &Spec) -> anyhow::Result<Drained> {
        ui::step("bench", &format!("{} catches up", service.name));
        let supervisor = &self.stack().supervisor;
        let mut measure = self.command();
        measure
            .args(self.running.pids(&[postgres::NAME, kafka::NAME])?)
            .args(mode);
        let (mut phases, mut used, mut drained) = (Ok(()), None, None);
        let status = command::run_lines(&mut measure, |line| match line {
            "begins" => phases = supervisor.ensure(service).map(drop),
            "ends" => {
                let record = supervisor.running(service.name);
                used = record.and_then(|record| process::processor_time(record.pid));
            }
            other => drained = serde_json::from_str::<Drained>(other).ok().or(drained.take()),
        })?;
        phases?;
        let Some(mut drained) = drained.filter(|_| status.success()) else {
            bail!("{} did not catch up ({status})", service.name);
        };
        let used = used.with_context(|| format!("{} ended", service.name))?;
        drained.cpu_s.insert(service.name.to_owned(), used.as_secs_f64());
        Ok(drained)
    }

    /// Tells services to end and waits until they have.
    pub(super) fn stop(&self, names: &[&str]) -> anyhow::Result<()> {
        let supervisor = &self.stack().supervisor;
        let records: Vec<Record> = names.iter().filter_map(|name| supervisor.running(name)).collect();
        records.iter().for_each(Record::ask_to_stop);
        let began = Instant::now();
        while let Some(record) = records.iter().find(|record| record.alive()) {
            ensure!(began.elapsed() < ENDING, "{} does not end", record.name);
            interrupt::pause(Duration::from_millis(20))?;
        }
        supervisor.stop(names);
        Ok(())
    }

    /// Runs `measure` to its end, and shows what it says.
    pub(super) fn measure(&self, args: &[&str]) -> anyhow::Result<()> {
        let mut measure = self.command();
        let status = command::run_lines(measure.args(args), |line| ui::step("bench", line))?;
        ensure!(status.success(), "measure {} failed ({status})", args.join(" "));
        Ok(())
    }

    fn command(&self) -> Command {
        let mut measure = Command::new(self.measure.join("measure"));
        let variables = self.running.variables.iter();
        measure.envs(variables.map(|(name, value)| (name, value)));
        measure
    }
}
