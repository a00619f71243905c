//! What a phrase builds of what stands in its slots.

use crate::value::{
    Certainty, Day, Doubt, Length, Moment, MonthDays, On, Reminder, Rhythm, Time, Unit, Until, Value,
    Weekdays, Which, YearDay,
};

/// What a phrase builds; most take what they need from the slots, whatever their order.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Build {
    /// What stands in its slot that is a phrase.
    Same,
    Weekdays,
    WeekdayRange,
    MonthDays,
    YearDay,
    Length,
    /// Hours and minutes, shifted by so many minutes.
    Clock(i16),
    /// The same after noon.
    AfterNoon,
    /// The same in the evening, which is over at midnight.
    Evening,
    /// The same before noon.
    BeforeNoon,
    /// So many minutes after midnight.
    At(u16),
    /// As [`Build::At`], where the language decides when that is.
    Around(u16),
    Offset(u8),
    /// So many minutes after midnight, where the language decides when that is.
    TodayAround(u16),
    /// The weekday, or the first day of a unit.
    Which(Which),
    In,
    /// So many hours and minutes from now.
    InLength,
    /// A length that is not of hours and minutes alone.
    NotInLength,
    Date,
    OfMonth,
    OfNextMonth,
    InMinutes(u32),
    End(Unit, Which),
    EndOfUnit(Which),
    LastWorkday,
    Weekend(Which),
    Moment,
    /// So many units apart, unless a number stands there.
    Every(u32),
    /// The same, and the other reading of `every second Tuesday`: every other one.
    EveryNthWeek,
    /// The same, and no other reading.
    OfEachMonth,
    EachLastDay,
    Each(u32, Unit),
    EachWeek(Weekdays),
    EachDayAround(u16),
    UntilDay,
    For,
    Count,
    Start,
    Remind,
    RemindBeforeStart,
    Priority,
    Estimate,
    Title,
}

/// What stands in the slots of a phrase.
pub(crate) struct Captures<'a>(pub(crate) &'a [Value]);

/// The first capture of a kind.
macro_rules! captured {
    ($($name:ident: $kind:ident -> $type:ty;)+) => {$(
        fn $name(&self) -> Option<$type> {
            self.0.iter().find_map(|value| match value {
                Value::$kind(inner) => Some(*inner),
                _ => None,
            })
        }
    )+};
}

impl Captures<'_> {
    captured! {
        number: Number -> u32;
        ordinal: Ordinal -> i8;
        weekday: Weekday -> chrono::Weekday;
        days_of_week: DaysOfWeek -> Weekdays;
        month: Month -> u8;
        unit: Unit -> Unit;
        hour: Hour -> u16;
        minute: Minute -> u16;
        day_number: DayNumber -> u8;
        year: Year -> u32;
        weekdays: Weekdays -> Weekdays;
        month_days: MonthDays -> MonthDays;
        year_day: YearDay -> YearDay;
        length: Length -> Length;
        time: Time -> Time;
        day: Day -> Moment;
        moment: Moment -> Moment;
    }

    /// The days of a week in whichever slot.
    fn all_weekdays(&self) -> Option<Weekdays> {
        let one = || self.weekday().map(Weekdays::one);
        self.weekdays().or_else(|| self.days_of_week()).or_else(one)
    }

    /// A day of a month in whichever slot.
    fn day_of_month(&self) -> Option<u8> {
        let ordinal = || self.ordinal().and_then(|nth| u8::try_from(nth).ok());
        self.day_number()
            .or_else(ordinal)
            .filter(|day| (1..=31).contains(day))
    }

    /// A moment, or the day and the time that it is made of. An hour says which one of a part of the day is meant.
    fn any_moment(&self) -> Option<Moment> {
        let day = self.moment().or_else(|| self.day()).unwrap_or_default();
        let time = match (day.time, self.time()) {
            (Some(part), Some(time)) if part.certainty == Certainty::Part => Some(time.within(part)?),
            (Some(_), Some(_)) => return None,
            (one, other) => one.or(other),
        };
        Some(Moment { day: day.day, time })
    }
}

impl Build {
    /// What it builds; nothing if the parts do not go together. `is_marked` is true for `every!`.
    pub(crate) fn build(self, captures: &Captures<'_>, is_marked: bool) -> Option<Value> {
        let day = |day: Day| {
            Some(Value::Day(Moment {
                day: Some(day),
                time: captures.time(),
            }))
        };
        let time = |minutes: i32, certainty| {
            let minutes = u16::try_from(minutes.rem_euclid(24 * 60)).ok()?;
            Some(Value::Time(Time { minutes, certainty }))
        };
        match self {
            Self::Same => captures
                .0
                .iter()
                .rfind(|value| !matches!(value, Value::Ordinal(_)))
                .copied(),
            Self::Weekdays => weekdays(captures),
            Self::WeekdayRange => weekday_range(captures),
            Self::MonthDays => month_days(captures),
            Self::YearDay => {
                let (month, day) = (captures.month()?, captures.day_of_month()?);
                (day <= longest(month)).then_some(Value::YearDay(YearDay { month, day }))
            }
            Self::Length => length(captures),
            Self::Clock(shift) => {
                let minutes = i32::from(captures.hour()? * 60 + captures.minute().unwrap_or_default());
                time(minutes + i32::from(shift), Certainty::Hour)
            }
            Self::AfterNoon | Self::Evening | Self::BeforeNoon => {
                let hours = if matches!(self, Self::Evening) {
                    4..=11
                } else {
                    1..=12
                };
                let hour = captures.hour().filter(|hour| hours.contains(hour))? % 12;
                let half = if matches!(self, Self::BeforeNoon) { 0 } else { 12 };
                let minutes = (hour + half) * 60 + captures.minute().unwrap_or_default();
                time(minutes.into(), Certainty::Said)
            }
            Self::At(minutes) => time(minutes.into(), Certainty::Said),
            Self::Around(minutes) => time(minutes.into(), Certainty::Part),
            Self::Offset(days) => day(Day::Offset(days)),
            Self::TodayAround(minutes) => Some(Value::Day(Moment {
                day: Some(Day::Offset(0)),
                time: Some(around(minutes)),
            })),
            Self::Which(which) => match (captures.weekday(), captures.unit()) {
                (Some(weekday), _) => day(Day::Weekday(weekday, which)),
                (None, Some(unit @ (Unit::Week | Unit::Month | Unit::Year))) => day(Day::Next(unit)),
                _ => None,
            },
            Self::In => day(Day::In(captures.number().unwrap_or(1), captures.unit()?)),
            Self::InLength => day(Day::In(minutes(captures)?, Unit::Minute)),
            Self::NotInLength => minutes(captures).is_none().then_some(Value::Title),
            Self::Date => day(date(captures)?),
            Self::OfMonth => day(Day::OfMonth(captures.day_of_month()?)),
            Self::OfNextMonth => day(Day::OfNextMonth(captures.day_of_month()?)),
            Self::InMinutes(minutes) => day(Day::In(minutes, Unit::Minute)),
            Self::End(unit, which) => day(Day::End(unit, which)),
            Self::EndOfUnit(which) => match captures.unit()? {
                unit @ (Unit::Week | Unit::Month | Unit::Year) => day(Day::End(unit, which)),
                _ => None,
            },
            Self::LastWorkday => day(Day::LastWorkday),
            Self::Weekend(which) => day(Day::Weekend(which)),
            Self::Moment => Some(Value::Moment(captures.any_moment()?)),
            Self::Every(_)
            | Self::EveryNthWeek
            | Self::OfEachMonth
            | Self::EachLastDay
            | Self::Each(..)
            | Self::EachWeek(_)
            | Self::EachDayAround(_) => {
                let mut rhythm = self.rhythm(captures)?;
                rhythm.time = rhythm.time.or(captures.time());
                rhythm.is_from_completion = is_marked;
                Some(Value::Rhythm(rhythm))
            }
            Self::UntilDay => Some(Value::Until(Until::Day(captures.day()?.day?))),
            Self::For => Some(Value::Until(Until::For(captures.number()?, captures.unit()?))),
            Self::Count => Some(Value::Count(captures.number().filter(|count| *count > 0)?)),
            Self::Start => Some(Value::Start(captures.any_moment()?)),
            Self::Remind | Self::RemindBeforeStart => Some(Value::Reminder(match captures.length() {
                Some(length) => Reminder::Before {
                    length,
                    counts_from_start: matches!(self, Self::RemindBeforeStart),
                },
                None => Reminder::At(captures.any_moment()?),
            })),
            Self::Priority => captures.0.first().copied(),
            Self::Estimate => Some(Value::Estimate(captures.length()?)),
            Self::Title => Some(Value::Title),
        }
    }

    fn rhythm(self, captures: &Captures<'_>) -> Option<Rhythm> {
        let rhythm = self.rhythm_of_words(captures)?;
        let weekend = match rhythm.on {
            On::Weekdays(days) => days.without_weekend().map(On::Weekdays),
            On::Nth(nth, days) => days.without_weekend().map(|days| On::Nth(nth, days)),
            _ => None,
        };
        Some(match weekend {
            None => rhythm,
            Some(on) => Rhythm {
                on,
                doubt: Some(Doubt::Weekend),
                ..rhythm
            },
        })
    }

    fn rhythm_of_words(self, captures: &Captures<'_>) -> Option<Rhythm> {
        let rhythm = |unit, interval, on| Rhythm {
            unit,
            interval,
            on,
            time: None,
            is_from_completion: false,
            doubt: None,
        };
        let doubted = |rhythm, doubt| Rhythm {
            doubt: Some(doubt),
            ..rhythm
        };
        let unit = captures.unit();
        let is_of = |of| unit.is_none_or(|unit| unit == of);
        let apart = match self {
            Self::Every(apart) => captures.number().unwrap_or(apart),
            Self::EachLastDay => return Some(rhythm(Unit::Month, 1, On::LastDay)),
            Self::EachDayAround(minutes) => {
                let daily = rhythm(Unit::Day, 1, On::First);
                return Some(Rhythm {
                    time: Some(around(minutes)),
                    ..daily
                });
            }
            Self::EachWeek(days) => return Some(rhythm(Unit::Week, 1, On::Weekdays(days))),
            Self::Each(apart, unit) if captures.0.iter().all(|value| matches!(value, Value::Time(_))) => {
                return Some(rhythm(unit, apart, On::First));
            }
            Self::Each(apart, _) => apart,
            _ => captures.number().unwrap_or(1),
        };
        if let Some(day) = captures.year_day() {
            return is_of(Unit::Year).then_some(rhythm(Unit::Year, apart, On::YearDay(day)));
        }
        if let Some(((nth, days), Unit::Week)) = captures.ordinal().zip(captures.all_weekdays()).zip(unit) {
            return Some(rhythm(Unit::Week, u32::try_from(nth).ok()?, On::Weekdays(days)));
        }
        if let Some((nth, days)) = captures.ordinal().zip(captures.all_weekdays()) {
            return match (self, nth) {
                (Self::EveryNthWeek, 2..) => {
                    let interval = u32::try_from(nth).ok()?;
                    let every = rhythm(Unit::Week, interval, On::Weekdays(days));
                    Some(doubted(every, Doubt::NthWeekday))
                }
                (_, -1..) => {
                    let of_month = rhythm(Unit::Month, apart, On::Nth(nth, days));
                    let has_doubt = nth == 2 && !matches!(self, Self::OfEachMonth);
                    Some(if has_doubt {
                        doubted(of_month, Doubt::NthWeekday)
                    } else {
                        of_month
                    })
                }
                _ => None,
            };
        }
        if let Some(days) = captures.all_weekdays() {
            return is_of(Unit::Week).then_some(rhythm(Unit::Week, apart, On::Weekdays(days)));
        }
        if let Some(days) = captures.month_days() {
            return is_of(Unit::Month).then_some(rhythm(Unit::Month, apart, On::MonthDays(days)));
        }
        if let (Some(day), None) = (captures.day_of_month(), unit) {
            return Some(rhythm(Unit::Month, 1, On::MonthDays(MonthDays::one(day))));
        }
        match (captures.ordinal(), unit?) {
            (Some(-1), Unit::Day) => Some(rhythm(Unit::Month, 1, On::LastDay)),
            (Some(nth), unit) => {
                let every = rhythm(unit, u32::try_from(nth).ok()?, On::First);
                Some(if unit == Unit::Day && nth > 1 {
                    doubted(every, Doubt::NthDay)
                } else {
                    every
                })
            }
            (None, unit) => Some(rhythm(unit, apart, On::First)),
        }
    }
}

fn around(minutes: u16) -> Time {
    Time {
        minutes,
        certainty: Certainty::Part,
    }
}

/// The days of a month at most.
fn longest(month: u8) -> u8 {
    match month {
        2 => 29,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

fn weekdays(captures: &Captures<'_>) -> Option<Value> {
    let one = captures
        .weekday()
        .map(Weekdays::one)
        .or_else(|| captures.days_of_week())?;
    Some(Value::Weekdays(
        captures.weekdays().map_or(one, |more| one.and(more)),
    ))
}

fn weekday_range(captures: &Captures<'_>) -> Option<Value> {
    let mut days = captures.0.iter().filter_map(|value| match value {
        Value::Weekday(day) => Some(*day),
        _ => None,
    });
    Some(Value::Weekdays(Weekdays::range(days.next()?, days.next()?)))
}

fn month_days(captures: &Captures<'_>) -> Option<Value> {
    let one = MonthDays::one(captures.day_of_month()?);
    Some(Value::MonthDays(
        captures.month_days().map_or(one, |more| one.and(more)),
    ))
}

fn length(captures: &Captures<'_>) -> Option<Value> {
    let one = Length::of(captures.number()?, captures.unit()?)?;
    let sum = match captures.length() {
        Some(more) => one.and(more)?,
        None => one,
    };
    Some(Value::Length(sum))
}

/// A number of units and a length, if they are minutes and hours.
fn minutes(captures: &Captures<'_>) -> Option<u32> {
    match length(captures)? {
        Value::Length(Length { days: 0, minutes }) => Some(minutes),
        _ => None,
    }
}

/// A date of a month, or one of digits, with or without the name of its day.
fn date(captures: &Captures<'_>) -> Option<Day> {
    let in_digits = captures.day().and_then(|moment| moment.day);
    let (month, day, year) = match (captures.year_day(), in_digits) {
        (Some(day), _) | (None, Some(Day::YearDay(day))) => (day.month, day.day, captures.year()),
        (None, Some(Day::Full { year, month, day })) => {
            (u8::try_from(month).ok()?, u8::try_from(day).ok()?, Some(year))
        }
        _ => return None,
    };
    let year_day = YearDay { month, day };
    Some(match (captures.weekday(), year) {
        (Some(weekday), year) => Day::Named(weekday, year_day, year),
        (None, None) => Day::YearDay(year_day),
        (None, Some(year)) => Day::Full {
            year,
            month: month.into(),
            day: day.into(),
        },
    })
}
