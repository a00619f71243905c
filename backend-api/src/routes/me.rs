//! The caller: what they chose, all that they have, and its end. One verb a file.

pub mod delete;
pub mod export;
pub mod get;
pub mod update;
