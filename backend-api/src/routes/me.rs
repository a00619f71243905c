//! The caller: what they chose. One verb a file.

pub mod get;
pub mod update;
