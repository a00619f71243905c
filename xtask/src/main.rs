//! The developer's tool: `cargo xtask up`, `test`, `check` and their companions.
#![doc = ""]
#![doc = include_str!("../README.md")]

mod bench;
mod chaos;
mod check;
mod command;
mod frontend;
mod fuzz_api;
mod interrupt;
mod local;
mod openapi;
mod prerequisites;
mod pypi;
mod sqlx;
mod stack;
mod test;
mod tidy;
mod ui;
mod workspace;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::workspace::Workspace;

/// The developer's tool of Taskwire.
#[derive(Debug, Parser)]
#[command(
    name = "cargo xtask",
    bin_name = "cargo xtask",
    version,
    disable_version_flag = true
)]
struct Cli {
    /// The cargo that runs us; set by cargo itself.
    #[arg(long, env = "CARGO", default_value = "cargo", hide = true, global = true)]
    cargo: String,
    #[command(subcommand)]
    task: Task,
}

#[derive(Debug, Subcommand)]
enum Task {
    /// Start everything on this machine and watch over it
    Up(local::up::UpArgs),
    /// Stop everything that `up` started
    Down(local::down::DownArgs),
    /// Show what runs, where, and how big it is
    Status,
    /// Show what the services log, or those named
    Logs(local::logs::LogsArgs),
    /// Run the operator's tool on the running stack: all arguments are passed on
    Taskctl(local::taskctl::TaskctlArgs),
    /// Print a token of the local stack
    Token(local::token::TokenArgs),
    /// Tell the main job as a story, on the running stack
    Demo,
    /// Run every rule of this repository: tidiness, schemas, APIs, format, clippy, docs, query metadata, dependencies
    Check(check::CheckArgs),
    /// Publish the schema versions that are not published yet: from then on they may not change
    Freeze,
    /// Refresh the query metadata in .sqlx from a throw-away database
    Sqlx(sqlx::SqlxArgs),
    /// Hold every service against its OpenAPI document with made-up requests; takes some minutes
    FuzzApi(fuzz_api::FuzzApiArgs),
    /// Make faults under load, one after the other, and compare what was promised with what is there
    Chaos(chaos::ChaosArgs),
    /// Measure something on throw-away stacks; takes a minute or two
    #[command(subcommand)]
    Bench(bench::BenchCommand),
    /// Run all tests, or those whose name contains the filter
    Test(test::TestArgs),
}

fn main() -> ExitCode {
    let cli = Cli::parse();
    match run(cli) {
        Ok(code) => code,
        Err(error) => {
            ui::failure(&format!("{error:#}"));
            ExitCode::from(if interrupt::requested() { 130 } else { 1 })
        }
    }
}

fn run(cli: Cli) -> anyhow::Result<ExitCode> {
    interrupt::install()?;
    let workspace = Workspace::find(&cli.cargo)?;
    match cli.task {
        Task::Up(args) => local::up::run(&workspace, &args),
        Task::Down(args) => local::down::run(&workspace, &args),
        Task::Status => local::status::run(&workspace),
        Task::Logs(args) => local::logs::run(&workspace, &args),
        Task::Taskctl(args) => local::taskctl::run(&workspace, &args),
        Task::Token(args) => local::token::run(&workspace, &args),
        Task::Demo => local::demo::run(&workspace),
        Task::Sqlx(args) => sqlx::run(&workspace, &args),
        Task::Freeze => tidy::freeze(&workspace).map(|()| ExitCode::SUCCESS),
        Task::Check(args) => check::run(&workspace, &args),
        Task::FuzzApi(args) => fuzz_api::run(&workspace, &args),
        Task::Chaos(args) => chaos::run(&workspace, &args),
        Task::Bench(command) => bench::run(&workspace, &command),
        Task::Test(args) => test::run(&workspace, &args),
    }
}
