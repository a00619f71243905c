//! What must have come of a change elsewhere: the occurrence that follows, the reminder in the schedule. Pure.

use chrono::{DateTime, Utc};
use recurrence::{Exceptions, Occurrence, Series, WallTime};

/// A living series whose newest occurrence is over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ClosedFrontier {
    pub(crate) rrule: String,
    pub(crate) anchor: String,
    pub(crate) missed: String,
    pub(crate) dtstart: String,
    pub(crate) zone: String,
    pub(crate) count_base: i32,
    pub(crate) exdates: Vec<String>,
    pub(crate) rdates: Vec<String>,
    pub(crate) ordinal: i32,
    pub(crate) slot: String,
    /// When its user was done with it.
    pub(crate) done_at: DateTime<Utc>,
}

/// The occurrence that must follow, as text; none when the rule is exhausted, an error when the row makes no sense.
pub(crate) fn successor(frontier: &ClosedFrontier) -> Result<Option<String>, String> {
    let wall_times = |texts: &[String]| -> Result<Vec<WallTime>, String> {
        texts.iter().map(|text| read("exception", text)).collect()
    };
    fn read<T: std::str::FromStr<Err: std::fmt::Display>>(what: &str, text: &str) -> Result<T, String> {
        text.parse()
            .map_err(|error| format!("its {what} cannot be read: {error}"))
    }
    let series = Series {
        rule: read("rule", &frontier.rrule)?,
        zone: read("zone", &frontier.zone)?,
        dtstart: read("start", &frontier.dtstart)?,
        count_base: frontier.count_base,
        anchor: read("anchor", &frontier.anchor)?,
        missed: read("word on missed ones", &frontier.missed)?,
        exceptions: Exceptions::new(wall_times(&frontier.exdates)?, wall_times(&frontier.rdates)?)
            .map_err(|error| format!("its exceptions cannot be read: {error}"))?,
    };
    let occurrence = Occurrence {
        slot: read("slot", &frontier.slot)?,
        ordinal: frontier.ordinal,
    };
    let next = series.successor(&occurrence, frontier.done_at);
    let next = next.map_err(|error| error.to_string())?;
    Ok(next.map(|next| format!("occurrence {} at {}", next.ordinal, next.slot)))
}

/// A reminder that is to fire, beside what notification-svc knows of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ReminderState {
    pub(crate) fire_at: DateTime<Utc>,
    /// State and time in the schedule, where it has the reminder at all.
    pub(crate) scheduled: Option<(String, Option<DateTime<Utc>>)>,
    /// Whether it has fired for that very time.
    pub(crate) has_fired: bool,
}

/// What is wrong with a reminder, in words; `late` is before which time a reminder must have fired by now.
pub(crate) fn misfit(reminder: &ReminderState, late: DateTime<Utc>) -> Option<String> {
    if reminder.has_fired {
        return None;
    }
    let Some((state, fire_at)) = &reminder.scheduled else {
        return Some("is not in the schedule".to_owned());
    };
    if *fire_at != Some(reminder.fire_at) {
        let at = fire_at.map_or_else(|| "no time".to_owned(), |at| at.to_rfc3339());
        return Some(format!("is {state} for {at} in the schedule"));
    }
    match state.as_str() {
        "scheduled" if reminder.fire_at > late => None,
        "scheduled" => Some("has not fired".to_owned()),
        other => Some(format!("is {other} in the schedule, and no notification says so")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    fn daily(rrule: &str) -> ClosedFrontier {
        ClosedFrontier {
            rrule: rrule.to_owned(),
            anchor: "schedule".to_owned(),
            missed: "skip".to_owned(),
            dtstart: "2026-12-01T09:00:00".to_owned(),
            zone: "Europe/Berlin".to_owned(),
            count_base: 1,
            exdates: Vec::new(),
            rdates: Vec::new(),
            ordinal: 2,
            slot: "2026-12-02T09:00:00".to_owned(),
            done_at: at("2026-12-02T08:30:00Z"),
        }
    }

    #[test]
    fn a_closed_occurrence_is_followed_unless_the_rule_is_exhausted() {
        assert_eq!(
            successor(&daily("FREQ=DAILY")).unwrap().unwrap(),
            "occurrence 3 at 2026-12-03T09:00:00"
        );
        assert_eq!(successor(&daily("FREQ=DAILY;COUNT=2")), Ok(None));
        assert_eq!(successor(&daily("FREQ=DAILY;UNTIL=20261202T235959Z")), Ok(None));
        assert!(successor(&daily("nonsense")).unwrap_err().contains("rule"));
    }

    #[test]
    fn a_reminder_is_in_the_schedule_at_its_time_or_has_fired() {
        let fire_at = at("2026-12-01T08:00:00Z");
        let reminder = |scheduled: Option<(&str, DateTime<Utc>)>, has_fired| ReminderState {
            fire_at,
            scheduled: scheduled.map(|(state, at)| (state.to_owned(), Some(at))),
            has_fired,
        };
        let (before, after) = (at("2026-12-01T07:00:00Z"), at("2026-12-01T09:00:00Z"));
        for (reminder, late, expected) in [
            (reminder(Some(("scheduled", fire_at)), false), before, None),
            (reminder(Some(("fired", fire_at)), true), after, None),
            (reminder(None, false), before, Some("is not in the schedule")),
            (
                reminder(Some(("scheduled", after)), false),
                before,
                Some("is scheduled for 2026-12-01T09:00:00+00:00 in the schedule"),
            ),
            (
                reminder(Some(("scheduled", fire_at)), false),
                after,
                Some("has not fired"),
            ),
            (
                reminder(Some(("suppressed", fire_at)), false),
                after,
                Some("is suppressed in the schedule, and no notification says so"),
            ),
        ] {
            assert_eq!(misfit(&reminder, late).as_deref(), expected, "{reminder:?}");
        }
    }
}
