//! The user of a transaction: whose rows it sees, the lock that orders changes, the last position given out.

use chrono::{DateTime, Utc};
use shared_events::ids::{Epoch, Position, UserId};
use sqlx::PgConnection;

use crate::domain::sync::Progress;

/// What is known once the lock is held.
#[derive(Debug, Clone, Copy)]
pub struct Locked {
    /// The last position given out, with those reserved.
    pub position: Position,
    /// How many were reserved by the lock.
    pub reserved: i64,
    /// Which life of the database this is.
    pub epoch: Epoch,
    /// Postgres' clock, after the wait for the lock.
    pub at: DateTime<Utc>,
}

/// Makes the transaction the user's own and takes their lock, and with it the next `reserved` positions.
pub async fn lock(conn: &mut PgConnection, user: &UserId, reserved: i64) -> Result<Locked, sqlx::Error> {
    let locked = begin_change(conn, user, reserved, true).await?;
    locked.ok_or(sqlx::Error::RowNotFound)
}

/// The same, and no position, for a user who must be known; none if they never changed anything.
pub async fn lock_known(conn: &mut PgConnection, user: &UserId) -> Result<Option<Locked>, sqlx::Error> {
    begin_change(conn, user, 0, false).await
}

async fn begin_change(
    conn: &mut PgConnection,
    user: &UserId,
    reserved: i64,
    may_be_new: bool,
) -> Result<Option<Locked>, sqlx::Error> {
    let begun = sqlx::query!(
        r#"SELECT taken AS "taken!", last_position, of_epoch AS "of_epoch!", begun_at AS "begun_at!"
             FROM tasks.begin_change($1, $2, $3)"#,
        user.as_str(),
        reserved,
        may_be_new,
    )
    .fetch_one(conn)
    .await?;
    let position = begun.last_position.filter(|_| begun.taken);
    Ok(position.map(|position| Locked {
        position: Position(position),
        reserved,
        epoch: Epoch(begun.of_epoch),
        at: begun.begun_at,
    }))
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

/// `object_not_in_prerequisite_state`: something is not deleted.
const NOT_DELETED: &str = "55000";

/// Takes the words out of everything that the caller of this transaction has deleted; false if anything is not.
pub async fn erase(conn: &mut PgConnection) -> Result<bool, sqlx::Error> {
    let erased = sqlx::query!(r#"SELECT tasks.erase() AS "erased: ()""#)
        .fetch_one(conn)
        .await;
    match erased {
        Ok(_) => Ok(true),
        Err(sqlx::Error::Database(error)) if error.code().as_deref() == Some(NOT_DELETED) => Ok(false),
        Err(error) => Err(error),
    }
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
