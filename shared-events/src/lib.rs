//! Events, codec, outbox, relay, consumer runtime, dead letters: what the services share about Kafka.
#![doc = ""]
#![doc = include_str!("../README.md")]
#![warn(missing_docs)]

pub mod ids;
pub mod topic;

pub mod event;
pub mod record;

pub mod codec;
pub mod kafka;

pub mod copies;
pub mod metrics;
pub mod producer;
pub mod retry;

pub mod outbox;
pub mod relay;

pub mod consumer;
pub mod dlq;

/// The migrations of the schema `outbox`.
pub static MIGRATOR: sqlx::migrate::Migrator = sqlx::migrate!();
