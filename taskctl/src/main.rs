//! `taskctl`, the operator's tool: it brings database, broker and registry to the declared state, shows where they
//! differ from it, explains dead letters, and has the relay try again what the broker had refused.
#![doc = ""]
#![doc = include_str!("../README.md")]

mod cli;
mod database;
mod dlq;
mod ending;
mod epoch;
mod files;
mod kafka;
mod migrate;
mod offsets;
mod operator;
mod outbox;
mod output;
mod reconcile;
mod schemas;
mod topics;
mod users;

use std::process::ExitCode;

use crate::cli::{Cli, Command};
use crate::output::Output;

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    shared_events::codec::avro::cap_allocation();
    let cli: Cli = service_kit::config::parse();
    let output = Output::new(cli.json);
    let result = match cli.command {
        Command::Migrate(args) => migrate::run(args, &output).await,
        Command::Topics(command) => topics::run(command, &output).await,
        Command::Schemas(command) => schemas::run(command, &output).await,
        Command::Users(command) => users::run(command, &output),
        Command::Outbox(command) => outbox::run(command, &output).await,
        Command::Offsets(command) => offsets::run(command, &output).await,
        Command::Epoch(command) => epoch::run(command, &output).await,
        Command::Dlq(command) => dlq::run(command, &output).await,
        Command::Reconcile(args) => reconcile::run(*args, &output).await,
    };
    ending::exit_code(result)
}
