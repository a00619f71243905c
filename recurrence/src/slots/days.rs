//! The boundary to the `rrule` crate: the days of a rule, found at a bounded cost.

use chrono::{Datelike, Days as DayCount, Duration, Month, NaiveDate, NaiveTime, Weekday};
use rrule::{NWeekday, RRule, RRuleSetIter, Tz, Unvalidated};

use super::week;
use crate::rule::{Frequency, NthWeekday, Rule, ShortMonth};

/// The days after which the Gregorian calendar repeats itself, weekdays included.
const DAYS_IN_400_YEARS: i64 = 146_097;
/// Where searches are moved to: the crate looks no further than the year 10,000.
const LATEST_SEARCH_YEAR: i32 = 9899;

/// The days of a rule, in order, without regard to `BYSETPOS`.
pub(super) struct Days {
    found: Option<RRuleSetIter>,
    moved: Duration,
    week_numbers: Vec<i8>,
    week_start: Weekday,
}

impl Days {
    /// The days of `rule`, begun at `dtstart`, from the start of the period that holds `after`.
    ///
    /// The cost is bounded at both ends. The search starts at that period instead of at `dtstart`, so an old series
    /// costs no more than a young one. And it is made at the end of the crate's calendar, moved there by a multiple
    /// of 400 years, so a rule that matches nothing is given up after 100 to 500 years instead of 8,000.
    pub(super) fn of(rule: &Rule, dtstart: NaiveDate, after: NaiveDate) -> Self {
        let start = period_start(rule, dtstart, after);
        let moved = start.map_or(Duration::zero(), |start| {
            Duration::days(cycles_to_the_end(start) * DAYS_IN_400_YEARS)
        });
        let found = start
            .and_then(|start| start.checked_add_signed(moved))
            .and_then(|start| {
                let start = start.and_time(NaiveTime::MIN).and_utc().with_timezone(&Tz::UTC);
                explicit(rule, dtstart).build(start).ok()
            })
            .map(|set| (&set.limit()).into_iter());
        Self {
            found,
            moved,
            week_numbers: rule.week_numbers.clone(),
            week_start: rule.week_start,
        }
    }
}

impl Iterator for Days {
    type Item = NaiveDate;

    fn next(&mut self) -> Option<Self::Item> {
        let (moved, week_start, week_numbers) = (self.moved, self.week_start, &self.week_numbers);
        self.found
            .as_mut()?
            .map_while(|day| day.date_naive().checked_sub_signed(moved))
            .find(|day| week_numbers.is_empty() || week::is_one_of(*day, week_start, week_numbers))
    }
}

/// The positions that the rule chooses from the set of each period; none means all.
pub(super) fn set_positions(rule: &Rule, dtstart: NaiveDate) -> Vec<i16> {
    explicit_days(rule, dtstart).set_positions
}

/// How far the days of a rule go, as the cycles of 400 years that their search is moved by.
pub(super) fn horizon(rule: &Rule, dtstart: NaiveDate, after: NaiveDate) -> Option<i64> {
    period_start(rule, dtstart, after).map(cycles_to_the_end)
}

fn cycles_to_the_end(start: NaiveDate) -> i64 {
    i64::from((LATEST_SEARCH_YEAR - start.year()).div_euclid(400))
}

/// The days of the rule with everything written out that it leaves to `dtstart`, so that it can begin at a period.
///
/// Week numbers are left out: the crate takes the days before a year's first week for a week by the length of the
/// wrong year.
fn explicit(rule: &Rule, dtstart: NaiveDate) -> RRule<Unvalidated> {
    let days = explicit_days(rule, dtstart);
    RRule::new(frequency(rule.frequency))
        .interval(rule.interval)
        .week_start(rule.week_start)
        .by_month(&days.months)
        .by_year_day(rule.year_days.clone())
        .by_month_day(days.month_days)
        .by_weekday(days.weekdays)
        .by_hour(vec![0])
        .by_minute(vec![0])
        .by_second(vec![0])
}

struct ExplicitDays {
    months: Vec<Month>,
    month_days: Vec<i8>,
    weekdays: Vec<NWeekday>,
    set_positions: Vec<i16>,
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
        set_positions: rule.set_positions.clone(),
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
    from.checked_add_days(DayCount::new(periods * days))
}

fn months_since_zero(date: NaiveDate) -> i32 {
    let month = i32::try_from(date.month0()).unwrap_or(0);
    date.year() * 12 + month
}

fn frequency(frequency: Frequency) -> rrule::Frequency {
    match frequency {
        Frequency::Daily => rrule::Frequency::Daily,
        Frequency::Weekly => rrule::Frequency::Weekly,
        Frequency::Monthly => rrule::Frequency::Monthly,
        Frequency::Yearly => rrule::Frequency::Yearly,
    }
}
