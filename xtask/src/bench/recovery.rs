//! How long changes take to flow again after a process was killed: on servers of a stack of its own, on which a program of
//! the `tests` crate starts the services, kills, and starts again.

use std::path::Path;
use std::process::{Command, ExitCode};

use anyhow::{Context, ensure};
use serde_json::{Map, Value};

use super::common::{Begun, Common};
use super::programs::Programs;
use crate::chaos::Setup;
use crate::prerequisites::{self, Purpose};
use crate::stack::throw_away::ThrowAway;
use crate::stack::tokens::Issuer;
use crate::stack::{Layout, environment, setup, state};
use crate::workspace::Workspace;
use crate::{command, ui};

/// As many as in the pipeline's bench: what one user's screens are told goes out one after another.
const USERS: u32 = 50;

/// Arguments of `cargo xtask bench recovery`.
#[derive(Debug, clap::Args)]
pub(crate) struct RecoveryArgs {
    /// How often each is killed
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..))]
    runs: u32,
    /// Creations a second
    #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..))]
    rate: u32,
    #[command(flatten)]
    common: Common,
}

/// Prints the table; fails when an acknowledged change is missing.
pub(crate) fn run(workspace: &Workspace, args: &RecoveryArgs) -> anyhow::Result<ExitCode> {
    prerequisites::check(Purpose::LocalStack)?;
    let programs = args.common.programs(workspace)?;
    let begun = Begun::now();
    let figures = measure(workspace, args, &programs)?;
    args.common.end(&begun, figures)?;
    Ok(ExitCode::SUCCESS)
}

/// All figures, which are also printed.
fn measure(
    workspace: &Workspace,
    args: &RecoveryArgs,
    programs: &Programs,
) -> anyhow::Result<Map<String, Value>> {
    let throw_away = ThrowAway::begin_as(workspace, Layout::Recovery)?;
    let stack = &throw_away.stack;
    let addresses = setup::build_and_start(stack, None, || Ok(()))?;
    let issuer = Issuer::of(stack)?;
    setup::prepare(workspace, stack, &addresses, &programs.services, &[])?;
    let (setup, figures) = (stack.path("recovery-setup.json"), stack.path("recovery.json"));
    state::write(&setup, &Setup::of(stack, &addresses, &programs.services)?)?;
    let variables = environment::variables(stack, &addresses, &issuer, &programs.services)?;
    let mut measure = Command::new(programs.own.join("measure"));
    measure.envs(variables).arg("recovery");
    measure.args(["--runs", &args.runs.to_string()]);
    measure.args(["--rate", &args.rate.to_string()]);
    measure.args(["--users", &USERS.to_string()]);
    measure.arg("--setup").arg(&setup).arg("--json").arg(&figures);
    // It begins at once, and its services need their ports.
    stack.ports.release();
    let status = command::run_lines(&mut measure, ui::line)?;
    ensure!(status.success(), "measuring failed ({status})");
    read(&figures)
}

fn read(figures: &Path) -> anyhow::Result<Map<String, Value>> {
    let text = std::fs::read_to_string(figures).context("measure wrote no figures")?;
    Ok(serde_json::from_str(&text)?)
}
