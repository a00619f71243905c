//! `taskctl offsets`: where the consumer groups stand, and another place to go on from.

pub(crate) mod group;
mod judge;
pub(crate) mod place;
mod set;
mod show;
pub(crate) mod store;

use std::collections::BTreeSet;

use anyhow::bail;
use clap::Subcommand;
use shared_events::consumer::cursor::TopicPartition;
use sqlx::postgres::PgConnection;

use crate::ending::Ending;
use crate::kafka::Connection;
use crate::offsets::set::SetArgs;
use crate::offsets::show::ShowArgs;
use crate::output::Output;

#[derive(Debug, Subcommand)]
pub(crate) enum OffsetsCommand {
    /// Show where consumer groups stand in their partitions, and what is stopped.
    Show(ShowArgs),
    /// Let a group go on from another offset of a partition; an audit record is kept.
    Set(SetArgs),
}

pub(crate) async fn run(command: OffsetsCommand, output: &Output) -> anyhow::Result<Ending> {
    match command {
        OffsetsCommand::Show(args) => show::run(&args, output).await,
        OffsetsCommand::Set(args) => set::run(&args, output).await,
    }
}

/// What is decided by what the broker holds must be decided by the broker that the database belongs to.
pub(crate) async fn expect_pinned_cluster(
    database: &mut PgConnection,
    broker: &Connection,
) -> anyhow::Result<()> {
    let pinned = store::pinned_cluster(database).await?;
    let asked = broker.cluster_id();
    if let (Some(pinned), Some(asked)) = (&pinned, &asked)
        && pinned != asked
    {
        bail!(
            "this database belongs to Kafka cluster {pinned}, and KAFKA_BROKERS names cluster {asked}; nothing was changed"
        );
    }
    Ok(())
}

/// The groups that keep their offsets in Postgres.
async fn groups_in(connection: &mut PgConnection) -> anyhow::Result<BTreeSet<String>> {
    let rows = store::all(connection, None).await?;
    Ok(rows.into_iter().map(|row| row.group_id).collect())
}

/// The one row of a group in a partition, locked.
///
/// # Errors
/// When there is none, or several: then nobody can tell which of them the running service goes by.
pub(crate) async fn locked_row(
    conn: &mut PgConnection,
    group: &str,
    place: &TopicPartition,
) -> anyhow::Result<store::Row> {
    let mut rows = store::lock(conn, group, place).await?;
    let (Some(row), None) = (rows.pop(), rows.pop()) else {
        let roles: Vec<String> = store::all(conn, Some(group))
            .await?
            .into_iter()
            .filter(|row| row.topic == place.topic && row.partition == place.partition)
            .map(|row| row.service)
            .collect();
        if store::all(conn, Some(group)).await?.is_empty() {
            bail!(
                "{group} keeps no offsets in the database, or there is no such group (`taskctl offsets show`); a group \
                 that keeps them in Kafka, as that of recurring-svc, is let go on by `taskctl offsets set {group} {place} \
                 OFFSET --reason TEXT`, with its service scaled to 0; a restart alone changes nothing"
            );
        }
        if roles.is_empty() {
            bail!("{group} has never stood in {place}; see `taskctl offsets show {group}`");
        }
        bail!(
            "{group} stands in {place} under several database roles ({}): delete the rows of outbox.consumer_offset \
             that no service uses any more; nothing was changed",
            roles.join(", ")
        );
    };
    Ok(row)
}
