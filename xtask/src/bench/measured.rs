//! What `measure api` says of each operation, run by run.

use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, ensure};
use serde::{Deserialize, Serialize};

use super::running::Running;
use super::spread::{cell, row};
use crate::{command, ui};

/// How hard the API is asked.
#[derive(Debug, clap::Args)]
pub(super) struct Asking {
    /// Connections, each with one request at a time
    #[arg(long, default_value_t = 16, value_parser = clap::value_parser!(u32).range(1..))]
    connections: u32,
    /// How long each operation is asked for, in each run
    #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u32).range(1..))]
    seconds: u32,
}

impl Asking {
    /// A run of the operations that `options` choose; no answer may be an error.
    pub(super) fn ask(&self, running: &Running, own: &Path, options: &[&str]) -> anyhow::Result<Vec<Run>> {
        let figures = own.join("bench-api.json");
        let mut measure = Command::new(own.join("measure"));
        measure.arg("api").args(options);
        measure.args(["--connections", &self.connections.to_string()]);
        measure.args(["--seconds", &self.seconds.to_string()]);
        measure.arg("--json").arg(&figures);
        measure.envs(running.variables.iter().map(|(name, value)| (name, value)));
        let status = command::run_lines(&mut measure, ui::line)?;
        ensure!(
            status.success(),
            "measuring failed ({status}): there are no figures"
        );
        let text = std::fs::read_to_string(&figures).context("measure wrote no figures")?;
        Ok(serde_json::from_str(&text)?)
    }
}

/// A run of one operation, as `measure api` writes it.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Run {
    pub(super) operation: String,
    /// Requests a second.
    pub(super) rate: f64,
    pub(super) answer: Answer,
    /// Of searches and filtered lists: how many found nothing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) empty: Option<usize>,
}

#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Answer {
    pub(super) count: usize,
    pub(super) p50_ms: f64,
    pub(super) p99_ms: f64,
    pub(super) max_ms: f64,
}

/// One of a run's figures.
pub(super) type Figure = fn(&Run) -> f64;

/// All runs of one operation.
#[derive(Debug, Serialize)]
pub(super) struct Measured {
    pub(super) operation: String,
    runs: Vec<Run>,
}

impl Measured {
    pub(super) fn each(&self, figure: Figure) -> Vec<f64> {
        self.runs.iter().map(figure).collect()
    }

    pub(super) fn rates(&self) -> Vec<f64> {
        self.each(|run| run.rate)
    }
}

/// All runs of all operations, in the order in which they were first asked for.
#[derive(Debug, Default, Serialize)]
#[serde(transparent)]
pub(super) struct Runs(Vec<Measured>);

impl Runs {
    /// A run of each operation.
    pub(super) fn add(&mut self, runs: Vec<Run>) {
        for run in runs {
            let mut known = self.0.iter_mut();
            match known.find(|measured| measured.operation == run.operation) {
                Some(measured) => measured.runs.push(run),
                None => self.0.push(Measured {
                    operation: run.operation.clone(),
                    runs: vec![run],
                }),
            }
        }
    }

    pub(super) fn of(&self, name: &str) -> Option<&Measured> {
        self.0.iter().find(|measured| measured.operation == name)
    }

    pub(super) fn all(&self) -> impl Iterator<Item = &Measured> {
        self.0.iter()
    }

    /// A row of each operation, below one that says what they are.
    pub(super) fn table(&self) -> String {
        let columns = ["requests/s", "p50, ms", "p99, ms", "max, ms", "requests"].map(str::to_owned);
        let mut table = row("", columns);
        for measured in &self.0 {
            let figures: [Figure; 5] = [
                |run| run.rate,
                |run| run.answer.p50_ms,
                |run| run.answer.p99_ms,
                |run| run.answer.max_ms,
                |run| run.answer.count as f64,
            ];
            let cells = figures.map(|figure| cell(measured.each(figure)));
            table.push_str(&row(&measured.operation, cells));
        }
        table
    }
}

/// Of runs that were made one after another.
pub(super) fn ratios(above: &[f64], below: &[f64]) -> Vec<f64> {
    above
        .iter()
        .zip(below)
        .map(|(above, below)| above / below)
        .collect()
}

#[cfg(test)]
impl Run {
    /// One at such a rate, with a p99 that goes along with it.
    pub(super) fn of(operation: &str, rate: f64) -> Self {
        Self {
            operation: operation.to_owned(),
            rate,
            answer: Answer {
                count: 10,
                p50_ms: 1.0,
                p99_ms: 1_000.0 / rate,
                max_ms: 9.0,
            },
            empty: None,
        }
    }
}
