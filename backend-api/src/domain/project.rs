//! A project: what tasks are gathered under.

use std::fmt;
use std::str::FromStr;

use chrono::{DateTime, Utc};
use shared_events::ids::{Position, ProjectId, Version};
use unicode_normalization::UnicodeNormalization;

use super::order::OrderKey;
use super::text::{TextError, one_line};

/// Most projects of one user that are not deleted.
pub const MAX_PER_USER: i64 = 500;

/// Most tasks that are deleted with their project, in one transaction.
pub const MAX_TASKS_DELETED: usize = 5_000;

/// What people call a project: 1 to 120 characters on one line, in NFC, without blanks around them. Two names that differ
/// in case alone are the same name; which those are the database decides, in one place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProjectName(String);

/// A colour as `#rrggbb`, in lower case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Color(String);

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be a colour like #2e7d32")]
pub struct NotAColor;

/// What a user says about a project.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProjectDetails {
    pub name: ProjectName,
    pub color: Option<Color>,
    /// True when it is out of the way.
    pub archived: bool,
}

/// A project as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Project {
    /// Identity: what tasks hold.
    pub id: ProjectId,
    pub details: ProjectDetails,
    /// Its place among the projects.
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

impl ProjectName {
    pub const MAX_CHARS: usize = 120;

    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for ProjectName {
    type Err = TextError;

    fn from_str(text: &str) -> Result<Self, TextError> {
        one_line(&text.nfc().collect::<String>(), Self::MAX_CHARS).map(Self)
    }
}

impl Color {
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Color {
    type Err = NotAColor;

    fn from_str(text: &str) -> Result<Self, NotAColor> {
        let digits = text.strip_prefix('#').ok_or(NotAColor)?;
        let is_color = digits.len() == 6 && digits.bytes().all(|byte| byte.is_ascii_hexdigit());
        is_color.then(|| Self(text.to_ascii_lowercase())).ok_or(NotAColor)
    }
}

impl fmt::Display for ProjectName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Display for Color {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Project {
    /// A project that has just come to be: the last one.
    #[must_use]
    pub fn new(details: ProjectDetails, position: Position, now: DateTime<Utc>) -> Self {
        Self {
            id: ProjectId::new(),
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
    pub fn edited(&self, details: ProjectDetails, position: Position, now: DateTime<Utc>) -> Self {
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
    fn a_name_is_one_line_in_nfc_and_a_color_has_six_digits() {
        let name: ProjectName = " Cafe\u{301} ".parse().expect("a name");
        assert_eq!(name.as_str(), "Caf\u{e9}");
        assert!("x".repeat(121).parse::<ProjectName>().is_err());
        let color: Color = "#2E7D32".parse().expect("a colour");
        assert_eq!(color.as_str(), "#2e7d32");
        for text in ["", "#fff", "2e7d32", "#2e7d3g", "#2e7d32 ", "#ééé"] {
            assert_eq!(text.parse::<Color>(), Err(NotAColor), "{text}");
        }
    }
}
