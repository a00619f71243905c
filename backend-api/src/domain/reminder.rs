//! Reminders: what a user asks for, when that fires, and what has to be announced after a change.

use std::fmt;
use std::str::FromStr;

use chrono::{DateTime, Datelike, Days, Duration, NaiveDateTime, SecondsFormat, Utc};
use recurrence::Zone;
use serde_json::{Value, json};
use shared_events::ids::{ReminderId, TaskId};

use super::invalid::{Invalid, Pointer, Rule};
use super::moment::{Instant, Moment, YEARS};

/// When to remind, as the user asked for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reminder {
    /// Before the due time; for a whole day, before its end.
    Before(Before),
    /// Before the start; for a whole day, before its beginning.
    BeforeStart(Before),
    At(DateTime<Utc>),
}

/// How long before: days are days on the calendar, the rest is exact (RFC 5545, section 3.3.6), so that "one day
/// before nine o'clock" is nine o'clock also when the clocks change in between.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Before {
    days: u32,
    seconds: u32,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "must be an ISO 8601 duration of weeks, days, hours, minutes and seconds, at most 366 days, like PT1H or P1D"
)]
pub struct NotADuration;

pub const MAX_REMINDERS: usize = 20;

/// What a reminder says that counts from the start, where others count from the due time.
pub const START: &str = "start";

impl Reminder {
    /// Reads a reminder that was stored; none if it cannot be read.
    #[must_use]
    pub fn stored(value: &Value) -> Option<Self> {
        let text = |name| value.get(name).and_then(Value::as_str);
        match (text("before"), text("at")) {
            (Some(before), _) => {
                let before = before.parse().ok()?;
                Some(match text("relative_to") {
                    Some(_) => Self::BeforeStart(before),
                    None => Self::Before(before),
                })
            }
            (None, Some(at)) => at.parse().ok().map(|at: Instant| Self::At(at.at())),
            (None, None) => None,
        }
    }

    /// The reminder as the API has it.
    #[must_use]
    pub fn to_json(&self) -> Value {
        match self {
            Self::Before(before) => json!({"before": before.to_string()}),
            Self::BeforeStart(before) => json!({"before": before.to_string(), "relative_to": START}),
            Self::At(at) => json!({"at": at.to_rfc3339_opts(SecondsFormat::AutoSi, true)}),
        }
    }

    /// Identity, stable while the specification is: moving the task moves the reminder.
    #[must_use]
    pub fn id(&self, task: TaskId) -> ReminderId {
        match self {
            Self::Before(before) => task.reminder(&format!("before:{before}")),
            Self::BeforeStart(before) => task.reminder(&format!("before-start:{before}")),
            Self::At(at) => task.reminder(&format!("at:{}", at.to_rfc3339_opts(SecondsFormat::AutoSi, true))),
        }
    }

    /// When it fires; never without the time that it counts from.
    #[must_use]
    pub fn fire_at(&self, start: Option<&Moment>, due: Option<&Moment>) -> Option<DateTime<Utc>> {
        match self {
            Self::Before(before) => due.map(|due| before.counted_from(due.local_end(), due.zone)),
            Self::BeforeStart(before) => {
                start.map(|start| before.counted_from(start.local.start(), start.zone))
            }
            Self::At(at) => Some(*at),
        }
    }

    /// The same reminder for an occurrence that is due at another time; none if it leaves the calendar.
    #[must_use]
    pub fn moved(&self, from: &Moment, to: &Moment) -> Option<Self> {
        match self {
            Self::Before(_) | Self::BeforeStart(_) => Some(self.clone()),
            Self::At(at) => {
                let ahead = from.local_end() - from.zone.to_local(*at);
                let moved = to.zone.resolve(to.local_end() - ahead);
                YEARS.contains(&moved.year()).then_some(Self::At(moved))
            }
        }
    }
}

/// Refuses a reminder that counts from a time which the task does not have.
pub fn refuse_uncounted(reminders: &[Reminder], has_start: bool, has_due: bool) -> Result<(), Invalid> {
    for (index, reminder) in reminders.iter().enumerate() {
        let missing = match reminder {
            Reminder::Before(_) if !has_due => "counts from the due time, and the task has none",
            Reminder::BeforeStart(_) if !has_start => "counts from the start, and the task has none",
            _ => continue,
        };
        let at = Pointer::root().child("reminders").child(index).child("before");
        return Err(at.invalid(missing));
    }
    Ok(())
}

/// Refuses a moment that has passed already.
pub fn refuse_past(reminders: &[Reminder], now: DateTime<Utc>, except: &[Reminder]) -> Result<(), Invalid> {
    let is_past = |reminder: &Reminder| matches!(reminder, Reminder::At(at) if *at <= now);
    match reminders
        .iter()
        .position(|reminder| is_past(reminder) && !except.contains(reminder))
    {
        None => Ok(()),
        Some(index) => Err(Pointer::root()
            .child("reminders")
            .child(index)
            .child("at")
            .breaks(
                Rule::PastDue,
                "lies in the past; send \"allow_past_due\": true to keep it without being reminded",
            )),
    }
}

impl Before {
    fn counted_from(self, local: NaiveDateTime, zone: Zone) -> DateTime<Utc> {
        let day = local
            .checked_sub_days(Days::new(self.days.into()))
            .unwrap_or(local);
        zone.resolve(day) - Duration::seconds(self.seconds.into())
    }

    const MOST_SECONDS: u64 = 366 * 86_400;
}

impl FromStr for Before {
    type Err = NotADuration;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (date, time) = match text.strip_prefix('P').ok_or(NotADuration)?.split_once('T') {
            Some((_, "")) => return Err(NotADuration),
            Some((date, time)) => (date, time),
            None => (text.get(1..).unwrap_or_default(), ""),
        };
        if date.is_empty() && time.is_empty() {
            return Err(NotADuration);
        }
        let days = sum_of_parts(date, &[('W', 7), ('D', 1)])?;
        let seconds = sum_of_parts(time, &[('H', 3600), ('M', 60), ('S', 1)])?;
        if days.saturating_mul(86_400).saturating_add(seconds) > Self::MOST_SECONDS {
            return Err(NotADuration);
        }
        Ok(Self {
            days: u32::try_from(days).map_err(|_| NotADuration)?,
            seconds: u32::try_from(seconds).map_err(|_| NotADuration)?,
        })
    }
}

/// Reads numbers with unit letters, each unit at most once and in the given order.
fn sum_of_parts(mut text: &str, units: &[(char, u64)]) -> Result<u64, NotADuration> {
    let mut sum: u64 = 0;
    for (letter, factor) in units {
        let Some((number, rest)) = text.split_once(*letter) else {
            continue;
        };
        if number.is_empty() || number.len() > 9 || !number.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(NotADuration);
        }
        sum = sum.saturating_add(
            number
                .parse::<u64>()
                .map_err(|_| NotADuration)?
                .saturating_mul(*factor),
        );
        text = rest;
    }
    if text.is_empty() {
        Ok(sum)
    } else {
        Err(NotADuration)
    }
}

impl fmt::Display for Before {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("P")?;
        if self.days > 0 {
            write!(f, "{}D", self.days)?;
        }
        if self.seconds == 0 {
            return if self.days == 0 {
                f.write_str("T0S")
            } else {
                Ok(())
            };
        }
        f.write_str("T")?;
        for (amount, letter) in [
            (self.seconds / 3600, 'H'),
            (self.seconds / 60 % 60, 'M'),
            (self.seconds % 60, 'S'),
        ] {
            if amount > 0 {
                write!(f, "{amount}{letter}")?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
