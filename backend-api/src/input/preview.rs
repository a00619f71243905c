//! What a preview is asked for.

use std::num::NonZeroU16;

use recurrence::{Anchor, MAX_PREVIEW, Missed, Rule, Unit, WallTime, Zone};
use serde::Deserialize;
use utoipa::ToSchema;

use super::moment::within_calendar;
use super::patch::Patch;
use super::recurrence::RecurrenceInput;
use crate::domain::invalid::{Invalid, Pointer};
use crate::domain::moment::{Instant, Moment};
use crate::domain::recurrence::Preview;

/// A rule to preview: `rrule`, or `every` and `unit`, as in a task's `recurrence`.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PreviewRequest {
    /// RFC 5545 RRULE value: DAILY, WEEKLY, MONTHLY or YEARLY.
    #[serde(default)]
    #[schema(value_type = Option<String>, example = "FREQ=WEEKLY;BYDAY=MO,TH")]
    rrule: Patch<Rule>,
    /// How many units apart.
    #[serde(default)]
    #[schema(value_type = Option<u16>, minimum = 1)]
    every: Patch<NonZeroU16>,
    /// `day`, `week`, `month` or `year`.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    unit: Patch<Unit>,
    /// When the first occurrence is due: a local date and time, or a date for a whole day.
    #[schema(value_type = String, example = "2026-12-01T09:00:00")]
    start: WallTime,
    /// IANA zone.
    #[schema(value_type = String, example = "Europe/Berlin")]
    timezone: Zone,
    /// How many occurrences.
    #[schema(value_type = Option<u32>, default = 10, minimum = 1, maximum = 366)]
    count: Option<Count>,
    /// `schedule` or `completion`.
    #[serde(default)]
    #[schema(value_type = Option<String>, default = "schedule")]
    anchor: Patch<Anchor>,
    /// `skip` or `keep`.
    #[serde(default)]
    #[schema(value_type = Option<String>, default = "skip")]
    missed: Patch<Missed>,
    /// When the first occurrence is completed; absent: when its time (or its day) begins, or now if that is over.
    #[schema(value_type = Option<chrono::DateTime<chrono::Utc>>, example = "2026-12-01T08:00:00Z")]
    completed_at: Option<Instant>,
}

/// A number of occurrences.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(try_from = "u64")]
struct Count(usize);

impl TryFrom<u64> for Count {
    type Error = String;

    fn try_from(number: u64) -> Result<Self, String> {
        let count = usize::try_from(number).ok();
        let count = count.filter(|count| (1..=MAX_PREVIEW).contains(count));
        count
            .map(Self)
            .ok_or_else(|| format!("must be a whole number from 1 to {MAX_PREVIEW}"))
    }
}

impl PreviewRequest {
    /// How many occurrences there are unless the request says.
    const COUNT: usize = 10;

    /// The preview that is asked for.
    pub fn preview(self) -> Result<Preview, Invalid> {
        let at = Pointer::root();
        let is_text = self.rrule.value().is_some();
        let recurrence = RecurrenceInput {
            rrule: self.rrule,
            every: self.every,
            unit: self.unit,
            anchor: self.anchor,
            missed: self.missed,
        };
        let recurrence = recurrence.over(None, &at)?;
        let start = Moment {
            local: self.start,
            zone: self.timezone,
        };
        let start = within_calendar(start, &at.child("start"))?;
        Ok(Preview {
            plan: recurrence.plan(&start, 1),
            count: self.count.map_or(Self::COUNT, |Count(count)| count),
            completed_at: self.completed_at.map(|moment| moment.at()),
            rule_at: at.child(if is_text { "rrule" } else { "every" }),
        })
    }
}

#[cfg(test)]
mod tests {
    use chrono::{DateTime, Utc};
    use serde_json::{Value, json};

    use super::*;

    fn previewed(changes: &Value) -> Result<Preview, String> {
        let mut body =
            json!({"rrule": "FREQ=DAILY", "start": "2026-12-01T09:00:00", "timezone": "Europe/Berlin"});
        for (name, value) in changes.as_object().expect("an object") {
            body[name] = value.clone();
        }
        let problem = |problem: service_kit::problem::Problem| {
            let problem = serde_json::to_value(problem).expect("a problem");
            problem["pointer"].as_str().expect("a pointer").to_owned()
        };
        let request: PreviewRequest = service_kit::http::read(&body).map_err(problem)?;
        request.preview().map_err(|refused| refused.pointer)
    }

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().expect(text)
    }

    #[test]
    fn a_preview_is_completed_when_it_says_or_in_time_or_now_when_it_is_late() {
        let second = |preview: &Preview, now: &str| {
            let occurrences = preview.occurrences(at(now)).expect("occurrences");
            occurrences[1].slot.to_string()
        };
        let unsaid = previewed(&json!({})).expect("a preview");
        assert_eq!(unsaid.count, 10);
        assert_eq!(second(&unsaid, "2026-11-01T00:00:00Z"), "2026-12-02T09:00:00");
        assert_eq!(second(&unsaid, "2026-12-05T07:00:00Z"), "2026-12-05T09:00:00");
        let said = previewed(&json!({"completed_at": "2026-12-03T12:00:00+01:00"})).expect("a preview");
        assert_eq!(second(&said, "2026-12-05T07:00:00Z"), "2026-12-04T09:00:00");
    }

    #[test]
    fn each_mistake_in_a_preview_is_pointed_at() {
        for (changes, pointer) in [
            (json!({"rrule": null}), "/rrule"),
            (json!({"rrule": "FREQ=SOMETIMES"}), "/rrule"),
            (json!({"every": 1, "unit": "month"}), ""),
            (json!({"rrule": null, "every": 1}), "/unit"),
            (json!({"rrule": null, "every": 0, "unit": "day"}), "/every"),
            (json!({"start": null}), "/start"),
            (json!({"start": "tomorrow"}), "/start"),
            (json!({"start": "2026-12-01T09:00:00Z"}), "/start"),
            (json!({"timezone": null}), "/timezone"),
            (json!({"timezone": "Mars/Olympus"}), "/timezone"),
            (json!({"count": 0}), "/count"),
            (json!({"count": 367}), "/count"),
            (json!({"anchor": "never"}), "/anchor"),
            (json!({"missed": "maybe"}), "/missed"),
            (json!({"completed_at": "2026-12-01T09:00:00"}), "/completed_at"),
            (json!({"recurrence": {}}), "/recurrence"),
            (json!({"start": "9999-12-31", "timezone": "UTC"}), "/start"),
            (json!({"completed_at": "+10000-01-01T00:00:00Z"}), "/completed_at"),
        ] {
            assert_eq!(previewed(&changes).expect_err("refused"), pointer, "{changes}");
        }
        for (changes, pointer) in [
            (
                json!({"rrule": "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29;UNTIL=20200101"}),
                "/rrule",
            ),
            (
                json!({"start": "2026-12-01", "rrule": "FREQ=DAILY;BYHOUR=9"}),
                "/rrule",
            ),
            (json!({"rrule": null, "every": 60_000, "unit": "year"}), "/every"),
        ] {
            let refused = previewed(&changes).and_then(|preview| {
                let occurrences = preview.occurrences(at("2026-11-01T00:00:00Z"));
                occurrences.map_err(|refused| refused.pointer)
            });
            assert_eq!(refused.expect_err("refused"), pointer, "{changes}");
        }
    }
}
