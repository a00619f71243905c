//! All SQL of the schema `tasks`: one statement per function, in the caller's transaction.
//!
//! Every statement names its user, and row-level security checks it again: each transaction begins with
//! [`shared_events::outbox::act_as`], or with a lock that does the same. Lock order: `user_state` → series → task, tag; rows are read after the lock.

pub mod clock;
pub mod idempotency;
pub mod reminders;
pub mod series;
pub mod tags;
pub mod tasks;
pub mod users;

use std::fmt::Display;
use std::future::Future;
use std::str::FromStr;

use recurrence::{WallTime, Zone};
use shared_events::ids::UserId;
use sqlx::PgConnection;

use crate::domain::aggregate::Aggregate;
use crate::domain::moment::Moment;

/// An aggregate with a row of its own.
pub trait Stored: Aggregate {
    /// Deleted ones are not found.
    fn get(
        conn: &mut PgConnection,
        user: &UserId,
        id: Self::Id,
    ) -> impl Future<Output = Result<Option<Self>, sqlx::Error>> + Send;

    fn insert(
        &self,
        conn: &mut PgConnection,
        user: &UserId,
    ) -> impl Future<Output = Result<(), sqlx::Error>> + Send;

    fn update(
        &self,
        conn: &mut PgConnection,
        user: &UserId,
    ) -> impl Future<Output = Result<(), sqlx::Error>> + Send;
}

/// A row that is not what was written: no client caused it, and it is never passed over in silence.
fn corrupt(what: impl Display) -> sqlx::Error {
    sqlx::Error::Decode(format!("a stored value cannot be read: {what}").into())
}

fn read<T: FromStr<Err: Display>>(text: &str) -> Result<T, sqlx::Error> {
    text.parse().map_err(corrupt)
}

fn read_moment(local: Option<&str>, zone: Option<&str>) -> Result<Option<Moment>, sqlx::Error> {
    let (Some(local), Some(zone)) = (local, zone) else {
        return Ok(None);
    };
    Ok(Some(Moment {
        local: read::<WallTime>(local)?,
        zone: read::<Zone>(zone)?,
    }))
}
