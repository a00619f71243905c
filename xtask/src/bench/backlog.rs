//! How fast services catch up after an outage: backend-api with rows of the outbox, beside Debezium Server with the same
//! rows, and audit-svc with records. In turns on one stack, so that all see the same machine.

mod catch_up;
mod debezium;
mod growth;
mod java21;
mod report;

use std::process::ExitCode;

use serde_json::{Map, json};

use self::catch_up::{CatchUp, Drained};
use self::debezium::Debezium;
use self::report::{Run, Work};
use super::common::{Begun, Common};
use super::programs::Programs;
use super::running::{self, Between, Wanted};
use crate::prerequisites::{self, Purpose};
use crate::stack::Layout;
use crate::ui;
use crate::workspace::Workspace;

/// Arguments of `cargo xtask bench backlog`.
#[derive(Debug, clap::Args)]
pub(crate) struct BacklogArgs {
    /// Rows of the outbox that backend-api, or its peer, finds when it starts; as many records does audit-svc find
    #[arg(long, default_value_t = 200_000, value_parser = clap::value_parser!(u32).range(1..))]
    rows: u32,
    /// Tasks whose changes they are
    #[arg(long, default_value_t = 10_000, value_parser = clap::value_parser!(u32).range(1..))]
    keys: u32,
    /// Rows of a single task, which are published one after another
    #[arg(long, default_value_t = 10_000, value_parser = clap::value_parser!(u32).range(1..))]
    hot_rows: u32,
    /// Runs of each kind
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..))]
    runs: u32,
    /// What a row costs with other numbers of tasks, rows and partitions, instead of the comparison
    #[arg(long)]
    growth: bool,
    #[command(flatten)]
    sizes: growth::Sizes,
    #[command(flatten)]
    common: Common,
}

/// Prints the machine and the tables.
pub(crate) fn run(workspace: &Workspace, args: &BacklogArgs) -> anyhow::Result<ExitCode> {
    prerequisites::check(if args.growth {
        Purpose::LocalStack
    } else {
        Purpose::WithPython
    })?;
    let programs = args.common.programs(workspace)?;
    let begun = Begun::now();
    let figures = if args.growth {
        growth::run(workspace, &programs, &args.sizes, args.runs)?
    } else {
        json!({"runs": compare(workspace, &programs, args)?})
    };
    let figures = Map::from_iter([("figures".to_owned(), figures)]);
    args.common.end(&begun, figures)?;
    Ok(ExitCode::SUCCESS)
}

fn compare(workspace: &Workspace, programs: &Programs, args: &BacklogArgs) -> anyhow::Result<Vec<Run>> {
    let peer = Debezium::ensure(&workspace.path(".taskwire").join("dist"))?;
    let wanted = Wanted {
        layout: Layout::BenchBesidePeer,
        between: Between::Nothing,
        partitions: None,
    };
    let running = running::start_as(workspace, &programs.services, wanted)?;
    let catch_up = CatchUp::begin(&running, &programs.own)?;
    catch_up.measure(&["peer-topic", debezium::TOPIC])?;
    let mut runs = Vec::new();
    ui::line(&report::header());
    for number in 1..=args.runs {
        ui::step("bench", &format!("run {number} of {}", args.runs));
        let mut keep = |work, drained: Drained| {
            let run = Run::new(number, work, drained);
            ui::line(&report::row(&run));
            runs.push(run);
        };
        ours(&catch_up, args, &mut keep)?;
        the_peers(&catch_up, args, &peer, &mut keep)?;
    }
    ui::line("");
    ui::line(&report::summary(&runs));
    Ok(runs)
}

fn ours(
    catch_up: &CatchUp<'_>,
    args: &BacklogArgs,
    keep: &mut impl FnMut(Work, Drained),
) -> anyhow::Result<()> {
    catch_up.write(args.hot_rows, 1)?;
    keep(Work::OneTask, catch_up.drain()?);
    // Not counted: only the records of the next turn are to be left.
    catch_up.ingest()?;
    catch_up.write(args.rows, args.keys)?;
    keep(Work::ManyTasks, catch_up.drain()?);
    keep(Work::Records, catch_up.ingest()?);
    Ok(())
}

fn the_peers(
    catch_up: &CatchUp<'_>,
    args: &BacklogArgs,
    peer: &Debezium,
    keep: &mut impl FnMut(Work, Drained),
) -> anyhow::Result<()> {
    let stack = catch_up.stack();
    catch_up.clear()?;
    debezium::begin(stack)?;
    let spec = peer.spec(stack)?;
    catch_up.write_more(args.rows, args.keys)?;
    keep(
        Work::PeerFromItsStart,
        catch_up.watch(&["peer", "--topic", debezium::TOPIC], &spec)?,
    );
    keep(
        Work::PeerWarm,
        catch_up.running_peer(debezium::TOPIC, args.rows, args.keys)?,
    );
    keep(
        Work::PeerOneTask,
        catch_up.running_peer(debezium::TOPIC, args.hot_rows, 1)?,
    );
    catch_up.stop(&[debezium::NAME])?;
    debezium::end(stack)
}
