//! `taskctl` as an operator runs it, against a real Postgres, broker and registry.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test fails by panicking; clippy.toml allows it in #[test] functions only"
)]

mod configuration;
mod dlq;
mod epoch;
mod migrate;
mod offsets;
mod outbox;
mod reconcile;
mod schemas;
mod taskctl;
mod topics;
