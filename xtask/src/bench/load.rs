//! A load that the `measure` program sends: changes that are only answered.

use std::path::Path;
use std::process::Command;

use anyhow::bail;
use serde::Deserialize;

use crate::command;
use crate::stack::environment;

/// Sends the load, calling `phase` when it begins and when it ends.
pub(super) fn send(
    binaries: &Path,
    variables: &environment::Variables,
    changes: u32,
    rate: u32,
    mut phase: impl FnMut() -> anyhow::Result<()>,
) -> anyhow::Result<Reached> {
    let mut measure = Command::new(binaries.join("measure"));
    measure.args(["--answers-only", "--users", "50"]);
    measure.args(["--changes", &changes.to_string(), "--rate", &rate.to_string()]);
    measure.envs(variables.iter().map(|(name, value)| (name, value)));
    let (mut phases, mut report) = (Ok(()), None);
    let status = command::run_lines(&mut measure, |line| match line {
        "begins" | "ends" if phases.is_ok() => phases = phase(),
        other => report = serde_json::from_str(other).ok().or(report.take()),
    })?;
    phases?;
    match report {
        Some(report) if status.success() => Ok(report),
        _ => bail!("the load failed ({status})"),
    }
}

#[derive(Debug, Deserialize)]
pub(super) struct Reached {
    /// Changes that were answered.
    pub(super) changes: u32,
    /// Changes a second.
    pub(super) rate: f64,
    pub(super) answer: Answer,
}

#[derive(Debug, Deserialize)]
pub(super) struct Answer {
    pub(super) p50_ms: f64,
}
