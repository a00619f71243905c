//! What a task says in words: title, description, tags. Their bounds keep the largest legal event under 256 KiB.

use serde::Serialize;
use shared_events::ids::TagId;

use super::invalid::{Invalid, Pointer};

/// What is to be done: 1 to 500 characters on one line, without blanks around them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Title(String);

/// More about a task: up to 32 KiB.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Description(String);

/// A line that is read as a task: 1 to 1,000 characters, blanks around it included, since places in it are counted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QuickText(String);

/// The tags of a task by their ids: up to 10 different ones, in the order given. A tag may be deleted while a task holds
/// its id, which then says nothing.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Tags(Vec<TagId>);

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TextError {
    #[error("must not be empty")]
    Empty,
    #[error("has {length} {unit}, and {most} is the most")]
    TooLong {
        length: usize,
        most: usize,
        unit: &'static str,
    },
    #[error("must not contain control characters (found U+{code:04X})")]
    Control { code: u32 },
}

impl Title {
    pub const MAX_CHARS: usize = 500;

    /// Takes a title, without the blanks around it.
    pub fn parse(text: &str) -> Result<Self, TextError> {
        one_line(text, Self::MAX_CHARS).map(Self)
    }

    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Description {
    pub const MAX_BYTES: usize = 32 * 1024;

    /// Takes a description; tabs and line breaks are welcome.
    pub fn parse(text: &str) -> Result<Self, TextError> {
        if text.len() > Self::MAX_BYTES {
            return Err(TextError::TooLong {
                length: text.len(),
                most: Self::MAX_BYTES,
                unit: "bytes",
            });
        }
        // JSON writes other control characters with six bytes each: too many for the event's size.
        without_control(text, |c| c.is_control() && !matches!(c, '\n' | '\r' | '\t'))?;
        Ok(Self(text.to_owned()))
    }

    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl QuickText {
    pub const MAX_CHARS: usize = 1_000;

    /// Takes a line as it is.
    pub fn parse(text: &str) -> Result<Self, TextError> {
        let length = text.chars().count();
        if length > Self::MAX_CHARS {
            return Err(TextError::TooLong {
                length,
                most: Self::MAX_CHARS,
                unit: "characters",
            });
        }
        one_line(text, Self::MAX_CHARS)?;
        Ok(Self(text.to_owned()))
    }

    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Tags {
    pub const MAX: usize = 10;

    /// Takes tags that stand at `at` of what was sent.
    pub fn new(tags: Vec<TagId>, at: &Pointer) -> Result<Self, Invalid> {
        if tags.len() > Self::MAX {
            return Err(at.too_many(tags.len(), Self::MAX));
        }
        let repeated =
            (1..tags.len()).find(|index| tags.iter().take(*index).any(|tag| Some(tag) == tags.get(*index)));
        match repeated {
            Some(index) => Err(at.child(index).invalid("repeats an earlier tag")),
            None => Ok(Self(tags)),
        }
    }

    /// Takes tags that were read before.
    #[must_use]
    pub fn stored(tags: Vec<TagId>) -> Self {
        Self(tags)
    }

    /// The tags in the order given.
    #[must_use]
    pub fn as_slice(&self) -> &[TagId] {
        &self.0
    }
}

/// A text on one line, without the blanks around it.
pub(super) fn one_line(text: &str, most: usize) -> Result<String, TextError> {
    let text = text.trim();
    let length = text.chars().count();
    if text.chars().all(is_invisible) {
        return Err(TextError::Empty);
    }
    if length > most {
        return Err(TextError::TooLong {
            length,
            most,
            unit: "characters",
        });
    }
    without_control(text, |c| c.is_control() || matches!(c, '\u{2028}' | '\u{2029}'))?;
    Ok(text.to_owned())
}

/// Blanks, and what has no width of its own: alone they show nothing.
fn is_invisible(c: char) -> bool {
    c.is_whitespace() || matches!(c, '\u{200B}'..='\u{200F}' | '\u{2060}' | '\u{FEFF}')
}

fn without_control(text: &str, is_refused: impl Fn(char) -> bool) -> Result<(), TextError> {
    match text.chars().find(|c| is_refused(*c)) {
        Some(c) => Err(TextError::Control { code: c.into() }),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_title_is_counted_in_characters_and_trimmed() {
        assert_eq!(
            Title::parse("  Water the plants ").expect("a title").as_str(),
            "Water the plants"
        );
        assert!(Title::parse(&"é".repeat(500)).is_ok());
        let refused = Title::parse(&"é".repeat(501)).expect_err("too long");
        assert_eq!(refused.to_string(), "has 501 characters, and 500 is the most");
    }

    #[test]
    fn a_title_is_one_line_of_text() {
        assert_eq!(Title::parse(" \t "), Err(TextError::Empty));
        assert_eq!(Title::parse("a\nb"), Err(TextError::Control { code: 10 }));
        assert_eq!(Title::parse("\u{200B}\u{FEFF}"), Err(TextError::Empty));
        assert!(
            Title::parse("a\u{200C}b").is_ok(),
            "a joiner within a word is writing"
        );
        assert_eq!(
            Title::parse("a\u{2028}b"),
            Err(TextError::Control { code: 0x2028 })
        );
        assert_eq!(Title::parse("a\0b"), Err(TextError::Control { code: 0 }));
    }

    #[test]
    fn a_description_is_counted_in_bytes_and_has_lines() {
        assert!(Description::parse("one\n\ttwo\r\n").is_ok());
        assert!(Description::parse(&"x".repeat(Description::MAX_BYTES)).is_ok());
        assert!(Description::parse(&"x".repeat(Description::MAX_BYTES + 1)).is_err());
        assert_eq!(Description::parse("a\u{1}"), Err(TextError::Control { code: 1 }));
    }
}
