//! Reading RRULE text: split it into parts, then read the value of each.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;
use std::str::FromStr;

use chrono::{NaiveDate, NaiveDateTime, Timelike, Weekday};

use super::{End, Frequency, NthWeekday, Rule, RuleError, ShortMonth, Until, check};

const MAX_BYTES: usize = 512;
const MAX_INTERVAL: u16 = 1_000;
const MAX_COUNT: u16 = 10_000;
/// How much of a bad value is repeated in the error.
const ECHOED_CHARACTERS: usize = 64;
const PARTS: [&str; 16] = [
    "FREQ",
    "INTERVAL",
    "COUNT",
    "UNTIL",
    "WKST",
    "BYMONTH",
    "BYWEEKNO",
    "BYYEARDAY",
    "BYMONTHDAY",
    "BYDAY",
    "BYHOUR",
    "BYMINUTE",
    "BYSECOND",
    "BYSETPOS",
    "RSCALE",
    "SKIP",
];

type Parts<'text> = BTreeMap<&'static str, &'text str>;

pub(super) fn rule(text: &str) -> Result<Rule, RuleError> {
    let parts = split(text)?;
    let rule = Rule {
        frequency: frequency(&parts)?,
        interval: number(
            &parts,
            "INTERVAL",
            1..=MAX_INTERVAL,
            "use a whole number from 1 to 1000",
        )?
        .unwrap_or(1),
        end: end(&parts)?,
        short_month: short_month(&parts)?,
        week_start: week_start(&parts)?,
        months: numbers(&parts, "BYMONTH", 1..=12, "use months from 1 to 12")?,
        week_numbers: signed(&parts, "BYWEEKNO", 53, "use weeks from 1 to 53 or -53 to -1")?,
        year_days: signed(&parts, "BYYEARDAY", 366, "use days from 1 to 366 or -366 to -1")?,
        month_days: signed(&parts, "BYMONTHDAY", 31, "use days from 1 to 31 or -31 to -1")?,
        weekdays: weekdays(&parts)?,
        hours: numbers(&parts, "BYHOUR", 0..=23, "use hours from 0 to 23")?,
        minutes: numbers(&parts, "BYMINUTE", 0..=59, "use minutes from 0 to 59")?,
        seconds: numbers(&parts, "BYSECOND", 0..=59, "use seconds from 0 to 59")?,
        set_positions: signed(
            &parts,
            "BYSETPOS",
            366,
            "use positions from 1 to 366 or -366 to -1",
        )?,
    };
    check::rule(&rule)?;
    Ok(rule)
}

/// Names are matched without regard to case, as RFC 5545 section 2 asks; values likewise, further below.
fn split(text: &str) -> Result<Parts<'_>, RuleError> {
    if text.is_empty() {
        return Err(RuleError::Empty);
    }
    if text.len() > MAX_BYTES {
        return Err(RuleError::TooLong {
            length: text.len(),
            limit: MAX_BYTES,
        });
    }
    if text.contains([':', '\n', '\r']) {
        return Err(RuleError::NotBareValue);
    }
    let mut parts = Parts::new();
    for part in text.split(';') {
        let (name, value) = part
            .split_once('=')
            .filter(|(name, value)| !name.is_empty() && !value.is_empty())
            .ok_or_else(|| RuleError::MalformedPart { part: echo(part) })?;
        let name = PARTS
            .into_iter()
            .find(|known| known.eq_ignore_ascii_case(name))
            .ok_or_else(|| RuleError::UnknownPart { part: echo(name) })?;
        if parts.insert(name, value).is_some() {
            return Err(RuleError::DuplicatePart { part: name });
        }
    }
    Ok(parts)
}

fn frequency(parts: &Parts<'_>) -> Result<Frequency, RuleError> {
    let value = parts.get("FREQ").ok_or(RuleError::MissingFrequency)?;
    match value.to_ascii_uppercase().as_str() {
        "DAILY" => Ok(Frequency::Daily),
        "WEEKLY" => Ok(Frequency::Weekly),
        "MONTHLY" => Ok(Frequency::Monthly),
        "YEARLY" => Ok(Frequency::Yearly),
        "HOURLY" => Err(RuleError::TooFrequent { value: "HOURLY" }),
        "MINUTELY" => Err(RuleError::TooFrequent { value: "MINUTELY" }),
        "SECONDLY" => Err(RuleError::TooFrequent { value: "SECONDLY" }),
        _ => Err(bad_value("FREQ", value, "use DAILY, WEEKLY, MONTHLY or YEARLY")),
    }
}

fn end(parts: &Parts<'_>) -> Result<End, RuleError> {
    let count = number(
        parts,
        "COUNT",
        1..=MAX_COUNT,
        "use a whole number from 1 to 10000",
    )?;
    match (count, parts.get("UNTIL")) {
        (Some(_), Some(_)) => Err(RuleError::CountAndUntil),
        (Some(count), None) => Ok(End::Count(count)),
        (None, Some(value)) => until(value).map(End::Until),
        (None, None) => Ok(End::Never),
    }
}

fn until(value: &str) -> Result<Until, RuleError> {
    let upper = value.to_ascii_uppercase();
    let plain = upper
        .bytes()
        .all(|byte| byte.is_ascii_digit() || matches!(byte, b'T' | b'Z'));
    // chrono reads :60, a leap second, which no rule or zone can place.
    let at = |text: &str| {
        let at = NaiveDateTime::parse_from_str(text, "%Y%m%dT%H%M%S").ok();
        at.filter(|at| at.nanosecond() == 0)
    };
    let until = match (upper.len(), upper.strip_suffix('Z')) {
        (8, None) if plain => NaiveDate::parse_from_str(&upper, "%Y%m%d").ok().map(Until::Date),
        (15, None) if plain => at(&upper).map(Until::Local),
        (16, Some(text)) if plain => at(text).map(Until::Utc),
        _ => None,
    };
    until.ok_or_else(|| bad_value("UNTIL", value, "use a date 20261231 or a time 20261231T235959Z"))
}

fn short_month(parts: &Parts<'_>) -> Result<ShortMonth, RuleError> {
    if let Some(scale) = parts
        .get("RSCALE")
        .filter(|scale| !scale.eq_ignore_ascii_case("GREGORIAN"))
    {
        return Err(bad_value(
            "RSCALE",
            scale,
            "only the GREGORIAN calendar is supported",
        ));
    }
    match parts.get("SKIP") {
        Some(_) if !parts.contains_key("RSCALE") => Err(RuleError::SkipCombination {
            expected: check::SKIP_FORM,
        }),
        Some(skip) if skip.eq_ignore_ascii_case("BACKWARD") => Ok(ShortMonth::ClampToEnd),
        Some(skip) if !skip.eq_ignore_ascii_case("OMIT") => {
            Err(bad_value("SKIP", skip, "only OMIT and BACKWARD are supported"))
        }
        _ => Ok(ShortMonth::Omit),
    }
}

fn week_start(parts: &Parts<'_>) -> Result<Weekday, RuleError> {
    let Some(value) = parts.get("WKST") else {
        return Ok(Weekday::Mon);
    };
    weekday(value).ok_or_else(|| bad_value("WKST", value, "use MO, TU, WE, TH, FR, SA or SU"))
}

fn weekdays(parts: &Parts<'_>) -> Result<Vec<NthWeekday>, RuleError> {
    let mut weekdays = list(
        parts,
        "BYDAY",
        "use days such as MO or, by month or year, 1MO and -1FR",
        nth_weekday,
    )?;
    weekdays.sort_unstable_by_key(|day| (day.nth, day.weekday.num_days_from_monday()));
    weekdays.dedup();
    Ok(weekdays)
}

fn nth_weekday(text: &str) -> Option<NthWeekday> {
    let (nth, code) = text.split_at_checked(text.len().checked_sub(2)?)?;
    let nth = if nth.is_empty() { None } else { Some(integer(nth)?) };
    let weekday = weekday(code)?;
    (nth != Some(0)).then_some(NthWeekday { nth, weekday })
}

fn weekday(code: &str) -> Option<Weekday> {
    match code.to_ascii_uppercase().as_str() {
        "MO" => Some(Weekday::Mon),
        "TU" => Some(Weekday::Tue),
        "WE" => Some(Weekday::Wed),
        "TH" => Some(Weekday::Thu),
        "FR" => Some(Weekday::Fri),
        "SA" => Some(Weekday::Sat),
        "SU" => Some(Weekday::Sun),
        _ => None,
    }
}

fn number(
    parts: &Parts<'_>,
    part: &'static str,
    range: RangeInclusive<u16>,
    expected: &'static str,
) -> Result<Option<u16>, RuleError> {
    let Some(value) = parts.get(part) else {
        return Ok(None);
    };
    let number = integer(value).filter(|number| range.contains(number));
    number.map(Some).ok_or_else(|| bad_value(part, value, expected))
}

fn numbers(
    parts: &Parts<'_>,
    part: &'static str,
    range: RangeInclusive<u8>,
    expected: &'static str,
) -> Result<Vec<u8>, RuleError> {
    let mut numbers = list(parts, part, expected, |text| {
        integer(text).filter(|n| range.contains(n))
    })?;
    numbers.sort_unstable();
    numbers.dedup();
    Ok(numbers)
}

/// Numbers from 1 to `limit`, or counted from the end by a minus sign.
fn signed<T>(
    parts: &Parts<'_>,
    part: &'static str,
    limit: i32,
    expected: &'static str,
) -> Result<Vec<T>, RuleError>
where
    T: FromStr + Ord + Copy + Into<i32>,
{
    let mut numbers = list(parts, part, expected, |text| {
        integer(text).filter(|number: &T| (1..=limit).contains(&(*number).into().abs()))
    })?;
    numbers.sort_unstable();
    numbers.dedup();
    Ok(numbers)
}

fn list<T>(
    parts: &Parts<'_>,
    part: &'static str,
    expected: &'static str,
    read: impl Fn(&str) -> Option<T>,
) -> Result<Vec<T>, RuleError> {
    let Some(values) = parts.get(part) else {
        return Ok(Vec::new());
    };
    values
        .split(',')
        .map(|value| read(value).ok_or_else(|| bad_value(part, value, expected)))
        .collect()
}

/// A whole number as RFC 5545 writes it: an optional sign, then digits.
fn integer<T: FromStr>(text: &str) -> Option<T> {
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    let plain = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    if plain { text.parse().ok() } else { None }
}

pub(super) fn bad_value(part: &'static str, value: &str, expected: &'static str) -> RuleError {
    RuleError::BadValue {
        part,
        value: echo(value),
        expected,
    }
}

fn echo(text: &str) -> String {
    text.chars().take(ECHOED_CHARACTERS).collect()
}
