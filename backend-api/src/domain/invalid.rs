//! Why something that was sent is refused, and where it stands.

use std::fmt::Display;

/// Why something that was sent is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{pointer}: {detail}")]
pub struct Invalid {
    pub rule: Rule,
    /// JSON pointer (RFC 6901) to the field.
    pub pointer: String,
    /// What is wrong with it and what would be right.
    pub detail: String,
    /// The character of the field at which it is wrong, counted from 1, where that can be said.
    pub column: Option<usize>,
}

/// The rules that a body can break; each is a problem type of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rule {
    /// The value is missing, or has the wrong type, form, length or content.
    Field,
    /// It lies in the past, and `allow_past_due` was not given.
    PastDue,
}

/// Where in the document we are: a JSON pointer.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Pointer(String);

impl Pointer {
    #[must_use]
    pub fn root() -> Self {
        Self::default()
    }

    /// A field or an index of what stands here. None of our fields has a name that a pointer would have to escape.
    #[must_use]
    pub fn child(&self, name: impl Display) -> Self {
        Self(format!("{}/{name}", self.0))
    }

    /// What stands here is refused.
    #[must_use]
    pub fn invalid(&self, detail: impl Display) -> Invalid {
        self.breaks(Rule::Field, detail)
    }

    /// Something must stand here.
    #[must_use]
    pub fn missing(&self) -> Invalid {
        self.invalid("is required")
    }

    /// So many stand here, and so many may.
    #[must_use]
    pub fn too_many(&self, count: usize, most: usize) -> Invalid {
        self.invalid(format!("has {count} items, and {most} is the most"))
    }

    /// What stands here breaks the given rule.
    #[must_use]
    pub fn breaks(&self, rule: Rule, detail: impl Display) -> Invalid {
        Invalid {
            rule,
            pointer: self.0.clone(),
            detail: detail.to_string(),
            column: None,
        }
    }
}
