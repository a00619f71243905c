//! How fast a service catches up after an outage, on a stack of its own: backend-api with rows of the outbox, audit-svc
//! with records.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, bail, ensure};
use serde::{Deserialize, Serialize};

use super::running::{self, Between, Running};
use crate::stack::supervisor::Spec;
use crate::stack::{kafka, postgres, process, services};
use crate::workspace::Workspace;
use crate::{command, ui};

/// Tasks whose changes the rows are.
const KEYS: u32 = 10_000;

/// Changes of a single task, which are published one after another.
const HOT: u32 = 10_000;

/// What there is to catch up with.
#[derive(Debug, Clone, Copy)]
pub(super) struct Backlog {
    /// Rows of the outbox.
    pub(super) rows: u32,
    /// Whether audit-svc is to go through the records that they become.
    pub(super) ingest: bool,
}

/// How one service caught up.
#[derive(Debug, Serialize)]
pub(super) struct CaughtUp {
    what: String,
    #[serde(flatten)]
    drained: Drained,
}

/// As `measure` tells it.
#[derive(Debug, Serialize, Deserialize)]
struct Drained {
    count: u64,
    first_s: f64,
    last_s: f64,
    rate: f64,
    last_rate: f64,
    /// Seconds on a processor, by process.
    cpu_s: BTreeMap<String, f64>,
}

/// Stops the services, makes the backlog, and starts those that work on it, one after another.
pub(super) fn run(
    workspace: &Workspace,
    binaries: &Path,
    measure: &Path,
    backlog: Backlog,
) -> anyhow::Result<Vec<CaughtUp>> {
    let running = running::start(workspace, binaries, Between::Nothing)?;
    let bench = Bench {
        running: &running,
        measure,
    };
    let relay = bench.spec("backend-api")?;
    let audit = bench.spec("audit-svc")?;
    let all: Vec<&str> = services::ALL.iter().map(|service| service.name).collect();
    running.throw_away.stack.supervisor.stop(&all);

    let mut caught_up = Vec::new();
    for (what, rows, keys) in [
        ("outbox of many tasks", backlog.rows, KEYS),
        ("outbox of one task", HOT, 1),
    ] {
        bench.write(rows, keys)?;
        let drained = bench.watch("drain", &relay)?;
        running.throw_away.stack.supervisor.stop(&[relay.name]);
        caught_up.push(CaughtUp {
            what: what.to_owned(),
            drained,
        });
    }
    if backlog.ingest {
        caught_up.push(CaughtUp {
            what: "records to audit".to_owned(),
            drained: bench.watch("ingest", &audit)?,
        });
    }
    Ok(caught_up)
}

/// The stack, and where `measure` is.
#[derive(Debug)]
struct Bench<'a> {
    running: &'a Running,
    measure: &'a Path,
}

impl Bench<'_> {
    fn spec(&self, service: &str) -> anyhow::Result<Spec> {
        let (spec, _) = self.running.throw_away.stack.supervisor.how_it_started(service)?;
        Ok(spec)
    }

    fn measure(&self) -> Command {
        let mut measure = Command::new(self.measure.join("measure"));
        let variables = self.running.variables.iter();
        measure.envs(variables.map(|(name, value)| (name, value)));
        measure
    }

    fn write(&self, rows: u32, keys: u32) -> anyhow::Result<()> {
        let mut measure = self.measure();
        measure.args([
            "backlog",
            "--rows",
            &rows.to_string(),
            "--keys",
            &keys.to_string(),
        ]);
        let status = command::run_lines(&mut measure, |line| ui::step("bench", line))?;
        ensure!(status.success(), "writing the backlog failed ({status})");
        Ok(())
    }

    /// Starts the service when the watch begins, and waits until it has caught up.
    fn watch(&self, mode: &str, service: &Spec) -> anyhow::Result<Drained> {
        ui::step("bench", &format!("{} catches up", service.name));
        let supervisor = &self.running.throw_away.stack.supervisor;
        let mut measure = self.measure();
        measure
            .args(self.running.pids(&[postgres::NAME, kafka::NAME])?)
            .arg(mode);
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
}

pub(super) fn table(caught_up: &[CaughtUp]) -> String {
    let mut table = format!(
        "{:<24} {:>8} {:>9} {:>9} {:>10} {:>14}  CPU s\n",
        "catching up", "count", "first s", "last s", "a second", "last quarter"
    );
    for CaughtUp { what, drained } in caught_up {
        let Drained {
            count,
            first_s,
            last_s,
            rate,
            last_rate,
            cpu_s,
        } = drained;
        let used = cpu_s.iter().map(|(name, seconds)| format!("{name} {seconds:.1}"));
        table.push_str(&format!(
            "{what:<24} {count:>8} {first_s:>9.1} {last_s:>9.1} {rate:>10.0} {last_rate:>14.0}  {}\n",
            used.collect::<Vec<_>>().join(", ")
        ));
    }
    table
}
