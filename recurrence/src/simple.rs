//! The simple form of a rule, `{"every": 2, "unit": "month"}`, which clamps to the end of a month.

use serde::Deserialize;

use crate::rule::{Rule, RuleError};

/// Every so many days, weeks, months or years from the first due date on.
///
/// A month too short for the day takes its last day and the next month returns to the day itself: January
/// 31st, February 28th, March 31st. In RRULE text that is RFC 7529's `SKIP=BACKWARD`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Simple {
    /// The number of units between two occurrences.
    pub every: u16,
    /// What is counted.
    pub unit: Unit,
}

/// What the simple form counts: days, weeks, calendar months or calendar years.
#[expect(missing_docs, reason = "the words say it")]
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Unit {
    Day,
    Week,
    Month,
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
        for (every, unit, rule) in [
            (1, Unit::Day, "FREQ=DAILY"),
            (2, Unit::Week, "FREQ=WEEKLY;INTERVAL=2"),
            (1, Unit::Month, "RSCALE=GREGORIAN;FREQ=MONTHLY;SKIP=BACKWARD"),
            (
                4,
                Unit::Year,
                "RSCALE=GREGORIAN;FREQ=YEARLY;INTERVAL=4;SKIP=BACKWARD",
            ),
        ] {
            let simple = Simple { every, unit };
            assert_eq!(simple.rule().expect(rule).to_string(), rule);
        }
    }

    #[test]
    fn a_simple_form_that_never_moves_is_refused() {
        let never = Simple {
            every: 0,
            unit: Unit::Day,
        };
        assert!(matches!(never.rule(), Err(RuleError::BadValue { .. })));
        assert!(serde_json::from_str::<Unit>(r#""hour""#).is_err());
    }
}
