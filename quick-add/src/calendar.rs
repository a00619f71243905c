//! Which date a text means, as seen from now.

use chrono::{
    DateTime, Datelike, Days, Duration, Months, NaiveDate, NaiveDateTime, NaiveTime, Timelike, Utc, Weekday,
};
use recurrence::Zone;

use crate::reading::NoteKind;
use crate::value::{Day, Time, Unit, Weekdays, Which, YearDay};

/// From where dates are seen.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Calendar {
    pub(crate) now: DateTime<Utc>,
    pub(crate) zone: Zone,
    pub(crate) first_day: Weekday,
    pub(crate) is_month_first: bool,
    pub(crate) today: NaiveDate,
}

/// A date that a text means.
#[derive(Debug, Clone)]
pub(crate) struct Dated {
    pub(crate) date: NaiveDate,
    /// For hours and minutes from now.
    pub(crate) at: Option<NaiveDateTime>,
    pub(crate) next: Next,
    pub(crate) note: Option<(NoteKind, String)>,
}

/// What is meant when its time has passed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Next {
    /// Nothing: it is this very day.
    None,
    Day,
    Month(u8),
    Year(YearDay),
}

/// A 29th of February comes back in eight years at the latest.
const YEARS: i32 = 8;

impl Calendar {
    pub(crate) fn new(now: DateTime<Utc>, zone: Zone, first_day: Weekday, is_month_first: bool) -> Self {
        Self {
            now,
            zone,
            first_day,
            is_month_first,
            today: zone.to_local(now).date(),
        }
    }

    /// The date; the reason if there is none to be taken.
    pub(crate) fn date(&self, day: Day) -> Result<Dated, &'static str> {
        let beyond = "it lies beyond the calendar";
        match day {
            Day::Full { year, month, day } => self.full(year, month, day),
            Day::Slashed { first, second, year } => self.slashed(first, second, year),
            Day::Named(weekday, day, year) => self.checked(weekday, day, year),
            other => self.named(other).ok_or(beyond),
        }
    }

    /// The next date that is meant.
    pub(crate) fn next(&self, after: NaiveDate, next: Next) -> Option<NaiveDate> {
        let from = after.succ_opt()?;
        match next {
            Next::None => None,
            Next::Day => Some(from),
            Next::Month(day) => self.of_month(day, from),
            Next::Year(day) => self.of_year(day, from),
        }
    }

    /// Whether a local time is over.
    pub(crate) fn is_over(&self, at: NaiveDateTime) -> bool {
        self.zone.resolve(at) <= self.now
    }

    /// A number of units after a date.
    pub(crate) fn after(&self, date: NaiveDate, number: u32, unit: Unit) -> Option<NaiveDate> {
        match unit {
            Unit::Day => date.checked_add_days(Days::new(number.into())),
            Unit::Week => date.checked_add_days(Days::new(u64::from(number) * 7)),
            Unit::Month => date.checked_add_months(Months::new(number)),
            Unit::Year => date.checked_add_months(Months::new(number.checked_mul(12)?)),
            Unit::Minute | Unit::Hour => None,
        }
        .filter(|date| date.year() <= 9998)
    }

    /// A date whose day of the week is named too.
    fn checked(&self, weekday: Weekday, day: YearDay, year: Option<u32>) -> Result<Dated, &'static str> {
        let dated = match year {
            Some(year) => self.full(year, day.month.into(), day.day.into())?,
            None => self.date(Day::YearDay(day))?,
        };
        if dated.date.weekday() == weekday {
            return Ok(dated);
        }
        let message = format!("{} is another day of the week; the date was taken", dated.date);
        let note = Some((NoteKind::Ambiguous, message));
        Ok(Dated { note, ..dated })
    }

    fn full(&self, year: u32, month: u32, day: u32) -> Result<Dated, &'static str> {
        let year = i32::try_from(year).unwrap_or_default();
        let date = NaiveDate::from_ymd_opt(year, month, day).ok_or("there is no such date")?;
        if date < self.today {
            return Err("it has passed");
        }
        Ok(on(date))
    }

    fn slashed(&self, first: u32, second: u32, year: Option<u32>) -> Result<Dated, &'static str> {
        let of = |month: u32, day: u32| match year {
            Some(year) => self.full(year, month, day),
            None => self
                .named(Day::YearDay(YearDay {
                    month: u8::try_from(month).unwrap_or_default(),
                    day: u8::try_from(day).unwrap_or_default(),
                }))
                .ok_or("there is no such date"),
        };
        let (usual, other) = if self.is_month_first {
            (of(first, second), of(second, first))
        } else {
            (of(second, first), of(first, second))
        };
        match (usual, other) {
            (Ok(usual), Ok(other)) if usual.date != other.date => {
                let message = format!(
                    "read as {}; it could also be {}: write the month as a word, or the date as {}",
                    usual.date, other.date, other.date
                );
                Ok(Dated {
                    note: Some((NoteKind::Ambiguous, message)),
                    ..usual
                })
            }
            (Ok(one), _) | (Err(_), Ok(one)) => Ok(one),
            (Err(reason), Err(_)) => Err(reason),
        }
    }

    fn named(&self, day: Day) -> Option<Dated> {
        let today = self.today;
        match day {
            Day::Offset(days) => self.after(today, days.into(), Unit::Day).map(on),
            Day::In(number, unit @ (Unit::Minute | Unit::Hour)) => self.in_minutes(number, unit),
            Day::In(number, unit) => self.after(today, number, unit).map(on),
            Day::Weekday(weekday, which) => self.weekday(weekday, which),
            Day::Next(unit) => {
                let date = match unit {
                    Unit::Week => self.first_of_week(today)?.checked_add_days(Days::new(7))?,
                    Unit::Month => first_of_month(today)?.checked_add_months(Months::new(1))?,
                    _ => NaiveDate::from_ymd_opt(today.year() + 1, 1, 1)?,
                };
                Some(noted(
                    date,
                    NoteKind::Assumed,
                    format!("its first day, {date}, was taken"),
                ))
            }
            Day::YearDay(day) => {
                let date = self.of_year(day, today)?;
                let next = Next::Year(day);
                let has_passed = date.year() != today.year();
                Some(self.passed(Dated { next, ..on(date) }, has_passed))
            }
            Day::OfMonth(day) => {
                let date = self.of_month(day, today)?;
                let next = Next::Month(day);
                let has_passed = (date.year(), date.month()) != (today.year(), today.month());
                Some(self.passed(Dated { next, ..on(date) }, has_passed))
            }
            Day::OfNextMonth(day) => {
                let next = first_of_month(today)?.checked_add_months(Months::new(1))?;
                next.with_day(day.into()).map(on)
            }
            Day::End(unit, which) => self.end(unit, which).map(on),
            Day::LastWorkday => {
                let this = last_workday(last_of_month(today)?)?;
                if this >= today {
                    return Some(on(this));
                }
                let next = last_of_month(first_of_month(today)?.checked_add_months(Months::new(1))?)?;
                last_workday(next).map(on)
            }
            Day::Weekend(which) => self.weekend(which),
            Day::Full { .. } | Day::Slashed { .. } | Day::Named(..) => None,
        }
    }

    fn passed(&self, dated: Dated, has_passed: bool) -> Dated {
        let message = || format!("the one before has passed; {} was taken", dated.date);
        let note = has_passed.then(|| (NoteKind::Passed, message()));
        Dated { note, ..dated }
    }

    fn weekday(&self, weekday: Weekday, which: Which) -> Option<Dated> {
        let coming = self
            .today
            .succ_opt()?
            .iter_days()
            .find(|day| day.weekday() == weekday)?;
        let this = self
            .first_of_week(self.today)?
            .iter_days()
            .find(|day| day.weekday() == weekday)?;
        Some(match which {
            Which::Coming if self.today.weekday() == weekday => {
                let message = format!("today is such a day too; the next one, {coming}, was taken");
                noted(coming, NoteKind::Ambiguous, message)
            }
            Which::Coming => on(coming),
            Which::This if this < self.today => self.passed(on(coming), true),
            Which::This => on(this),
            Which::Next => {
                let next = this.checked_add_days(Days::new(7))?;
                if next == coming {
                    return Some(on(next));
                }
                let message =
                    format!("the one of next week, {next}, was taken; the first one to come is {coming}");
                noted(next, NoteKind::Ambiguous, message)
            }
        })
    }

    fn weekend(&self, which: Which) -> Option<Dated> {
        let today = self.today;
        let saturday = |from: NaiveDate| from.iter_days().find(|day| day.weekday() == Weekday::Sat);
        let date = match which {
            Which::Next if today.weekday() == Weekday::Sun => saturday(today)?,
            Which::Next => saturday(today)?.checked_add_days(Days::new(7))?,
            _ if today.weekday() == Weekday::Sun => today,
            _ => saturday(today)?,
        };
        Some(noted(
            date,
            NoteKind::Assumed,
            format!("its day {date} was taken"),
        ))
    }

    fn end(&self, unit: Unit, which: Which) -> Option<NaiveDate> {
        let today = self.today;
        let ahead = u32::from(which == Which::Next);
        match unit {
            Unit::Week => {
                let days = 6 + 7 * u64::from(ahead);
                self.first_of_week(today)?.checked_add_days(Days::new(days))
            }
            Unit::Month => last_of_month(first_of_month(today)?.checked_add_months(Months::new(ahead))?),
            _ => NaiveDate::from_ymd_opt(today.year() + i32::try_from(ahead).ok()?, 12, 31),
        }
    }

    /// So long from now, to the whole minute.
    fn in_minutes(&self, number: u32, unit: Unit) -> Option<Dated> {
        let minutes = if unit == Unit::Hour {
            number.checked_mul(60)?
        } else {
            number
        };
        let exact = self.now.checked_add_signed(Duration::minutes(minutes.into()))?;
        let seconds = i64::from(exact.second()) % 60;
        let wanted =
            exact + Duration::seconds((60 - seconds) % 60) - Duration::nanoseconds(exact.nanosecond().into());
        let at = self.zone.to_local(wanted);
        // The second of two equal hours cannot be written; what comes after it can.
        let short = (wanted - self.zone.resolve(at)).max(Duration::zero());
        let is_second = short > Duration::zero();
        let at = at.checked_add_signed(short)?;
        let message = || {
            format!(
                "the clocks go back, and that hour comes twice; {} was taken",
                at.format("%H:%M")
            )
        };
        let note = is_second.then(|| (NoteKind::Assumed, message()));
        Some(Dated {
            at: Some(at),
            note,
            ..on(at.date())
        })
    }

    fn of_year(&self, day: YearDay, from: NaiveDate) -> Option<NaiveDate> {
        let mut years = from.year()..=from.year() + YEARS;
        years.find_map(|year| {
            NaiveDate::from_ymd_opt(year, day.month.into(), day.day.into()).filter(|date| *date >= from)
        })
    }

    fn of_month(&self, day: u8, from: NaiveDate) -> Option<NaiveDate> {
        let first = first_of_month(from)?;
        (0..=2).find_map(|months| {
            let month = first.checked_add_months(Months::new(months))?;
            month.with_day(day.into()).filter(|date| *date >= from)
        })
    }

    fn first_of_week(&self, day: NaiveDate) -> Option<NaiveDate> {
        let ahead = day.weekday().days_since(self.first_day);
        day.checked_sub_days(Days::new(ahead.into()))
    }
}

fn on(date: NaiveDate) -> Dated {
    Dated {
        date,
        at: None,
        next: Next::None,
        note: None,
    }
}

fn noted(date: NaiveDate, kind: NoteKind, message: String) -> Dated {
    Dated {
        note: Some((kind, message)),
        ..on(date)
    }
}

fn first_of_month(day: NaiveDate) -> Option<NaiveDate> {
    day.with_day(1)
}

pub(crate) fn last_of_month(day: NaiveDate) -> Option<NaiveDate> {
    first_of_month(day)?
        .checked_add_months(Months::new(1))?
        .pred_opt()
}

/// The last day of work up to a day.
fn last_workday(mut day: NaiveDate) -> Option<NaiveDate> {
    while !Weekdays::WORKDAYS.contains(day.weekday()) {
        day = day.pred_opt()?;
    }
    Some(day)
}

impl Time {
    pub(crate) fn of_day(self) -> NaiveTime {
        let minutes = u32::from(self.minutes);
        NaiveTime::from_hms_opt(minutes / 60, minutes % 60, 0).unwrap_or_default()
    }
}
