//! Finished occurrence in, command for the next occurrence out: stateless, so any number of replicas may run.
//!
//! What it reads says all that it needs, what it sends is decided by that alone, and a record read twice gives the
//! same command, which backend-api applies once.

pub mod config;
pub mod startup;

pub mod handler;

pub mod domain;
