//! The service against a real PostgreSQL, with its API on a port of its own. There is no broker: records are handed to
//! the handler as the consumer runtime does.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "helpers of tests fail as tests do"
)]
#![expect(unreachable_pub, reason = "a test binary has no users")]

mod api;
mod batches;
mod deliveries;
mod document;
mod feed;
mod firing;
mod lifecycle;
mod migrations;
mod proxy;
mod rows;
mod service;
mod truth;
mod webhooks;
mod world;
