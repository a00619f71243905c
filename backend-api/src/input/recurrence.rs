//! A rule of recurrence, as requests give it.

use std::num::NonZeroU16;

use recurrence::{Anchor, Exceptions, ExceptionsError, Missed, Rule, Simple, Unit, WallTime};
use serde::Deserialize;
use utoipa::ToSchema;

use super::patch::Patch;
use crate::domain::invalid::{Invalid, Pointer};
use crate::domain::recurrence::Recurrence;

/// A rule: `rrule` as RFC 5545 has it, or `every` and `unit`. A 31st as RRULE skips short months; the simple form takes
/// their last day and returns to the 31st.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RecurrenceInput {
    /// RFC 5545 RRULE value: DAILY, WEEKLY, MONTHLY or YEARLY.
    #[serde(default)]
    #[schema(value_type = Option<String>, pattern = "FREQ=(DAILY|WEEKLY|MONTHLY|YEARLY)", format = "rrule")]
    rrule: Patch<Rule>,
    /// How many units apart.
    #[serde(default)]
    #[schema(value_type = Option<u16>, minimum = 1, maximum = 1000)]
    every: Patch<NonZeroU16>,
    /// `day`, `week`, `month` or `year`.
    #[serde(default)]
    #[schema(value_type = Option<String>, pattern = "^(day|week|month|year)$")]
    unit: Patch<Unit>,
    /// `schedule` or `completion`.
    #[serde(default)]
    #[schema(value_type = Option<String>, default = "schedule", pattern = "^(schedule|completion)$")]
    anchor: Patch<Anchor>,
    /// `skip` or `keep`.
    #[serde(default)]
    #[schema(value_type = Option<String>, default = "skip", pattern = "^(skip|keep)$")]
    missed: Patch<Missed>,
}

/// What a series leaves out and adds.
pub(super) fn exceptions(exdates: Vec<WallTime>, rdates: Vec<WallTime>) -> Result<Exceptions, Invalid> {
    Exceptions::new(exdates, rdates).map_err(|error| {
        let field = match &error {
            ExceptionsError::TooMany { field, .. } => field,
            ExceptionsError::InBoth { .. } => "rdates",
        };
        Pointer::root().child(field).invalid(error)
    })
}

impl RecurrenceInput {
    /// The recurrence after this was merged with the one before; each form of a rule takes the place of the other.
    pub fn over(&self, before: Option<Recurrence>, at: &Pointer) -> Result<Recurrence, Invalid> {
        let anchor = self.anchor.over(before.as_ref().map(|before| before.anchor));
        let missed = self.missed.over(before.as_ref().map(|before| before.missed));
        let is_simple = self.every.value().is_some() || self.unit.value().is_some();
        let rule = match (self.rrule.value(), is_simple) {
            (Some(_), true) => return Err(at.invalid("has both `rrule` and `every`/`unit`: give one form")),
            (None, true) => self.simple(at)?,
            (_, false) => self
                .rrule
                .over(before.map(|before| before.rule))
                .ok_or_else(|| at.child("rrule").missing())?,
        };
        Ok(Recurrence {
            rule,
            anchor: anchor.unwrap_or_default(),
            missed: missed.unwrap_or_default(),
        })
    }

    /// The field that the rule stands in.
    pub(super) fn form(&self) -> &'static str {
        if self.rrule.value().is_some() {
            "rrule"
        } else {
            "every"
        }
    }

    fn simple(&self, at: &Pointer) -> Result<Rule, Invalid> {
        let every = self.every.value().map_or(1, |every| every.get());
        let unit = self.unit.value().ok_or_else(|| at.child("unit").missing())?;
        Simple { every, unit: *unit }
            .rule()
            .map_err(|error| at.child("every").invalid(error))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn merged(before: Option<Recurrence>, patch: &Value) -> Result<Recurrence, String> {
        let problem = |problem: service_kit::problem::Problem| {
            let problem = serde_json::to_value(problem).expect("a problem");
            format!("/recurrence{}", problem["pointer"].as_str().expect("a pointer"))
        };
        let input: RecurrenceInput = service_kit::http::read(patch).map_err(problem)?;
        input
            .over(before, &Pointer::root().child("recurrence"))
            .map_err(|refused| refused.pointer)
    }

    #[test]
    fn both_forms_of_a_rule_are_read() {
        let text = merged(None, &json!({"rrule": "FREQ=DAILY;INTERVAL=2"})).expect("a rule");
        let simple = merged(None, &json!({"every": 2, "unit": "day"})).expect("a rule");
        assert_eq!(text, simple);
        assert_eq!((text.anchor, text.missed), (Anchor::Schedule, Missed::Skip));
    }

    #[test]
    fn a_patch_is_merged_field_by_field_and_one_form_takes_the_place_of_the_other() {
        let before = merged(None, &json!({"rrule": "FREQ=DAILY", "anchor": "completion"})).expect("a rule");
        let missed = merged(Some(before.clone()), &json!({"missed": "keep"})).expect("a rule");
        assert_eq!(
            (&missed.rule, missed.anchor, missed.missed),
            (&before.rule, before.anchor, Missed::Keep)
        );
        let simple = merged(Some(before.clone()), &json!({"every": 2, "unit": "month"})).expect("a rule");
        assert_eq!(
            simple.rule,
            Simple {
                every: 2,
                unit: Unit::Month
            }
            .rule()
            .expect("a rule")
        );
        assert_eq!(simple.anchor, Anchor::Completion);
        let cleared = merged(Some(before.clone()), &json!({"anchor": null})).expect("a rule");
        assert_eq!(cleared.anchor, Anchor::Schedule);
        assert_eq!(
            merged(Some(before), &json!({"rrule": null})),
            Err("/recurrence/rrule".to_owned())
        );
    }

    #[test]
    fn each_mistake_is_pointed_at() {
        for (body, pointer) in [
            (json!({"rrule": "FREQ=SOMETIMES"}), "/recurrence/rrule"),
            (
                json!({"rrule": "FREQ=DAILY", "anchor": "never"}),
                "/recurrence/anchor",
            ),
            (json!({"rrule": "FREQ=DAILY", "missed": 1}), "/recurrence/missed"),
            (
                json!({"rrule": "FREQ=DAILY", "every": 1, "unit": "day"}),
                "/recurrence",
            ),
            (json!({"every": 0, "unit": "day"}), "/recurrence/every"),
            (json!({"every": 70_000, "unit": "day"}), "/recurrence/every"),
            (json!({"every": 1, "unit": "hour"}), "/recurrence/unit"),
            (json!({"every": 1}), "/recurrence/unit"),
            (json!({}), "/recurrence/rrule"),
            (json!({"rule": "FREQ=DAILY"}), "/recurrence/rule"),
            (json!("FREQ=DAILY"), "/recurrence"),
            (json!(["FREQ=DAILY", null, null, null, null]), "/recurrence"),
        ] {
            assert_eq!(merged(None, &body).expect_err("refused"), pointer, "{body}");
        }
    }
}
