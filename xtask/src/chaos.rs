//! `cargo xtask chaos`: services are killed under load, and what was promised is compared with what is there.

mod kills;
mod planted;
mod seed;

use std::process::ExitCode;

pub(crate) use kills::run_short;
pub(crate) use planted::check as check_planted;

use crate::workspace::Workspace;

#[derive(Debug, clap::Args)]
pub(crate) struct ChaosArgs {
    #[command(subcommand)]
    task: Task,
}

#[derive(Debug, clap::Subcommand)]
enum Task {
    /// Kill and stop every service under load; fails when anything acknowledged is missing, doubled or out of order
    Kills(kills::KillsArgs),
    /// Plant known bugs one after the other; fails unless the kill test catches each every time
    Planted(planted::PlantedArgs),
}

pub(crate) fn run(workspace: &Workspace, args: &ChaosArgs) -> anyhow::Result<ExitCode> {
    match &args.task {
        Task::Kills(args) => kills::run(workspace, args),
        Task::Planted(args) => planted::run(workspace, args),
    }
}
