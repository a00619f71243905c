//! What a language is to the engine: words and what they mean, phrases and what they build. The engine knows no word.

mod english;
mod german;
pub(crate) mod phrase;

use std::str::FromStr;
use std::sync::LazyLock;

use crate::language::phrase::{Phrase, Phrases};
use crate::value::Value;

/// A language that can be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Language {
    /// `en`.
    #[default]
    English,
    /// `de`.
    German,
}

/// A text that names no language that can be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UnknownLanguage;

impl std::fmt::Display for UnknownLanguage {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("must be en or de")
    }
}

impl std::error::Error for UnknownLanguage {}

impl Language {
    /// All of them.
    pub const ALL: [Self; 2] = [Self::English, Self::German];

    /// As ISO 639-1 writes it.
    pub fn code(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::German => "de",
        }
    }

    pub(crate) fn table(self) -> &'static Table {
        match self {
            Self::English => &english::TABLE,
            Self::German => &german::TABLE,
        }
    }

    pub(crate) fn phrases(self) -> &'static Phrases {
        static ENGLISH: LazyLock<Phrases> = LazyLock::new(|| Phrases::of(&english::TABLE));
        static GERMAN: LazyLock<Phrases> = LazyLock::new(|| Phrases::of(&german::TABLE));
        match self {
            Self::English => &ENGLISH,
            Self::German => &GERMAN,
        }
    }
}

impl FromStr for Language {
    type Err = UnknownLanguage;

    fn from_str(code: &str) -> Result<Self, UnknownLanguage> {
        let known = Self::ALL.into_iter().find(|language| language.code() == code);
        known.ok_or(UnknownLanguage)
    }
}

/// A language.
#[derive(Debug)]
pub(crate) struct Table {
    /// Words that mean something in a phrase, separated by blanks.
    pub(crate) words: &'static [(Value, &'static str)],
    /// What stands behind the digits of an ordinal number.
    pub(crate) suffixes: &'static [&'static str],
    /// Words before which a doubtful phrase is taken: what follows it is not what it counts or names.
    pub(crate) connectors: &'static str,
    /// Words that join what stands before them to what follows: a doubtful phrase beside one is a part of something larger.
    pub(crate) joiners: &'static str,
    /// Words that make something else of the phrase behind them: `before friday` is not on Friday.
    pub(crate) turning: &'static str,
    /// Words that make something else of the phrase before them: `every day except sunday` is not every day.
    pub(crate) limiting: &'static str,
    /// Words that begin the end of a rhythm: without what they say it would go on for ever.
    pub(crate) ending: &'static str,
    /// Words that mean something else at least as often: a phrase of such a word alone is taken beside another only.
    pub(crate) ordinary: &'static str,
    /// `1/2` is January 2nd.
    pub(crate) is_month_first: bool,
    /// Times of day are often said on a clock with twelve hours.
    pub(crate) has_half_days: bool,
    /// A year may have two digits in a date with dots.
    pub(crate) has_short_years: bool,
    /// Nouns begin with a capital, so that a phrase before a word that does not can hardly count or name it.
    pub(crate) has_capital_nouns: bool,
    /// The word for `until` is the word for `by` as well.
    pub(crate) has_one_word_for_until_and_by: bool,
    pub(crate) phrases: &'static [Phrase],
}
