//! `taskctl offsets show`.

use std::collections::BTreeMap;

use anyhow::bail;
use clap::Args;
use serde::Serialize;
use shared_events::consumer::commit::Memory;
use shared_events::consumer::cursor::TopicPartition;
use shared_events::consumer::start::Watermarks;
use sqlx::postgres::PgConnection;

use crate::database::DatabaseArgs;
use crate::ending::Ending;
use crate::kafka::{Connection, KafkaArgs};
use crate::offsets::{group, store};
use crate::output::{Output, Table};

#[derive(Debug, Args)]
pub(crate) struct ShowArgs {
    /// Only this consumer group.
    group: Option<String>,

    #[command(flatten)]
    database: DatabaseArgs,

    #[command(flatten)]
    kafka: KafkaArgs,
}

/// Lists every partition that a group stands in.
pub(crate) async fn run(args: &ShowArgs, output: &Output) -> anyhow::Result<Ending> {
    let mut database = super::connect(&args.database, "taskctl offsets show").await?;
    let broker = args.kafka.connect()?;
    let mut rows = in_postgres(&mut database, args.group.as_deref()).await?;
    for name in group::names(&broker)? {
        let wanted = args.group.as_deref().is_none_or(|group| group == name);
        if wanted && rows.iter().all(|row| row.group != name) {
            rows.extend(in_kafka(args, &name)?);
        }
    }
    if let (Some(group), true) = (&args.group, rows.is_empty()) {
        bail!("no consumer group {group} has an offset; `taskctl offsets show` lists those that have");
    }
    compare(&broker, &mut rows)?;
    output.answer(&rows, |rows| to_text(rows))?;
    Ok(Ending::Done)
}

/// Where a group stands in a partition.
#[derive(Debug, Serialize)]
struct Standing {
    group: String,
    topic: String,
    partition: i32,
    kept_in: &'static str,
    next: i64,
    /// What the broker holds; none where the topic is gone.
    low: Option<i64>,
    high: Option<i64>,
    stopped: Option<String>,
}

async fn in_postgres(database: &mut PgConnection, group: Option<&str>) -> anyhow::Result<Vec<Standing>> {
    let rows = store::all(database, group).await?.into_iter();
    let standing = |row: store::Row| Standing {
        group: row.group_id,
        topic: row.topic,
        partition: row.partition,
        kept_in: "postgres",
        next: row.next_offset,
        low: None,
        high: None,
        stopped: row.stopped,
    };
    Ok(rows.map(standing).collect())
}

/// What a group of a service without a database has committed, in every topic that the broker has.
fn in_kafka(args: &ShowArgs, group: &str) -> anyhow::Result<Vec<Standing>> {
    let broker = args.kafka.connect_as(group)?;
    let topics = group::service_of(group).map(group::topics_of).unwrap_or_default();
    let mut places = Vec::new();
    for topic in broker.metadata()?.topics() {
        if topics.iter().any(|known| known == topic.name()) {
            places.extend(topic.partitions().iter().map(|partition| TopicPartition {
                topic: topic.name().to_owned(),
                partition: partition.id(),
            }));
        }
    }
    places.sort();
    let standing = |(place, committed): (TopicPartition, group::Committed)| Standing {
        group: group.to_owned(),
        topic: place.topic,
        partition: place.partition,
        kept_in: "kafka",
        next: committed.next,
        low: None,
        high: None,
        stopped: Memory::read(&committed.metadata).stopped,
    };
    Ok(group::committed(&broker, &places)?
        .into_iter()
        .map(standing)
        .collect())
}

/// Adds what the broker holds.
fn compare(broker: &Connection, rows: &mut [Standing]) -> anyhow::Result<()> {
    let metadata = broker.metadata()?;
    let existing: BTreeMap<&str, usize> = metadata
        .topics()
        .iter()
        .map(|topic| (topic.name(), topic.partitions().len()))
        .collect();
    for row in rows {
        let partitions = existing.get(row.topic.as_str()).copied().unwrap_or(0);
        if usize::try_from(row.partition).is_ok_and(|partition| partition < partitions) {
            let place = TopicPartition {
                topic: row.topic.clone(),
                partition: row.partition,
            };
            let Watermarks { low, high } = group::watermarks(broker, &place)?;
            (row.low, row.high) = (Some(low), Some(high));
        }
    }
    Ok(())
}

impl Standing {
    fn state(&self) -> String {
        if let Some(why) = &self.stopped {
            return format!("stopped: {why}");
        }
        match (self.low, self.high) {
            (Some(low), _) if self.next < low => {
                format!("{} to {} are gone from the broker", self.next, low - 1)
            }
            (_, Some(high)) if self.next > high => "the broker has never come this far".to_owned(),
            (None, _) => "the broker has no such partition".to_owned(),
            _ => String::new(),
        }
    }
}

fn to_text(rows: &[Standing]) -> String {
    let mut table = Table::new(["group", "partition", "next", "behind", "kept in", "state"]);
    for row in rows {
        let behind = row.high.map(|high| (high - row.next).max(0).to_string());
        table.row([
            row.group.clone(),
            format!("{}/{}", row.topic, row.partition),
            row.next.to_string(),
            behind.unwrap_or_else(|| "-".to_owned()),
            row.kept_in.to_owned(),
            row.state(),
        ]);
    }
    table.to_string()
}
