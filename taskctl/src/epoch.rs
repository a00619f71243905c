//! `taskctl epoch`: which life of the database this is, and the beginning of another where nothing notices it.

use anyhow::Context;
use chrono::{DateTime, SecondsFormat, Utc};
use clap::{Args, Subcommand};
use serde::Serialize;
use shared_events::event::operator::kind;
use shared_events::ids::EventId;
use shared_events::outbox::operator::{self, Standing};
use sqlx::Connection as _;

use crate::database::DatabaseArgs;
use crate::ending::Ending;
use crate::operator::{Action, OperatorArgs};
use crate::output::Output;

#[derive(Debug, Subcommand)]
pub(crate) enum EpochCommand {
    /// Say which epoch the database is in, and whether services may write since Postgres was started.
    Show(ShowArgs),
    /// Begin a new epoch, after a change of the database's past that nothing notices: every client syncs anew.
    Raise(RaiseArgs),
}

#[derive(Debug, Args)]
pub(crate) struct ShowArgs {
    #[command(flatten)]
    database: DatabaseArgs,
}

#[derive(Debug, Args)]
pub(crate) struct RaiseArgs {
    #[command(flatten)]
    database: DatabaseArgs,

    /// Say what would happen, and change nothing.
    #[arg(long)]
    dry_run: bool,

    #[command(flatten)]
    operator: OperatorArgs,
}

pub(crate) async fn run(command: EpochCommand, output: &Output) -> anyhow::Result<Ending> {
    match command {
        EpochCommand::Show(args) => show(&args, output).await,
        EpochCommand::Raise(args) => raise(&args, output).await,
    }
}

const UNREADABLE: &str =
    "cannot read the epoch; is the database migrated (`taskctl migrate`), and is it the primary?";

async fn show(args: &ShowArgs, output: &Output) -> anyhow::Result<Ending> {
    let mut connection = args.database.connect("taskctl epoch show").await?;
    let standing = operator::standing(&mut connection).await.context(UNREADABLE)?;
    output.answer(&Report::from(standing), Report::to_text)?;
    Ok(Ending::Done)
}

async fn raise(args: &RaiseArgs, output: &Output) -> anyhow::Result<Ending> {
    let mut connection = args.database.connect("taskctl epoch raise").await?;
    let before = operator::standing(&mut connection).await.context(UNREADABLE)?;
    let from = before.epoch.get();
    if args.dry_run {
        output.answer(
            &Raised {
                from,
                to: None,
                event_id: None,
            },
            Raised::to_text,
        )?;
        return Ok(Ending::Done);
    }
    let mut tx = connection.begin().await?;
    let to = operator::raise_epoch(&mut tx).await.context(
        "cannot begin a new epoch; nothing was changed. A transaction that runs for more than 5 s holds it up: see \
         pg_stat_activity, and try again",
    )?;
    let action = Action {
        kind: kind::EPOCH_RAISED,
        command: "epoch raise",
        subject: format!("system {} timeline {}", before.system_identifier, before.timeline),
        change: format!("epoch {to} instead of {from}", to = to.get()),
    };
    let event_id = args.operator.record(&mut tx, action).await?;
    tx.commit()
        .await
        .context("cannot tell whether the epoch was raised; see `taskctl epoch show`")?;
    let raised = Raised {
        from,
        to: Some(to.get()),
        event_id: Some(event_id),
    };
    output.answer(&raised, Raised::to_text)?;
    Ok(Ending::Done)
}

#[derive(Debug, Serialize)]
struct Report {
    epoch: i64,
    system_identifier: i64,
    timeline: i32,
    /// When Postgres was started.
    started_at: DateTime<Utc>,
    /// Whether services may write.
    confirmed: bool,
    starts: i64,
    flush_lsn: String,
    kafka_cluster: Option<String>,
}

impl From<Standing> for Report {
    fn from(standing: Standing) -> Self {
        Self {
            epoch: standing.epoch.get(),
            system_identifier: standing.system_identifier,
            timeline: standing.timeline,
            started_at: standing.started_at,
            confirmed: standing.is_confirmed,
            starts: standing.starts,
            flush_lsn: format!(
                "{:X}/{:X}",
                standing.flush_lsn >> 32,
                standing.flush_lsn & 0xFFFF_FFFF
            ),
            kafka_cluster: standing.cluster,
        }
    }
}

impl Report {
    fn to_text(&self) -> String {
        let confirmed = if self.confirmed {
            "confirmed: services may write"
        } else {
            "not confirmed yet: writes wait until a backend-api that holds the relay's lease has asked the broker how \
             far the data should be, or has begun a new epoch; with none running, start one, or `taskctl epoch raise`"
        };
        format!(
            "epoch {} (system {}, timeline {}, flushed to {}, Kafka cluster {})\npostgres started at {}, {confirmed}\n",
            self.epoch,
            self.system_identifier,
            self.timeline,
            self.flush_lsn,
            self.kafka_cluster.as_deref().unwrap_or("not pinned yet"),
            self.started_at.to_rfc3339_opts(SecondsFormat::Secs, true),
        )
    }
}

#[derive(Debug, Serialize)]
struct Raised {
    from: i64,
    /// None with `--dry-run`.
    to: Option<i64>,
    /// The audit log's entry.
    event_id: Option<EventId>,
}

impl Raised {
    fn to_text(&self) -> String {
        match (self.to, self.event_id) {
            (Some(to), Some(event_id)) => format!(
                "epoch {to} instead of {}: every client syncs anew; audited as event {event_id}\n",
                self.from
            ),
            _ => format!(
                "a new epoch would begin after {}, and every client would sync anew; nothing was changed (--dry-run)\n",
                self.from
            ),
        }
    }
}
