//! How a task comes back: the rule, and the first day that follows it.

use chrono::{Datelike, NaiveDate, NaiveTime, Weekday};
use recurrence::{Rule, WallTime};

use crate::calendar::{Calendar, last_of_month};
use crate::reading::NoteKind;
use crate::value::{Doubt, MonthDays, On, Rhythm, Unit, Weekdays};

/// So many days are looked through for the first one: a 29th of February comes back in eight years at the latest.
const DAYS: usize = 366 * 9;

/// How a rule ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum End {
    Never,
    On(NaiveDate),
    After(u32),
}

impl Rhythm {
    /// The rule; the reason if there is none.
    pub(crate) fn rule(&self, first_day: Weekday, end: End) -> Result<Rule, String> {
        let (frequency, part) = match (self.unit, self.on) {
            (Unit::Minute | Unit::Hour, _) => {
                return Err("a task comes back once a day at most".to_owned());
            }
            (Unit::Day, _) => ("DAILY", String::new()),
            (Unit::Week, On::Weekdays(days)) => {
                let week_start = match first_day {
                    Weekday::Mon => String::new(),
                    _ if self.interval == 1 => String::new(),
                    day => format!(";WKST={}", code(day)),
                };
                ("WEEKLY", format!("{week_start};BYDAY={}", codes(days)))
            }
            (Unit::Week, _) => ("WEEKLY", String::new()),
            (Unit::Month, On::MonthDays(days)) => {
                let days: Vec<String> = days.iter().map(|day| day.to_string()).collect();
                ("MONTHLY", format!(";BYMONTHDAY={}", days.join(",")))
            }
            (Unit::Month, On::LastDay) => ("MONTHLY", ";BYMONTHDAY=-1".to_owned()),
            (Unit::Month, On::Nth(nth, days)) if days.is_one() => {
                ("MONTHLY", format!(";BYDAY={nth}{}", codes(days)))
            }
            (Unit::Month, On::Nth(nth, days)) => {
                ("MONTHLY", format!(";BYDAY={};BYSETPOS={nth}", codes(days)))
            }
            (Unit::Year, On::YearDay(day)) => {
                ("YEARLY", format!(";BYMONTH={};BYMONTHDAY={}", day.month, day.day))
            }
            (Unit::Month, _) => ("MONTHLY", ";RSCALE=GREGORIAN;SKIP=BACKWARD".to_owned()),
            (Unit::Year, _) => ("YEARLY", ";RSCALE=GREGORIAN;SKIP=BACKWARD".to_owned()),
        };
        let end = match end {
            End::Never => String::new(),
            End::On(date) => format!(";UNTIL={}", date.format("%Y%m%d")),
            End::After(count) => format!(";COUNT={count}"),
        };
        let text = format!("FREQ={frequency};INTERVAL={}{end}{part}", self.interval);
        Rule::parse(&text).map_err(|error| error.to_string())
    }

    /// The first day from one on that is of the rhythm, and whose time is not over.
    pub(crate) fn first(
        &self,
        calendar: &Calendar,
        from: NaiveDate,
        time: Option<NaiveTime>,
    ) -> Option<WallTime> {
        let days = from.iter_days().take(DAYS).filter(|day| self.falls_on(*day));
        let mut walls = days.map(|day| wall(day, time));
        walls.find(|wall| match wall {
            WallTime::AllDay(day) => *day >= calendar.today,
            WallTime::Timed(at) => !calendar.is_over(*at),
        })
    }

    /// Whether a day is one of those that it names.
    pub(crate) fn falls_on(&self, day: NaiveDate) -> bool {
        match self.on {
            On::First => true,
            On::Weekdays(days) => days.contains(day.weekday()),
            On::MonthDays(days) => days.contains(day.day()),
            On::LastDay => last_of_month(day) == Some(day),
            On::Nth(nth, days) => {
                days.contains(day.weekday()) && number_in_month(day, days, nth > 0) == nth.unsigned_abs()
            }
            On::YearDay(yearly) => {
                (u32::from(yearly.month), u32::from(yearly.day)) == (day.month(), day.day())
            }
        }
    }

    /// Whether the day of the week on which it begins can be meant: counted in months or years alone it is another one each time.
    pub(crate) fn keeps_weekdays(&self) -> bool {
        !matches!((self.unit, self.on), (Unit::Month | Unit::Year, On::First))
    }

    /// What should be known of it.
    pub(crate) fn note(&self, rule: &Rule) -> Option<(NoteKind, String)> {
        let ambiguous = |other: String| {
            Some((
                NoteKind::Ambiguous,
                format!("read as {rule}; it could also be {other}"),
            ))
        };
        match (self.doubt, self.on) {
            (Some(Doubt::NthWeekday), On::Nth(nth, _)) => ambiguous(format!("every {nth} weeks")),
            (Some(Doubt::NthWeekday), _) => ambiguous(format!("number {} of each month", self.interval)),
            (Some(Doubt::NthDay), _) => ambiguous(format!("day {} of each month", self.interval)),
            (Some(Doubt::Weekend), _) => Some((
                NoteKind::Assumed,
                "Saturdays were taken; name both days for both".to_owned(),
            )),
            (None, On::MonthDays(days)) if days.0 & LATE.0 != 0 => {
                let message =
                    "months without such a day are left out; the last day of each month is another rule";
                Some((NoteKind::Assumed, message.to_owned()))
            }
            (None, _) => None,
        }
    }
}

/// The days that not every month has.
const LATE: MonthDays = MonthDays(0b111 << 29);

/// A day, or a time on it.
pub(crate) fn wall(day: NaiveDate, time: Option<NaiveTime>) -> WallTime {
    match time {
        Some(time) => WallTime::Timed(day.and_time(time)),
        None => WallTime::AllDay(day),
    }
}

/// Which of these days of its month a day is, from the beginning or from the end.
fn number_in_month(day: NaiveDate, days: Weekdays, from_beginning: bool) -> u8 {
    let mut number = 0;
    let mut other = Some(day);
    while let Some(one) = other.filter(|one| one.month() == day.month()) {
        number += u8::from(days.contains(one.weekday()));
        other = if from_beginning {
            one.pred_opt()
        } else {
            one.succ_opt()
        };
    }
    number
}

fn codes(days: Weekdays) -> String {
    days.iter().map(code).collect::<Vec<_>>().join(",")
}

fn code(day: Weekday) -> &'static str {
    match day {
        Weekday::Mon => "MO",
        Weekday::Tue => "TU",
        Weekday::Wed => "WE",
        Weekday::Thu => "TH",
        Weekday::Fri => "FR",
        Weekday::Sat => "SA",
        Weekday::Sun => "SU",
    }
}
