//! Tasks: one verb a file.

pub mod complete;
pub mod create;
pub mod delete;
pub mod get;
pub mod list;
pub mod reopen;
pub mod skip;
pub mod update;
