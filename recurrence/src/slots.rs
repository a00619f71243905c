//! The boundary to the `rrule` crate: the slots of a rule in floating time, found at a bounded cost.

use chrono::{Datelike, Days, Duration, Month, NaiveDate, NaiveDateTime, NaiveTime, Timelike, Weekday};
use rrule::{NWeekday, RRule, RRuleSetIter, Tz, Unvalidated};

use crate::rule::{Frequency, NthWeekday, Rule, ShortMonth};

/// The last year that a wall time can have.
const LAST_YEAR: i32 = 9999;
/// The days after which the Gregorian calendar repeats itself, weekdays included.
const DAYS_IN_400_YEARS: i64 = 146_097;
/// Where searches are moved to: the crate looks no further than the year 10,000.
const LATEST_SEARCH_YEAR: i32 = 9899;

/// The slots of `rule` later than `after`, in order, as if the rule had begun at `dtstart`.
///
/// `COUNT` and `UNTIL` are left to the caller. The cost is bounded at both ends. The search starts at the period
/// that holds `after` instead of at `dtstart`, so an old series costs no more than a young one. And it is made at
/// the end of the crate's calendar, moved there by a multiple of 400 years, so a rule that matches nothing is
/// given up after 100 to 500 years instead of 8,000.
pub(crate) fn after(rule: &Rule, dtstart: NaiveDateTime, after: NaiveDateTime) -> Slots {
    let after = after.max(dtstart);
    let found = period_start(rule, dtstart.date(), after.date()).and_then(|start| {
        let moved = Duration::days(cycles_to_the_end(start) * DAYS_IN_400_YEARS);
        let start = start
            .checked_add_signed(moved)?
            .and_time(NaiveTime::MIN)
            .and_utc();
        let set = explicit(rule, dtstart)
            .build(start.with_timezone(&Tz::UTC))
            .ok()?;
        Some(((&set.limit()).into_iter(), moved))
    });
    Slots { found, after }
}

/// Iterator over slots; see [`after`].
pub(crate) struct Slots {
    found: Option<(RRuleSetIter, Duration)>,
    after: NaiveDateTime,
}

impl Iterator for Slots {
    type Item = NaiveDateTime;

    fn next(&mut self) -> Option<Self::Item> {
        let after = self.after;
        let (slots, moved) = self.found.as_mut()?;
        let slot = slots
            .map_while(|slot| slot.naive_utc().checked_sub_signed(*moved))
            .find(|slot| *slot > after)?;
        (slot.year() <= LAST_YEAR).then_some(slot)
    }
}

fn cycles_to_the_end(start: NaiveDate) -> i64 {
    i64::from((LATEST_SEARCH_YEAR - start.year()).div_euclid(400))
}

/// The rule with everything written out that it leaves to `dtstart`, so that it can begin at a period.
fn explicit(rule: &Rule, dtstart: NaiveDateTime) -> RRule<Unvalidated> {
    let time = dtstart.time();
    let days = explicit_days(rule, dtstart.date());
    RRule::new(frequency(rule.frequency))
        .interval(rule.interval)
        .week_start(rule.week_start)
        .by_month(&days.months)
        .by_week_no(rule.week_numbers.clone())
        .by_year_day(rule.year_days.clone())
        .by_month_day(days.month_days)
        .by_weekday(days.weekdays)
        .by_hour(or_default(&rule.hours, time.hour()))
        .by_minute(or_default(&rule.minutes, time.minute()))
        .by_second(or_default(&rule.seconds, time.second()))
        .by_set_pos(days.set_positions)
}

struct ExplicitDays {
    months: Vec<Month>,
    month_days: Vec<i8>,
    weekdays: Vec<NWeekday>,
    set_positions: Vec<i32>,
}

/// RFC 5545: "information missing from the rule is taken from DTSTART".
fn explicit_days(rule: &Rule, dtstart: NaiveDate) -> ExplicitDays {
    let day = i8::try_from(dtstart.day()).unwrap_or(1);
    let mut days = ExplicitDays {
        months: rule
            .months
            .iter()
            .filter_map(|month| Month::try_from(*month).ok())
            .collect(),
        month_days: rule.month_days.clone(),
        weekdays: weekdays(rule),
        set_positions: rule.set_positions.iter().copied().map(i32::from).collect(),
    };
    if !days.month_days.is_empty() || !days.weekdays.is_empty() || !rule.year_days.is_empty() {
        return days;
    }
    match rule.frequency {
        Frequency::Daily => {}
        Frequency::Weekly => days.weekdays.push(NWeekday::Every(dtstart.weekday())),
        Frequency::Yearly if !rule.week_numbers.is_empty() => {
            days.weekdays.push(NWeekday::Every(dtstart.weekday()));
        }
        Frequency::Yearly | Frequency::Monthly => {
            if rule.frequency == Frequency::Yearly && days.months.is_empty() {
                days.months.extend(
                    u8::try_from(dtstart.month())
                        .ok()
                        .and_then(|month| Month::try_from(month).ok()),
                );
            }
            days.month_days.push(day);
            if rule.short_month == ShortMonth::ClampToEnd && day > 28 {
                // The latest existing day from the 28th to the due day, so the 31st falls back and returns.
                days.month_days.extend(28..day);
                days.set_positions = vec![-1];
            }
        }
    }
    days
}

/// The crate takes numbered and plain weekdays together as "both", RFC 5545 as "either": so beside a
/// numbered weekday a plain one is written out as all its numbers.
fn weekdays(rule: &Rule) -> Vec<NWeekday> {
    let numbered = rule.weekdays.iter().any(|day| day.nth.is_some());
    let last = if rule.frequency == Frequency::Monthly || !rule.months.is_empty() {
        5
    } else {
        53
    };
    let all = |weekday: Weekday| (1..=last).map(move |nth| NWeekday::Nth(nth, weekday));
    let mut weekdays = Vec::new();
    for NthWeekday { nth, weekday } in rule.weekdays.iter().copied() {
        match nth {
            Some(nth) => weekdays.push(NWeekday::Nth(i16::from(nth), weekday)),
            None if numbered => weekdays.extend(all(weekday)),
            None => weekdays.push(NWeekday::Every(weekday)),
        }
    }
    weekdays
}

/// The first day of the latest period in phase with `dtstart` that begins at or before `after`.
fn period_start(rule: &Rule, dtstart: NaiveDate, after: NaiveDate) -> Option<NaiveDate> {
    let interval = i32::from(rule.interval);
    match rule.frequency {
        Frequency::Daily => whole_periods(dtstart, after, u64::from(rule.interval)),
        Frequency::Weekly => {
            let week = dtstart.week(rule.week_start).checked_first_day()?;
            whole_periods(week, after, 7 * u64::from(rule.interval))
        }
        Frequency::Monthly => {
            let first = months_since_zero(dtstart);
            let month = first + (months_since_zero(after) - first).div_euclid(interval) * interval;
            let month_of_year = u32::try_from(month.rem_euclid(12)).ok()?;
            NaiveDate::from_ymd_opt(month.div_euclid(12), month_of_year + 1, 1)
        }
        Frequency::Yearly => {
            let periods = (after.year() - dtstart.year()).div_euclid(interval);
            NaiveDate::from_ymd_opt(dtstart.year() + periods * interval, 1, 1)
        }
    }
}

fn whole_periods(from: NaiveDate, after: NaiveDate, days: u64) -> Option<NaiveDate> {
    let elapsed = u64::try_from(after.signed_duration_since(from).num_days()).unwrap_or(0);
    let periods = elapsed.checked_div(days)?;
    from.checked_add_days(Days::new(periods * days))
}

fn months_since_zero(date: NaiveDate) -> i32 {
    let month = i32::try_from(date.month0()).unwrap_or(0);
    date.year() * 12 + month
}

fn or_default(values: &[u8], default: u32) -> Vec<u8> {
    match u8::try_from(default) {
        Ok(default) if values.is_empty() => vec![default],
        _ => values.to_vec(),
    }
}

fn frequency(frequency: Frequency) -> rrule::Frequency {
    match frequency {
        Frequency::Daily => rrule::Frequency::Daily,
        Frequency::Weekly => rrule::Frequency::Weekly,
        Frequency::Monthly => rrule::Frequency::Monthly,
        Frequency::Yearly => rrule::Frequency::Yearly,
    }
}

#[cfg(test)]
mod tests;
