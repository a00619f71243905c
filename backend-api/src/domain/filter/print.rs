//! A filter in its canonical form, which is read as the same filter again.

use std::fmt::{self, Display, Formatter};

use chrono::SecondsFormat;

use super::date::{Base, Date, Relative, Shift, Unit};
use super::date_syntax::{RELATIVES, STRETCHES, WEEKDAYS};
use super::field::Field;
use super::tree::{Expr, Order, Pattern, Piece, Spanned, Term, Test};

impl Display for Expr<Term> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::All(parts) => joined(f, parts, " and "),
            Self::Any(parts) => joined(f, parts, " or "),
            Self::Not(part) => match &**part {
                Self::Is(term) => term.write(f, Sense::Not),
                part => {
                    f.write_str("not ")?;
                    part.write_inside(f)
                }
            },
            Self::Is(term) => term.write(f, Sense::Plain),
        }
    }
}

impl Expr<Term> {
    /// With parentheses where it would be torn apart.
    fn write_inside(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::All(_) | Self::Any(_) => write!(f, "({self})"),
            Self::Not(_) | Self::Is(_) => self.fmt(f),
        }
    }
}

fn joined(f: &mut Formatter<'_>, parts: &[Expr<Term>], word: &str) -> fmt::Result {
    for (index, part) in parts.iter().enumerate() {
        if index > 0 {
            f.write_str(word)?;
        }
        part.write_inside(f)?;
    }
    Ok(())
}

/// Whether a condition is written with a `not`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sense {
    Plain,
    Not,
}

impl Sense {
    const fn word(self) -> &'static str {
        match self {
            Self::Plain => "",
            Self::Not => "not ",
        }
    }
}

impl Term {
    fn write(&self, f: &mut Formatter<'_>, sense: Sense) -> fmt::Result {
        let not = sense.word();
        match self {
            Self::Has(part) => write!(f, "{not}has {}", part.name()),
            Self::Like(field, pattern) => write!(f, "{} {not}like {pattern}", Field::from(*field).name()),
            Self::Text(field, texts) => one_of(f, sense, Field::Text(*field), texts, |text| quoted(text)),
            Self::Tag(names) => one_of(f, sense, Field::Tag, names, |name| quoted(name.value.as_str())),
            Self::Project(names) => one_of(f, sense, Field::Project, names, |name| {
                quoted(name.value.as_str())
            }),
            Self::Status(words) => one_of(f, sense, Field::Status, words, ToString::to_string),
            Self::Priority(test) => test.write(f, sense, Field::Priority, ToString::to_string),
            Self::Estimate(test) => test.write(f, sense, Field::Estimate, |minutes| format!("{minutes}m")),
            Self::Time(field, test) => test.write(f, sense, Field::Time(*field), Spanned::to_string),
        }
    }
}

impl<V> Test<V> {
    fn write(
        &self,
        f: &mut Formatter<'_>,
        sense: Sense,
        field: Field,
        show: impl Fn(&V) -> String,
    ) -> fmt::Result {
        match self {
            Self::OneOf(values) => one_of(f, sense, field, values, show),
            Self::Than(order, value) => write!(
                f,
                "{}{} {} {}",
                sense.word(),
                field.name(),
                order.sign(),
                show(value)
            ),
        }
    }
}

fn one_of<V>(
    f: &mut Formatter<'_>,
    sense: Sense,
    field: Field,
    values: &[V],
    show: impl Fn(&V) -> String,
) -> fmt::Result {
    let name = field.name();
    let shown: Vec<String> = values.iter().map(show).collect();
    match (shown.as_slice(), sense) {
        ([only], Sense::Plain) => write!(f, "{name} = {only}"),
        ([only], Sense::Not) => write!(f, "{name} != {only}"),
        (all, _) => write!(f, "{name} {}in ({})", sense.word(), all.join(", ")),
    }
}

fn quoted(text: &str) -> String {
    format!("\"{}\"", escaped(text, &['\\', '"']))
}

fn escaped(text: &str, signs: &[char]) -> String {
    let escape = |c: char| signs.contains(&c).then_some('\\').into_iter().chain([c]);
    text.chars().flat_map(escape).collect()
}

impl Display for Pattern {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str("\"")?;
        for piece in &self.0 {
            match piece {
                Piece::Anything => f.write_str("*")?,
                Piece::Text(text) => f.write_str(&escaped(text, &['\\', '"', '*', '%']))?,
            }
        }
        f.write_str("\"")
    }
}

impl Order {
    const fn sign(self) -> &'static str {
        match self {
            Self::Less => "<",
            Self::AtMost => "<=",
            Self::More => ">",
            Self::AtLeast => ">=",
        }
    }
}

impl<T: Display> Display for Spanned<T> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        self.value.fmt(f)
    }
}

impl Display for Date {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        self.base.fmt(f)?;
        for shift in &self.shifts {
            let (number, unit) = match shift {
                Shift::Minutes(number) => (number, "m"),
                Shift::Hours(number) => (number, "h"),
                Shift::Calendar(number, Unit::Day) => (number, "d"),
                Shift::Calendar(number, Unit::Week) => (number, "w"),
                Shift::Calendar(number, Unit::Month) => (number, "mo"),
                Shift::Calendar(number, Unit::Year) => (number, "y"),
            };
            let sign = if *number < 0 { '-' } else { '+' };
            write!(f, " {sign} {}{unit}", number.unsigned_abs())?;
        }
        Ok(())
    }
}

impl Display for Base {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Now => f.write_str("now"),
            Self::Day(Relative::Last) => f.write_str("yesterday"),
            Self::Day(Relative::This) => f.write_str("today"),
            Self::Day(Relative::Next) => f.write_str("tomorrow"),
            Self::Weekday(Relative::This, day) => f.write_str(name(&WEEKDAYS, day)),
            Self::Weekday(relative, day) => {
                write!(f, "{} {}", name(&RELATIVES, relative), name(&WEEKDAYS, day))
            }
            Self::Stretch(relative, unit) => {
                write!(f, "{} {}", name(&RELATIVES, relative), name(&STRETCHES, unit))
            }
            Self::Start(relative, unit) => edge(f, "start", *relative, *unit),
            Self::End(relative, unit) => edge(f, "end", *relative, *unit),
            Self::Date(date) => write!(f, "{}", date.format("%Y-%m-%d")),
            Self::Local(at) => write!(f, "{}", at.format("%Y-%m-%dT%H:%M:%S")),
            Self::Instant(at) => f.write_str(&at.to_rfc3339_opts(SecondsFormat::AutoSi, true)),
        }
    }
}

fn edge(f: &mut Formatter<'_>, which: &str, relative: Relative, unit: Unit) -> fmt::Result {
    write!(f, "{which} of ")?;
    if relative != Relative::This {
        write!(f, "{} ", name(&RELATIVES, &relative))?;
    }
    f.write_str(name(&STRETCHES, &unit))
}

fn name<T: PartialEq>(names: &[(&'static str, T)], value: &T) -> &'static str {
    let named = names.iter().find(|(_, named)| named == value);
    named.map_or("", |(name, _)| name)
}
