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
    /// ISO 8601 duration before the due time; days are calendar days.
    #[schema(value_type = Option<String>, pattern = "^P")]
    before: Option<Before>,
    /// A moment.
    #[schema(value_type = Option<chrono::DateTime<chrono::Utc>>)]
    at: Option<Instant>,
}

impl ReminderInput {
    fn reminder(&self, at: &Pointer) -> Result<Reminder, Invalid> {
        match (self.before, self.at) {
            (Some(before), None) => Ok(Reminder::Before(before)),
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
