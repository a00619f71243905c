//! What the load costs: time on a processor of each process, and what Postgres has to do.

use std::collections::BTreeMap;

use anyhow::Context as _;
use serde::Serialize;
use sqlx::PgPool;

use super::{database, processor};
use crate::measure::memory::Process;

/// The broker's name among the processes.
pub(super) const BROKER: &str = "kafka";

/// The name of the process that sends the load.
pub(super) const CLIENT: &str = "client";

/// Reads what was used so far.
#[derive(Debug)]
pub(super) struct Meter<'a> {
    processes: Vec<Process>,
    pool: &'a PgPool,
}

#[derive(Debug)]
pub(super) struct Reading {
    used_ms: BTreeMap<String, f64>,
    database: database::Reading,
}

/// What one change cost.
#[derive(Debug, Clone, Serialize)]
pub struct Work {
    /// Milliseconds on a processor, by process.
    pub cpu_ms: BTreeMap<String, f64>,
    /// Milliseconds on a processor of all but the client.
    pub together_ms: f64,
    /// Postgres statements, by role.
    pub statements: BTreeMap<String, f64>,
    /// Committed transactions; inexact by what a second's are.
    pub commits: f64,
    /// Transactions that wrote.
    pub writing_transactions: f64,
    pub wal_bytes: f64,
    /// Those that took longest in all, first.
    pub dearest: Vec<Called>,
}

/// One statement of one role.
#[derive(Debug, Clone, Serialize)]
pub struct Called {
    pub role: String,
    /// Calls for one change.
    pub calls: f64,
    /// Of one call.
    pub mean_us: f64,
    pub text: String,
}

/// Statements that are told one by one.
const DEAREST: usize = 12;

impl<'a> Meter<'a> {
    /// Of these processes and this one.
    pub(super) fn new(processes: &[Process], pool: &'a PgPool) -> anyhow::Result<Self> {
        let client = Process {
            name: CLIENT.to_owned(),
            pid: std::process::id(),
        };
        let processes: Vec<Process> = processes.iter().cloned().chain([client]).collect();
        processor::used_ms(&processes).context("cannot tell what the processes use")?;
        Ok(Self { processes, pool })
    }

    pub(super) async fn read(&self) -> anyhow::Result<Reading> {
        Ok(Reading {
            used_ms: processor::used_ms(&self.processes)?,
            database: database::read(self.pool).await?,
        })
    }
}

impl Reading {
    /// What each of so many changes cost since then.
    pub(super) fn since(&self, earlier: &Self, changes: usize) -> Work {
        let changes = changes.max(1) as f64;
        let cpu_ms = self.used_since(earlier, changes);
        let counted = self.database.since(&earlier.database);
        let mut statements = BTreeMap::new();
        for called in &counted.statements {
            *statements.entry(called.role.clone()).or_default() += called.calls as f64 / changes;
        }
        let of_services = cpu_ms.iter().filter(|(name, _)| *name != CLIENT);
        Work {
            together_ms: of_services.map(|(_, ms)| ms).sum(),
            cpu_ms,
            statements,
            commits: counted.commits as f64 / changes,
            writing_transactions: counted.writing_transactions as f64 / changes,
            wal_bytes: counted.wal_bytes as f64 / changes,
            dearest: dearest(counted.statements, changes),
        }
    }

    /// Milliseconds of each process since then, divided.
    pub(super) fn used_since(&self, earlier: &Self, by: f64) -> BTreeMap<String, f64> {
        let then = |name: &String| earlier.used_ms.get(name).copied().unwrap_or_default();
        let used = self.used_ms.iter();
        used.map(|(name, now)| (name.clone(), (now - then(name)) / by))
            .collect()
    }
}

fn dearest(mut called: Vec<database::Called>, changes: f64) -> Vec<Called> {
    called.sort_by(|one, other| other.milliseconds.total_cmp(&one.milliseconds));
    called.truncate(DEAREST);
    let per_change = |called: database::Called| Called {
        role: called.role,
        calls: called.calls as f64 / changes,
        mean_us: called.milliseconds * 1000.0 / called.calls as f64,
        text: called.text,
    };
    called.into_iter().map(per_change).collect()
}
