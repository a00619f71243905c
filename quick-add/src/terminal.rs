//! The slots that take single words and numbers: the same for every language, but for its words.

use crate::language::Table;
use crate::language::phrase::{Phrases, Slot};
use crate::text::Text;
use crate::value::{Certainty, Day, Moment, Time, Value};

/// What stands at a token for a slot, and the token after it.
pub(crate) fn take(
    slot: Slot,
    text: &Text,
    table: &Table,
    phrases: &Phrases,
    at: usize,
) -> Option<(usize, Value)> {
    let token = text.token(at)?;
    let one = |value: Option<Value>| Some((at + 1, value?));
    let word = |fits: fn(&Value) -> bool| {
        let meanings = phrases.meanings(&token.folded).iter();
        one(meanings.copied().find(fits))
    };
    let number =
        |digits, from: u32, to: u32| token.number(digits).filter(|number| (from..=to).contains(number));
    match slot {
        Slot::Number => match token.number(4) {
            Some(number) => one(Some(Value::Number(number))),
            None => word(|value| matches!(value, Value::Number(_))),
        },
        Slot::Ordinal => {
            ordinal_in_digits(text, table, at).or_else(|| word(|value| matches!(value, Value::Ordinal(_))))
        }
        Slot::OrdinalInDigits => ordinal_in_digits(text, table, at),
        Slot::Weekday => word(|value| matches!(value, Value::Weekday(_))),
        Slot::DaysOfWeek => word(|value| matches!(value, Value::DaysOfWeek(_))),
        Slot::Month => word(|value| matches!(value, Value::Month(_))),
        Slot::Unit => word(|value| matches!(value, Value::Unit(_))),
        Slot::PartOfDay => word(|value| matches!(value, Value::Time(_))),
        Slot::Priority => word(|value| matches!(value, Value::Priority(_))),
        Slot::Hour => one(number(2, 0, 23).and_then(|hour| Some(Value::Hour(u16::try_from(hour).ok()?)))),
        Slot::Minute => {
            let minute = number(2, 0, 59).filter(|_| token.folded.len() == 2);
            one(minute.and_then(|minute| Some(Value::Minute(u16::try_from(minute).ok()?))))
        }
        Slot::DayNumber => {
            one(number(2, 1, 31).and_then(|day| Some(Value::DayNumber(u8::try_from(day).ok()?))))
        }
        Slot::Year => one(year(text, at, false).map(Value::Year)),
        Slot::IsoDate => iso_date(text, at),
        Slot::DottedDate => {
            let (next, day, month) = dotted(text, at)?;
            let year = year(text, next, table.has_short_years).filter(|_| is_glued(text, next))?;
            Some((next + 1, of_day(Day::Full { year, month, day })))
        }
        Slot::DottedShort => {
            let (next, day, month) = dotted(text, at)?;
            let year_day = crate::value::YearDay {
                month: u8::try_from(month).ok()?,
                day: u8::try_from(day).ok()?,
            };
            Some((next, of_day(Day::YearDay(year_day))))
        }
        Slot::SlashedDate => {
            let (next, first, second) = slashed(text, at)?;
            sign(text, next, '/')?;
            let year = year(text, next + 1, true).filter(|_| is_glued(text, next + 1))?;
            let year = Some(year);
            Some((next + 2, of_day(Day::Slashed { first, second, year })))
        }
        Slot::SlashedShort => {
            let (next, first, second) = slashed(text, at)?;
            let year = None;
            Some((next, of_day(Day::Slashed { first, second, year })))
        }
        _ => None,
    }
}

fn of_day(day: Day) -> Value {
    Value::Day(Moment {
        day: Some(day),
        time: None,
    })
}

fn is_glued(text: &Text, at: usize) -> bool {
    text.token(at).is_some_and(|token| !token.is_apart)
}

/// The sign that must stand here, right behind what is before it.
fn sign(text: &Text, at: usize, sign: char) -> Option<()> {
    text.token(at)
        .filter(|token| token.is_sign(sign) && !token.is_apart)
        .map(|_| ())
}

/// A number that stands here, right behind what is before it.
fn glued_number(text: &Text, at: usize, digits: usize) -> Option<u32> {
    text.token(at).filter(|token| !token.is_apart)?.number(digits)
}

fn year(text: &Text, at: usize, may_be_short: bool) -> Option<u32> {
    let token = text.token(at)?;
    let year = token.number(4)?;
    match token.folded.len() {
        4 => Some(year).filter(|year| (1970..=9998).contains(year)),
        2 if may_be_short => Some(2000 + year),
        _ => None,
    }
}

fn ordinal_in_digits(text: &Text, table: &Table, at: usize) -> Option<(usize, Value)> {
    let nth = text.token(at)?.number(2).filter(|nth| (1..=99).contains(nth))?;
    let suffix = text
        .token(at + 1)
        .filter(|token| !token.is_apart && !token.is_opaque)?;
    table
        .suffixes
        .contains(&suffix.folded.as_str())
        .then_some((at + 2, Value::Ordinal(i8::try_from(nth).ok()?)))
}

/// `2026-12-01`, or `2026-12-01T09:00`.
fn iso_date(text: &Text, at: usize) -> Option<(usize, Value)> {
    let year = year(text, at, false)?;
    sign(text, at + 1, '-')?;
    let month = glued_number(text, at + 2, 2)?;
    sign(text, at + 3, '-')?;
    let day = glued_number(text, at + 4, 2)?;
    let day = Some(Day::Full { year, month, day });
    let time = iso_time(text, at + 5);
    let next = if time.is_some() { at + 9 } else { at + 5 };
    Some((next, Value::Day(Moment { day, time })))
}

fn iso_time(text: &Text, at: usize) -> Option<Time> {
    text.token(at)
        .filter(|token| token.folded == "t" && !token.is_apart)?;
    let hour = glued_number(text, at + 1, 2).filter(|hour| *hour < 24)?;
    sign(text, at + 2, ':')?;
    let minute = glued_number(text, at + 3, 2).filter(|minute| *minute < 60)?;
    Some(Time {
        minutes: u16::try_from(hour * 60 + minute).ok()?,
        certainty: Certainty::Said,
    })
}

/// `1.12.`: the day comes first wherever dots are used.
fn dotted(text: &Text, at: usize) -> Option<(usize, u32, u32)> {
    let day = text.token(at)?.number(2).filter(|day| (1..=31).contains(day))?;
    sign(text, at + 1, '.')?;
    let month = glued_number(text, at + 2, 2).filter(|month| (1..=12).contains(month))?;
    sign(text, at + 3, '.')?;
    Some((at + 4, day, month))
}

fn slashed(text: &Text, at: usize) -> Option<(usize, u32, u32)> {
    let first = text
        .token(at)?
        .number(2)
        .filter(|first| (1..=31).contains(first))?;
    sign(text, at + 1, '/')?;
    let second = glued_number(text, at + 2, 2).filter(|second| (1..=31).contains(second))?;
    (first <= 12 || second <= 12).then_some((at + 3, first, second))
}
