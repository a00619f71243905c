//! The statements for outcomes that are replayed.

use shared_events::ids::{Epoch, Position, UserId};
use sqlx::PgConnection;

use super::corrupt;
use super::users::Locked;
use crate::domain::idempotency::{Answer, Fingerprint, Key};

/// What a change with a key begins with.
#[derive(Debug)]
pub enum Begun {
    /// Another transaction holds the key.
    InFlight,
    /// The outcome of an earlier request with this key, and that request's fingerprint.
    Answered(Fingerprint, Answer),
    Locked(Locked),
}

/// Makes the transaction the user's own and takes the key; then the user's lock with the next `reserved` positions, unless
/// the key was answered before.
pub async fn begin(
    conn: &mut PgConnection,
    user: &UserId,
    key: &Key,
    reserved: i64,
) -> Result<Begun, sqlx::Error> {
    let begun = sqlx::query!(
        r#"SELECT key_taken AS "key_taken!", fingerprint, status, etag, location, answered_position, body,
                  last_position, of_epoch, begun_at
             FROM tasks.begin_keyed_change($1, $2, $3)"#,
        user.as_str(),
        reserved,
        key.as_str(),
    )
    .fetch_one(conn)
    .await?;
    if !begun.key_taken {
        return Ok(Begun::InFlight);
    }
    if let Some(fingerprint) = begun.fingerprint {
        let (fingerprint, answer) = answered(
            fingerprint,
            begun.status,
            begun.etag,
            begun.location,
            begun.answered_position,
            begun.body,
        )?;
        return Ok(Begun::Answered(fingerprint, answer));
    }
    Ok(Begun::Locked(Locked {
        position: Position(begun.last_position.ok_or_else(missing)?),
        reserved,
        epoch: Epoch(begun.of_epoch.ok_or_else(missing)?),
        at: begun.begun_at.ok_or_else(missing)?,
    }))
}

/// An earlier answer from its columns, which are null only where there is none.
pub(super) fn answered(
    fingerprint: Vec<u8>,
    status: Option<i16>,
    etag: Option<String>,
    location: Option<String>,
    position: Option<i64>,
    body: Option<Vec<u8>>,
) -> Result<(Fingerprint, Answer), sqlx::Error> {
    let answer = Answer {
        status: u16::try_from(status.ok_or_else(missing)?).map_err(corrupt)?,
        etag: etag.ok_or_else(missing)?,
        location,
        position: Position(position.ok_or_else(missing)?),
        body: body.ok_or_else(missing)?,
    };
    let fingerprint = Fingerprint::try_from(fingerprint).map_err(|_| corrupt("fingerprint"))?;
    Ok((fingerprint, answer))
}

/// For columns that cannot be null where they are read.
fn missing() -> sqlx::Error {
    corrupt("a column is null")
}

/// Takes keys until the end of the transaction; false if another one holds one of them.
pub async fn take(conn: &mut PgConnection, user: &UserId, keys: &[&Key]) -> Result<bool, sqlx::Error> {
    let keys: Vec<&str> = keys.iter().map(|key| key.as_str()).collect();
    sqlx::query_scalar!(
        r#"SELECT coalesce(bool_and(pg_try_advisory_xact_lock(
                      hashtextextended(key, hashtextextended($1, 0)))), true) AS "taken!"
             FROM unnest($2::text[]) AS k (key)"#,
        user.as_str(),
        &keys as &[&str],
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
    let known = sqlx::query!(
        "SELECT fingerprint, status, etag, location, position, body FROM tasks.idempotency
          WHERE user_id = $1 AND key = $2 AND (for_ever OR created_at >= clock_timestamp() - interval '24 hours')",
        user.as_str(),
        key.as_str(),
    )
    .fetch_optional(conn)
    .await?;
    let Some(known) = known else { return Ok(None) };
    let (status, etag, position) = (Some(known.status), Some(known.etag), Some(known.position));
    answered(
        known.fingerprint,
        status,
        etag,
        known.location,
        position,
        Some(known.body),
    )
    .map(Some)
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
        "INSERT INTO tasks.idempotency (user_id, key, fingerprint, status, etag, location, position, body, for_ever)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
             ON CONFLICT (user_id, key) DO UPDATE
            SET fingerprint = excluded.fingerprint, status = excluded.status, etag = excluded.etag,
                location = excluded.location, position = excluded.position, body = excluded.body,
                created_at = excluded.created_at, for_ever = excluded.for_ever",
        user.as_str(),
        key.as_str(),
        fingerprint.as_slice(),
        i16::try_from(answer.status).map_err(corrupt)?,
        answer.etag,
        answer.location,
        answer.position.get(),
        answer.body,
        key.is_for_ever(),
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
