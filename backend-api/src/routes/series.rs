//! Series: one verb a file.

pub mod get;
pub mod occurrences;
pub mod preview;
pub mod skip;
pub mod stop;
pub mod update;
