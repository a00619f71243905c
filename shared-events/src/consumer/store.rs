//! The consumer runtime's statements: the offset that moves with the effect, and holes.

use chrono::{DateTime, Utc};
use sqlx::PgConnection;

use super::cursor::{NextOffset, TopicPartition};
use super::effects::Step;

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Row {
    pub(super) next_offset: i64,
    pub(super) last_offset: Option<i64>,
    pub(super) last_hash: Option<Vec<u8>>,
    pub(super) dead_run: i32,
    pub(super) window_start: Option<DateTime<Utc>>,
    pub(super) window_records: i32,
    pub(super) window_dead: i32,
    pub(super) stopped: Option<String>,
    /// The database's time.
    pub(super) now: DateTime<Utc>,
}

pub(super) async fn now(conn: &mut PgConnection) -> Result<DateTime<Utc>, sqlx::Error> {
    sqlx::query_scalar!(r#"SELECT clock_timestamp() AS "now!""#)
        .fetch_one(conn)
        .await
}

pub(super) async fn load(
    conn: &mut PgConnection,
    group: &str,
    partition: &TopicPartition,
) -> Result<Option<Row>, sqlx::Error> {
    sqlx::query_as!(
        Row,
        r#"SELECT next_offset, last_offset, last_hash, dead_run, window_start, window_records, window_dead, stopped,
                  clock_timestamp() AS "now!"
             FROM outbox.consumer_offset
            WHERE service = current_user AND group_id = $1 AND topic = $2 AND partition = $3"#,
        group,
        partition.topic,
        partition.partition,
    )
    .fetch_optional(conn)
    .await
}

/// Stores where to begin in a partition that was never seen; false when it was seen meanwhile.
pub(super) async fn begin_at(
    conn: &mut PgConnection,
    group: &str,
    partition: &TopicPartition,
    next: NextOffset,
) -> Result<bool, sqlx::Error> {
    let done = sqlx::query!(
        "INSERT INTO outbox.consumer_offset (group_id, topic, partition, next_offset)
         VALUES ($1, $2, $3, $4)
             ON CONFLICT DO NOTHING",
        group,
        partition.topic,
        partition.partition,
        next.0,
    )
    .execute(conn)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Goes where an operator wants the partition to be, with a clean slate; false when it no longer stands at `expected`.
pub(super) async fn move_to(
    conn: &mut PgConnection,
    group: &str,
    partition: &TopicPartition,
    expected: NextOffset,
    next: NextOffset,
) -> Result<bool, sqlx::Error> {
    let done = sqlx::query!(
        "UPDATE outbox.consumer_offset
            SET next_offset = $5, last_offset = NULL, last_hash = NULL, dead_run = 0, window_start = NULL,
                window_records = 0, window_dead = 0, stopped = NULL, updated_at = clock_timestamp()
          WHERE service = current_user AND group_id = $1 AND topic = $2 AND partition = $3 AND next_offset = $4",
        group,
        partition.topic,
        partition.partition,
        expected.0,
        next.0,
    )
    .execute(conn)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Moves the offset if it still is where we believe; false means that another process has taken over.
pub(super) async fn advance(conn: &mut PgConnection, step: Step<'_>) -> Result<bool, sqlx::Error> {
    let limit = step.limit;
    let done = sqlx::query!(
        r#"UPDATE outbox.consumer_offset
              SET next_offset = $5, last_offset = $6, last_hash = $7, dead_run = $8, window_start = $9,
                  window_records = $10, window_dead = $11, updated_at = clock_timestamp()
            WHERE service = current_user AND group_id = $1 AND topic = $2 AND partition = $3 AND next_offset = $4"#,
        step.group,
        step.partition.topic,
        step.partition.partition,
        step.expected.0,
        step.next().0,
        step.last_offset,
        step.last_hash,
        i32::try_from(limit.run).unwrap_or(i32::MAX),
        limit.window_start,
        i32::try_from(limit.window_records).unwrap_or(i32::MAX),
        i32::try_from(limit.window_dead).unwrap_or(i32::MAX),
    )
    .execute(conn)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// A record that was read again and died again opens its hole again.
pub(super) async fn add_hole(
    conn: &mut PgConnection,
    group: &str,
    partition: &TopicPartition,
    offset: i64,
    reason: &str,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        r#"INSERT INTO outbox.hole (group_id, topic, partition, "offset", reason) VALUES ($1, $2, $3, $4, $5)
           ON CONFLICT (service, group_id, topic, partition, "offset")
           DO UPDATE SET reason = EXCLUDED.reason, created_at = EXCLUDED.created_at,
                         state = 'open', closed_at = NULL, operator = NULL"#,
        group,
        partition.topic,
        partition.partition,
        offset,
        reason,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Closes the hole of a record that came back; does nothing where there is none, or somebody has closed it.
pub(super) async fn close_hole(
    conn: &mut PgConnection,
    group: &str,
    partition: &TopicPartition,
    offset: i64,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        r#"UPDATE outbox.hole SET state = 'redriven', closed_at = clock_timestamp()
            WHERE service = current_user AND group_id = $1 AND topic = $2 AND partition = $3 AND "offset" = $4
              AND state = 'open'"#,
        group,
        partition.topic,
        partition.partition,
        offset,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Notes that the partition waits for an operator; false when it no longer stands at `expected`.
pub(super) async fn stop(
    conn: &mut PgConnection,
    group: &str,
    partition: &TopicPartition,
    expected: NextOffset,
    why: &str,
) -> Result<bool, sqlx::Error> {
    let done = sqlx::query!(
        "UPDATE outbox.consumer_offset SET stopped = $5, updated_at = clock_timestamp()
          WHERE service = current_user AND group_id = $1 AND topic = $2 AND partition = $3 AND next_offset = $4",
        group,
        partition.topic,
        partition.partition,
        expected.0,
        why,
    )
    .execute(conn)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Where the partitions of the group stand.
pub(super) async fn stored(
    conn: &mut PgConnection,
    group: &str,
) -> Result<Vec<(TopicPartition, NextOffset)>, sqlx::Error> {
    let stored = sqlx::query!(
        "SELECT topic, partition, next_offset FROM outbox.consumer_offset
          WHERE service = current_user AND group_id = $1",
        group,
    );
    let stored = stored.fetch_all(conn).await?;
    Ok(stored
        .into_iter()
        .map(|row| {
            let partition = TopicPartition {
                topic: row.topic,
                partition: row.partition,
            };
            (partition, NextOffset(row.next_offset))
        })
        .collect())
}

/// How many open holes each partition has that the group ever stood in.
pub(super) async fn holes(
    conn: &mut PgConnection,
    group: &str,
) -> Result<Vec<(TopicPartition, i64)>, sqlx::Error> {
    let holes = sqlx::query!(
        r#"SELECT o.topic, o.partition, count(h.topic) AS "count!"
             FROM outbox.consumer_offset o
             LEFT JOIN outbox.hole h
               ON h.service = o.service AND h.group_id = o.group_id AND h.topic = o.topic
              AND h.partition = o.partition AND h.state = 'open'
            WHERE o.service = current_user AND o.group_id = $1
            GROUP BY o.topic, o.partition"#,
        group,
    );
    let holes = holes.fetch_all(conn).await?;
    Ok(holes
        .into_iter()
        .map(|row| {
            let partition = TopicPartition {
                topic: row.topic,
                partition: row.partition,
            };
            (partition, row.count)
        })
        .collect())
}
