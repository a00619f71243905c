//! Webhooks.

pub mod client;
mod resolver;
