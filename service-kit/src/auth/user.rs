//! Whom a token speaks for.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize};

/// Why a text is no user id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("user id is not valid: {0}")]
pub struct InvalidUserId(&'static str);

/// A user, as the `sub` claim of their token names them.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct UserId(String);

impl UserId {
    /// Most characters a user id may have.
    pub const MAX_CHARS: usize = 128;

    /// Takes 1 to 128 characters without control characters.
    ///
    /// # Errors
    /// [`InvalidUserId`] that says which of these rules the text breaks.
    pub fn parse(text: &str) -> Result<Self, InvalidUserId> {
        let why = if text.is_empty() {
            "it is empty"
        } else if text.chars().count() > Self::MAX_CHARS {
            "it has more than 128 characters"
        } else if text.chars().any(char::is_control) {
            "it has a control character"
        } else {
            return Ok(Self(text.to_owned()));
        };
        Err(InvalidUserId(why))
    }

    /// Whose an operator's action is: it is about nobody's data.
    #[must_use]
    pub fn operator() -> Self {
        Self("operator".to_owned())
    }

    /// The id as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for UserId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for UserId {
    type Err = InvalidUserId;

    fn from_str(text: &str) -> Result<Self, InvalidUserId> {
        Self::parse(text)
    }
}

impl<'de> Deserialize<'de> for UserId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_user_id_without_text_or_with_control_characters_is_refused() {
        assert!(UserId::parse("").is_err());
        assert!(UserId::parse("a\nb").is_err());
        assert!(UserId::parse(&"é".repeat(129)).is_err());
        assert_eq!(UserId::parse("alice").unwrap().as_str(), "alice");
    }
}
