//! How long changes take to flow again after a process was killed: on servers of a stack of its own, on which a program of
//! the `tests` crate starts the services, kills, and starts again.

use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use anyhow::{Context, ensure};
use serde_json::{Value, json};

use super::machine::{self, Machine};
use super::programs::Programs;
use crate::chaos::Setup;
use crate::prerequisites::{self, Purpose};
use crate::stack::throw_away::ThrowAway;
use crate::stack::tokens::Issuer;
use crate::stack::{Layout, environment, setup, state};
use crate::workspace::{Profile, Workspace};
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
    /// Measure the services and taskctl in this directory instead of building them
    #[arg(long, value_name = "DIR")]
    binaries: Option<PathBuf>,
    /// Where all figures go
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    /// Build without optimisations, to try it: the figures say little
    #[arg(long)]
    debug: bool,
}

/// Prints the table; fails when an acknowledged change is missing.
pub(crate) fn run(workspace: &Workspace, args: &RecoveryArgs) -> anyhow::Result<ExitCode> {
    prerequisites::check(Purpose::LocalStack)?;
    let programs = Programs::build(workspace, Profile::of(!args.debug), args.binaries.as_deref())?;
    let (machine, load_before) = (Machine::this(), machine::load_average());
    ui::line(&format!("{machine}\n"));
    let mut figures = measure(workspace, args, &programs)?;
    let load_after = machine::load_average();
    ui::line(&machine.under_load(load_before, load_after));
    if let (Some(file), Value::Object(all)) = (&args.json, &mut figures) {
        all.insert("machine".to_owned(), json!(machine));
        all.insert("load_average".to_owned(), json!([load_before, load_after]));
        std::fs::write(file, serde_json::to_string_pretty(&figures)? + "\n")
            .with_context(|| format!("cannot write {}", file.display()))?;
    }
    Ok(ExitCode::SUCCESS)
}

/// All figures, which are also printed.
fn measure(workspace: &Workspace, args: &RecoveryArgs, programs: &Programs) -> anyhow::Result<Value> {
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

fn read(figures: &Path) -> anyhow::Result<Value> {
    let text = std::fs::read_to_string(figures).context("measure wrote no figures")?;
    Ok(serde_json::from_str(&text)?)
}
