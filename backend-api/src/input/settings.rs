//! Settings, as requests give them.

use recurrence::Zone;
use serde::Deserialize;
use utoipa::ToSchema;

use super::patch::Patch;
use crate::domain::invalid::{Invalid, Pointer};
use crate::domain::reminder::{Before, MAX_REMINDERS};
use crate::domain::settings::{Choices, FirstDay};

/// A merge-patch of the settings: absent is untouched, null clears.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(examples(json!({
    "timezone": "Europe/Berlin", "first_day_of_week": "monday", "default_reminders": ["PT30M"],
})))]
pub struct SettingsPatch {
    /// IANA zone of wall times that name none.
    #[serde(default)]
    #[schema(value_type = Option<String>, min_length = 1, format = "zone")]
    timezone: Patch<Zone>,
    /// `monday` to `sunday`; null is `monday`.
    #[serde(default)]
    #[schema(value_type = Option<String>, default = "monday",
             pattern = "^(monday|tuesday|wednesday|thursday|friday|saturday|sunday)$")]
    first_day_of_week: Patch<FirstDay>,
    /// Reminders of new tasks that are due and name none: ISO 8601 durations before the due time. The list is replaced.
    #[serde(default)]
    #[schema(value_type = Option<Vec<String>>, max_items = 20)]
    default_reminders: Patch<Vec<Before>>,
}

impl SettingsPatch {
    /// What is chosen after the patch.
    pub fn over(&self, before: &Choices) -> Result<Choices, Invalid> {
        let at = Pointer::root().child("default_reminders");
        let reminders = self
            .default_reminders
            .merged(Some(before.default_reminders.clone()), |new, _| {
                reminders(new, &at)
            })?;
        Ok(Choices {
            zone: self.timezone.over(before.zone),
            first_day_of_week: self
                .first_day_of_week
                .over(Some(before.first_day_of_week))
                .unwrap_or_default(),
            default_reminders: reminders.unwrap_or_default(),
        })
    }
}

fn reminders(new: &[Before], at: &Pointer) -> Result<Vec<Before>, Invalid> {
    if new.len() > MAX_REMINDERS {
        return Err(at.too_many(new.len(), MAX_REMINDERS));
    }
    for (index, before) in new.iter().enumerate() {
        if new.iter().take(index).any(|earlier| earlier == before) {
            return Err(at.child(index).invalid("repeats an earlier reminder"));
        }
    }
    Ok(new.to_vec())
}
