//! A saved filter: what a list of tasks is asked for again and again, under a name.

use std::fmt;
use std::str::FromStr;

use chrono::{DateTime, Utc};
use shared_events::ids::{FilterId, Position, Version};
use unicode_normalization::UnicodeNormalization;

use super::filter::{Filter, FilterError};
use super::order::OrderKey;
use super::sort::Sort;
use super::text::{TextError, one_line};

/// Most filters of one user that are not deleted.
pub const MAX_PER_USER: i64 = 100;

/// What people call a filter: 1 to 120 characters on one line, in NFC, without blanks around them. Two names that differ
/// in case alone are the same name; which those are the database decides, in one place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FilterName(String);

/// The text of a filter, as its user wrote it. It is a filter when it is saved; what it means is found out when it is used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FilterText(String);

/// What a user says about a filter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FilterDetails {
    pub name: FilterName,
    pub text: FilterText,
    /// The order of its list; the usual one if there is none.
    pub sort: Option<Sort>,
}

/// A filter as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SavedFilter {
    pub id: FilterId,
    pub details: FilterDetails,
    /// Its place among the filters.
    pub order: OrderKey,
    /// Rises by 1 with every change.
    pub version: Version,
    /// The user's position of the last change.
    pub position: Position,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
    /// When it was deleted: the rest is a tombstone.
    pub deleted_at: Option<DateTime<Utc>>,
}

impl FilterName {
    pub const MAX_CHARS: usize = 120;

    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for FilterName {
    type Err = TextError;

    fn from_str(text: &str) -> Result<Self, TextError> {
        one_line(&text.nfc().collect::<String>(), Self::MAX_CHARS).map(Self)
    }
}

impl FilterText {
    /// Takes a text that is a filter.
    ///
    /// # Errors
    /// What cannot be understood first, with its column.
    pub fn parse(text: &str) -> Result<Self, FilterError> {
        Filter::parse(text).map(|_| Self(text.to_owned()))
    }

    /// Takes a text that was read before, perhaps by another version of the language.
    #[must_use]
    pub const fn stored(text: String) -> Self {
        Self(text)
    }

    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for FilterName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Display for FilterText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl SavedFilter {
    /// A filter that has just come to be: the last one.
    #[must_use]
    pub fn new(details: FilterDetails, position: Position, now: DateTime<Utc>) -> Self {
        Self {
            id: FilterId::new(),
            details,
            order: OrderKey::at(now, position),
            version: Version(1),
            position,
            created_at: now,
            updated_at: now,
            deleted_at: None,
        }
    }

    #[must_use]
    pub fn edited(&self, details: FilterDetails, position: Position, now: DateTime<Utc>) -> Self {
        Self {
            details,
            ..self.changed(position, now)
        }
    }

    #[must_use]
    pub fn moved(&self, order: OrderKey, position: Position, now: DateTime<Utc>) -> Self {
        Self {
            order,
            ..self.changed(position, now)
        }
    }

    #[must_use]
    pub fn deleted(&self, position: Position, now: DateTime<Utc>) -> Self {
        Self {
            deleted_at: Some(now),
            ..self.changed(position, now)
        }
    }

    fn changed(&self, position: Position, now: DateTime<Utc>) -> Self {
        Self {
            version: self.version.next(),
            position,
            updated_at: now,
            ..self.clone()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_kept_as_it_was_written_if_it_is_a_filter() {
        let written = "  DUE < today  AND not has project ";
        let text = FilterText::parse(written).expect("a filter");
        assert_eq!(text.as_str(), written);
        let refused = FilterText::parse("due < soon").expect_err("no time");
        assert_eq!(refused.column(), 7);
    }

    #[test]
    fn a_name_is_one_line_in_nfc() {
        let name: FilterName = " Cafe\u{301} ".parse().expect("a name");
        assert_eq!(name.as_str(), "Caf\u{e9}");
        for text in ["", " \t", "a\nb"] {
            assert!(text.parse::<FilterName>().is_err(), "{text:?}");
        }
        assert!("x".repeat(121).parse::<FilterName>().is_err());
    }
}
