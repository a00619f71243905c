//! Series, as requests give them.

use recurrence::WallTime;
use serde::Deserialize;
use utoipa::ToSchema;

use super::patch::Patch;
use super::recurrence::{RecurrenceInput, exceptions};
use crate::domain::invalid::{Invalid, Pointer};
use crate::domain::moment::Moment;
use crate::domain::recurrence::Series;
use crate::domain::task::Task;

/// A merge-patch of a series: absent is untouched, null clears.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(examples(json!({"exdates": ["2030-12-24T09:00:00"], "recurrence": {"missed": "keep"}})))]
pub struct SeriesPatch {
    /// How it goes on; merged field by field. Another rule starts at the newest occurrence.
    #[serde(default)]
    #[schema(value_type = Option<RecurrenceInput>, nullable = false)]
    recurrence: Patch<RecurrenceInput>,
    /// Wall times at which there is no occurrence (RFC 5545 EXDATE): all of them, the list is replaced.
    #[serde(default)]
    #[schema(value_type = Option<Vec<String>>, max_items = 100)]
    exdates: Patch<Vec<WallTime>>,
    /// Wall times of occurrences besides those of the rule (RFC 5545 RDATE): all of them, the list is replaced.
    #[serde(default)]
    #[schema(value_type = Option<Vec<String>>, max_items = 100)]
    rdates: Patch<Vec<WallTime>>,
}

impl SeriesPatch {
    /// The plan after the patch, of a series with this newest occurrence.
    pub fn over(&self, before: &Series, newest: &Task) -> Result<recurrence::Series, Invalid> {
        let at = Pointer::root().child("recurrence");
        let recurrence = self
            .recurrence
            .merged(before.recurrence(), |input, before| input.over(before, &at))?
            .ok_or_else(|| at.invalid("cannot be cleared; `POST …/stop` ends the series"))?;
        let known = &before.plan;
        let plan = if recurrence.rule == known.rule {
            recurrence::Series {
                anchor: recurrence.anchor,
                missed: recurrence.missed,
                ..known.clone()
            }
        } else {
            let start = start(before, newest);
            recurrence.plan(&start, before.last_ordinal, before.exceptions_after(start.local))
        };
        let exdates = self.exdates.over(Some(plan.exceptions.excluded().to_vec()));
        let rdates = self.rdates.over(Some(plan.exceptions.added().to_vec()));
        Ok(recurrence::Series {
            exceptions: exceptions(exdates.unwrap_or_default(), rdates.unwrap_or_default())?,
            ..plan
        })
    }
}

/// Where another rule starts: when the newest occurrence is due, or was to be by the rule before.
fn start(series: &Series, newest: &Task) -> Moment {
    let slot = newest
        .occurrence
        .map_or(series.plan.dtstart, |occurrence| occurrence.slot);
    newest.details.due.unwrap_or(Moment {
        local: slot,
        zone: series.plan.zone,
    })
}
