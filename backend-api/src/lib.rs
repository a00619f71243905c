//! REST for tasks, the only relay of the outbox, and the handler of `task-commands`.
//!
//! One change: a route parses the body into domain types → [`change`] locks the user, gives out positions, writes rows
//! and enqueues events, all in one transaction → commit → the relay is woken.

pub mod config;
pub mod startup;

pub mod commands;
pub mod routes;

pub mod domain;
pub mod view;

pub mod answer;
pub mod change;
pub mod error;
pub mod health;
pub mod housekeeping;
pub mod store;

/// The migrations of the schema `tasks`, which this service alone writes.
pub static MIGRATOR: sqlx::migrate::Migrator = sqlx::migrate!();
