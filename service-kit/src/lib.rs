//! What every Taskwire binary needs.
#![doc = ""]
#![doc = include_str!("../README.md")]
#![warn(missing_docs)]

pub mod config;
pub mod secret;
pub mod telemetry;
pub mod trace;

pub mod health;
pub mod lifecycle;

pub mod permits;
pub mod pg;

pub mod auth;
pub mod http;
pub mod page;
pub mod problem;

pub mod frame;

#[cfg(any(test, feature = "testing"))]
pub mod testing;
