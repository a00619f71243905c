//! `taskctl outbox`: what waits to be published, and what the relay has set aside.

use std::time::Duration;

use anyhow::{Context, bail};
use chrono::{DateTime, SecondsFormat, Utc};
use clap::{Args, Subcommand};
use serde::Serialize;
use shared_events::event::operator::kind;
use shared_events::ids::EventId;
use shared_events::outbox::operator::{self, Backlog, COUNTED, Parked, Which};
use sqlx::Connection as _;

use crate::database::DatabaseArgs;
use crate::ending::Ending;
use crate::operator::{Action, OperatorArgs};
use crate::output::{Output, Table};

/// How the sources of our own services begin.
const OUR_SOURCES: &str = "/taskwire/";

#[derive(Debug, Subcommand)]
pub(crate) enum OutboxCommand {
    /// List the parked lanes (topic, key, source), and say how much waits to be published.
    List(ListArgs),
    /// Have the relay try parked lanes again, once the cause of the refusal is removed.
    Retry(RetryArgs),
}

#[derive(Debug, Args)]
pub(crate) struct ListArgs {
    #[command(flatten)]
    database: DatabaseArgs,
}

#[derive(Debug, Args)]
pub(crate) struct RetryArgs {
    #[command(flatten)]
    database: DatabaseArgs,

    /// Lanes of this topic, with --key.
    #[arg(long, value_name = "TOPIC", requires = "key", required_unless_present = "all")]
    topic: Option<String>,

    /// Lanes of this record key, with --topic.
    #[arg(long, value_name = "KEY", requires = "topic")]
    key: Option<String>,

    /// Only what this service wrote: /taskwire/backend-api, or backend-api for short.
    #[arg(long, value_name = "SOURCE", requires = "key")]
    source: Option<String>,

    /// All parked lanes.
    #[arg(long, conflicts_with_all = ["topic", "key", "source"])]
    all: bool,

    #[command(flatten)]
    operator: OperatorArgs,
}

pub(crate) async fn run(command: OutboxCommand, output: &Output) -> anyhow::Result<Ending> {
    match command {
        OutboxCommand::List(args) => list(&args, output).await,
        OutboxCommand::Retry(args) => retry(&args, output).await,
    }
}

async fn list(args: &ListArgs, output: &Output) -> anyhow::Result<Ending> {
    let mut connection = args.database.connect("taskctl outbox list").await?;
    let failed = "cannot read the outbox; is the database migrated (`taskctl migrate`)?";
    let parked = operator::parked(&mut connection).await.context(failed)?;
    let backlog = operator::backlog(&mut connection).await.context(failed)?;
    output.answer(&Report::new(parked, backlog), Report::to_text)?;
    Ok(Ending::Done)
}

async fn retry(args: &RetryArgs, output: &Output) -> anyhow::Result<Ending> {
    let source = args.source.as_deref().map(full_source);
    let which = match (&args.topic, &args.key) {
        (Some(topic), Some(key)) => Which::Of {
            topic,
            key,
            source: source.as_deref(),
        },
        _ => Which::All,
    };
    let mut connection = args.database.connect("taskctl outbox retry").await?;
    let mut tx = connection.begin().await?;
    let failed = "cannot give the lanes free; nothing was changed";
    let freed = operator::retry(&mut tx, which).await.context(failed)?;
    if freed.is_empty() && !args.all {
        bail!("no such lane is parked; `taskctl outbox list` shows those that are");
    }
    let mut answer = Vec::with_capacity(freed.len());
    for lane in freed {
        let event_id = args.operator.record(&mut tx, action(&lane)).await?;
        answer.push(Freed {
            lane: lane.into(),
            event_id,
        });
    }
    // The relay is told at the commit.
    tx.commit()
        .await
        .context("cannot tell whether the lanes are free; see `taskctl outbox list`")?;
    output.answer(&answer, |freed| freed_text(freed))?;
    Ok(Ending::Done)
}

fn action(lane: &Parked) -> Action<'static> {
    Action {
        kind: kind::OUTBOX_RETRIED,
        command: "outbox retry",
        subject: format!("{} {} {}", lane.topic, lane.key, lane.source),
        change: format!(
            "row {} is tried again, which was refused: {}",
            lane.message_id, lane.error
        ),
    }
}

/// A service's name stands for its source.
fn full_source(text: &str) -> String {
    if text.starts_with('/') {
        text.to_owned()
    } else {
        format!("{OUR_SOURCES}{text}")
    }
}

#[derive(Debug, Serialize)]
struct Report {
    parked: Vec<Lane>,
    pending: i64,
    pending_counted_up_to: i64,
    oldest_pending_seconds: f64,
}

#[derive(Debug, Serialize)]
struct Lane {
    topic: String,
    key: String,
    source: String,
    row: i64,
    since: DateTime<Utc>,
    error: String,
}

/// A lane that is tried again.
#[derive(Debug, Serialize)]
struct Freed {
    #[serde(flatten)]
    lane: Lane,
    /// The audit log's entry.
    event_id: EventId,
}

impl From<Parked> for Lane {
    fn from(parked: Parked) -> Self {
        let Parked {
            topic,
            key,
            source,
            message_id: row,
            error,
            since,
        } = parked;
        Self {
            topic,
            key,
            source,
            row,
            since,
            error,
        }
    }
}

impl Report {
    fn new(parked: Vec<Parked>, backlog: Backlog) -> Self {
        Self {
            parked: parked.into_iter().map(Lane::from).collect(),
            pending: backlog.rows,
            pending_counted_up_to: COUNTED,
            oldest_pending_seconds: backlog.oldest_seconds,
        }
    }

    fn to_text(&self) -> String {
        let backlog = self.backlog();
        if self.parked.is_empty() {
            return format!("no lane is parked; {backlog}\n");
        }
        format!(
            "{}\n{} parked; {backlog}\nto try one again: taskctl outbox retry --topic TOPIC --key KEY --source SOURCE --reason TEXT\n",
            table(&self.parked),
            lanes(self.parked.len()),
        )
    }

    fn backlog(&self) -> String {
        let more = if self.pending >= self.pending_counted_up_to {
            " or more"
        } else {
            ""
        };
        // Whole seconds; a clock that went back makes no negative age.
        let age = Duration::from_secs(self.oldest_pending_seconds.max(0.0) as u64);
        let oldest = humantime::format_duration(age);
        match self.pending {
            0 => "nothing waits to be published".to_owned(),
            1 => format!("1 row waits to be published, for {oldest}"),
            rows => format!("{rows}{more} rows wait to be published, the oldest for {oldest}"),
        }
    }
}

fn freed_text(freed: &[Freed]) -> String {
    if freed.is_empty() {
        return "no lane is parked\n".to_owned();
    }
    let mut table = Table::new(["topic", "key", "source", "row", "audit event"]);
    for Freed { lane, event_id } in freed {
        table.row([
            lane.topic.clone(),
            lane.key.clone(),
            lane.source.clone(),
            lane.row.to_string(),
            event_id.to_string(),
        ]);
    }
    format!(
        "{table}\n{} given free: the relay tries the first row of each again within seconds\n",
        lanes(freed.len())
    )
}

fn lanes(count: usize) -> String {
    match count {
        1 => "1 lane".to_owned(),
        count => format!("{count} lanes"),
    }
}

fn table(lanes: &[Lane]) -> Table {
    let mut table = Table::new(["topic", "key", "source", "row", "since", "error"]);
    for lane in lanes {
        table.row([
            lane.topic.clone(),
            lane.key.clone(),
            lane.source.clone(),
            lane.row.to_string(),
            lane.since.to_rfc3339_opts(SecondsFormat::Secs, true),
            lane.error.lines().next().unwrap_or_default().to_owned(),
        ]);
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report(pending: i64) -> Report {
        let backlog = Backlog {
            rows: pending,
            oldest_seconds: 3_725.4,
        };
        Report::new(Vec::new(), backlog)
    }

    #[test]
    fn the_backlog_is_told_in_words() {
        for (pending, expected) in [
            (0, "no lane is parked; nothing waits to be published\n"),
            (
                1,
                "no lane is parked; 1 row waits to be published, for 1h 2m 5s\n",
            ),
            (
                7,
                "no lane is parked; 7 rows wait to be published, the oldest for 1h 2m 5s\n",
            ),
            (
                COUNTED,
                "no lane is parked; 100000 or more rows wait to be published, the oldest for 1h 2m 5s\n",
            ),
        ] {
            assert_eq!(report(pending).to_text(), expected);
        }
    }

    #[test]
    fn a_service_s_name_stands_for_its_source() {
        assert_eq!(full_source("backend-api"), "/taskwire/backend-api");
        assert_eq!(full_source("/elsewhere/x"), "/elsewhere/x");
    }
}
