//! `taskctl reconcile`: whether every change is on its topic, in the audit log, and has had its effects. Reads only.

mod effects;
mod facts;
mod follow;
mod look;
mod positions;
mod records;
mod report;
mod store;
mod versions;
mod watch;

use std::net::SocketAddr;
use std::time::Duration;

use clap::Args;

use crate::database::DatabaseArgs;
use crate::ending::Ending;
use crate::kafka::KafkaArgs;
use crate::output::Output;
use crate::reconcile::look::{GRACE, Look};
use crate::reconcile::report::Outcome;

/// How many findings are named, and how many of each kind are kept in mind on the way to them.
const NAMED: usize = 100_000;

const WHAT_IS_COMPARED: &str = "\
What is compared:
  task, series, project, tag, settings, reminder, notification: each version up to the row's has one entry in the audit log
  each record of task-events, reminders and notification-events has its entry in the audit log
  each position of a user's streams (tasks, notifications) is on task-updates, as far back as that keeps records
  a living series whose newest occurrence has been closed for 60 s has the next one, unless its rule is exhausted
  each reminder that is to fire is in the schedule for that time, or has fired
  the figures that are kept for each user are those of the user's tasks

What waits in the outbox, or lies where its consumer has not come yet, is on its way and no gap. What is parked
(`taskctl outbox list`) or dead-lettered (`taskctl dlq list`) is told apart. Exit code 0: no gap; 3: gaps;
1: it could not look, or there was nothing to look at.";

#[derive(Debug, Args)]
#[command(after_help = WHAT_IS_COMPARED)]
pub(crate) struct ReconcileArgs {
    #[command(flatten)]
    database: DatabaseArgs,

    #[command(flatten)]
    kafka: KafkaArgs,

    /// Look again and again, print what changes, until SIGINT or SIGTERM.
    #[arg(long)]
    watch: bool,

    /// How long to pause between two looks.
    #[arg(long, value_name = "TIME", default_value = "60s", requires = "watch", value_parser = humantime::parse_duration)]
    every: Duration,

    /// Where to serve /healthz, /readyz and /metrics, as in 127.0.0.1:9090; else nowhere.
    #[arg(long, value_name = "ADDRESS", requires = "watch")]
    listen: Option<SocketAddr>,
}

pub(crate) async fn run(args: ReconcileArgs, output: &Output) -> anyhow::Result<Ending> {
    if args.watch {
        return watch::run(args, *output).await;
    }
    let mut look = Look::begin(&args.database, &args.kafka, GRACE).await?;
    let outcome = look.look().await?;
    output.answer(&outcome, Outcome::to_text)?;
    Ok(ending(&outcome))
}

fn ending(outcome: &Outcome) -> Ending {
    match outcome.gaps() {
        0 => Ending::Done,
        _ => Ending::Drift,
    }
}
