//! Holds the reminder schedule, fires on time, and delivers to inbox and webhooks.
#![doc = ""]
#![doc = include_str!("../README.md")]

pub mod config;
pub mod startup;

pub mod routes;
pub mod schedule;

pub mod channel;
pub mod domain;
pub mod error;
pub mod facts;
pub mod handler;
pub mod store;

mod metrics;

use sqlx::migrate::Migrator;

/// The schema `notification`.
pub static MIGRATOR: Migrator = sqlx::migrate!();
