//! The user of a transaction: whose rows it sees, the lock that orders changes, the last position given out.

use chrono::{DateTime, Utc};
use shared_events::ids::{Epoch, Position, UserId};
use sqlx::PgConnection;

use crate::domain::sync::Progress;

/// What is known once the lock is held.
#[derive(Debug, Clone, Copy)]
pub struct Locked {
    /// The last position given out, with those reserved by the lock.
    pub position: Position,
    /// Which life of the database this is.
    pub epoch: Epoch,
    /// Postgres' clock, after the wait for the lock.
    pub at: DateTime<Utc>,
}

/// Takes the user's lock, and with it the next `reserve` positions. None if this user never changed anything.
pub async fn lock(
    conn: &mut PgConnection,
    user: &UserId,
    reserve: i64,
) -> Result<Option<Locked>, sqlx::Error> {
    let locked = sqlx::query!(
        r#"UPDATE tasks.user_state SET position = position + $2 WHERE user_id = $1
           RETURNING position, (SELECT epoch FROM outbox.epoch) AS "epoch!", clock_timestamp() AS "at!""#,
        user.as_str(),
        reserve,
    )
    .fetch_optional(conn)
    .await?;
    Ok(locked.map(|row| Locked {
        position: Position(row.position),
        epoch: Epoch(row.epoch),
        at: row.at,
    }))
}

/// Makes the row that [`lock`] locks; another transaction may be first.
pub async fn insert(conn: &mut PgConnection, user: &UserId) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "INSERT INTO tasks.user_state (user_id) VALUES ($1) ON CONFLICT DO NOTHING",
        user.as_str()
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Sets the last position given out, which only the holder of the lock may do.
pub async fn set_position(conn: &mut PgConnection, user: &UserId, last: Position) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "UPDATE tasks.user_state SET position = $2 WHERE user_id = $1",
        user.as_str(),
        last.get()
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// How far the user's changes have come; nowhere for a user who never changed anything.
pub async fn progress(conn: &mut PgConnection, user: &UserId) -> Result<Progress, sqlx::Error> {
    let row = sqlx::query!(
        r#"SELECT coalesce(state.position, 0) AS "position!", coalesce(state.sync_floor, 0) AS "sync_floor!",
                  life.epoch AS "epoch!"
             FROM outbox.epoch life LEFT JOIN tasks.user_state state ON state.user_id = $1"#,
        user.as_str(),
    )
    .fetch_one(conn)
    .await?;
    Ok(Progress {
        position: Position(row.position),
        sync_floor: Position(row.sync_floor),
        epoch: Epoch(row.epoch),
    })
}
