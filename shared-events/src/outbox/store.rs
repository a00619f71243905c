//! The outbox's statements for the writing side, and for what all parts of a service ask of their database.

pub(crate) mod epoch;
pub(crate) mod lease;
pub(crate) mod relay;

use sqlx::PgConnection;

use super::{Columns, Encoded};

/// Inserts the events so that their ids ascend in the given order.
pub(super) async fn insert(conn: &mut PgConnection, events: &[Encoded]) -> Result<(), sqlx::Error> {
    let columns = Columns::from(events);
    sqlx::query!(
        "SELECT outbox.enqueue($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        &columns.topics as &[&str],
        &columns.keys as &[&str],
        &columns.event_ids,
        &columns.kinds as &[&str],
        &columns.sources as &[&str],
        &columns.fingerprints as &[&[u8]],
        &columns.bodies as &[&[u8]],
        &columns.times,
        &columns.traces as &[Option<&str>],
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Inserts the event of an adopted offset with the rights of the function's owner.
pub(super) async fn tell_of_adopted_offset(
    conn: &mut PgConnection,
    event: &Encoded,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "SELECT outbox.tell_of_adopted_offset($1, $2, $3, $4, $5)",
        event.event_id,
        event.key,
        event.fingerprint,
        event.body,
        event.occurred_at,
    )
    .execute(conn)
    .await?;
    Ok(())
}

pub(super) async fn act_as(conn: &mut PgConnection, user: &str) -> Result<(), sqlx::Error> {
    sqlx::query!(
        r#"SELECT set_config('taskwire.user', $1, true) AS "user", set_config('taskwire.claim', '', true) AS claim"#,
        user,
    )
    .fetch_one(conn)
    .await?;
    Ok(())
}

pub(super) async fn epoch(conn: &mut PgConnection) -> Result<i64, sqlx::Error> {
    sqlx::query_scalar!("SELECT epoch FROM outbox.epoch")
        .fetch_one(conn)
        .await
}

/// The epoch, raised first if the database is in another life than it says.
pub(super) async fn verify_epoch(conn: &mut PgConnection) -> Result<i64, sqlx::Error> {
    sqlx::query_scalar!(r#"SELECT outbox.verify_epoch() AS "epoch!""#)
        .fetch_one(conn)
        .await
}

/// Pins the Kafka cluster on first use, by whichever part of a service comes first; gives the one that is pinned.
pub(crate) async fn pin_cluster(conn: &mut PgConnection, cluster_id: &str) -> Result<String, sqlx::Error> {
    sqlx::query!(
        "INSERT INTO outbox.cluster (cluster_id) VALUES ($1) ON CONFLICT DO NOTHING",
        cluster_id
    )
    .execute(&mut *conn)
    .await?;
    sqlx::query_scalar!("SELECT cluster_id FROM outbox.cluster")
        .fetch_one(conn)
        .await
}
