//! The pure part: what an entry is.

pub mod entry;
