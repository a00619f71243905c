//! The whole way of a change on a stack of its own: how long it takes beside a plain producer and consumer, and what it
//! costs in time on a processor, in statements, and in requests to the broker.

use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use anyhow::Context;
use serde_json::{Map, Value, json};

use super::common::{Begun, Common};
use super::programs::Programs;
use super::requests;
use super::running::{self, Between, Running};
use crate::prerequisites::{self, Purpose};
use crate::stack::{kafka, postgres, services};
use crate::workspace::Workspace;
use crate::{command, ui};

/// Arguments of `cargo xtask bench pipeline`.
#[derive(Debug, clap::Args)]
pub(crate) struct PipelineArgs {
    /// Changes a second, one after another
    #[arg(long, value_delimiter = ',', default_values_t = [50, 300, 500], value_parser = clap::value_parser!(u32).range(1..))]
    rates: Vec<u32>,
    /// How long each turn of the load, and of the plain producer, lasts
    #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..))]
    seconds: u32,
    /// Turns at each rate
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..))]
    runs: u32,
    /// How long tasks are created as fast as can be; 0 leaves it out
    #[arg(long, default_value_t = 15)]
    ceiling_seconds: u32,
    /// Also the statements that took Postgres longest
    #[arg(long)]
    statements: bool,
    /// Where the picture goes [default: bench-pipeline.svg in the build's directory]
    #[arg(long, value_name = "FILE")]
    plot: Option<PathBuf>,
    #[command(flatten)]
    common: Common,
}

/// Prints the machine and the tables.
pub(crate) fn run(workspace: &Workspace, args: &PipelineArgs) -> anyhow::Result<ExitCode> {
    prerequisites::check(Purpose::LocalStack)?;
    let Programs { own, services } = args.common.programs(workspace)?;
    let begun = Begun::now();
    let figures_file = own.join("bench-pipeline.json");
    let mut figures = {
        let running = running::start(workspace, &services, Between::Nothing)?;
        measure(&running, args, &own, &figures_file)?
    };
    let requests = requests::count(workspace, &services, &own)?;
    ui::line("");
    ui::line(&requests::table(&requests));
    figures.insert("requests".to_owned(), json!(requests));
    args.common.end(&begun, figures)?;
    Ok(ExitCode::SUCCESS)
}

/// All figures, which are also printed.
fn measure(
    running: &Running,
    args: &PipelineArgs,
    own: &Path,
    figures: &Path,
) -> anyhow::Result<Map<String, Value>> {
    let plot = args
        .plot
        .clone()
        .unwrap_or_else(|| own.join("bench-pipeline.svg"));
    let names = services::ALL.iter().map(|service| service.name);
    let names: Vec<&str> = names.chain([postgres::NAME, kafka::NAME]).collect();
    let rates: Vec<String> = args.rates.iter().map(u32::to_string).collect();
    let mut measure = Command::new(own.join("measure"));
    measure.args(running.pids(&names)?).arg("pipeline");
    measure.args(["--rates", &rates.join(",")]);
    measure.args(["--seconds", &args.seconds.to_string()]);
    measure.args(["--runs", &args.runs.to_string()]);
    measure.args(["--ceiling-seconds", &args.ceiling_seconds.to_string()]);
    measure.arg("--json").arg(figures).arg("--plot").arg(&plot);
    measure.args(args.statements.then_some("--statements"));
    measure.envs(running.variables.iter().map(|(name, value)| (name, value)));
    let status = command::run_lines(&mut measure, ui::line)?;
    anyhow::ensure!(status.success(), "measuring failed ({status})");
    ui::step("bench", &format!("the picture is {}", plot.display()));
    let text = std::fs::read_to_string(figures).context("measure wrote no figures")?;
    Ok(serde_json::from_str(&text)?)
}
