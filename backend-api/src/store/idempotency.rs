//! The statements for outcomes that are replayed.

use shared_events::ids::{Position, UserId};
use sqlx::PgConnection;

use super::corrupt;
use crate::domain::idempotency::{Answer, Fingerprint, Key};

/// Takes the key for this transaction; false while another one holds it.
pub async fn try_lock(conn: &mut PgConnection, user: &UserId, key: &Key) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar!(
        r#"SELECT pg_try_advisory_xact_lock(hashtextextended($2, hashtextextended($1, 0))) AS "taken!""#,
        user.as_str(),
        key.as_str(),
    )
    .fetch_one(conn)
    .await
}

/// The outcome of an earlier request with this key, and that request's fingerprint.
pub async fn find(
    conn: &mut PgConnection,
    user: &UserId,
    key: &Key,
) -> Result<Option<(Fingerprint, Answer)>, sqlx::Error> {
    let row = sqlx::query!(
        "SELECT fingerprint, status, etag, location, position, body FROM tasks.idempotency
          WHERE user_id = $1 AND key = $2 AND created_at >= clock_timestamp() - interval '24 hours'",
        user.as_str(),
        key.as_str(),
    )
    .fetch_optional(conn)
    .await?;
    let Some(row) = row else { return Ok(None) };
    let answer = Answer {
        status: u16::try_from(row.status).map_err(corrupt)?,
        etag: row.etag,
        location: row.location,
        position: Position(row.position),
        body: row.body,
    };
    Ok(Some((
        Fingerprint::try_from(row.fingerprint).map_err(|_| corrupt("fingerprint"))?,
        answer,
    )))
}

/// Keeps the outcome of this transaction; an expired one of the same key makes room.
pub async fn keep(
    conn: &mut PgConnection,
    user: &UserId,
    key: &Key,
    fingerprint: &Fingerprint,
    answer: &Answer,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "INSERT INTO tasks.idempotency (user_id, key, fingerprint, status, etag, location, position, body)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
             ON CONFLICT (user_id, key) DO UPDATE
            SET fingerprint = excluded.fingerprint, status = excluded.status, etag = excluded.etag,
                location = excluded.location, position = excluded.position, body = excluded.body,
                created_at = excluded.created_at",
        user.as_str(),
        key.as_str(),
        fingerprint.as_slice(),
        i16::try_from(answer.status).map_err(corrupt)?,
        answer.etag,
        answer.location,
        answer.position.get(),
        answer.body,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Deletes some outcomes that are no longer replayed, and says how many.
pub async fn purge(conn: &mut PgConnection) -> Result<i64, sqlx::Error> {
    sqlx::query_scalar!(r#"SELECT tasks.purge_idempotency() AS "purged!""#)
        .fetch_one(conn)
        .await
}
