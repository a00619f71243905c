//! What a preview is asked for.

use recurrence::{MAX_PREVIEW, WallTime, Zone};
use serde::Deserialize;
use utoipa::ToSchema;

use super::moment::within_calendar;
use super::recurrence::{RecurrenceInput, exceptions};
use crate::domain::invalid::{Invalid, Pointer};
use crate::domain::moment::{Instant, Moment};
use crate::domain::recurrence::Preview;

/// A rule to preview.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(examples(
    json!({
        "recurrence": {"rrule": "FREQ=WEEKLY;BYDAY=MO,TH"},
        "start": "2026-12-01T09:00:00",
        "timezone": "Europe/Berlin",
        "count": 5,
    }),
    json!({"recurrence": {"every": 1, "unit": "month"}, "start": "2027-01-31", "timezone": "Europe/Berlin"}),
))]
pub struct PreviewRequest {
    /// As in a task.
    recurrence: RecurrenceInput,
    /// When the first occurrence is due: a local date and time, or a date for a whole day.
    #[schema(value_type = String, pattern = r"^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}:\d{2})?$")]
    start: WallTime,
    /// IANA zone.
    #[schema(value_type = String, min_length = 1, format = "zone")]
    timezone: Zone,
    /// Wall times at which there is no occurrence (RFC 5545 EXDATE).
    #[serde(default)]
    #[schema(value_type = Vec<String>, max_items = 100)]
    exdates: Vec<WallTime>,
    /// Wall times of occurrences besides those of the rule (RFC 5545 RDATE).
    #[serde(default)]
    #[schema(value_type = Vec<String>, max_items = 100)]
    rdates: Vec<WallTime>,
    /// How many occurrences.
    #[schema(value_type = Option<u32>, default = 10, minimum = 1, maximum = 366)]
    count: Option<Count>,
    /// When the first occurrence is completed; absent: when its time (or its day) begins, or now if that is over.
    #[schema(value_type = Option<chrono::DateTime<chrono::Utc>>)]
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
        let rule_at = at.child("recurrence");
        let recurrence = self.recurrence.over(None, &rule_at)?;
        let start = Moment {
            local: self.start,
            zone: self.timezone,
        };
        let start = within_calendar(start, &at.child("start"))?;
        let exceptions = exceptions(self.exdates, self.rdates)?;
        Ok(Preview {
            plan: recurrence.plan(&start, 1, exceptions),
            count: self.count.map_or(Self::COUNT, |Count(count)| count),
            completed_at: self.completed_at.map(|moment| moment.at()),
            rule_at: rule_at.child(self.recurrence.form()),
        })
    }
}

#[cfg(test)]
mod tests {
    use chrono::{DateTime, Utc};
    use serde_json::{Value, json};

    use super::*;

    fn previewed(changes: &Value) -> Result<Preview, String> {
        let mut body = json!({
            "recurrence": {"rrule": "FREQ=DAILY"}, "start": "2026-12-01T09:00:00", "timezone": "Europe/Berlin",
        });
        for (name, value) in changes.as_object().expect("an object") {
            let is_of_rule = ["rrule", "every", "unit", "anchor", "missed"].contains(&name.as_str());
            let place = if is_of_rule {
                &mut body["recurrence"]
            } else {
                &mut body
            };
            place[name] = value.clone();
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
            (json!({"rrule": null}), "/recurrence/rrule"),
            (json!({"rrule": "FREQ=SOMETIMES"}), "/recurrence/rrule"),
            (json!({"every": 1, "unit": "month"}), "/recurrence"),
            (json!({"rrule": null, "every": 1}), "/recurrence/unit"),
            (
                json!({"rrule": null, "every": 0, "unit": "day"}),
                "/recurrence/every",
            ),
            (json!({"start": null}), "/start"),
            (json!({"start": "tomorrow"}), "/start"),
            (json!({"start": "2026-12-01T09:00:00Z"}), "/start"),
            (json!({"timezone": null}), "/timezone"),
            (json!({"timezone": "Mars/Olympus"}), "/timezone"),
            (json!({"count": 0}), "/count"),
            (json!({"count": 367}), "/count"),
            (json!({"anchor": "never"}), "/recurrence/anchor"),
            (json!({"missed": "maybe"}), "/recurrence/missed"),
            (json!({"completed_at": "2026-12-01T09:00:00"}), "/completed_at"),
            (json!({"recurrence": {}}), "/recurrence/rrule"),
            (json!({"recurrence": null}), "/recurrence"),
            (json!({"until": "2027-01-01"}), "/until"),
            (json!({"start": "9999-12-31", "timezone": "UTC"}), "/start"),
            (json!({"completed_at": "+10000-01-01T00:00:00Z"}), "/completed_at"),
        ] {
            assert_eq!(previewed(&changes).expect_err("refused"), pointer, "{changes}");
        }
        for (changes, pointer) in [
            (
                json!({"rrule": "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29;UNTIL=20200101"}),
                "/recurrence/rrule",
            ),
            (
                json!({"start": "2026-12-01", "rrule": "FREQ=DAILY;BYHOUR=9"}),
                "/recurrence/rrule",
            ),
            (
                json!({"rrule": null, "every": 60_000, "unit": "year"}),
                "/recurrence/every",
            ),
        ] {
            let refused = previewed(&changes).and_then(|preview| {
                let occurrences = preview.occurrences(at("2026-11-01T00:00:00Z"));
                occurrences.map_err(|refused| refused.pointer)
            });
            assert_eq!(refused.expect_err("refused"), pointer, "{changes}");
        }
    }
}
