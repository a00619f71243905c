//! How times are written: `2026-12-01`, `today + 7d`, `start of week`.

use chrono::Weekday;
use recurrence::WallTime;
use winnow::combinator::{alt, opt};
use winnow::prelude::*;
use winnow::token::any;

use super::date::{Base, Date, Relative, Shift, Unit};
use super::syntax::{Failure, Input, Parsed, expected, sign};
use super::token::{Kind, Token};
use super::tree::{Span, Spanned};
use crate::domain::moment::Instant;

const DATES: &str = "a time, like 2026-12-01, 2026-12-01T09:00, now, today, tomorrow, yesterday, monday, next week, start of month";
const UNITS: &str = "an amount of time, like 7d: a number of m (minutes), h, d, w, mo or y";

/// Most of a unit that is added at once.
const MAX_NUMBER: i32 = 99_999;

pub(super) const WEEKDAYS: [(&str, Weekday); 7] = [
    ("monday", Weekday::Mon),
    ("tuesday", Weekday::Tue),
    ("wednesday", Weekday::Wed),
    ("thursday", Weekday::Thu),
    ("friday", Weekday::Fri),
    ("saturday", Weekday::Sat),
    ("sunday", Weekday::Sun),
];

pub(super) const STRETCHES: [(&str, Unit); 4] = [
    ("day", Unit::Day),
    ("week", Unit::Week),
    ("month", Unit::Month),
    ("year", Unit::Year),
];

/// A time, and what is added to it.
pub(super) fn date(input: &mut Input<'_, '_>) -> Parsed<Spanned<Date>> {
    let first = any.parse_next(input)?;
    let (base, mut span) = base(input, first)?;
    let mut shifts = Vec::new();
    while let Some(plus) = opt(alt((sign(Kind::Plus), sign(Kind::Minus)))).parse_next(input)? {
        let (shift, last) = shift(input, plus.kind == Kind::Minus)?;
        shifts.push(shift);
        span = span.until(last);
    }
    Ok(Spanned {
        value: Date { base, shifts },
        span,
    })
}

fn base(input: &mut Input<'_, '_>, token: &Token<'_>) -> Parsed<(Base, Span)> {
    let Kind::Word(word) = token.kind else {
        return Err(expected(token, DATES));
    };
    if word.starts_with(|c: char| c.is_ascii_digit()) {
        let date =
            written(word).ok_or_else(|| expected(token, "a date, like 2026-12-01 or 2026-12-01T09:00"))?;
        return Ok((date, token.span));
    }
    let word = word.to_ascii_lowercase();
    let base = match word.as_str() {
        "now" => Base::Now,
        "today" => Base::Day(Relative::This),
        "tomorrow" => Base::Day(Relative::Next),
        "yesterday" => Base::Day(Relative::Last),
        "start" => return edge(input, token.span, Base::Start),
        "end" => return edge(input, token.span, Base::End),
        "this" | "next" | "last" => return beside(input, token.span, &word),
        _ => weekday(&word)
            .map(|day| Base::Weekday(Relative::This, day))
            .ok_or_else(|| expected(token, DATES))?,
    };
    Ok((base, token.span))
}

/// `of week`, `of last month` after `start` or `end`.
fn edge(input: &mut Input<'_, '_>, span: Span, make: fn(Relative, Unit) -> Base) -> Parsed<(Base, Span)> {
    let of = any.parse_next(input)?;
    if !of.is_word("of") {
        return Err(expected(of, "\"of\", as in start of week"));
    }
    let token = any.parse_next(input)?;
    let (relative, token) = match relative(token) {
        Some(relative) => (relative, any.parse_next(input)?),
        None => (Relative::This, token),
    };
    let unit = stretch(token).ok_or_else(|| expected(token, "day, week, month or year"))?;
    Ok((make(relative, unit), span.until(token.span)))
}

/// What stands after `this`, `next` or `last`.
fn beside(input: &mut Input<'_, '_>, span: Span, word: &str) -> Parsed<(Base, Span)> {
    let token = any.parse_next(input)?;
    let relative = RELATIVES.iter().find(|(name, _)| *name == word);
    let relative = relative.map_or(Relative::This, |(_, relative)| *relative);
    let day = match token.kind {
        Kind::Word(word) => weekday(&word.to_ascii_lowercase()),
        _ => None,
    };
    let base = match (stretch(token), day) {
        (Some(Unit::Day), _) => Base::Day(relative),
        (Some(unit), _) => Base::Stretch(relative, unit),
        (None, Some(day)) => Base::Weekday(relative, day),
        (None, None) => return Err(expected(token, "week, month, year or a day of the week")),
    };
    Ok((base, span.until(token.span)))
}

pub(super) const RELATIVES: [(&str, Relative); 3] = [
    ("last", Relative::Last),
    ("this", Relative::This),
    ("next", Relative::Next),
];

fn relative(token: &Token<'_>) -> Option<Relative> {
    let named = RELATIVES.iter().find(|(name, _)| token.is_word(name));
    named.map(|(_, relative)| *relative)
}

fn stretch(token: &Token<'_>) -> Option<Unit> {
    let named = STRETCHES.iter().find(|(name, _)| token.is_word(name));
    named.map(|(_, unit)| *unit)
}

fn weekday(word: &str) -> Option<Weekday> {
    let named = WEEKDAYS.iter().find(|(name, _)| *name == word);
    named.map(|(_, day)| *day)
}

/// `2026-12-01`, `2026-12-01T09:00`, with seconds or an offset or without.
fn written(word: &str) -> Option<Base> {
    let word = word.to_ascii_uppercase();
    let text = match word.split_at_checked(TO_THE_MINUTE) {
        Some((minute, rest)) if !rest.starts_with(':') => format!("{minute}:00{rest}"),
        _ => word,
    };
    match text.parse::<WallTime>() {
        Ok(WallTime::AllDay(date)) => Some(Base::Date(date)),
        Ok(WallTime::Timed(at)) => Some(Base::Local(at)),
        Err(_) => text.parse().ok().map(|at: Instant| Base::Instant(at.at())),
    }
}

/// As long is `2026-12-01T09:00`.
const TO_THE_MINUTE: usize = 16;

/// `7d`, `7 days`.
fn shift(input: &mut Input<'_, '_>, is_negative: bool) -> Parsed<(Shift, Span)> {
    let token = any.parse_next(input)?;
    let Kind::Word(word) = token.kind else {
        return Err(expected(token, UNITS));
    };
    let letters = word.trim_start_matches(|c: char| c.is_ascii_digit());
    let number = word.strip_suffix(letters).unwrap_or_default();
    let number: i32 = number.parse().map_err(|_| expected(token, UNITS))?;
    if number > MAX_NUMBER {
        return Err(Failure::new(
            token.span,
            format!("at most {MAX_NUMBER} of a unit are added"),
        ));
    }
    let (unit, last) = match (letters, input.peek_token()) {
        ("", Some(next)) => {
            any.parse_next(input)?;
            (unit(next), next)
        }
        (letters, _) => (unit_named(letters), token),
    };
    let unit = unit.ok_or_else(|| expected(last, UNITS))?;
    let number = if is_negative { -number } else { number };
    Ok((unit(number), last.span))
}

fn unit(token: &Token<'_>) -> Option<fn(i32) -> Shift> {
    match token.kind {
        Kind::Word(word) => unit_named(word),
        _ => None,
    }
}

fn unit_named(word: &str) -> Option<fn(i32) -> Shift> {
    Some(match word.to_ascii_lowercase().as_str() {
        "m" | "min" | "minute" | "minutes" => Shift::Minutes,
        "h" | "hour" | "hours" => Shift::Hours,
        "d" | "day" | "days" => |number| Shift::Calendar(number, Unit::Day),
        "w" | "week" | "weeks" => |number| Shift::Calendar(number, Unit::Week),
        "mo" | "month" | "months" => |number| Shift::Calendar(number, Unit::Month),
        "y" | "year" | "years" => |number| Shift::Calendar(number, Unit::Year),
        _ => return None,
    })
}
