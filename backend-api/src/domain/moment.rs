//! A wall time in a zone, which a task's `start` and `due` are: the universal time is derived from it. And a point in time.

use std::str::FromStr;

use chrono::{DateTime, Datelike, NaiveDateTime, SubsecRound, Timelike, Utc};
use recurrence::{WallTime, Zone};

/// A local date and time, or a whole day, in an IANA zone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Moment {
    pub local: WallTime,
    pub zone: Zone,
}

impl Moment {
    /// The universal time: for a whole day, the end of that day.
    #[must_use]
    pub fn at(&self) -> DateTime<Utc> {
        self.zone.due_at(self.local)
    }

    /// The universal time at which it begins: for a whole day, its midnight.
    #[must_use]
    pub fn begins_at(&self) -> DateTime<Utc> {
        self.zone.resolve(self.local.start())
    }

    /// The wall time that [`Moment::at`] resolves: for a whole day, the midnight that ends it.
    #[must_use]
    pub fn local_end(&self) -> NaiveDateTime {
        match self.local {
            WallTime::Timed(at) => at,
            WallTime::AllDay(date) => date.succ_opt().unwrap_or(date).and_time(chrono::NaiveTime::MIN),
        }
    }
}

/// A point in time as RFC 3339 writes it, cut to microseconds as Postgres keeps it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Instant(DateTime<Utc>);

/// The years that a point in time may lie in.
pub(super) const YEARS: std::ops::RangeInclusive<i32> = 1970..=9999;

impl Instant {
    #[must_use]
    pub const fn at(self) -> DateTime<Utc> {
        self.0
    }
}

impl FromStr for Instant {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let at = DateTime::parse_from_rfc3339(text)
            .map_err(|_| "must be a point in time with its offset, like 2026-12-01T07:00:00Z")?
            .with_timezone(&Utc)
            .trunc_subsecs(6);
        if !YEARS.contains(&at.year()) {
            return Err("must lie in a year from 1970 to 9999");
        }
        // chrono reads :60, which Postgres would give back as the next minute.
        if at.nanosecond() >= 1_000_000_000 {
            return Err("must not be a leap second");
        }
        Ok(Self(at))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_point_in_time_has_an_offset_and_a_year_of_four_digits() {
        for text in [
            "2026-12-01T07:00:00Z",
            "2026-12-01T08:00:00.123456+01:00",
            "9999-12-31T23:59:59Z",
        ] {
            assert!(text.parse::<Instant>().is_ok(), "{text}");
        }
        for text in [
            "2026-12-01T07:00:00",
            "2026-12-01",
            "+10000-01-01T00:00:00Z",
            "9999-12-31T23:59:59-01:00",
            "1969-12-31T23:59:59Z",
            "2026-12-31T23:59:60Z",
            "2026-12-31T23:59:60.5Z",
        ] {
            assert!(text.parse::<Instant>().is_err(), "{text}");
        }
    }
}
