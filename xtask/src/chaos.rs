//! `cargo xtask chaos`: services and servers are killed, frozen and cut off under load, and what was promised is compared
//! with what is there.

mod drive;
mod faults;
mod kills;
mod planted;
mod restore;
mod seed;
mod setup;
mod violations;

use std::process::ExitCode;

pub(crate) use faults::run_short as run_short_faults;
pub(crate) use kills::run_short as run_short_kills;
pub(crate) use planted::check as check_planted;
pub(crate) use restore::run_short as run_short_restore;
pub(crate) use setup::Setup;
pub(crate) use violations::run_short as run_short_violations;

use crate::workspace::Workspace;

#[derive(Debug, clap::Args)]
#[command(args_conflicts_with_subcommands = true)]
pub(crate) struct ChaosArgs {
    #[command(subcommand)]
    task: Option<Task>,
    #[command(flatten)]
    faults: faults::FaultsArgs,
}

#[derive(Debug, clap::Subcommand)]
enum Task {
    /// Kill and stop every service under load; fails when anything acknowledged is missing, doubled or out of order
    Kills(kills::KillsArgs),
    /// Plant known bugs one after the other; fails unless the kill test catches each every time
    Planted(planted::PlantedArgs),
    /// Put a cold copy in Postgres' place; fails when a client or a consumer takes the new changes for old ones
    Restore,
    /// Plant violations into the history of a run; fails unless the checkers find each every time
    Violations(violations::ViolationsArgs),
}

pub(crate) fn run(workspace: &Workspace, args: &ChaosArgs) -> anyhow::Result<ExitCode> {
    match &args.task {
        None => faults::run(workspace, &args.faults),
        Some(Task::Kills(args)) => kills::run(workspace, args),
        Some(Task::Planted(args)) => planted::run(workspace, args),
        Some(Task::Restore) => restore::run(workspace),
        Some(Task::Violations(args)) => violations::run(workspace, args),
    }
}
