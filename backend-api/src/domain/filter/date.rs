//! Times as a filter writes them, and which they are for a user at a time.

use chrono::{
    DateTime, Datelike as _, Days, Months, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, Utc, Weekday,
};
use recurrence::Zone;

use super::fact::Window;
use crate::domain::moment::YEARS;

/// What times are counted from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Calendar {
    pub now: DateTime<Utc>,
    pub zone: Zone,
    pub first_day: Weekday,
}

/// A point in time or a stretch of days, and what is added to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Date {
    pub(super) base: Base,
    pub(super) shifts: Vec<Shift>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Base {
    Now,
    /// Today, so many days later.
    Day(Relative),
    /// One of its days near today.
    Weekday(Relative, Weekday),
    /// The one that today lies in, or one beside it.
    Stretch(Relative, Unit),
    /// The instant at which a stretch begins.
    Start(Relative, Unit),
    /// The instant at which a stretch has ended and the next one begins.
    End(Relative, Unit),
    Date(NaiveDate),
    /// In the user's zone.
    Local(NaiveDateTime),
    Instant(DateTime<Utc>),
}

/// Today's, the one before or the one after. Of the days of the week, today's is the first one from today on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Relative {
    Last,
    This,
    Next,
}

/// A stretch of the calendar.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unit {
    Day,
    Week,
    Month,
    Year,
}

/// What is added; the number may be negative.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shift {
    /// Exactly so long, whatever the clocks do.
    Minutes(i32),
    Hours(i32),
    /// On the calendar, at the same time of day.
    Calendar(i32, Unit),
}

/// A time on its way to what it means.
#[derive(Debug, Clone, Copy)]
enum Time {
    Instant(DateTime<Utc>),
    /// From the midnight of its first day on.
    Stretch(NaiveDate, Unit),
}

impl Date {
    /// The stretch of time that is meant; an instant is a microsecond long, which is the step in which times are kept. None
    /// if it lies beyond the calendar.
    #[must_use]
    pub fn window(&self, calendar: &Calendar) -> Option<Window<DateTime<Utc>>> {
        let base = self.base.time(calendar);
        let time = self
            .shifts
            .iter()
            .try_fold(base?, |time, shift| shift.applied(time, calendar));
        let (from, until) = match time? {
            // A zone away from those years it may be another one.
            Time::Instant(at) if !(1969..=10_000).contains(&at.year()) => return None,
            Time::Stretch(first, _) if !YEARS.contains(&first.year()) => return None,
            Time::Instant(at) => (at, at.checked_add_signed(TimeDelta::microseconds(1))?),
            Time::Stretch(first, unit) => {
                let next = add(first, 1, unit)?;
                (calendar.midnight(first), calendar.midnight(next))
            }
        };
        Some(Window {
            from: Some(from),
            until: Some(until),
        })
    }
}

impl Base {
    fn time(self, calendar: &Calendar) -> Option<Time> {
        let today = calendar.today();
        let begin = |relative: Relative, unit| add(calendar.first_of(today, unit)?, relative.steps(), unit);
        Some(match self {
            Self::Now => Time::Instant(calendar.now),
            Self::Instant(at) => Time::Instant(at),
            Self::Local(at) => Time::Instant(calendar.zone.resolve(at)),
            Self::Date(date) => Time::Stretch(date, Unit::Day),
            Self::Day(relative) => Time::Stretch(begin(relative, Unit::Day)?, Unit::Day),
            Self::Weekday(relative, day) => Time::Stretch(weekday(today, relative, day)?, Unit::Day),
            Self::Stretch(relative, unit) => Time::Stretch(begin(relative, unit)?, unit),
            Self::Start(relative, unit) => Time::Instant(calendar.midnight(begin(relative, unit)?)),
            Self::End(relative, unit) => {
                let next = add(begin(relative, unit)?, 1, unit)?;
                Time::Instant(calendar.midnight(next))
            }
        })
    }
}

impl Shift {
    fn applied(self, time: Time, calendar: &Calendar) -> Option<Time> {
        let exact = match self {
            Self::Minutes(number) => TimeDelta::minutes(number.into()),
            Self::Hours(number) => TimeDelta::hours(number.into()),
            Self::Calendar(number, unit) => {
                return Some(match time {
                    Time::Stretch(first, length) => Time::Stretch(add(first, number, unit)?, length),
                    Time::Instant(at) => {
                        let local = calendar.zone.to_local(at);
                        let day = add(local.date(), number, unit)?;
                        Time::Instant(calendar.zone.resolve(day.and_time(local.time())))
                    }
                });
            }
        };
        let at = match time {
            Time::Instant(at) => at,
            Time::Stretch(first, _) => calendar.midnight(first),
        };
        at.checked_add_signed(exact).map(Time::Instant)
    }
}

impl Calendar {
    fn today(&self) -> NaiveDate {
        self.zone.to_local(self.now).date()
    }

    /// The instant at which a day begins.
    fn midnight(&self, day: NaiveDate) -> DateTime<Utc> {
        self.zone.resolve(day.and_time(NaiveTime::MIN))
    }

    /// The first day of the stretch that a day lies in.
    fn first_of(&self, day: NaiveDate, unit: Unit) -> Option<NaiveDate> {
        match unit {
            Unit::Day => Some(day),
            Unit::Week => day.checked_sub_days(Days::new(day.weekday().days_since(self.first_day).into())),
            Unit::Month => day.with_day(1),
            Unit::Year => day.with_ordinal(1),
        }
    }
}

impl Relative {
    const fn steps(self) -> i32 {
        match self {
            Self::Last => -1,
            Self::This => 0,
            Self::Next => 1,
        }
    }
}

/// The nearest day of that name: from today on, after today, or before today.
fn weekday(today: NaiveDate, relative: Relative, day: Weekday) -> Option<NaiveDate> {
    let ahead = Days::new(day.days_since(today.weekday()).into());
    let this = today.checked_add_days(ahead)?;
    match relative {
        Relative::This => Some(this),
        Relative::Next if this == today => add(this, 1, Unit::Week),
        Relative::Next => Some(this),
        Relative::Last => add(this, -1, Unit::Week),
    }
}

/// A day later or earlier; of a month that is too short, its last day. Only years that are written with four digits.
fn add(day: NaiveDate, number: i32, unit: Unit) -> Option<NaiveDate> {
    let months = |number: i32| {
        let months = Months::new(number.unsigned_abs());
        if number < 0 {
            day.checked_sub_months(months)
        } else {
            day.checked_add_months(months)
        }
    };
    let days = |number: i32| day.checked_add_signed(TimeDelta::days(number.into()));
    let moved = match unit {
        Unit::Day => days(number),
        Unit::Week => days(number.checked_mul(7)?),
        Unit::Month => months(number),
        Unit::Year => months(number.checked_mul(12)?),
    };
    // The day after the last one ends a stretch.
    moved.filter(|day| (1970..=10_000).contains(&day.year()))
}
