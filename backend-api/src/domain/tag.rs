//! A tag: a name that tasks hold by its id.

use std::fmt;
use std::str::FromStr;

use chrono::{DateTime, Utc};
use shared_events::ids::{Position, TagId, Version};
use unicode_normalization::UnicodeNormalization;

use super::text::{TextError, one_line};

/// Most tags of one user that are not deleted.
pub const MAX_PER_USER: i64 = 500;

/// What people call a tag: 1 to 64 characters on one line, in NFC, without blanks around them. Two names that differ in
/// case alone are the same name; which those are the database decides, in one place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TagName(String);

impl TagName {
    pub const MAX_CHARS: usize = 64;

    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for TagName {
    type Err = TextError;

    fn from_str(text: &str) -> Result<Self, TextError> {
        one_line(&text.nfc().collect::<String>(), Self::MAX_CHARS).map(Self)
    }
}

impl fmt::Display for TagName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A tag as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tag {
    /// Identity: what tasks hold.
    pub id: TagId,
    pub name: TagName,
    /// Rises by 1 with every change.
    pub version: Version,
    /// The user's position of the last change.
    pub position: Position,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
    /// When it was deleted: the rest is a tombstone.
    pub deleted_at: Option<DateTime<Utc>>,
}

impl Tag {
    /// A tag that has just come to be.
    #[must_use]
    pub fn new(name: TagName, position: Position, now: DateTime<Utc>) -> Self {
        Self {
            id: TagId::new(),
            name,
            version: Version(1),
            position,
            created_at: now,
            updated_at: now,
            deleted_at: None,
        }
    }

    #[must_use]
    pub fn renamed(&self, name: TagName, position: Position, now: DateTime<Utc>) -> Self {
        Self {
            name,
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
    fn a_name_is_trimmed_composed_and_counted_in_characters() {
        let name: TagName = "  Cafe\u{301} ".parse().expect("a name");
        assert_eq!(name.as_str(), "Caf\u{e9}");
        assert!("e\u{301}".repeat(64).parse::<TagName>().is_ok());
        assert!("x".repeat(65).parse::<TagName>().is_err());
        assert_eq!(" ".parse::<TagName>(), Err(TextError::Empty));
        assert_eq!("a\nb".parse::<TagName>(), Err(TextError::Control { code: 10 }));
    }
}
