//! Saved filters: one verb a file.

pub mod create;
pub mod delete;
pub mod get;
pub mod list;
pub mod relocate;
pub mod update;
