//! What can be done, one use case a file: each takes a [`crate::change::Change`] and parsed input, and returns what it
//! changed. Routes and commands call these; none of them knows how its transaction ends.

pub mod account;
pub mod filters;
pub mod order;
pub mod projects;
pub mod settings;
pub mod tags;
pub mod tasks;
