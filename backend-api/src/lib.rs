//! REST for tasks, the only relay of the outbox, and the handler of `task-commands`.
#![doc = ""]
#![doc = include_str!("../README.md")]

pub mod config;
pub mod startup;

pub mod commands;
pub mod routes;

pub mod actions;
pub mod input;

pub mod domain;
pub mod view;

pub mod answer;
pub mod change;
pub mod error;
pub mod facts;
pub mod housekeeping;
pub mod store;

/// The migrations of the schema `tasks`, which this service alone writes.
pub static MIGRATOR: sqlx::migrate::Migrator = sqlx::migrate!();
