//! Time zones: the one place where wall time becomes an instant and daylight saving is resolved.

use std::fmt;
use std::str::FromStr;

use chrono::{DateTime, Days, Duration, LocalResult, NaiveDateTime, NaiveTime, Offset, TimeZone, Utc};
use chrono_tz::{GapInfo, TZ_VARIANTS, Tz};
use serde::{Deserialize, Deserializer};

use crate::wall::WallTime;

/// The release of the IANA database that is compiled in, such as `2025b`.
pub const TZDB_VERSION: &str = chrono_tz::IANA_TZDB_VERSION;

/// How much of an unknown name is repeated in the error.
const ECHOED_CHARACTERS: usize = 64;

/// A zone of the IANA database, such as `Europe/Berlin`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Zone(Tz);

/// A name that the IANA database does not have.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("unknown time zone {name:?}: {}", self.way_out())]
pub struct ZoneError {
    /// The name that was given, shortened if it is absurdly long.
    pub name: String,
    /// The name that was probably meant.
    pub suggestion: Option<&'static str>,
}

impl ZoneError {
    fn way_out(&self) -> String {
        match self.suggestion {
            Some(suggestion) => format!("did you mean {suggestion:?}"),
            None => "use a name of the IANA database such as \"Europe/Berlin\"".to_owned(),
        }
    }
}

impl Zone {
    /// Coordinated universal time, which never changes its clocks.
    pub const UTC: Self = Self(Tz::UTC);

    /// All zones of the IANA database, those with two names twice.
    pub fn all() -> impl Iterator<Item = Self> {
        TZ_VARIANTS.iter().copied().map(Self)
    }

    /// The instant at which a clock on the wall shows `local`.
    ///
    /// A time that the clocks jump over moves on by the length of the jump (RFC 5545, section 3.3.5), and of
    /// a time that comes twice the first is meant.
    pub fn resolve(&self, local: NaiveDateTime) -> DateTime<Utc> {
        match self.0.from_local_datetime(&local) {
            LocalResult::Single(at) | LocalResult::Ambiguous(at, _) => at.with_timezone(&Utc),
            LocalResult::None => self.resolve_in_gap(local),
        }
    }

    /// What a clock on the wall shows at the instant `at`.
    pub fn to_local(&self, at: DateTime<Utc>) -> NaiveDateTime {
        let at = at.naive_utc();
        let offset = self.0.offset_from_utc_datetime(&at).fix();
        at.checked_add_offset(offset).unwrap_or(at)
    }

    /// The instant at which `wall` is due: a time of day at that time, a whole day when the next one begins.
    pub fn due_at(&self, wall: WallTime) -> DateTime<Utc> {
        match wall {
            WallTime::Timed(at) => self.resolve(at),
            WallTime::AllDay(date) => {
                let next_day = date.checked_add_days(Days::new(1)).unwrap_or(date);
                self.resolve(next_day.and_time(NaiveTime::MIN))
            }
        }
    }

    /// The name in the IANA database.
    pub fn name(&self) -> &'static str {
        self.0.name()
    }

    fn resolve_in_gap(&self, local: NaiveDateTime) -> DateTime<Utc> {
        let seconds_before_gap = GapInfo::new(&local, &self.0)
            .and_then(|gap| gap.begin)
            .map_or(0, |(_, offset)| offset.fix().local_minus_utc());
        let before_gap = Duration::seconds(i64::from(seconds_before_gap));
        local.checked_sub_signed(before_gap).unwrap_or(local).and_utc()
    }
}

impl FromStr for Zone {
    type Err = ZoneError;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        name.parse().map(Self).map_err(|_| ZoneError {
            name: name.chars().take(ECHOED_CHARACTERS).collect(),
            suggestion: TZ_VARIANTS
                .iter()
                .map(|zone| zone.name())
                .find(|known| known.eq_ignore_ascii_case(name.trim())),
        })
    }
}

impl fmt::Display for Zone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl<'de> Deserialize<'de> for Zone {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let name = String::deserialize(deserializer)?;
        name.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn due(zone: &str, wall: &str) -> String {
        let zone: Zone = zone.parse().expect(zone);
        zone.due_at(wall.parse().expect(wall))
            .format("%Y-%m-%dT%H:%M:%SZ")
            .to_string()
    }

    #[test]
    fn an_ordinary_time_is_shifted_by_the_offset_of_its_day() {
        assert_eq!(
            due("Europe/Berlin", "2026-12-01T09:00:00"),
            "2026-12-01T08:00:00Z"
        );
        assert_eq!(
            due("Europe/Berlin", "2026-07-01T09:00:00"),
            "2026-07-01T07:00:00Z"
        );
    }

    #[test]
    fn a_time_that_the_clocks_jump_over_moves_on_by_the_jump() {
        assert_eq!(
            due("Europe/Berlin", "2026-03-29T02:30:00"),
            "2026-03-29T01:30:00Z"
        );
        assert_eq!(
            due("America/New_York", "2026-03-08T02:00:00"),
            "2026-03-08T07:00:00Z"
        );
    }

    #[test]
    fn of_a_time_that_comes_twice_the_first_is_meant() {
        assert_eq!(
            due("Europe/Berlin", "2026-10-25T02:30:00"),
            "2026-10-25T00:30:00Z"
        );
    }

    #[test]
    fn zones_that_change_at_midnight_lose_no_midnight() {
        assert_eq!(
            due("America/Sao_Paulo", "2018-11-04T00:00:00"),
            "2018-11-04T03:00:00Z"
        );
        assert_eq!(due("Asia/Beirut", "2022-03-27T00:00:00"), "2022-03-26T22:00:00Z");
        assert_eq!(due("Africa/Cairo", "2026-04-24T00:00:00"), "2026-04-23T22:00:00Z");
    }

    #[test]
    fn a_skipped_day_is_taken_on_the_next_one() {
        assert_eq!(due("Pacific/Apia", "2011-12-30T09:00:00"), "2011-12-30T19:00:00Z");
        let apia: Zone = "Pacific/Apia".parse().expect("a zone");
        let shown = apia.to_local("2011-12-30T19:00:00Z".parse().expect("an instant"));
        assert_eq!(shown.to_string(), "2011-12-31 09:00:00");
    }

    #[test]
    fn a_whole_day_is_due_when_the_next_one_begins() {
        assert_eq!(due("Europe/Berlin", "2026-12-01"), "2026-12-01T23:00:00Z");
        assert_eq!(due("Africa/Cairo", "2026-04-23"), "2026-04-23T22:00:00Z");
        assert_eq!(due("America/Sao_Paulo", "2018-02-17"), "2018-02-18T03:00:00Z");
    }

    #[test]
    fn the_ends_of_the_calendar_make_nothing_panic() {
        for name in ["Pacific/Apia", "America/New_York", "Pacific/Kiritimati"] {
            let zone: Zone = name.parse().expect(name);
            for at in [DateTime::<Utc>::MIN_UTC, DateTime::<Utc>::MAX_UTC] {
                zone.to_local(at);
                zone.resolve(at.naive_utc());
                zone.due_at(WallTime::AllDay(at.date_naive()));
            }
        }
    }

    #[test]
    fn an_unknown_zone_is_named_and_a_near_miss_is_corrected() {
        let error = "Mars/Olympus".parse::<Zone>().expect_err("no such zone");
        assert_eq!(
            error.to_string(),
            "unknown time zone \"Mars/Olympus\": use a name of the IANA database such as \"Europe/Berlin\""
        );
        let error = "europe/berlin".parse::<Zone>().expect_err("wrong case");
        assert_eq!(
            error.to_string(),
            "unknown time zone \"europe/berlin\": did you mean \"Europe/Berlin\""
        );
        assert!(
            "x".repeat(10_000)
                .parse::<Zone>()
                .expect_err("too long")
                .to_string()
                .len()
                < 200
        );
    }
}
