//! Finished occurrence in, command for the next occurrence out: stateless, so any number of replicas may run.

pub mod domain;
