//! Tasks: one verb a file.

pub mod complete;
pub mod create;
pub mod delete;
pub mod get;
pub mod list;
pub mod relocate;
pub mod reopen;
pub mod restore;
pub mod search;
pub mod skip;
pub mod update;
