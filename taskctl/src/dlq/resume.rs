//! `taskctl dlq resume`.

use anyhow::Context;
use clap::Args;
use serde::Serialize;
use shared_events::consumer::cursor::TopicPartition;
use shared_events::event::operator::kind;
use sqlx::Connection as _;

use crate::database::DatabaseArgs;
use crate::ending::Ending;
use crate::offsets::{self, place, store};
use crate::operator::{Action, OperatorArgs};
use crate::output::Output;

#[derive(Debug, Args)]
pub(crate) struct ResumeArgs {
    /// The consumer group, as `taskctl offsets show` names it.
    group: String,

    /// The stopped partition: TOPIC/PARTITION.
    #[arg(value_name = "TOPIC/PARTITION", value_parser = place::parse)]
    place: TopicPartition,

    #[command(flatten)]
    operator: OperatorArgs,

    #[command(flatten)]
    database: DatabaseArgs,
}

/// Lets a stopped partition go on from where it stands, and records who did so in the same transaction.
pub(crate) async fn run(args: &ResumeArgs, output: &Output) -> anyhow::Result<Ending> {
    let ResumeArgs {
        group,
        place,
        operator,
        database,
    } = args;
    let mut database = database.connect("taskctl dlq resume").await?;
    let mut tx = database.begin().await?;
    let row = offsets::locked_row(&mut tx, group, place).await?;
    let mut done = Resumed {
        group: group.clone(),
        topic: place.topic.clone(),
        partition: place.partition,
        next: row.next_offset,
        was_stopped: row.stopped.clone(),
        event_id: None,
    };
    if let Some(why) = &row.stopped {
        store::resume(&mut tx, &row).await?;
        let action = Action {
            kind: kind::DLQ_RESUMED,
            command: "dlq resume",
            subject: format!("{group} {place}"),
            change: format!(
                "goes on at offset {}, where it was stopped: {why}",
                row.next_offset
            ),
        };
        let event_id = operator.record(&mut tx, action).await?;
        done.event_id = Some(event_id.to_string());
    }
    tx.commit()
        .await
        .context("cannot tell whether the partition goes on; see `taskctl offsets show`")?;
    output.answer(&done, Resumed::to_text)?;
    Ok(Ending::Done)
}

#[derive(Debug, Serialize)]
struct Resumed {
    group: String,
    topic: String,
    partition: i32,
    next: i64,
    was_stopped: Option<String>,
    /// The audit record; none where nothing was changed.
    event_id: Option<String>,
}

impl Resumed {
    fn to_text(&self) -> String {
        let Self {
            group,
            topic,
            partition,
            next,
            ..
        } = self;
        let place = format!("{group} {topic}/{partition}");
        match (&self.was_stopped, &self.event_id) {
            (Some(why), Some(id)) => format!(
                "{place} goes on at offset {next}, with audit record {id}; it was stopped: {why}\n\
                 the records that stopped it are tried again, and stop it again unless their cause is gone; \
                 taskctl offsets set {group} {topic}/{partition} OFFSET passes them over\n"
            ),
            _ => format!("nothing to do: {place} is not stopped\n"),
        }
    }
}
