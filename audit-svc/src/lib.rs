//! Every event into an append-only log; query by task.
#![doc = ""]
#![doc = include_str!("../README.md")]

pub mod config;
pub mod startup;

pub mod consumer;
pub mod handler;
pub mod routes;

pub mod domain;
pub mod store;

/// The migrations of schema `audit`.
pub static MIGRATOR: sqlx::migrate::Migrator = sqlx::migrate!();
