//! The statements on `outbox.consumer_offset`, over all services.

use chrono::{DateTime, Utc};
use shared_events::consumer::cursor::TopicPartition;
use sqlx::postgres::PgConnection;

/// Where a group stands in a partition.
#[derive(Debug)]
pub(crate) struct Row {
    /// The database role of the service that the row belongs to.
    pub(crate) service: String,
    pub(crate) group_id: String,
    pub(crate) topic: String,
    pub(crate) partition: i32,
    pub(crate) next_offset: i64,
    pub(crate) stopped: Option<String>,
}

pub(crate) async fn now(conn: &mut PgConnection) -> sqlx::Result<DateTime<Utc>> {
    sqlx::query_scalar!(r#"SELECT clock_timestamp() AS "now!""#)
        .fetch_one(conn)
        .await
}

/// Every partition, of one group or of all.
pub(crate) async fn all(conn: &mut PgConnection, group: Option<&str>) -> sqlx::Result<Vec<Row>> {
    sqlx::query_as!(
        Row,
        "SELECT service, group_id, topic, partition, next_offset, stopped
           FROM outbox.consumer_offset
          WHERE $1::text IS NULL OR group_id = $1
          ORDER BY group_id, topic, partition",
        group,
    )
    .fetch_all(conn)
    .await
}

/// The cluster that the stored offsets belong to, once a service has read from one.
pub(crate) async fn pinned_cluster(conn: &mut PgConnection) -> sqlx::Result<Option<String>> {
    sqlx::query_scalar!("SELECT cluster_id FROM outbox.cluster")
        .fetch_optional(conn)
        .await
}

/// One partition, which nobody else moves until the transaction ends: a row for each role that ever read it.
pub(crate) async fn lock(
    conn: &mut PgConnection,
    group: &str,
    place: &TopicPartition,
) -> sqlx::Result<Vec<Row>> {
    sqlx::query_as!(
        Row,
        "SELECT service, group_id, topic, partition, next_offset, stopped
           FROM outbox.consumer_offset
          WHERE group_id = $1 AND topic = $2 AND partition = $3
            FOR UPDATE",
        group,
        place.topic,
        place.partition,
    )
    .fetch_all(conn)
    .await
}

/// Moves a locked partition and forgets what belonged to the old place: the record before it, why it was stopped, and
/// the dead letters counted there.
pub(crate) async fn set(conn: &mut PgConnection, row: &Row, next: i64) -> sqlx::Result<()> {
    sqlx::query!(
        "UPDATE outbox.consumer_offset
            SET next_offset = $5, last_offset = NULL, last_hash = NULL, dead_run = 0, window_start = NULL,
                window_records = 0, window_dead = 0, stopped = NULL, updated_at = clock_timestamp()
          WHERE service = $1 AND group_id = $2 AND topic = $3 AND partition = $4",
        row.service,
        row.group_id,
        row.topic,
        row.partition,
        next,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Lets a locked partition go on where it stands, with no dead letters counted.
pub(crate) async fn resume(conn: &mut PgConnection, row: &Row) -> sqlx::Result<()> {
    sqlx::query!(
        "UPDATE outbox.consumer_offset
            SET dead_run = 0, window_start = NULL, window_records = 0, window_dead = 0, stopped = NULL,
                updated_at = clock_timestamp()
          WHERE service = $1 AND group_id = $2 AND topic = $3 AND partition = $4",
        row.service,
        row.group_id,
        row.topic,
        row.partition,
    )
    .execute(conn)
    .await?;
    Ok(())
}
