//! A reminder, as requests give it.

use serde::Deserialize;
use utoipa::ToSchema;

use crate::domain::invalid::{Invalid, Pointer};
use crate::domain::moment::Instant;
use crate::domain::reminder::{Before, MAX_REMINDERS, Reminder};

/// A reminder: exactly one of `before` and `at`.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReminderInput {
    /// ISO 8601 duration before the due time, or before the start; days are calendar days.
    #[schema(value_type = Option<String>, pattern = "^P")]
    before: Option<Before>,
    /// What `before` counts from: `due` or `start`.
    #[schema(value_type = Option<String>, default = "due", pattern = "^(due|start)$")]
    relative_to: Option<RelativeTo>,
    /// A moment.
    #[schema(value_type = Option<chrono::DateTime<chrono::Utc>>)]
    at: Option<Instant>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum RelativeTo {
    Due,
    Start,
}

impl ReminderInput {
    fn reminder(&self, at: &Pointer) -> Result<Reminder, Invalid> {
        match (self.before, self.at) {
            (Some(before), None) if self.relative_to == Some(RelativeTo::Start) => {
                Ok(Reminder::BeforeStart(before))
            }
            (Some(before), None) => Ok(Reminder::Before(before)),
            (None, Some(_)) if self.relative_to.is_some() => Err(at
                .child("relative_to")
                .invalid("goes with `before`, not with `at`")),
            (None, Some(moment)) => Ok(Reminder::At(moment.at())),
            (Some(_), Some(_)) => Err(at.invalid("has both `before` and `at`: give one")),
            (None, None) => Err(at.invalid("has neither `before` nor `at`: give one")),
        }
    }

    /// All reminders of a task.
    pub fn all(inputs: &[Self], at: &Pointer) -> Result<Vec<Reminder>, Invalid> {
        if inputs.len() > MAX_REMINDERS {
            return Err(at.too_many(inputs.len(), MAX_REMINDERS));
        }
        let mut reminders = Vec::with_capacity(inputs.len());
        for (index, input) in inputs.iter().enumerate() {
            let at = at.child(index);
            let reminder = input.reminder(&at)?;
            if reminders.contains(&reminder) {
                return Err(at.invalid("repeats an earlier reminder"));
            }
            reminders.push(reminder);
        }
        Ok(reminders)
    }
}
