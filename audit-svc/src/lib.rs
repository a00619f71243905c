//! Every event into an append-only log; query by task.

pub mod domain;
pub mod store;

/// The migrations of schema `audit`.
pub static MIGRATOR: sqlx::migrate::Migrator = sqlx::migrate!();
