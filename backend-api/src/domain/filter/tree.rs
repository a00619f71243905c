//! What a filter says: conditions, and how they are joined.

use super::date::Date;
use super::field::{LikeField, Part, TextField, TimeField};
use crate::domain::project::ProjectName;
use crate::domain::tag::TagName;
use crate::domain::task::{Priority, Status};

/// Conditions `T`, joined. A list of one is none: what is joined are two at least.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Expr<T> {
    All(Vec<Self>),
    Any(Vec<Self>),
    Not(Box<Self>),
    Is(T),
}

/// One condition. `!=`, `not in` and `not like` are an [`Expr::Not`] around it; `=` is a list of one value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Term {
    Has(Part),
    Like(LikeField, Pattern),
    Text(TextField, Vec<String>),
    Tag(Vec<Spanned<TagName>>),
    Project(Vec<Spanned<ProjectName>>),
    Status(Vec<Status>),
    Priority(Test<Priority>),
    /// In minutes.
    Estimate(Test<u32>),
    Time(TimeField, Test<Spanned<Date>>),
}

/// What a value that has an order is held against.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Test<V> {
    OneOf(Vec<V>),
    Than(Order, V),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    Less,
    AtMost,
    More,
    AtLeast,
}

/// What `like` looks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pattern(pub Vec<Piece>);

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Piece {
    Text(String),
    /// `*` or `%`: anything, or nothing.
    Anything,
}

/// Where something stands in the text of a filter: its characters, counted from 1, without the one at `end`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    pub start: usize,
    pub end: usize,
}

/// A value and where it stands, which makes no difference between two of them.
#[derive(Debug, Clone)]
pub struct Spanned<T> {
    pub value: T,
    pub span: Span,
}

impl<T> Expr<T> {
    pub(super) fn not(self) -> Self {
        Self::Not(Box::new(self))
    }

    /// All of them, or the only one.
    pub(super) fn joined(mut parts: Vec<Self>, join: impl FnOnce(Vec<Self>) -> Self) -> Self {
        match parts.pop() {
            Some(only) if parts.is_empty() => only,
            last => {
                parts.extend(last);
                join(parts)
            }
        }
    }

    /// The same with other conditions.
    pub(super) fn try_map<U, E>(&self, map: &impl Fn(&T) -> Result<U, E>) -> Result<Expr<U>, E> {
        let each =
            |parts: &[Self]| -> Result<Vec<_>, E> { parts.iter().map(|part| part.try_map(map)).collect() };
        Ok(match self {
            Self::All(parts) => Expr::All(each(parts)?),
            Self::Any(parts) => Expr::Any(each(parts)?),
            Self::Not(part) => part.try_map(map)?.not(),
            Self::Is(condition) => Expr::Is(map(condition)?),
        })
    }

    /// All conditions, in the order in which they stand.
    #[must_use]
    pub fn conditions(&self) -> Vec<&T> {
        match self {
            Self::All(parts) | Self::Any(parts) => parts.iter().flat_map(Self::conditions).collect(),
            Self::Not(part) => part.conditions(),
            Self::Is(condition) => vec![condition],
        }
    }
}

impl Pattern {
    /// For SQL's LIKE with the backslash as its escape. Without a `*` the text may stand anywhere.
    #[must_use]
    pub fn for_sql(&self) -> String {
        let pieces: String = self.0.iter().map(Piece::for_sql).collect();
        if self.0.contains(&Piece::Anything) {
            pieces
        } else {
            format!("%{pieces}%")
        }
    }
}

impl Piece {
    fn for_sql(&self) -> String {
        match self {
            Self::Anything => "%".to_owned(),
            Self::Text(text) => {
                let escaped = |c: char| {
                    matches!(c, '\\' | '%' | '_')
                        .then_some('\\')
                        .into_iter()
                        .chain([c])
                };
                text.chars().flat_map(escaped).collect()
            }
        }
    }
}

impl Span {
    /// One character.
    pub(super) const fn at(column: usize) -> Self {
        Self {
            start: column,
            end: column + 1,
        }
    }

    pub(super) const fn until(self, last: Self) -> Self {
        Self {
            start: self.start,
            end: last.end,
        }
    }
}

impl<T: PartialEq> PartialEq for Spanned<T> {
    fn eq(&self, other: &Self) -> bool {
        self.value == other.value
    }
}

impl<T: Eq> Eq for Spanned<T> {}
