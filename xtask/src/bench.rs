//! `cargo xtask bench`: measurements that decide something, each on throw-away stacks. No tests, and in none.

mod api;
mod backlog;
mod common;
mod counter;
mod find;
mod import;
mod kept;
mod load;
mod machine;
mod measured;
mod partitions;
mod picture;
mod pipeline;
mod programs;
mod reconcile;
mod recovery;
mod requests;
mod running;
// One file for both programs: xtask is not to build librdkafka for it.
#[path = "../../tests/src/measure/spread.rs"]
mod spread;
mod tasks;
mod topics;
// The words that are written here are looked for there.
#[path = "../../tests/src/measure/vocabulary.rs"]
mod vocabulary;

use std::process::ExitCode;

use crate::workspace::Workspace;

#[derive(Debug, clap::Subcommand)]
pub(crate) enum BenchCommand {
    /// How long a change takes from request to socket beside a plain producer and consumer, and what it costs
    Pipeline(pipeline::PipelineArgs),
    /// How long changes take to flow again after the lease holder, the broker or Postgres was killed
    Recovery(recovery::RecoveryArgs),
    /// How many requests a second the API answers with a million tasks, and how that grows with their number
    Api(api::ApiArgs),
    /// What finding costs with a million tasks: search, filtered lists and stats, and what writes lose to them
    Find(find::FindArgs),
    /// How fast services catch up after an outage, beside Debezium Server, and how that grows
    Backlog(backlog::BacklogArgs),
    /// What a main topic's number of partitions costs the broker: requests and processor time
    Partitions(partitions::PartitionsArgs),
    /// What one user's import does to the others' time from commit to socket
    Import(import::ImportArgs),
    /// How long `taskctl reconcile` takes with a million tasks, and how much memory
    Reconcile(reconcile::ReconcileArgs),
}

/// Runs one of them and prints its table.
pub(crate) fn run(workspace: &Workspace, command: &BenchCommand) -> anyhow::Result<ExitCode> {
    match command {
        BenchCommand::Pipeline(args) => pipeline::run(workspace, args),
        BenchCommand::Recovery(args) => recovery::run(workspace, args),
        BenchCommand::Api(args) => api::run(workspace, args),
        BenchCommand::Find(args) => find::run(workspace, args),
        BenchCommand::Backlog(args) => backlog::run(workspace, args),
        BenchCommand::Partitions(args) => partitions::run(workspace, args),
        BenchCommand::Import(args) => import::run(workspace, args),
        BenchCommand::Reconcile(args) => reconcile::run(workspace, args),
    }
}
