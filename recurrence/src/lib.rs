//! Recurrence rules in wall time.
#![doc = ""]
#![doc = include_str!("../README.md")]
#![warn(missing_docs)]

mod exceptions;
mod rule;
mod series;
mod simple;
mod slots;
mod wall;
mod zone;

pub use exceptions::{Exceptions, ExceptionsError};
pub use rule::{Rule, RuleError};
pub use series::{Anchor, MAX_PREVIEW, Missed, Occurrence, Series, SeriesError, UnknownWord};
pub use simple::{Simple, Unit};
pub use wall::{WallTime, WallTimeError};
pub use zone::{TZDB_VERSION, Zone, ZoneError};
