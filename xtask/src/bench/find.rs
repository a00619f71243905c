//! What finding costs: search, filtered lists and stats with a million tasks, and what writes lose to the words, figures and
//! the index that are kept for it. The client has its share of the same machine.

mod fill;
mod report;
mod writes;

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context as _;
use serde_json::{Map, json};

use self::writes::Turns;
use super::common::{Begun, Common};
use super::kept::{self, Users};
use super::measured::{Asking, Runs};
use super::running::{self, Between};
use super::tasks::Tasks;
use crate::prerequisites::{self, Purpose};
use crate::ui;
use crate::workspace::Workspace;

/// Tasks of a user, and users at most.
const OF_EACH: u32 = 1_000;
const MOST_USERS: u32 = 1_000;
/// Of the first user, at most and as a share of all.
const OF_FIRST: u32 = 10_000;
const SHARE_OF_FIRST: u32 = 10;
/// Users whose words and figures are compared with their tasks at the end.
const CHECKED: u32 = 20;

/// Arguments of `cargo xtask bench find`.
#[derive(Debug, clap::Args)]
pub(crate) struct FindArgs {
    /// How many tasks there are: of a user for each 1,000 and of 1,000 users at most
    #[arg(long, default_value_t = 1_000_000, value_parser = clap::value_parser!(u32).range(20_000..))]
    tasks: u32,
    #[command(flatten)]
    asking: Asking,
    /// Runs of search, filters and stats
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..))]
    runs: u32,
    /// Turns of creations and edits with what is kept, and as many without
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..))]
    rounds: u32,
    /// Where the picture goes [default: bench-find.svg in the build's directory]
    #[arg(long, value_name = "FILE")]
    plot: Option<PathBuf>,
    #[command(flatten)]
    common: Common,
}

/// Prints the machine and the tables; there are no figures when any request failed, or too many found nothing.
pub(crate) fn run(workspace: &Workspace, args: &FindArgs) -> anyhow::Result<ExitCode> {
    prerequisites::check(Purpose::LocalStack)?;
    let programs = args.common.programs(workspace)?;
    let begun = Begun::now();
    let tasks = of_size(args.tasks);
    let running = running::start(workspace, &programs.services, Between::Nothing)?;
    ui::step("bench", &format!("making {tasks}"));
    fill::fill(&mut running.database()?, tasks)?;
    let found = found(args, &running, &programs.own)?;
    let turns = writes::in_turns(&running, &args.asking, &programs.own, args.rounds)?;
    let checked = Users {
        from: 0,
        to: tasks.users.min(CHECKED),
    };
    kept::check(&mut running.database()?, &checked).context("there are no figures")?;
    print(args, tasks, &found, &turns, &programs.own.join("bench-find.svg"))?;
    let figures = [
        ("tasks", json!(tasks)),
        ("found", json!(found)),
        ("writes", json!(turns)),
    ];
    let figures = figures.map(|(name, value)| (name.to_owned(), value));
    args.common.end(&begun, Map::from_iter(figures))?;
    Ok(ExitCode::SUCCESS)
}

fn of_size(count: u32) -> Tasks {
    Tasks {
        count,
        users: (count / OF_EACH).min(MOST_USERS),
        of_first: (count / SHARE_OF_FIRST).min(OF_FIRST),
    }
}

fn found(args: &FindArgs, running: &running::Running, own: &std::path::Path) -> anyhow::Result<Runs> {
    let mut found = Runs::default();
    for number in 1..=args.runs {
        ui::step("bench", &format!("run {number} of {}", args.runs));
        found.add(args.asking.ask(running, own, &["--operations", "find"])?);
    }
    Ok(found)
}

/// The tables, and the picture into its file.
fn print(
    args: &FindArgs,
    tasks: Tasks,
    found: &Runs,
    turns: &Turns,
    beside: &std::path::Path,
) -> anyhow::Result<()> {
    ui::line(&format!("{tasks}\n{}{}", found.table(), report::empties(found)));
    ui::line(&report::writes(turns));
    let plot = args.plot.as_deref().unwrap_or(beside);
    std::fs::write(plot, report::picture(tasks, found, turns))
        .with_context(|| format!("cannot write {}", plot.display()))?;
    ui::step("bench", &format!("the picture is {}", plot.display()));
    Ok(())
}
