//! A local time or a whole day in a zone, as requests give it.

use std::str::FromStr;

use chrono::Datelike as _;
use recurrence::{WallTime, Zone};
use serde::Deserialize;
use utoipa::ToSchema;

use super::patch::Patch;
use crate::domain::invalid::{Invalid, Pointer};
use crate::domain::moment::Moment;

/// A local time, or a whole day, in a zone: `datetime` or `date`, and each takes the place of the other.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MomentInput {
    /// Local wall time.
    #[serde(default)]
    #[schema(value_type = Option<String>, pattern = r"^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}$")]
    datetime: Patch<Timed>,
    /// A whole day.
    #[serde(default)]
    #[schema(value_type = Option<String>, format = Date)]
    date: Patch<Day>,
    /// IANA zone; that of the settings if it is left out where none was before.
    #[serde(default)]
    #[schema(value_type = Option<String>, nullable = false, min_length = 1, format = "zone")]
    timezone: Patch<Zone>,
}

/// A wall time with a time of day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Timed(WallTime);

/// A wall time without one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Day(WallTime);

impl FromStr for Timed {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text.parse::<WallTime>().map_err(|error| error.to_string())? {
            timed @ WallTime::Timed(_) => Ok(Self(timed)),
            WallTime::AllDay(_) => {
                Err("must be like 2026-12-01T09:00:00; a whole day is a `date`".to_owned())
            }
        }
    }
}

impl FromStr for Day {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text.parse::<WallTime>().map_err(|error| error.to_string())? {
            day @ WallTime::AllDay(_) => Ok(Self(day)),
            WallTime::Timed(_) => Err("must be like 2026-12-01; a time of day is a `datetime`".to_owned()),
        }
    }
}

impl MomentInput {
    /// The moment after this was merged with the one before, in the zone `chosen` if there was none and none is named.
    pub fn over(
        &self,
        before: Option<Moment>,
        chosen: Option<Zone>,
        at: &Pointer,
    ) -> Result<Moment, Invalid> {
        let moment = Moment {
            local: self.local(before, at)?,
            zone: self
                .timezone
                .over(before.map(|before| before.zone).or(chosen))
                .ok_or_else(|| {
                    at.child("timezone")
                        .invalid("is required, since the settings (`/v1/me`) name none")
                })?,
        };
        within_calendar(moment, at)
    }

    #[must_use]
    pub fn leaves_out_zone(&self) -> bool {
        self.timezone == Patch::Absent
    }

    fn local(&self, before: Option<Moment>, at: &Pointer) -> Result<WallTime, Invalid> {
        let before = before.map(|before| before.local);
        let local = match (self.datetime.value(), self.date.value()) {
            (Some(_), Some(_)) => return Err(at.invalid("has both `datetime` and `date`: give one")),
            (Some(Timed(local)), None) | (None, Some(Day(local))) => Some(*local),
            (None, None) => before.filter(|before| match before {
                WallTime::Timed(_) => self.datetime == Patch::Absent,
                WallTime::AllDay(_) => self.date == Patch::Absent,
            }),
        };
        local.ok_or_else(|| at.invalid("has neither `datetime` nor `date`: give one"))
    }
}

/// Refuses a moment whose universal time lies beyond the year 9999, which RFC 3339 cannot write.
pub(super) fn within_calendar(moment: Moment, at: &Pointer) -> Result<Moment, Invalid> {
    if moment.at().year() > 9999 {
        return Err(at.invalid("must be over before the year 10000 begins in universal time"));
    }
    Ok(moment)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn merged(before: Option<Moment>, patch: &Value) -> Result<Moment, String> {
        let input: MomentInput = service_kit::http::read(patch).map_err(|problem| problem.to_string())?;
        input
            .over(before, None, &Pointer::root().child("due"))
            .map_err(|refused| refused.to_string())
    }

    fn moment(value: &Value) -> Moment {
        merged(None, value).expect("a moment")
    }

    #[test]
    fn a_wall_time_and_a_whole_day_are_told_apart() {
        let timed = moment(&json!({"datetime": "2026-12-01T09:00:00", "timezone": "Europe/Berlin"}));
        assert_eq!(timed.at().to_string(), "2026-12-01 08:00:00 UTC");
        let day = moment(&json!({"date": "2026-12-01", "timezone": "Europe/Berlin"}));
        assert_eq!(day.at().to_string(), "2026-12-01 23:00:00 UTC");
        assert_eq!(day.zone.resolve(day.local_end()), day.at());
    }

    #[test]
    fn a_patch_is_merged_field_by_field_and_a_date_takes_the_place_of_a_datetime() {
        let before = moment(&json!({"datetime": "2026-12-01T09:00:00", "timezone": "Europe/Berlin"}));
        for (patch, after) in [
            (json!({}), "2026-12-01T09:00:00"),
            (json!({"date": null}), "2026-12-01T09:00:00"),
            (json!({"timezone": "UTC"}), "2026-12-01T09:00:00"),
            (json!({"datetime": "2026-12-02T10:00:00"}), "2026-12-02T10:00:00"),
            (json!({"date": "2026-12-02"}), "2026-12-02"),
            (json!({"date": "2026-12-02", "datetime": null}), "2026-12-02"),
        ] {
            let merged = merged(Some(before), &patch).expect("a moment");
            assert_eq!(merged.local.to_string(), after, "{patch}");
            assert_eq!(
                merged.zone == before.zone,
                patch.get("timezone").is_none(),
                "{patch}"
            );
        }
        for patch in [json!({"datetime": null}), json!({"timezone": null})] {
            assert!(merged(Some(before), &patch).is_err(), "{patch}");
        }
    }

    #[test]
    fn a_day_that_ends_in_the_year_10000_is_refused() {
        for (value, is_kept) in [
            (json!({"date": "9999-12-30", "timezone": "UTC"}), true),
            (json!({"date": "9999-12-31", "timezone": "UTC"}), false),
            (
                json!({"datetime": "9999-12-31T23:59:59", "timezone": "UTC"}),
                true,
            ),
            (
                json!({"datetime": "9999-12-31T23:59:59", "timezone": "America/New_York"}),
                false,
            ),
        ] {
            assert_eq!(merged(None, &value).is_ok(), is_kept, "{value}");
        }
    }
}
