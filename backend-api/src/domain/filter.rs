//! Filters: what `filter` of a list of tasks may say (`docs/FILTERS.md`), from text to a checked tree.
//!
//! [`Filter::parse`] says everything that can be said about a text alone, and where it stands. What depends on the time, on
//! the user's settings and on which tags and projects there are comes later, in [`Filter::meant`].

mod date;
mod date_syntax;
mod fact;
mod field;
mod print;
mod syntax;
mod token;
mod tree;
mod value;

use std::fmt;
use std::str::FromStr;

pub use date::{Calendar, Date};
pub use fact::{Fact, Names, Window};
pub use field::{LikeField, Part, TextField, TimeField};
pub use tree::{Expr, Order, Pattern, Piece, Span, Spanned, Term, Test};

/// Most characters of a filter.
pub const MAX_CHARS: usize = 2_000;
/// So deep parentheses and `not` may be nested.
pub const MAX_DEPTH: usize = 20;
/// Most conditions of a filter; each value of a list is one.
pub const MAX_TERMS: usize = 100;

/// A filter whose text was read and checked.
///
/// Two are equal that say the same, wherever the parts of their texts stand. It is shown in one canonical form, which is read
/// as the same filter again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Filter(Expr<Term>);

/// Why a text is no filter, and where.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("is refused at column {}: {detail}", .span.start)]
pub struct FilterError {
    pub span: Span,
    /// What was expected or is wrong there.
    pub detail: String,
}

impl Filter {
    /// Reads the text of a filter.
    ///
    /// # Errors
    /// What cannot be understood first, with its column.
    pub fn parse(text: &str) -> Result<Self, FilterError> {
        refuse_too_long(text)?;
        let tokens = token::read(text)?;
        syntax::read(&tokens).map(Self)
    }

    #[must_use]
    pub fn expr(&self) -> &Expr<Term> {
        &self.0
    }

    /// What the filter means at a time, to a user who has these tags and projects.
    ///
    /// # Errors
    /// A name that nothing has, or a time beyond the calendar.
    pub fn meant(&self, calendar: &Calendar, names: &Names) -> Result<Expr<Fact>, FilterError> {
        self.0.try_map(&|term| fact::meant(term, calendar, names))
    }
}

impl FromStr for Filter {
    type Err = FilterError;

    fn from_str(text: &str) -> Result<Self, FilterError> {
        Self::parse(text)
    }
}

impl fmt::Display for Filter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FilterError {
    /// The character at which it stands, counted from 1.
    #[must_use]
    pub const fn column(&self) -> usize {
        self.span.start
    }

    fn new(span: Span, detail: impl Into<String>) -> Self {
        Self {
            span,
            detail: detail.into(),
        }
    }
}

fn refuse_too_long(text: &str) -> Result<(), FilterError> {
    match text.char_indices().nth(MAX_CHARS) {
        None => Ok(()),
        Some(_) => Err(FilterError::new(
            Span::at(MAX_CHARS + 1),
            format!("a filter has at most {MAX_CHARS} characters"),
        )),
    }
}

#[cfg(test)]
mod tests;
