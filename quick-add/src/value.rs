//! What words and phrases mean, before a calendar is asked.

use chrono::Weekday;

/// What is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unit {
    Minute,
    Hour,
    Day,
    Week,
    Month,
    Year,
}

/// Days of the week, one bit each from Monday on, and one for the word that is two of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Weekdays(pub(crate) u8);

/// Days of a month, one bit each.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct MonthDays(pub(crate) u32);

/// A day as a text names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Day {
    /// So many days from today.
    Offset(u8),
    In(u32, Unit),
    Weekday(Weekday, Which),
    /// The first day of the next one.
    Next(Unit),
    YearDay(YearDay),
    OfMonth(u8),
    OfNextMonth(u8),
    /// A date with the name of its day, which may be wrong.
    Named(Weekday, YearDay, Option<u32>),
    Full {
        year: u32,
        month: u32,
        day: u32,
    },
    /// Two numbers of which either may be the month.
    Slashed {
        first: u32,
        second: u32,
        year: Option<u32>,
    },
    /// The last day of this one, or of the next.
    End(Unit, Which),
    LastWorkday,
    Weekend(Which),
}

/// Which of several days with a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Which {
    /// The first one after today.
    Coming,
    /// The one of this week.
    This,
    /// The one of the next week.
    Next,
}

/// A day of each year.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct YearDay {
    pub(crate) month: u8,
    pub(crate) day: u8,
}

/// A time of day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Time {
    /// After midnight.
    pub(crate) minutes: u16,
    pub(crate) certainty: Certainty,
}

/// How much of a time of day the text says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Certainty {
    Said,
    /// All of it, but not which half of the day.
    Hour,
    /// It is a part of a day, and the language says which time that is.
    Part,
}

/// A length of time: days on the calendar, and exact minutes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Length {
    pub(crate) days: u32,
    pub(crate) minutes: u32,
}

/// A day, a time of day, or both.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Moment {
    pub(crate) day: Option<Day>,
    pub(crate) time: Option<Time>,
}

/// How a task comes back, as a text says it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Rhythm {
    pub(crate) unit: Unit,
    pub(crate) interval: u32,
    pub(crate) on: On,
    pub(crate) time: Option<Time>,
    /// Counted from completion.
    pub(crate) is_from_completion: bool,
    pub(crate) doubt: Option<Doubt>,
}

/// The days that a rhythm falls on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum On {
    /// That of the first one.
    First,
    Weekdays(Weekdays),
    MonthDays(MonthDays),
    LastDay,
    /// The nth of a month; the last for -1.
    Nth(i8, Weekdays),
    YearDay(YearDay),
}

/// Another reading of a rhythm.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Doubt {
    /// Every other week, or the second of a month.
    NthWeekday,
    /// Every three days, or the third of a month.
    NthDay,
    /// Saturdays, or both days.
    Weekend,
}

/// How a rhythm ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Until {
    Day(Day),
    For(u32, Unit),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reminder {
    Before { length: Length, counts_from_start: bool },
    At(Moment),
}

/// How urgent a task is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Priority {
    /// `p1`.
    Critical,
    /// `p2`.
    High,
    /// `p3`.
    Normal,
    /// `p4`.
    Low,
}

/// What a word, or a phrase, means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Value {
    Number(u32),
    /// The nth; the last for -1.
    Ordinal(i8),
    Weekday(Weekday),
    /// Several at once, such as Monday to Friday.
    DaysOfWeek(Weekdays),
    Month(u8),
    Unit(Unit),
    Hour(u16),
    Minute(u16),
    DayNumber(u8),
    Year(u32),
    Weekdays(Weekdays),
    MonthDays(MonthDays),
    YearDay(YearDay),
    Length(Length),
    Time(Time),
    Day(Moment),
    Moment(Moment),
    Rhythm(Rhythm),
    Until(Until),
    Count(u32),
    Start(Moment),
    Reminder(Reminder),
    Priority(Priority),
    Estimate(Length),
    /// Nothing: the words are a part of the title.
    Title,
}

impl Weekdays {
    pub(crate) const WORKDAYS: Self = Self(0b001_1111);
    pub(crate) const WEEKEND: Self = Self(0b1000_0000);

    pub(crate) const fn one(day: Weekday) -> Self {
        Self(1 << day.num_days_from_monday())
    }

    /// From one to another, over the end of the week if need be.
    pub(crate) fn range(from: Weekday, to: Weekday) -> Self {
        let mut days = Self::one(from);
        let mut day = from;
        while day != to {
            day = day.succ();
            days = days.and(Self::one(day));
        }
        days
    }

    pub(crate) fn and(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Saturday instead of the word for both days; none if that word is not among them.
    pub(crate) fn without_weekend(self) -> Option<Self> {
        let others = Self(self.0 & !Self::WEEKEND.0);
        (others != self).then(|| others.and(Self::one(Weekday::Sat)))
    }

    pub(crate) fn contains(self, day: Weekday) -> bool {
        self.0 & Self::one(day).0 != 0
    }

    pub(crate) fn is_one(self) -> bool {
        self.0.count_ones() == 1
    }

    pub(crate) fn iter(self) -> impl Iterator<Item = Weekday> {
        let days = (0..7).filter_map(|day| Weekday::try_from(day).ok());
        days.filter(move |day| self.contains(*day))
    }
}

impl Time {
    /// The same hour, in the half of the day that a part of it lies in. None if it is no hour of that part: two at night can be
    /// of the day or of the next one, and so can twelve.
    pub(crate) fn within(self, part: Self) -> Option<Self> {
        const NOON: u16 = 12 * 60;
        const EVENING: u16 = 16 * 60;
        if self.certainty != Certainty::Hour {
            return Some(self);
        }
        let minutes = match self.minutes {
            hour if part.minutes >= NOON && hour < NOON => hour + NOON,
            hour => hour,
        };
        let certainty = Certainty::Said;
        (part.minutes < EVENING || minutes >= EVENING).then_some(Self { minutes, certainty })
    }
}

impl MonthDays {
    pub(crate) fn one(day: u8) -> Self {
        Self(1_u32.checked_shl(day.into()).unwrap_or_default())
    }

    pub(crate) fn and(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    pub(crate) fn contains(self, day: u32) -> bool {
        self.iter().any(|one| u32::from(one) == day)
    }

    pub(crate) fn iter(self) -> impl Iterator<Item = u8> {
        (1..=31).filter(move |day| self.0 & Self::one(*day).0 != 0)
    }
}

impl Length {
    pub(crate) fn of(number: u32, unit: Unit) -> Option<Self> {
        let (days, minutes) = match unit {
            Unit::Minute => (0, number),
            Unit::Hour => (0, number.checked_mul(60)?),
            Unit::Day => (number, 0),
            Unit::Week => (number.checked_mul(7)?, 0),
            Unit::Month | Unit::Year => return None,
        };
        Some(Self { days, minutes })
    }

    pub(crate) fn and(self, other: Self) -> Option<Self> {
        Some(Self {
            days: self.days.checked_add(other.days)?,
            minutes: self.minutes.checked_add(other.minutes)?,
        })
    }
}
