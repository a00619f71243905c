//! All SQL of the schema `tasks`: one statement per function, in the caller's transaction.
//!
//! Every statement names its user, and row-level security checks it again: each transaction begins with
//! [`shared_events::outbox::act_as`], or with a lock that does the same. Lock order: `user_state` → series → task, tag, project, filter, settings; rows are read after the lock.

pub mod clock;
pub mod filter;
pub mod filters;
pub mod idempotency;
pub mod projects;
pub mod reminders;
pub mod search;
pub mod series;
pub mod settings;
pub mod stats;
pub mod tags;
pub mod tasks;
pub mod users;

use std::fmt::Display;
use std::future::Future;
use std::str::FromStr;

use recurrence::{WallTime, Zone};
use shared_events::ids::UserId;
use sqlx::PgConnection;
use sqlx::postgres::PgQueryResult;

use crate::domain::aggregate::Aggregate;
use crate::domain::moment::Moment;
use crate::domain::order::OrderKey;

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

/// An aggregate that has a place among its kind.
pub trait Ordered: Stored {
    fn order(&self) -> &OrderKey;

    /// The place next to that of `beside`, on the given side, but for that of `moved`.
    fn next_place(
        conn: &mut PgConnection,
        user: &UserId,
        moved: Self::Id,
        beside: &Self,
        side: Side,
    ) -> impl Future<Output = Result<Option<OrderKey>, sqlx::Error>> + Send;
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    Before,
    After,
}

/// Refuses to go on when the row of an aggregate was not at the version before: its versions would not rise by 1. The user's
/// lock keeps that from happening; this finds out if it does not.
fn of_version_before<T: Aggregate>(written: PgQueryResult) -> Result<(), sqlx::Error> {
    match written.rows_affected() {
        1 => Ok(()),
        _ => Err(corrupt(format!("the {} is not at the version before", T::NAME))),
    }
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
