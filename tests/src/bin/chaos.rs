//! `chaos`: the fault suite and the kill test on a stack of its own, whose services it starts, kills and stops itself.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use anyhow::Context as _;
use clap::Parser;
use tests::World;
use tests::chaos::fault::{Length, Rounds};
use tests::chaos::observations::Fault;
use tests::chaos::oracle::history::History;
use tests::chaos::oracle::violations;
use tests::chaos::restore;
use tests::chaos::run::{Extent, Size, run};
use tests::chaos::setup::Setup;
use tests::environment::Environment;

/// A run of so many minutes has time for faults that last.
const LONG_FROM: u64 = 10;

/// Does harm to services, servers and topics under load, then compares what was promised with what is there.
///
/// With `--minutes` or `--fault` it is the fault suite, otherwise the kill test: so many kills and stops of each
/// service. `cargo xtask chaos` starts the servers, writes the setup and runs this. Ends with 1 when anything differs.
#[derive(Debug, Parser)]
#[command(name = "chaos", version)]
struct Arguments {
    /// How each service is started, as JSON
    #[arg(long)]
    setup: PathBuf,

    /// Where the report goes, in Markdown; a timeline and what was seen go beside it, as .svg and .json
    #[arg(long)]
    report: PathBuf,

    /// Minutes of faults; each fault has its turn once at least
    #[arg(long)]
    minutes: Option<u64>,

    /// Only these faults [default: all that the stack allows]
    #[arg(long = "fault", value_name = "FAULT")]
    faults: Vec<Fault>,

    /// Kill test: kills (SIGKILL) of each service
    #[arg(long, default_value_t = 20, conflicts_with_all = ["minutes", "faults"])]
    kills: usize,

    /// Kill test: orderly stops (SIGTERM) of each service
    #[arg(long, default_value_t = 10, conflicts_with_all = ["minutes", "faults"])]
    stops: usize,

    /// Put a cold copy in Postgres' place instead, once and without any load
    #[arg(long, conflicts_with_all = ["minutes", "faults"])]
    restore: bool,

    /// People who make changes [default: 50, and 12 in the kill test]
    #[arg(long)]
    people: Option<usize>,

    /// Changes a second
    #[arg(long, default_value_t = 60.0)]
    rate: f64,

    /// Makes the same choices again, though not the same timing
    #[arg(long, default_value_t = 1)]
    seed: u64,

    /// Seconds without any movement after which what is missing counts as lost
    #[arg(long, default_value_t = 40)]
    patience: u64,

    /// Kill test: begin no further round once something is known to be wrong
    #[arg(long)]
    stop_early: bool,

    #[command(flatten)]
    environment: Environment,
}

/// Plants violations into a recorded history, and looks whether the checkers find them.
///
/// `cargo xtask chaos violations` runs this. Ends with 1 when one was missed, or the history itself differs.
#[derive(Debug, Parser)]
#[command(name = "chaos", version)]
struct Violations {
    /// The history that a run has written
    #[arg(long, value_name = "HISTORY")]
    violations: PathBuf,
}

#[tokio::main]
async fn main() -> anyhow::Result<ExitCode> {
    if std::env::args()
        .nth(1)
        .is_some_and(|first| first == "--violations")
    {
        return plant(&Violations::parse());
    }
    let arguments = Arguments::parse();
    let setup = Setup::read(&arguments.setup)?;
    let extent = extent(&arguments);
    let world = World::of(arguments.environment)?;
    if arguments.restore {
        return restored(&world, &setup, &arguments.report).await;
    }
    let size = Size {
        people: arguments.people.unwrap_or(match extent {
            Extent::Kills(_) => 12,
            Extent::Faults { .. } => 50,
        }),
        extent,
        rate: arguments.rate,
        seed: arguments.seed,
        patience: Duration::from_secs(arguments.patience),
        settle: Duration::from_secs(arguments.patience.saturating_mul(10)),
    };
    let report = run(&world, &setup, size, print).await?;
    print(&report.write(&arguments.report)?);
    Ok(match report.differences().next() {
        None => ExitCode::SUCCESS,
        Some(_) => ExitCode::FAILURE,
    })
}

async fn restored(world: &World, setup: &Setup, report: &Path) -> anyhow::Result<ExitCode> {
    let outcome = restore::run(world, setup, print).await;
    let text = match &outcome {
        Ok(()) => "A cold copy took Postgres' place: no difference.\n".to_owned(),
        Err(error) => format!("A cold copy took Postgres' place: {error:#}\n"),
    };
    print(&text);
    std::fs::write(report, text).with_context(|| format!("cannot write {}", report.display()))?;
    Ok(match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(_) => ExitCode::FAILURE,
    })
}

fn extent(arguments: &Arguments) -> Extent {
    if arguments.minutes.is_none() && arguments.faults.is_empty() {
        return Extent::Kills(Rounds {
            kills: arguments.kills,
            stops: arguments.stops,
            stop_early: arguments.stop_early,
        });
    }
    let minutes = arguments.minutes.unwrap_or(1);
    Extent::Faults {
        faults: arguments.faults.clone(),
        lasting: Duration::from_secs(minutes.saturating_mul(60)),
        length: match minutes {
            0..LONG_FROM => Length::Short,
            LONG_FROM.. => Length::Long,
        },
    }
}

fn plant(arguments: &Violations) -> anyhow::Result<ExitCode> {
    let trial = violations::try_all(&History::read(&arguments.violations)?);
    print(&trial.to_markdown());
    Ok(if trial.is_passed() {
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
