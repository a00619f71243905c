//! Rules: what an RFC 5545 RRULE says, parsed once and strictly.

mod check;
mod error;
mod parse;

use std::fmt;
use std::str::FromStr;

use chrono::{NaiveDate, NaiveDateTime, Weekday};
use serde::{Deserialize, Deserializer};

pub use error::RuleError;

/// A recurrence rule: the value of an RRULE property, without the `RRULE:` before it.
///
/// It is kept in canonical form, so equal rules are written alike: `Display` gives text that parses to the
/// same rule again. `FREQ` is DAILY, WEEKLY, MONTHLY or YEARLY; whatever could make a search for the next
/// slot expensive is bounded. RFC 7529's `SKIP=BACKWARD` is understood for the [simple form](crate::Simple).
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Rule {
    pub(crate) frequency: Frequency,
    pub(crate) interval: u16,
    pub(crate) end: End,
    pub(crate) short_month: ShortMonth,
    pub(crate) week_start: Weekday,
    pub(crate) months: Vec<u8>,
    pub(crate) week_numbers: Vec<i8>,
    pub(crate) year_days: Vec<i16>,
    pub(crate) month_days: Vec<i8>,
    pub(crate) weekdays: Vec<NthWeekday>,
    pub(crate) hours: Vec<u8>,
    pub(crate) minutes: Vec<u8>,
    pub(crate) seconds: Vec<u8>,
    pub(crate) set_positions: Vec<i16>,
}

/// The period that a rule repeats by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Frequency {
    Daily,
    Weekly,
    Monthly,
    Yearly,
}

/// When a rule ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum End {
    Never,
    Count(u16),
    Until(Until),
}

/// The last moment a slot may have; it is included.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Until {
    Date(NaiveDate),
    Local(NaiveDateTime),
    Utc(NaiveDateTime),
}

/// What happens to a day that a month does not have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum ShortMonth {
    /// The month is skipped, as RFC 5545 says.
    Omit,
    /// The month's last day is taken: RFC 7529's `SKIP=BACKWARD`.
    ClampToEnd,
}

/// A day of the week, each or only the nth of a month or year (counted from its end if negative).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct NthWeekday {
    pub(crate) nth: Option<i8>,
    pub(crate) weekday: Weekday,
}

impl Rule {
    /// Reads the value of an RRULE property and refuses whatever RFC 5545 or the bounds do not allow.
    pub fn parse(rrule: &str) -> Result<Self, RuleError> {
        parse::rule(rrule)
    }

    /// The number of occurrences after which the series ends, if it is counted.
    pub fn count(&self) -> Option<u16> {
        match self.end {
            End::Count(count) => Some(count),
            End::Never | End::Until(_) => None,
        }
    }

    /// The rule for what is left of a series after so many of its occurrences: one at least.
    #[must_use]
    pub fn after(&self, occurrences: u16) -> Self {
        let end = match self.end {
            End::Count(count) => End::Count(count.saturating_sub(occurrences).max(1)),
            other => other,
        };
        Self { end, ..self.clone() }
    }

    /// True if the rule names a time of day, which a task that is due all day cannot follow.
    pub fn names_time_of_day(&self) -> bool {
        !(self.hours.is_empty() && self.minutes.is_empty() && self.seconds.is_empty())
    }
}

impl Frequency {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Daily => "DAILY",
            Self::Weekly => "WEEKLY",
            Self::Monthly => "MONTHLY",
            Self::Yearly => "YEARLY",
        }
    }
}

impl FromStr for Rule {
    type Err = RuleError;

    fn from_str(rrule: &str) -> Result<Self, Self::Err> {
        Self::parse(rrule)
    }
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.short_month == ShortMonth::ClampToEnd {
            f.write_str("RSCALE=GREGORIAN;")?;
        }
        write!(f, "FREQ={}", self.frequency.as_str())?;
        if self.interval != 1 {
            write!(f, ";INTERVAL={}", self.interval)?;
        }
        match self.end {
            End::Never => {}
            End::Count(count) => write!(f, ";COUNT={count}")?,
            End::Until(until) => write!(f, ";UNTIL={until}")?,
        }
        if self.week_start != Weekday::Mon {
            write!(f, ";WKST={}", weekday_code(self.week_start))?;
        }
        write_list(f, "BYMONTH", &self.months)?;
        write_list(f, "BYWEEKNO", &self.week_numbers)?;
        write_list(f, "BYYEARDAY", &self.year_days)?;
        write_list(f, "BYMONTHDAY", &self.month_days)?;
        write_list(f, "BYDAY", &self.weekdays)?;
        write_list(f, "BYHOUR", &self.hours)?;
        write_list(f, "BYMINUTE", &self.minutes)?;
        write_list(f, "BYSECOND", &self.seconds)?;
        write_list(f, "BYSETPOS", &self.set_positions)?;
        match self.short_month {
            ShortMonth::Omit => Ok(()),
            ShortMonth::ClampToEnd => f.write_str(";SKIP=BACKWARD"),
        }
    }
}

impl fmt::Display for Until {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Date(date) => write!(f, "{}", date.format("%Y%m%d")),
            Self::Local(at) => write!(f, "{}", at.format("%Y%m%dT%H%M%S")),
            Self::Utc(at) => write!(f, "{}", at.format("%Y%m%dT%H%M%SZ")),
        }
    }
}

impl fmt::Display for NthWeekday {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(nth) = self.nth {
            write!(f, "{nth}")?;
        }
        f.write_str(weekday_code(self.weekday))
    }
}

impl<'de> Deserialize<'de> for Rule {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).map_err(serde::de::Error::custom)
    }
}

fn write_list<T: fmt::Display>(f: &mut fmt::Formatter<'_>, part: &str, values: &[T]) -> fmt::Result {
    for (index, value) in values.iter().enumerate() {
        if index == 0 {
            write!(f, ";{part}={value}")?;
        } else {
            write!(f, ",{value}")?;
        }
    }
    Ok(())
}

fn weekday_code(weekday: Weekday) -> &'static str {
    match weekday {
        Weekday::Mon => "MO",
        Weekday::Tue => "TU",
        Weekday::Wed => "WE",
        Weekday::Thu => "TH",
        Weekday::Fri => "FR",
        Weekday::Sat => "SA",
        Weekday::Sun => "SU",
    }
}

#[cfg(test)]
mod tests;
