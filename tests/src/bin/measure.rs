//! `measure`: latency and memory of a running stack under an even load.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Parser;
use tests::World;
use tests::chaos::setup::Setup;
use tests::environment::Environment;
use tests::measure::answers;
use tests::measure::api;
use tests::measure::import::{self, Import};
use tests::measure::load::{self, Load};
use tests::measure::memory::{self, Process};
use tests::measure::pipeline::{self, Plan, backlog};
use tests::measure::plot;
use tests::measure::recovery;

/// Measures how fast a change reaches the socket and how fast a completed occurrence comes back.
///
/// `commit → socket` is from the change's `updated_at` (the database's clock, inside the transaction) to the arrival
/// of its socket message on this machine's clock; `request → socket` is from sending the HTTP request, by one clock.
#[derive(Debug, Parser)]
#[command(name = "measure", version)]
struct Arguments {
    /// How many changes; one in five completes an occurrence of a daily task
    #[arg(long, default_value_t = 1000)]
    changes: usize,

    /// How many changes a second
    #[arg(long, default_value_t = 50.0, value_parser = positive)]
    rate: f64,

    /// By how many users, each with an open socket
    #[arg(long, default_value_t = 10)]
    users: usize,

    /// Also report the resident memory of this process, as in backend-api=4711; may be repeated
    #[arg(long = "pid", value_name = "NAME=PID")]
    pids: Vec<Process>,

    /// Print JSON instead of a table
    #[arg(long)]
    json: bool,

    /// Open no socket and wait for answers only: JSON behind a line when the load begins and one when it ends
    #[arg(long)]
    answers_only: bool,

    /// Compare the changes made while one user imports so many tasks with those made in its pauses
    #[arg(long, value_name = "TASKS", value_parser = clap::value_parser!(i64).range(1..), conflicts_with = "changes")]
    import: Option<i64>,

    /// With --import: how many tasks a second are imported
    #[arg(long, default_value_t = 400.0, value_parser = positive, requires = "import")]
    import_rate: f64,

    /// With --import: tasks of one transaction
    #[arg(long, default_value_t = 25, value_parser = clap::value_parser!(i64).range(1..=1_000), requires = "import")]
    import_batch: i64,

    /// With --import: how often all of it is done
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..), requires = "import")]
    runs: u32,

    /// With --import: where a picture of both goes, as SVG
    #[arg(long, value_name = "FILE", requires = "import")]
    plot: Option<PathBuf>,

    #[command(flatten)]
    environment: Environment,

    #[command(subcommand)]
    more: Option<More>,
}

#[derive(Debug, clap::Subcommand)]
enum More {
    /// Measures the way of a change beside a producer and a consumer with nothing between them, and what it costs
    Pipeline(PipelineArguments),
    /// Asks the API as fast as it answers, one operation after another, on rows that were made in SQL
    Api(ApiArguments),
    /// Starts the services, and measures how long changes take to flow again after a process was killed
    Recovery(RecoveryArguments),
    /// Writes rows of the outbox that backend-api finds when it starts
    Backlog {
        #[arg(long)]
        rows: u64,

        /// Tasks whose changes they are
        #[arg(long, value_parser = clap::value_parser!(u64).range(1..))]
        keys: u64,
    },
    /// Watches backend-api publish what is in the outbox; to be started when the watch begins
    Drain,
    /// Creates the topic that a peer publishes to
    PeerTopic { name: String },
    /// Watches a peer publish what is in the outbox; to be started when the watch begins
    Peer {
        #[arg(long)]
        topic: String,
    },
    /// Watches a peer that runs already publish rows that are written in one transaction
    RunningPeer {
        #[arg(long)]
        topic: String,

        #[arg(long)]
        rows: u64,

        /// Tasks whose changes they are
        #[arg(long, value_parser = clap::value_parser!(u64).range(1..))]
        keys: u64,
    },
    /// Watches audit-svc go through what is on `task-events`; to be started when the watch begins
    Ingest,
}

#[derive(Debug, clap::Args)]
struct PipelineArguments {
    #[command(flatten)]
    plan: Plan,

    /// Also the statements that took Postgres longest
    #[arg(long)]
    statements: bool,

    /// Where all figures go, as JSON
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,

    /// Where a picture goes, as SVG
    #[arg(long, value_name = "FILE")]
    plot: Option<PathBuf>,
}

#[derive(Debug, clap::Args)]
struct ApiArguments {
    #[command(flatten)]
    plan: api::Plan,

    /// Where all figures go, as JSON
    #[arg(long, value_name = "FILE")]
    json: PathBuf,
}

#[derive(Debug, clap::Args)]
struct RecoveryArguments {
    #[command(flatten)]
    plan: recovery::Plan,

    /// How each service and server is started, as JSON
    #[arg(long, value_name = "FILE")]
    setup: PathBuf,

    /// Where all figures go, as JSON
    #[arg(long, value_name = "FILE")]
    json: PathBuf,
}

#[tokio::main]
async fn main() -> anyhow::Result<ExitCode> {
    let arguments = Arguments::parse();
    let world = World::of(arguments.environment)?;
    if let Some(more) = arguments.more {
        return run(&world, more, &arguments.pids).await;
    }
    let size = Load {
        changes: arguments.changes,
        rate: arguments.rate,
        users: arguments.users,
    };
    if arguments.answers_only {
        let answers = answers::run(&world, size, announce).await?;
        std::io::stdout().write_all((serde_json::to_string(&answers)? + "\n").as_bytes())?;
        return Ok(ExitCode::SUCCESS);
    }
    if let Some(rows) = arguments.import {
        let import = Import {
            rows,
            batch: arguments.import_batch,
            rate: arguments.import_rate,
        };
        let size = Load {
            changes: import.changes_beside(size.rate),
            ..size
        };
        return compare(&world, size, import, arguments.runs, arguments.plot.as_deref()).await;
    }
    let idle = memory::resident(&arguments.pids)?;
    let measured = load::run(&world, size).await?;
    let report = measured.report(memory::compare(&idle, &memory::resident(&arguments.pids)?));
    let text = if arguments.json {
        serde_json::to_string_pretty(&report)? + "\n"
    } else {
        report.to_table()
    };
    std::io::stdout().write_all(text.as_bytes())?;
    Ok(ExitCode::SUCCESS)
}

/// Fails when the others wait longer than they may.
async fn compare(
    world: &World,
    load: Load,
    import: Import,
    runs: u32,
    plot_to: Option<&Path>,
) -> anyhow::Result<ExitCode> {
    let mut report = import::Report::default();
    for run in 1..=runs {
        let compared = import::run(world, load, import).await?;
        announce(&format!("run {run} of {runs}: {}", compared.in_short()));
        report.runs.push(compared);
    }
    std::io::stdout().write_all(report.to_table().as_bytes())?;
    if let Some(file) = plot_to {
        let title = format!(
            "commit to socket of others, while one user imports {} tasks",
            import.rows
        );
        let series: [(&str, &[f64]); 2] = [
            ("without an import", &report.durations(|run| &run.without)),
            ("with an import", &report.durations(|run| &run.with)),
        ];
        std::fs::write(file, plot::distributions(&title, &series))?;
    }
    Ok(if report.is_allowed() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

async fn run(world: &World, more: More, pids: &[Process]) -> anyhow::Result<ExitCode> {
    let begins = || announce("begins");
    let drained = match more {
        More::Pipeline(arguments) => return whole_way(world, &arguments, pids).await,
        More::Api(arguments) => {
            let measured = api::run(world, &arguments.plan).await?;
            std::fs::write(&arguments.json, serde_json::to_string_pretty(&measured)? + "\n")?;
            return Ok(ExitCode::SUCCESS);
        }
        More::Recovery(arguments) => return recovered(world, &arguments).await,
        More::Backlog { rows, keys } => {
            let bytes = backlog::write(world, rows, keys).await?;
            announce(&format!("{rows} rows of {keys} tasks, {bytes:.0} bytes each"));
            return Ok(ExitCode::SUCCESS);
        }
        More::PeerTopic { name } => {
            backlog::create_topic(world, &name).await?;
            return Ok(ExitCode::SUCCESS);
        }
        More::Peer { topic } => backlog::published(world, pids, &topic, begins).await?,
        More::RunningPeer { topic, rows, keys } => {
            backlog::published_at_once(world, pids, &topic, rows, keys).await?
        }
        More::Drain => backlog::drained(world, pids, begins).await?,
        More::Ingest => backlog::ingested(world, pids, begins).await?,
    };
    announce("ends");
    announce(&serde_json::to_string(&drained)?);
    Ok(ExitCode::SUCCESS)
}

async fn whole_way(
    world: &World,
    arguments: &PipelineArguments,
    pids: &[Process],
) -> anyhow::Result<ExitCode> {
    let measured = pipeline::run(world, &arguments.plan, pids).await?;
    let mut text = measured.report.to_table();
    if arguments.statements {
        text.push_str(&measured.report.statements_table());
    }
    std::io::stdout().write_all(text.as_bytes())?;
    if let Some(file) = &arguments.json {
        std::fs::write(file, serde_json::to_string_pretty(&measured.report)? + "\n")?;
    }
    if let Some(file) = &arguments.plot {
        std::fs::write(file, measured.plot())?;
    }
    Ok(ExitCode::SUCCESS)
}

async fn recovered(world: &World, arguments: &RecoveryArguments) -> anyhow::Result<ExitCode> {
    let setup = Setup::read(&arguments.setup)?;
    let report = recovery::run(world, &setup, arguments.plan).await?;
    announce(report.to_table().trim_end());
    std::fs::write(&arguments.json, serde_json::to_string_pretty(&report)? + "\n")?;
    Ok(ExitCode::SUCCESS)
}

fn announce(what: &str) {
    // Whoever does not read it any more has ended us, too.
    let _ = writeln!(std::io::stdout(), "{what}");
}

fn positive(text: &str) -> Result<f64, String> {
    let rate = text.parse::<f64>().map_err(|error| error.to_string())?;
    if rate.is_finite() && rate > 0.0 {
        Ok(rate)
    } else {
        Err("it must be above 0".to_owned())
    }
}
