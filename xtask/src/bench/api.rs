//! How many requests a second the API answers, and how long each takes, with few and with many tasks in Postgres. The
//! client has its share of the same machine.

mod report;

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context;
use serde_json::{Map, json};

use self::report::AtSize;
use super::common::{Begun, Common};
use super::measured::Asking;
use super::programs::Programs;
use super::running::{self, Between};
use super::tasks::Tasks;
use crate::prerequisites::{self, Purpose};
use crate::ui;
use crate::workspace::Workspace;

/// Tasks of a user, so that a page is full however few there are.
const OF_EACH: u32 = 50;
const MOST_USERS: u32 = 1_000;
/// The first user has so many where there are ten times as many.
const OF_FIRST: u32 = 10_000;

/// Arguments of `cargo xtask bench api`.
#[derive(Debug, clap::Args)]
pub(crate) struct ApiArgs {
    /// How many tasks there are: of a user for each 50 and of 1,000 users at most
    #[arg(long, value_delimiter = ',', default_values_t = [1_000, 1_000_000], value_parser = clap::value_parser!(u32).range(1_000..))]
    tasks: Vec<u32>,
    #[command(flatten)]
    asking: Asking,
    /// Runs of all operations with each number of tasks
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..))]
    runs: u32,
    /// Where the picture goes [default: bench-api.svg in the build's directory]
    #[arg(long, value_name = "FILE")]
    plot: Option<PathBuf>,
    /// The query of the list, for services that cannot sort yet
    #[arg(long, hide = true, default_value = "limit=50&status=open&sort=due")]
    list: String,
    #[command(flatten)]
    common: Common,
}

/// Prints the machine and the tables; there are no figures when any request failed.
pub(crate) fn run(workspace: &Workspace, args: &ApiArgs) -> anyhow::Result<ExitCode> {
    prerequisites::check(Purpose::LocalStack)?;
    let programs = args.common.programs(workspace)?;
    let begun = Begun::now();
    let sizes = in_turns(workspace, args, &programs)?;
    for size in &sizes {
        ui::line(&size.table());
    }
    ui::line(&report::growth(&sizes));
    let beside = || programs.own.join("bench-api.svg");
    let plot = args.plot.clone().unwrap_or_else(beside);
    std::fs::write(&plot, report::picture(&sizes))
        .with_context(|| format!("cannot write {}", plot.display()))?;
    ui::step("bench", &format!("the picture is {}", plot.display()));
    let figures = Map::from_iter([("sizes".to_owned(), json!(sizes))]);
    args.common.end(&begun, figures)?;
    Ok(ExitCode::SUCCESS)
}

/// A stack of each size, measured in turns, so that all see the same machine; meanwhile the others are idle.
fn in_turns(workspace: &Workspace, args: &ApiArgs, programs: &Programs) -> anyhow::Result<Vec<AtSize>> {
    let mut stacks = Vec::new();
    for tasks in args.tasks.iter().copied().map(of_size) {
        let running = running::start(workspace, &programs.services, Between::Nothing)?;
        fill(&running, tasks)?;
        stacks.push((running, AtSize::new(tasks)));
    }
    for number in 1..=args.runs {
        for (running, size) in &mut stacks {
            let count = size.tasks.count;
            ui::step("bench", &format!("run {number} of {}: {count} tasks", args.runs));
            size.add(args.asking.ask(running, &programs.own, &["--list", &args.list])?);
        }
        // Nobody is always the first.
        stacks.reverse();
    }
    let mut sizes: Vec<AtSize> = stacks.into_iter().map(|(_, size)| size).collect();
    sizes.sort_by_key(|size| size.tasks.count);
    Ok(sizes)
}

fn of_size(count: u32) -> Tasks {
    Tasks {
        count,
        users: (count / OF_EACH).min(MOST_USERS),
        of_first: if count / 10 >= OF_FIRST { OF_FIRST } else { 0 },
    }
}

/// Open tasks, due in the next two years in no order.
fn fill(running: &running::Running, tasks: Tasks) -> anyhow::Result<()> {
    ui::step("bench", &format!("making {} tasks", tasks.count));
    tasks.fill(
        &mut running.database()?,
        "INSERT INTO tasks.task (id, user_id, title, priority, status, tags, reminders, version, position, created_at,
                                 updated_at, due_local, due_zone, due_at)
         SELECT task, who, 'Water the plants ' || pos, 'normal', 'open', '{}', '[]', 2, pos,
                at - i * interval '1 second', at, to_char(due, 'YYYY-MM-DD\"T\"HH24:MI:SS'), 'UTC', due AT TIME ZONE 'UTC'
           FROM (SELECT *, timestamp '2030-01-01' + (i::bigint * 7919 % 1048576) * interval '1 minute' AS due FROM made)
                AS due;",
    )
}
