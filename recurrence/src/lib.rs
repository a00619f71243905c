//! Recurrence rules in wall time: what repeats ([`Rule`]), where ([`Zone`]), and what comes next ([`Series`]).
//!
//! Everything here is pure: no I/O, no clock, no panic, and a bounded cost for every input. The back end
//! validates and previews with it and `recurring-svc` computes with it, so a preview is always what happens.
//!
//! Rules run in *floating* local time: a slot is a wall time without a zone, and [`Zone`] alone turns it into
//! an instant. That is why nine o'clock stays nine o'clock when the clocks change.

mod rule;
mod series;
mod simple;
mod slots;
mod wall;
mod zone;

pub use rule::{Rule, RuleError};
pub use series::{Anchor, MAX_PREVIEW, Missed, Occurrence, Series, SeriesError, UnknownWord};
pub use simple::{Simple, Unit};
pub use wall::{WallTime, WallTimeError};
pub use zone::{TZDB_VERSION, Zone, ZoneError};
