//! What one user's import does to the others: one load, beside an import that pauses in turns, on a stack of its own.

use std::path::PathBuf;
use std::process::{Command, ExitCode};

use super::machine::{self, Machine};
use super::running::{self, Between};
use crate::prerequisites::{self, Purpose};
use crate::workspace::{Profile, Workspace};
use crate::{command, ui};

/// Arguments of `cargo xtask bench import`.
#[derive(Debug, clap::Args)]
pub(crate) struct ImportArgs {
    /// Tasks that the one user imports
    #[arg(long, default_value_t = 50_000)]
    rows: u32,
    /// Tasks of one transaction: what is committed at once comes out at once, and the others wait for it
    #[arg(long, default_value_t = 25)]
    import_batch: u32,
    /// How many of them a second: less than the machine can take
    #[arg(long, default_value_t = 400)]
    import_rate: u32,
    /// Changes a second of the others
    #[arg(long, default_value_t = 50)]
    rate: u32,
    /// How often all of it is done
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..))]
    runs: u32,
    /// Where the picture goes [default: bench-import.svg in the build's directory]
    #[arg(long, value_name = "FILE")]
    plot: Option<PathBuf>,
    /// Build without optimisations, to try it: the figures say little
    #[arg(long)]
    debug: bool,
}

/// Prints the machine and the table; fails when the others wait more than 1.5 times as long in half of the runs.
pub(crate) fn run(workspace: &Workspace, args: &ImportArgs) -> anyhow::Result<ExitCode> {
    prerequisites::check(Purpose::LocalStack)?;
    let profile = Profile::of(!args.debug);
    workspace.build(profile)?;
    let binaries = workspace.binaries(profile);
    let (machine, load_before) = (Machine::this(), machine::load_average());
    ui::line(&format!("{machine}\n"));
    let running = running::start(workspace, &binaries, Between::Nothing)?;
    let beside = || binaries.join("bench-import.svg");
    let plot = args.plot.clone().unwrap_or_else(beside);
    let mut measure = Command::new(binaries.join("measure"));
    measure.args(["--import", &args.rows.to_string()]);
    measure.args(["--import-batch", &args.import_batch.to_string()]);
    measure.args(["--import-rate", &args.import_rate.to_string()]);
    measure.args(["--runs", &args.runs.to_string()]);
    measure.args(["--rate", &args.rate.to_string()]);
    measure.args(["--users", "20"]).arg("--plot").arg(&plot);
    measure.envs(running.variables.iter().map(|(name, value)| (name, value)));
    let status = command::run_lines(&mut measure, ui::line)?;
    ui::line(&machine.under_load(load_before, machine::load_average()));
    ui::step("bench", &format!("the picture is {}", plot.display()));
    Ok(if status.success() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}
