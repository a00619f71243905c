//! Integration tests of shared-events.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

mod broker;
mod consumer;
mod producer;
#[cfg(target_os = "linux")]
mod promotion;
mod registry;
mod relay;
#[cfg(target_os = "linux")]
mod restore;
mod schemas;
mod wait;
