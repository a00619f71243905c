//! The simple form of a rule, `{"every": 2, "unit": "month"}`, which clamps to the end of a month.

use serde::{Deserialize, Serialize};

use crate::rule::{Rule, RuleError};

/// Every so many days, weeks, months or years from the first due date on.
///
/// A month too short for the day takes its last day and the next month returns to the day itself: January
/// 31st, February 28th, March 31st. In RRULE text that is RFC 7529's `SKIP=BACKWARD`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Simple {
    /// The number of units between two occurrences.
    pub every: u16,
    /// What is counted.
    pub unit: Unit,
}

/// What the simple form counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Unit {
    /// Days.
    Day,
    /// Weeks.
    Week,
    /// Calendar months.
    Month,
    /// Calendar years.
    Year,
}

impl Simple {
    /// The rule that it stands for.
    pub fn rule(&self) -> Result<Rule, RuleError> {
        let every = self.every;
        Rule::parse(&match self.unit {
            Unit::Day => format!("FREQ=DAILY;INTERVAL={every}"),
            Unit::Week => format!("FREQ=WEEKLY;INTERVAL={every}"),
            Unit::Month => format!("RSCALE=GREGORIAN;FREQ=MONTHLY;INTERVAL={every};SKIP=BACKWARD"),
            Unit::Year => format!("RSCALE=GREGORIAN;FREQ=YEARLY;INTERVAL={every};SKIP=BACKWARD"),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_simple_form_becomes_a_rule() {
        for (json, rule) in [
            (r#"{"every":1,"unit":"day"}"#, "FREQ=DAILY"),
            (r#"{"every":2,"unit":"week"}"#, "FREQ=WEEKLY;INTERVAL=2"),
            (
                r#"{"every":1,"unit":"month"}"#,
                "RSCALE=GREGORIAN;FREQ=MONTHLY;SKIP=BACKWARD",
            ),
            (
                r#"{"every":4,"unit":"year"}"#,
                "RSCALE=GREGORIAN;FREQ=YEARLY;INTERVAL=4;SKIP=BACKWARD",
            ),
        ] {
            let simple: Simple = serde_json::from_str(json).expect(json);
            assert_eq!(simple.rule().expect(json).to_string(), rule);
        }
    }

    #[test]
    fn a_simple_form_that_never_moves_is_refused() {
        assert_eq!(
            Simple {
                every: 0,
                unit: Unit::Day
            }
            .rule()
            .expect_err("never moves")
            .kind(),
            "bad_value"
        );
        assert!(serde_json::from_str::<Simple>(r#"{"every":1,"unit":"hour"}"#).is_err());
        assert!(serde_json::from_str::<Simple>(r#"{"every":1,"unit":"day","extra":1}"#).is_err());
    }
}
