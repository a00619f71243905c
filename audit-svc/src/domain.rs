//! The pure part: what an entry is, and where a reader of the log stands.

pub mod cursor;
pub mod entry;
