//! Wall time: a date, or a date and a time of day, as a clock on the wall shows it and without a zone.

use std::fmt;
use std::str::FromStr;

use chrono::{Datelike, NaiveDate, NaiveDateTime, NaiveTime, Timelike};
use serde::{Deserialize, Deserializer};

/// The years that a wall time may lie in; a year always has four digits.
const YEARS: std::ops::RangeInclusive<i32> = 1970..=9999;

/// When something is due on the wall: all day, or at a time of day to the second.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum WallTime {
    /// A whole day, written `2026-12-01`.
    AllDay(NaiveDate),
    /// A moment of a day, written `2026-12-01T09:00:00`.
    Timed(NaiveDateTime),
}

/// A text that is no wall time.
#[expect(missing_docs, reason = "the messages say it")]
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum WallTimeError {
    #[error("not a wall time: write 2026-12-01 for a whole day or 2026-12-01T09:00:00, without a zone")]
    Malformed,
    #[error("the year {year} is out of range: use a year from 1970 to 9999")]
    YearOutOfRange { year: i32 },
}

impl WallTime {
    /// The day that it lies on.
    pub fn date(&self) -> NaiveDate {
        match self {
            Self::AllDay(date) => *date,
            Self::Timed(at) => at.date(),
        }
    }

    /// The moment it begins: midnight for a whole day.
    pub fn start(&self) -> NaiveDateTime {
        match self {
            Self::AllDay(date) => date.and_time(NaiveTime::MIN),
            Self::Timed(at) => *at,
        }
    }

    /// True for a whole day.
    pub fn is_all_day(&self) -> bool {
        matches!(self, Self::AllDay(_))
    }

    /// The wall time of the same kind (all day or timed) at `at`.
    pub(crate) fn same_kind_at(&self, at: NaiveDateTime) -> Self {
        match self {
            Self::AllDay(_) => Self::AllDay(at.date()),
            Self::Timed(_) => Self::Timed(at),
        }
    }
}

impl FromStr for WallTime {
    type Err = WallTimeError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        // chrono also reads signs, single digits and blanks; the length and the digits shut those out.
        let plain = text
            .bytes()
            .all(|byte| byte.is_ascii_digit() || matches!(byte, b'-' | b':' | b'T'));
        let parsed = match text.len() {
            10 if plain => NaiveDate::parse_from_str(text, "%Y-%m-%d").map(Self::AllDay),
            19 if plain => NaiveDateTime::parse_from_str(text, "%Y-%m-%dT%H:%M:%S").map(Self::Timed),
            _ => return Err(WallTimeError::Malformed),
        };
        let wall = parsed.map_err(|_| WallTimeError::Malformed)?;
        let year = wall.date().year();
        if !YEARS.contains(&year) {
            return Err(WallTimeError::YearOutOfRange { year });
        }
        // chrono reads :60, a leap second, which no rule or zone can place.
        if wall.start().nanosecond() != 0 {
            return Err(WallTimeError::Malformed);
        }
        Ok(wall)
    }
}

impl fmt::Display for WallTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::AllDay(date) => write!(f, "{}", date.format("%Y-%m-%d")),
            Self::Timed(at) => write!(f, "{}", at.format("%Y-%m-%dT%H:%M:%S")),
        }
    }
}

impl<'de> Deserialize<'de> for WallTime {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_and_date_times_are_read_and_written_back_unchanged() {
        for text in [
            "2026-12-01",
            "2024-02-29",
            "2026-12-01T09:00:00",
            "1970-01-01T00:00:00",
            "9999-12-31",
        ] {
            assert_eq!(text.parse::<WallTime>().expect(text).to_string(), text);
        }
    }

    #[test]
    fn anything_but_the_two_forms_is_refused() {
        for text in [
            "",
            "tomorrow",
            "2026-12-1",
            "2026-02-30",
            "2026-12-01T09:00",
            "2026-12-01 09:00:00",
            "2026-12-01T09:00:00Z",
            "2026-12-01T24:00:00",
            "2026-12-01T09:00:60",
            "+026-12-01",
            "2026-12-01T09:00:00.5",
            "２０２６-12",
        ] {
            assert_eq!(text.parse::<WallTime>(), Err(WallTimeError::Malformed), "{text}");
        }
    }

    #[test]
    fn years_before_1970_are_refused_by_name() {
        let error = "1969-12-31".parse::<WallTime>().expect_err("too early");
        assert_eq!(error, WallTimeError::YearOutOfRange { year: 1969 });
    }
}
