//! Holds the reminder schedule, fires on time, and delivers to inbox and webhooks.

pub mod channel;
pub mod domain;
pub mod store;

use sqlx::migrate::Migrator;

/// The schema `notification`.
pub static MIGRATOR: Migrator = sqlx::migrate!();
