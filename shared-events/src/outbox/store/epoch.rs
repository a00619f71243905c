//! The outbox's statements on the epoch: what the database says of itself, and what may be decided about it.

use chrono::{DateTime, Utc};
use sqlx::PgConnection;

use crate::ids::Epoch;

/// Which life of the database this is, and which start of the server.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names say it")]
pub struct Standing {
    pub epoch: Epoch,
    pub system_identifier: i64,
    pub timeline: i32,
    /// How many starts of the server were confirmed.
    pub starts: i64,
    /// When the server that answers was started.
    pub started_at: DateTime<Utc>,
    /// Whether the services may write: a relay has found that nothing is missing, or has begun a new epoch.
    pub is_confirmed: bool,
    /// How far the write-ahead log is on disk, in bytes.
    pub flush_lsn: i64,
    /// The Kafka cluster that the database belongs to.
    pub cluster: Option<String>,
}

/// What the database says of itself; the stored identity is Postgres' own, since every connection has verified it.
pub(crate) async fn standing(conn: &mut PgConnection) -> Result<Standing, sqlx::Error> {
    let row = sqlx::query!(
        r#"SELECT e.epoch, e.system_identifier, e.timeline, e.starts,
                  pg_postmaster_start_time() AS "started_at!",
                  e.started_at IS NOT DISTINCT FROM pg_postmaster_start_time() AS "is_confirmed!",
                  (pg_current_wal_flush_lsn() - '0/0'::pg_lsn)::bigint AS "flush_lsn!",
                  (SELECT cluster_id FROM outbox.cluster) AS cluster
             FROM outbox.epoch e"#
    );
    let row = row.fetch_one(conn).await?;
    Ok(Standing {
        epoch: Epoch(row.epoch),
        system_identifier: row.system_identifier,
        timeline: row.timeline,
        starts: row.starts,
        started_at: row.started_at,
        is_confirmed: row.is_confirmed,
        flush_lsn: row.flush_lsn,
        cluster: row.cluster,
    })
}

/// Confirms this start of the server; false when somebody else decided meanwhile.
pub(crate) async fn confirm_start(
    conn: &mut PgConnection,
    epoch: i64,
    starts: i64,
) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar!(
        r#"SELECT outbox.confirm_start($1, $2) AS "confirmed!""#,
        epoch,
        starts
    )
    .fetch_one(conn)
    .await
}

/// Begins an epoch that is at least this, once every transaction under the old one has ended.
pub(crate) async fn raise(conn: &mut PgConnection, at_least: i64) -> Result<i64, sqlx::Error> {
    sqlx::query_scalar!(r#"SELECT outbox.raise_epoch($1) AS "epoch!""#, at_least)
        .fetch_one(conn)
        .await
}

/// The epoch for a new connection of a service: raised first if the database is in another life than it says, refused
/// while this start of the server is not confirmed.
pub(crate) async fn confirmed(conn: &mut PgConnection) -> Result<i64, sqlx::Error> {
    sqlx::query_scalar!(r#"SELECT outbox.confirmed_epoch() AS "epoch!""#)
        .fetch_one(conn)
        .await
}
