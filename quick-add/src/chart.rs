//! Which phrases begin where: for each token and each kind of phrase the longest one, found from the end of the text to its
//! beginning, so that every phrase is looked for once.

use crate::build::Captures;
use crate::language::phrase::{Flat, Gap, Part, Phrases, Slot, Strength};
use crate::language::{Language, Table};
use crate::terminal;
use crate::text::{Kind, Text};
use crate::value::Value;

/// A phrase that was found.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Found {
    /// The token after it.
    pub(crate) end: usize,
    pub(crate) slot: Slot,
    pub(crate) strength: Strength,
    pub(crate) value: Value,
}

type Row = [Option<Found>; Slot::PHRASES];

/// All phrases of a text.
#[derive(Debug)]
pub(crate) struct Chart<'t> {
    text: &'t Text,
    table: &'static Table,
    phrases: &'static Phrases,
    rows: Vec<Row>,
}

impl<'t> Chart<'t> {
    pub(crate) fn new(text: &'t Text, language: Language) -> Self {
        let count = text.tokens().len();
        let mut chart = Self {
            text,
            table: language.table(),
            phrases: language.phrases(),
            rows: vec![[None; Slot::PHRASES]; count],
        };
        for at in (0..count).rev() {
            chart.fill(at);
        }
        chart
    }

    /// The longest phrase that begins here and can stand for itself.
    pub(crate) fn item(&self, at: usize) -> Option<Found> {
        if !self.text.may_begin(at) {
            return None;
        }
        let found = self.rows.get(at)?.iter().flatten();
        let items = found.filter(|found| found.slot.is_item());
        // A name that looks like a phrase is a name.
        let rank = |found: &Found| (found.end, found.slot == Slot::Title);
        let longest = items.reduce(|best, found| if rank(found) > rank(best) { found } else { best })?;
        Some(self.doubted(at, *longest))
    }

    /// Takes a phrase of ordinary words for less sure.
    fn doubted(&self, at: usize, found: Found) -> Found {
        let tokens = self.text.tokens().get(at..found.end).unwrap_or_default();
        if found.strength != Strength::Edge
            || !tokens.iter().any(|token| self.phrases.is_ordinary(&token.folded))
        {
            return found;
        }
        let strength = if tokens.len() == 1 {
            Strength::Beside
        } else {
            Strength::End
        };
        Found { strength, ..found }
    }

    fn fill(&mut self, at: usize) {
        let phrases = self.phrases;
        let Some(token) = self.text.token(at).filter(|token| !token.is_opaque) else {
            return;
        };
        for flat in phrases.beginning_with(token) {
            let Some(found) = self.find(flat, at) else {
                continue;
            };
            let cell = flat
                .slot
                .place()
                .and_then(|place| self.rows.get_mut(at)?.get_mut(place));
            if let Some(cell) = cell.filter(|cell| cell.is_none_or(|known| known.end < found.end)) {
                *cell = Some(found);
            }
        }
    }

    fn find(&self, flat: &Flat, at: usize) -> Option<Found> {
        let mut captures: Vec<Value> = Vec::new();
        let mut strength = flat.strength;
        let mut next = at;
        for (index, (gap, part)) in flat.parts.iter().enumerate() {
            let token = self.text.token(next).filter(|token| !token.is_opaque)?;
            let fits = match gap {
                _ if index == 0 => true,
                Gap::None => !token.is_apart,
                Gap::Blank => token.is_apart,
                Gap::Any => true,
            };
            if !fits {
                return None;
            }
            match part {
                Part::Word(word) if token.folded == *word => next += 1,
                Part::Word(_) => return None,
                Part::Slot(slot) => {
                    let value;
                    (next, value) = match slot.place() {
                        None => terminal::take(*slot, self.text, self.table, self.phrases, next)?,
                        Some(place) => {
                            let found = (*self.rows.get(next)?.get(place)?)?;
                            strength = strength.or(Some(found.strength));
                            (found.end, found.value)
                        }
                    };
                    captures.push(value);
                }
            }
        }
        if !self.text.may_end(next) {
            return None;
        }
        let is_marked = self
            .text
            .token(at + 1)
            .is_some_and(|token| token.is_sign('!') && !token.is_apart);
        Some(Found {
            end: next,
            slot: flat.slot,
            strength: strength.unwrap_or(Strength::Sure),
            value: flat.build.build(&Captures(&captures), is_marked)?,
        })
    }

    /// Whether the word here shows that what stands before it does not count or name it.
    pub(crate) fn is_connector(&self, at: usize) -> bool {
        let Some(token) = self.text.token(at).filter(|token| token.kind == Kind::Word) else {
            return false;
        };
        let is_small = self
            .text
            .chars()
            .get(token.start)
            .is_some_and(|c| c.is_lowercase());
        let is_verb = self.table.has_capital_nouns && is_small && !self.phrases.is_joiner(&token.folded);
        self.phrases.is_connector(&token.folded) || is_verb
    }

    /// Whether the word here makes something else of what stands behind it.
    pub(crate) fn turns(&self, at: usize) -> bool {
        self.is_word(at, |word| self.phrases.is_turning(word))
    }

    /// Whether the word here makes something else of what stands before it, which may be a rhythm.
    pub(crate) fn limits(&self, at: usize, is_rhythm: bool) -> bool {
        self.is_word(at, |word| {
            self.phrases.is_limiting(word) || (is_rhythm && self.phrases.is_ending(word))
        })
    }

    fn is_word(&self, at: usize, is_one: impl Fn(&str) -> bool) -> bool {
        let word = self.text.token(at).filter(|token| !token.is_opaque);
        word.is_some_and(|word| is_one(&word.folded))
    }

    /// Whether what stands from one token to another is joined to a word of the title.
    pub(crate) fn is_joined(&self, begin: usize, end: usize) -> bool {
        let is_joiner = |at: usize| {
            let token = self.text.token(at);
            token.is_some_and(|token| self.phrases.is_joiner(&token.folded))
        };
        let is_apart = |at: usize| self.text.token(at + 1).is_none_or(|next| next.is_apart);
        // A dash that stands apart separates.
        let joins = |at: usize| {
            is_joiner(at)
                && (self.text.token(at).is_some_and(|token| token.kind == Kind::Word) || !is_apart(at))
        };
        joins(end) || begin.checked_sub(1).is_some_and(joins)
    }
}
