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
    /// Empty unless numbered and plain ones are mixed.
    mixed_weekdays: Vec<NthWeekday>,
    is_numbered_by_month: bool,
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
            mixed_weekdays: if has_mixed_weekdays(rule) {
                rule.weekdays.clone()
            } else {
                Vec::new()
            },
            is_numbered_by_month: rule.frequency == Frequency::Monthly || !rule.months.is_empty(),
        }
    }

    fn is_meant(&self, day: NaiveDate) -> bool {
        let is_in_week = || week::is_one_of(day, self.week_start, &self.week_numbers);
        let is_named = || is_named(day, &self.mixed_weekdays, self.is_numbered_by_month);
        (self.week_numbers.is_empty() || is_in_week()) && (self.mixed_weekdays.is_empty() || is_named())
    }
}

impl Iterator for Days {
    type Item = NaiveDate;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let day = self.found.as_mut()?.next()?;
            let day = day.date_naive().checked_sub_signed(self.moved)?;
            if self.is_meant(day) {
                return Some(day);
            }
        }
    }
}

/// The positions that the rule chooses from the set of each period; none means all.
pub(super) fn set_positions(rule: &Rule, dtstart: NaiveDate) -> Vec<i16> {
    explicit_days(rule, dtstart).set_positions
}

/// What the days of a rule depend on besides the rule: two searches with the same reach find the same days.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Reach {
    /// The period that the rule starts in, as far as `INTERVAL` tells periods apart.
    phase: i32,
    /// The day that the rule starts on, if it takes from there which days it names.
    taken_from: Option<NaiveDate>,
    /// How far the search looks, as the cycles of 400 years that it is moved by.
    cycles: Option<i64>,
}

/// The reach of the search that [`Days::of`] makes.
pub(super) fn reach(rule: &Rule, dtstart: NaiveDate, after: NaiveDate) -> Reach {
    let names_days = !(rule.weekdays.is_empty() && rule.month_days.is_empty() && rule.year_days.is_empty());
    let period = match rule.frequency {
        Frequency::Daily => dtstart.num_days_from_ce(),
        Frequency::Weekly => dtstart
            .week(rule.week_start)
            .checked_first_day()
            .map_or(0, |first| first.num_days_from_ce().div_euclid(7)),
        Frequency::Monthly => months_since_zero(dtstart),
        Frequency::Yearly => dtstart.year(),
    };
    Reach {
        phase: period.rem_euclid(i32::from(rule.interval)),
        taken_from: (!names_days && rule.frequency != Frequency::Daily).then_some(dtstart),
        cycles: period_start(rule, dtstart, after).map(cycles_to_the_end),
    }
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

/// The crate takes numbered and plain weekdays together as "both", RFC 5545 as "either": so where they are mixed it
/// gets all weekdays plain, and [`is_named`] tells which days are meant.
fn weekdays(rule: &Rule) -> Vec<NWeekday> {
    let is_mixed = has_mixed_weekdays(rule);
    let days = rule.weekdays.iter().map(|day| match day.nth {
        Some(nth) if !is_mixed => NWeekday::Nth(i16::from(nth), day.weekday),
        _ => NWeekday::Every(day.weekday),
    });
    days.collect()
}

fn has_mixed_weekdays(rule: &Rule) -> bool {
    let is_numbered = |day: &NthWeekday| day.nth.is_some();
    rule.weekdays.iter().any(is_numbered) && !rule.weekdays.iter().all(is_numbered)
}

/// True if `day` is one of the weekdays: any of its name, or the nth of its month or year from the front or the back.
fn is_named(day: NaiveDate, weekdays: &[NthWeekday], by_month: bool) -> bool {
    let (ordinal, length) = if by_month {
        (day.day(), u32::from(day.num_days_in_month()))
    } else {
        (day.ordinal(), if day.leap_year() { 366 } else { 365 })
    };
    let from_front = i8::try_from(ordinal.div_ceil(7)).ok();
    let from_back = i8::try_from((length - ordinal) / 7 + 1).ok().map(|nth| -nth);
    weekdays
        .iter()
        .filter(|named| named.weekday == day.weekday())
        .any(|named| named.nth.is_none() || named.nth == from_front || named.nth == from_back)
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
