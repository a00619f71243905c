//! The slots of a rule in floating time, found at a bounded cost.
//!
//! The `rrule` crate finds the days. Times of day and `BYSETPOS` are applied here: the crate would make every slot of
//! a year, 35,000 of them for a rule with 96 times a day, before it gave the first.

mod days;
mod week;

use std::iter::Peekable;
use std::vec;

use chrono::{Datelike, NaiveDate, NaiveDateTime, NaiveTime, Timelike};

use crate::rule::{Frequency, Rule};
use days::Days;
pub(crate) use days::Reach;

/// The last year that a wall time can have.
const LAST_YEAR: i32 = 9999;

/// The slots of `rule` later than `after`, in order, as if the rule had begun at `dtstart`.
///
/// `COUNT` and `UNTIL` are left to the caller.
pub(crate) fn after(rule: &Rule, dtstart: NaiveDateTime, after: NaiveDateTime) -> Slots<'_> {
    let after = after.max(dtstart);
    let times = times(rule, dtstart.time());
    let largest_set = times.len() * longest_period(rule);
    let positions: Vec<i16> = days::set_positions(rule, dtstart.date())
        .into_iter()
        .filter(|position| usize::from(position.unsigned_abs()) <= largest_set)
        .collect();
    // A rule whose positions all lie beyond its sets matches nothing, and no day needs to be looked at.
    let matches_nothing = positions.is_empty() && !rule.set_positions.is_empty();
    Slots {
        rule,
        days: (!matches_nothing).then(|| Days::of(rule, dtstart.date(), after.date()).peekable()),
        times,
        positions,
        after,
        found: Vec::new().into_iter(),
    }
}

/// What a search depends on besides the rule: two with the same reach find the same slots, from the later on.
pub(crate) fn reach(rule: &Rule, dtstart: NaiveDateTime, after: NaiveDateTime) -> Reach {
    days::reach(rule, dtstart.date(), after.max(dtstart).date())
}

/// Iterator over slots; see [`after`].
pub(crate) struct Slots<'rule> {
    rule: &'rule Rule,
    days: Option<Peekable<Days>>,
    times: Vec<NaiveTime>,
    positions: Vec<i16>,
    after: NaiveDateTime,
    found: vec::IntoIter<NaiveDateTime>,
}

impl Iterator for Slots<'_> {
    type Item = NaiveDateTime;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let after = self.after;
            if let Some(slot) = self.found.find(|slot| *slot > after) {
                return (slot.year() <= LAST_YEAR).then_some(slot);
            }
            self.found = self.next_set()?.into_iter();
        }
    }
}

impl Slots<'_> {
    /// The slots of the next day, or with `BYSETPOS` those chosen from the next period.
    fn next_set(&mut self) -> Option<Vec<NaiveDateTime>> {
        let days = self.days.as_mut()?;
        let first = days.next()?;
        if self.positions.is_empty() {
            return Some(self.times.iter().map(|time| first.and_time(*time)).collect());
        }
        let rule = self.rule;
        let period = period_of(rule, first);
        let mut set = vec![first];
        while let Some(day) = days.next_if(|day| period_of(rule, *day) == period) {
            set.push(day);
        }
        Some(self.chosen(&set))
    }

    /// The slots of `days` that `BYSETPOS` names.
    fn chosen(&self, days: &[NaiveDate]) -> Vec<NaiveDateTime> {
        let size = days.len() * self.times.len();
        let index = |position: i16| {
            let distance = usize::from(position.unsigned_abs());
            if position > 0 {
                distance.checked_sub(1)
            } else {
                size.checked_sub(distance)
            }
        };
        let slot = |index: usize| {
            let day = days.get(index.checked_div(self.times.len())?)?;
            let time = self.times.get(index.checked_rem(self.times.len())?)?;
            Some(day.and_time(*time))
        };
        let positions = self.positions.iter();
        let mut chosen: Vec<NaiveDateTime> =
            positions.filter_map(|position| slot(index(*position)?)).collect();
        chosen.sort_unstable();
        chosen.dedup();
        chosen
    }
}

/// The first day of the period that `BYSETPOS` chooses from.
fn period_of(rule: &Rule, day: NaiveDate) -> Option<NaiveDate> {
    match rule.frequency {
        Frequency::Daily => Some(day),
        Frequency::Weekly => day.week(rule.week_start).checked_first_day(),
        Frequency::Monthly => day.with_day(1),
        Frequency::Yearly => day.with_ordinal(1),
    }
}

/// No period of the rule has more days than this.
fn longest_period(rule: &Rule) -> usize {
    // What a part of the rule leaves of a period, if it is given; each value of it stands for so many days.
    let days_of = |values: usize, each: usize| if values == 0 { usize::MAX } else { values * each };
    let months = days_of(rule.months.len(), 1).min(12);
    match rule.frequency {
        Frequency::Daily => 1,
        Frequency::Weekly => rule.weekdays.len().max(1),
        Frequency::Monthly => 31
            .min(days_of(rule.month_days.len(), 1))
            .min(days_of(rule.weekdays.len(), 5)),
        Frequency::Yearly => 366
            .min(31 * months)
            .min(days_of(rule.month_days.len(), months))
            .min(days_of(rule.weekdays.len(), 53))
            .min(days_of(rule.year_days.len(), 1))
            // A week may lie at both ends of a year.
            .min(days_of(rule.week_numbers.len(), 14)),
    }
}

/// The times of day at which the rule comes on each of its days, in order.
fn times(rule: &Rule, dtstart: NaiveTime) -> Vec<NaiveTime> {
    let hours = or_default(&rule.hours, dtstart.hour());
    let minutes = or_default(&rule.minutes, dtstart.minute());
    let seconds = or_default(&rule.seconds, dtstart.second());
    let mut times = Vec::with_capacity(hours.len() * minutes.len() * seconds.len());
    for hour in &hours {
        for minute in &minutes {
            times.extend(
                seconds
                    .iter()
                    .filter_map(|second| NaiveTime::from_hms_opt(*hour, *minute, *second)),
            );
        }
    }
    times
}

fn or_default(values: &[u8], default: u32) -> Vec<u32> {
    if values.is_empty() {
        vec![default]
    } else {
        values.iter().copied().map(u32::from).collect()
    }
}

#[cfg(test)]
mod tests;
