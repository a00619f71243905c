//! Phrases: patterns of words, which are data, and the form in which they are matched.
//!
//! A pattern is words and slots such as `<weekday>`. `[x]` may be left out, of `(x|y)` one stands there; a blank is a blank in
//! the text, `~` is one or none, `\~` is a tilde, and what is written together stands together.

use std::collections::HashMap;

use super::Table;
use crate::build::Build;
use crate::text::{Kind, Text, Token};
use crate::value::Value;

/// What a slot of a pattern takes, and for those from [`Slot::FIRST_OF_PHRASES`] on: what a phrase is. Each is made of those before
/// it alone, and of itself further to the right.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Slot {
    /// `3`, `three`.
    Number,
    /// `2nd`, `second`.
    Ordinal,
    /// `2nd`.
    OrdinalInDigits,
    Weekday,
    DaysOfWeek,
    Month,
    Unit,
    PartOfDay,
    Priority,
    Hour,
    Minute,
    DayNumber,
    Year,
    IsoDate,
    DottedDate,
    DottedShort,
    SlashedDate,
    SlashedShort,

    Weekdays,
    MonthDays,
    YearDay,
    Length,
    Clock,
    Time,
    Date,
    Day,
    Moment,
    Rhythm,
    Until,
    Count,
    Start,
    Reminder,
    Estimate,
    Mark,
    Title,
}

/// How sure it is that a phrase means what it says: where it must stand to be taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Strength {
    /// Beside another phrase of time.
    Beside,
    /// There, or at the end of the text, or before a connector.
    End,
    /// There, or at its beginning.
    Edge,
    /// Anywhere.
    Sure,
}

/// A pattern: what it is, how sure (none: as what stands in its first slot that is a phrase), its words, and what it builds.
#[derive(Debug)]
pub(crate) struct Phrase(
    pub(crate) Slot,
    pub(crate) Option<Strength>,
    pub(crate) &'static str,
    pub(crate) Build,
);

/// What stands between an element and the one before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Gap {
    None,
    Blank,
    Any,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Part {
    Word(String),
    Slot(Slot),
}

/// A pattern without alternatives.
#[derive(Debug)]
pub(crate) struct Flat {
    pub(crate) slot: Slot,
    pub(crate) strength: Option<Strength>,
    pub(crate) build: Build,
    pub(crate) parts: Vec<(Gap, Part)>,
}

/// All phrases of a language, found by what they begin with.
#[derive(Debug)]
pub(crate) struct Phrases {
    pub(crate) flat: Vec<Flat>,
    by_word: HashMap<String, Vec<usize>>,
    /// Those that begin with a number, or with another phrase.
    by_number: Vec<usize>,
    /// Those that begin with a word of the language, or with another phrase.
    by_meaning: Vec<usize>,
    /// Those that begin with another phrase.
    by_phrase: Vec<usize>,
    words: HashMap<&'static str, Vec<Value>>,
    connectors: Vec<&'static str>,
    joiners: Vec<&'static str>,
    turning: Vec<&'static str>,
    limiting: Vec<&'static str>,
    ending: Vec<&'static str>,
    ordinary: Vec<&'static str>,
}

impl Slot {
    pub(crate) const NAMES: [(&'static str, Self); 29] = [
        ("n", Self::Number),
        ("nth", Self::Ordinal),
        ("0th", Self::OrdinalInDigits),
        ("weekday", Self::Weekday),
        ("days-of-week", Self::DaysOfWeek),
        ("month", Self::Month),
        ("unit", Self::Unit),
        ("part-of-day", Self::PartOfDay),
        ("priority", Self::Priority),
        ("hh", Self::Hour),
        ("mm", Self::Minute),
        ("dd", Self::DayNumber),
        ("yyyy", Self::Year),
        ("iso", Self::IsoDate),
        ("dotted", Self::DottedDate),
        ("dotted-short", Self::DottedShort),
        ("slashed", Self::SlashedDate),
        ("slashed-short", Self::SlashedShort),
        ("weekdays", Self::Weekdays),
        ("month-days", Self::MonthDays),
        ("year-day", Self::YearDay),
        ("length", Self::Length),
        ("clock", Self::Clock),
        ("time", Self::Time),
        ("date", Self::Date),
        ("day", Self::Day),
        ("moment", Self::Moment),
        ("rhythm", Self::Rhythm),
        ("until", Self::Until),
    ];
    const FIRST_OF_PHRASES: Self = Self::Weekdays;
    /// How many kinds of phrases there are.
    pub(crate) const PHRASES: usize = Self::Title as usize - Self::FIRST_OF_PHRASES as usize + 1;

    /// Its place among the phrases; none if it takes single words.
    pub(crate) fn place(self) -> Option<usize> {
        (self as usize).checked_sub(Self::FIRST_OF_PHRASES as usize)
    }

    fn takes_digits(self) -> bool {
        use Slot::{DaysOfWeek, Month, PartOfDay, Priority, Unit, Weekday};
        !matches!(self, Weekday | DaysOfWeek | Month | Unit | PartOfDay | Priority)
    }

    fn takes_words(self) -> bool {
        matches!(self, Self::Number | Self::Ordinal) || !self.takes_digits()
    }

    /// Whether it can stand for itself in a text, and is not only a part of others.
    pub(crate) fn is_item(self) -> bool {
        self >= Self::Time && !matches!(self, Self::Date | Self::Moment)
    }
}

impl Phrases {
    pub(crate) fn of(table: &Table) -> Self {
        let phrases = table.phrases.iter();
        let mut flat: Vec<Flat> = phrases
            .flat_map(|phrase| flat(phrase).unwrap_or_default())
            .collect();
        flat.sort_by_key(|flat| flat.slot);
        let mut by_word: HashMap<String, Vec<usize>> = HashMap::new();
        let (mut by_number, mut by_meaning, mut by_phrase) = (Vec::new(), Vec::new(), Vec::new());
        for (index, flat) in flat.iter().enumerate() {
            match flat.parts.first() {
                Some((_, Part::Word(word))) => by_word.entry(word.clone()).or_default().push(index),
                Some((_, Part::Slot(slot))) => {
                    let is_phrase = slot.place().is_some();
                    by_number.extend((is_phrase || slot.takes_digits()).then_some(index));
                    by_meaning.extend((is_phrase || slot.takes_words()).then_some(index));
                    by_phrase.extend(is_phrase.then_some(index));
                }
                None => {}
            }
        }
        let mut words: HashMap<&'static str, Vec<Value>> = HashMap::new();
        for (value, names) in table.words {
            for name in names.split_whitespace() {
                words.entry(name).or_default().push(*value);
            }
        }
        Self {
            flat,
            by_word,
            by_number,
            by_meaning,
            by_phrase,
            words,
            connectors: table.connectors.split_whitespace().collect(),
            joiners: table.joiners.split_whitespace().collect(),
            turning: table.turning.split_whitespace().collect(),
            limiting: table.limiting.split_whitespace().collect(),
            ending: table.ending.split_whitespace().collect(),
            ordinary: table.ordinary.split_whitespace().collect(),
        }
    }

    /// The phrases that may begin with this token, those that others are made of first.
    pub(crate) fn beginning_with(&self, token: &Token) -> impl Iterator<Item = &Flat> {
        let mut by_word = self
            .by_word
            .get(&token.folded)
            .into_iter()
            .flatten()
            .copied()
            .peekable();
        let by_slot = match token.kind {
            Kind::Digits => &self.by_number,
            Kind::Word if !self.meanings(&token.folded).is_empty() => &self.by_meaning,
            Kind::Word | Kind::Sign => &self.by_phrase,
        };
        let mut by_slot = by_slot.iter().copied().peekable();
        let merged = std::iter::from_fn(move || match (by_word.peek(), by_slot.peek()) {
            (Some(one), Some(other)) if other < one => by_slot.next(),
            (Some(_), _) => by_word.next(),
            (None, _) => by_slot.next(),
        });
        merged.filter_map(|index| self.flat.get(index))
    }

    /// What a word means.
    pub(crate) fn meanings(&self, word: &str) -> &[Value] {
        self.words.get(word).map(Vec::as_slice).unwrap_or_default()
    }

    pub(crate) fn is_connector(&self, word: &str) -> bool {
        self.connectors.contains(&word)
    }

    pub(crate) fn is_joiner(&self, word: &str) -> bool {
        self.joiners.contains(&word)
    }

    pub(crate) fn is_turning(&self, word: &str) -> bool {
        self.turning.contains(&word)
    }

    pub(crate) fn is_limiting(&self, word: &str) -> bool {
        self.limiting.contains(&word)
    }

    pub(crate) fn is_ending(&self, word: &str) -> bool {
        self.ending.contains(&word)
    }

    pub(crate) fn is_ordinary(&self, word: &str) -> bool {
        self.ordinary.contains(&word)
    }
}

/// The pattern without its alternatives; none if it cannot be read, which a test rules out.
fn flat(phrase: &Phrase) -> Option<Vec<Flat>> {
    let Phrase(slot, strength, pattern, build) = phrase;
    let texts = alternatives((*pattern).to_owned());
    let flat = texts.into_iter().map(|text| {
        Some(Flat {
            slot: *slot,
            strength: *strength,
            build: *build,
            parts: parts(&text)?,
        })
    });
    flat.collect()
}

/// Each text that a pattern with brackets stands for.
fn alternatives(pattern: String) -> Vec<String> {
    let inner = pattern.find([']', ')']).and_then(|close| {
        let (before, after) = pattern.split_at_checked(close)?;
        let open = before.rfind(['[', '('])?;
        let (before, inside) = before.split_at_checked(open)?;
        Some((before, inside.get(1..)?, after.get(1..)?, after.starts_with(']')))
    });
    let Some((before, inside, after, may_be_absent)) = inner else {
        return vec![pattern];
    };
    let absent = may_be_absent.then_some("");
    let texts = inside
        .split('|')
        .chain(absent)
        .map(|one| format!("{before}{one}{after}"));
    texts.flat_map(alternatives).collect()
}

fn parts(text: &str) -> Option<Vec<(Gap, Part)>> {
    let mut parts = Vec::new();
    let mut rest = text.trim();
    let mut gap = Gap::None;
    while !rest.is_empty() {
        if let Some(after) = rest.strip_prefix(' ') {
            (gap, rest) = (Gap::Blank, after.trim_start());
        } else if let Some(after) = rest.strip_prefix(r"\~") {
            parts.push((gap, Part::Word("~".to_owned())));
            (gap, rest) = (Gap::None, after);
        } else if let Some(after) = rest.strip_prefix('~') {
            (gap, rest) = (Gap::Any, after);
        } else if let Some((name, after)) = rest.strip_prefix('<').and_then(|rest| rest.split_once('>')) {
            let (_, slot) = Slot::NAMES.iter().find(|(known, _)| *known == name)?;
            parts.push((gap, Part::Slot(*slot)));
            (gap, rest) = (Gap::None, after);
        } else {
            let end = rest.find([' ', '~', '<']).unwrap_or(rest.len());
            let (words, after) = rest.split_at_checked(end)?;
            for token in Text::new(words).tokens() {
                parts.push((gap, Part::Word(token.folded.clone())));
                gap = Gap::None;
            }
            rest = after;
        }
    }
    Some(parts)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::language::Language;

    #[test]
    fn every_phrase_of_every_language_can_be_read_and_is_made_of_what_comes_before_it() {
        for language in Language::ALL {
            for phrase in language.table().phrases {
                let read = flat(phrase).unwrap_or_else(|| panic!("{phrase:?}"));
                for flat in &read {
                    assert!(!flat.parts.is_empty(), "{phrase:?}");
                    let first = flat.parts.first().map(|(_, part)| part);
                    if let Some(Part::Slot(slot)) = first {
                        assert!(*slot < flat.slot, "{phrase:?} begins with itself");
                    }
                }
            }
        }
    }

    #[test]
    fn alternatives_are_written_out() {
        assert_eq!(
            alternatives("a [b (c|d)] e".to_owned()),
            ["a b c e", "a  e", "a b d e", "a  e"]
        );
        let read = parts("every! <n>~<unit>").expect("a pattern");
        assert_eq!(read.len(), 4);
    }
}
