//! A wall time in a zone: what a task's `start` and `due` are. The universal time is derived from it.

use chrono::{DateTime, NaiveDateTime, Utc};
use recurrence::{WallTime, Zone};

use super::input::{Invalid, Object, Pointer};

/// A local date and time, or a whole day, in an IANA zone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Moment {
    /// What the clock on the wall shows.
    pub local: WallTime,
    /// On whose wall.
    pub zone: Zone,
}

impl Moment {
    /// Reads `{"datetime"|"date": …, "timezone": …}` from a field of a task.
    pub fn read(task: &Object<'_>, name: &str) -> Result<Option<Self>, Invalid> {
        task.get(name)
            .map(|value| Self::parse(value, task.at(name)))
            .transpose()
    }

    /// Reads `{"datetime"|"date": …, "timezone": …}`.
    pub fn parse(value: &serde_json::Value, at: Pointer) -> Result<Self, Invalid> {
        let moment = Object::read(value, at, &["datetime", "date", "timezone"])?;
        let local = match (
            moment.parse::<WallTime>("datetime")?,
            moment.parse::<WallTime>("date")?,
        ) {
            (Some(timed @ WallTime::Timed(_)), None) => timed,
            (None, Some(day @ WallTime::AllDay(_))) => day,
            (Some(_), None) => {
                return Err(moment
                    .at("datetime")
                    .invalid("must be like 2026-12-01T09:00:00; a whole day is a `date`"));
            }
            (None, Some(_)) => {
                return Err(moment
                    .at("date")
                    .invalid("must be like 2026-12-01; a time of day is a `datetime`"));
            }
            (Some(_), Some(_)) => {
                return Err(moment.here().invalid("has both `datetime` and `date`: give one"));
            }
            (None, None) => {
                return Err(moment
                    .here()
                    .invalid("has neither `datetime` nor `date`: give one"));
            }
        };
        Ok(Self {
            local,
            zone: moment.required("timezone")?,
        })
    }

    /// The universal time: for a whole day, the end of that day.
    #[must_use]
    pub fn at(&self) -> DateTime<Utc> {
        self.zone.due_at(self.local)
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

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn parse(value: &Value) -> Result<Moment, Invalid> {
        Moment::parse(value, Pointer::root().child("due"))
    }

    #[test]
    fn a_wall_time_and_a_whole_day_are_told_apart() {
        let timed = parse(&json!({"datetime": "2026-12-01T09:00:00", "timezone": "Europe/Berlin"}))
            .expect("a moment");
        assert_eq!(timed.at().to_string(), "2026-12-01 08:00:00 UTC");
        let day = parse(&json!({"date": "2026-12-01", "timezone": "Europe/Berlin"})).expect("a day");
        assert_eq!(day.at().to_string(), "2026-12-01 23:00:00 UTC");
        assert_eq!(day.zone.resolve(day.local_end()), day.at());
    }

    #[test]
    fn each_mistake_is_pointed_at() {
        for (body, pointer) in [
            (
                json!({"datetime": "2026-12-01", "timezone": "Europe/Berlin"}),
                "/due/datetime",
            ),
            (
                json!({"date": "2026-12-01T09:00:00", "timezone": "Europe/Berlin"}),
                "/due/date",
            ),
            (
                json!({"datetime": "2026-12-01T09:00:00Z", "timezone": "Europe/Berlin"}),
                "/due/datetime",
            ),
            (
                json!({"datetime": "2026-12-01T09:00:00", "timezone": "Mars/Olympus"}),
                "/due/timezone",
            ),
            (json!({"datetime": "2026-12-01T09:00:00"}), "/due/timezone"),
            (json!({"timezone": "Europe/Berlin"}), "/due"),
            (
                json!({"date": "2026-12-01", "datetime": "2026-12-01T09:00:00", "timezone": "UTC"}),
                "/due",
            ),
            (
                json!({"date": "2026-12-01", "timezone": "UTC", "offset": 1}),
                "/due/offset",
            ),
            (json!("2026-12-01"), "/due"),
        ] {
            assert_eq!(parse(&body).expect_err("refused").pointer, pointer, "{body}");
        }
    }
}
