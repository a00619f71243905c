//! `taskctl offsets show`.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::bail;
use clap::Args;
use serde::Serialize;
use shared_events::consumer::commit::{Memory, is_ours};
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
    let mut database = args.database.connect("taskctl offsets show").await?;
    let broker = args.kafka.connect()?;
    let mut rows = in_postgres(&mut database, args.group.as_deref()).await?;
    find_seeks(args, &mut rows)?;
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
    /// Where an operator moved a group in Kafka that keeps its offsets in Postgres.
    sought: Option<i64>,
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
        sought: None,
    };
    Ok(rows.map(standing).collect())
}

/// Looks for offsets in Kafka that the service will follow, since it did not commit them itself.
fn find_seeks(args: &ShowArgs, rows: &mut [Standing]) -> anyhow::Result<()> {
    let groups: BTreeSet<String> = rows.iter().map(|row| row.group.clone()).collect();
    for group in groups {
        let broker = args.kafka.connect_as(&group)?;
        let mut of_group: BTreeMap<TopicPartition, &mut Standing> = rows
            .iter_mut()
            .filter(|row| row.group == group)
            .map(|row| (row.place(), row))
            .collect();
        let places: Vec<TopicPartition> = of_group.keys().cloned().collect();
        for (place, committed) in group::committed(&broker, &places)? {
            if let Some(row) = of_group.get_mut(&place)
                && !is_ours(&committed.metadata)
                && committed.next != row.next
            {
                row.sought = Some(committed.next);
            }
        }
    }
    Ok(())
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
        sought: None,
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
            let Watermarks { low, high } = group::watermarks(broker, &row.place())?;
            (row.low, row.high) = (Some(low), Some(high));
        }
    }
    Ok(())
}

impl Standing {
    fn place(&self) -> TopicPartition {
        TopicPartition {
            topic: self.topic.clone(),
            partition: self.partition,
        }
    }

    fn state(&self) -> String {
        let sought = self.sought.map(|to| {
            format!("an operator moved it to {to} in Kafka, which its service follows when it reads again")
        });
        let stopped = self.stopped.as_ref().map(|why| format!("stopped: {why}"));
        let told: Vec<String> = [stopped, sought].into_iter().flatten().collect();
        if told.is_empty() {
            self.misfit()
        } else {
            told.join("; ")
        }
    }

    /// What the broker has no longer, or not yet.
    fn misfit(&self) -> String {
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
