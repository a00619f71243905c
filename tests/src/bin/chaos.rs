//! `chaos`: the kill test on a stack of its own, whose services it starts, kills and stops itself.

use std::io::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::Context as _;
use clap::Parser;
use tests::World;
use tests::chaos::fault::Rounds;
use tests::chaos::run::{Size, run};
use tests::chaos::setup::Setup;
use tests::environment::Environment;

/// Kills and stops services under load, then compares what was promised with what is there.
///
/// `cargo xtask chaos kills` starts the servers, writes the setup and runs this. Ends with 1 when anything differs.
#[derive(Debug, Parser)]
#[command(name = "chaos", version)]
struct Arguments {
    /// How each service is started, as JSON
    #[arg(long)]
    setup: PathBuf,

    /// Where the report goes, in Markdown
    #[arg(long)]
    report: PathBuf,

    /// Kills (SIGKILL) of each service
    #[arg(long, default_value_t = 20)]
    kills: usize,

    /// Orderly stops (SIGTERM) of each service
    #[arg(long, default_value_t = 10)]
    stops: usize,

    /// People who make changes
    #[arg(long, default_value_t = 12)]
    people: usize,

    /// Changes a second
    #[arg(long, default_value_t = 60.0)]
    rate: f64,

    /// Makes the same choices again, though not the same timing
    #[arg(long, default_value_t = 1)]
    seed: u64,

    /// Seconds without any movement after which what is missing counts as lost
    #[arg(long, default_value_t = 40)]
    patience: u64,

    /// Begin no further round once something is known to be wrong
    #[arg(long)]
    stop_early: bool,

    #[command(flatten)]
    environment: Environment,
}

#[tokio::main]
async fn main() -> anyhow::Result<ExitCode> {
    let arguments = Arguments::parse();
    let setup = Setup::read(&arguments.setup)?;
    let world = World::of(arguments.environment)?;
    let size = Size {
        rounds: Rounds {
            kills: arguments.kills,
            stops: arguments.stops,
            stop_early: arguments.stop_early,
        },
        people: arguments.people,
        rate: arguments.rate,
        seed: arguments.seed,
        patience: Duration::from_secs(arguments.patience),
        settle: Duration::from_secs(arguments.patience.saturating_mul(10)),
    };
    let report = run(&world, &setup, size, print).await?;
    let text = report.to_markdown();
    std::fs::write(&arguments.report, &text)
        .with_context(|| format!("cannot write {}", arguments.report.display()))?;
    print(&text);
    Ok(if report.differences.is_empty() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

/// A reader that closed the pipe is no reason to fail.
fn print(line: &str) {
    let mut out = std::io::stdout().lock();
    let _ = writeln!(out, "{line}").and_then(|()| out.flush());
}
