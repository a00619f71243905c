//! Which part of the inbox is asked for.

use service_kit::page;
use thiserror::Error;

/// A page of the inbox.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Page {
    /// From where, in which order.
    pub from: Start,
    /// How many items at most.
    pub limit: i64,
}

/// Where a page starts, and the order it is in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Start {
    /// Newest first, below this place of the inbox.
    Before(i64),
    /// In the order of changes, after this position.
    After(i64),
}

/// What is wrong with the question.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum PageError {
    /// Zero, or more than [`page::MOST`].
    #[error("must be from 1 to {}", page::MOST)]
    Limit,
    /// A negative position.
    #[error("must not be negative")]
    Since,
    /// Not a cursor that this service gave out, or one of the other order.
    #[error("is not a cursor of this list")]
    Cursor,
}

impl PageError {
    /// The query parameter that is wrong.
    pub fn parameter(self) -> &'static str {
        match self {
            Self::Limit => "limit",
            Self::Since => "since",
            Self::Cursor => "cursor",
        }
    }
}

impl Page {
    /// Reads the query parameters. A cursor goes on where its page ended, in the order that was asked for first.
    pub fn parse(since: Option<i64>, limit: Option<i64>, cursor: Option<&str>) -> Result<Self, PageError> {
        if since.is_some_and(|since| since < 0) {
            return Err(PageError::Since);
        }
        let limit = page::limit(limit).ok_or(PageError::Limit)?;
        let from = match (cursor, since) {
            (Some(cursor), since) => Start::decode(cursor, since.is_some()).ok_or(PageError::Cursor)?,
            (None, Some(since)) => Start::After(since),
            (None, None) => Start::Before(i64::MAX),
        };
        Ok(Self { from, limit })
    }
}

impl Start {
    /// The cursor a client sends back.
    pub fn encode(self) -> String {
        let (order, place) = match self {
            Self::Before(place) => ("b", place),
            Self::After(position) => ("a", position),
        };
        page::encode(&[order.to_owned(), place.to_string()])
    }

    /// Reads a cursor; with `since` in the question only one of changes fits.
    fn decode(cursor: &str, since_given: bool) -> Option<Self> {
        let [order, place] = page::decode(cursor)?;
        let place = place.parse().ok()?;
        match order.as_str() {
            "b" if !since_given => Some(Self::Before(place)),
            "a" => Some(Self::After(place)),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_parameters_the_newest_come_first() {
        let page = Page::parse(None, None, None).unwrap();
        assert_eq!(
            page,
            Page {
                from: Start::Before(i64::MAX),
                limit: page::DEFAULT
            }
        );
    }

    #[test]
    fn since_asks_for_changes_in_their_order() {
        assert_eq!(
            Page::parse(Some(7), Some(1), None).unwrap(),
            Page {
                from: Start::After(7),
                limit: 1
            }
        );
    }

    #[test]
    fn a_cursor_goes_on_where_its_page_ended() {
        for from in [Start::Before(12), Start::After(34)] {
            assert_eq!(Page::parse(None, None, Some(&from.encode())).unwrap().from, from);
        }
        let changes = Start::After(9);
        assert_eq!(
            Page::parse(Some(3), None, Some(&changes.encode())).unwrap().from,
            changes
        );
    }

    #[test]
    fn what_is_wrong_is_named() {
        let wrong = |since, limit, cursor| Page::parse(since, limit, cursor).unwrap_err().parameter();
        assert_eq!(wrong(Some(-1), None, None), "since");
        assert_eq!(wrong(None, Some(0), None), "limit");
        assert_eq!(wrong(None, Some(201), None), "limit");
        for cursor in ["", "x", "!!", "YQ", "YzE", "w6kx"] {
            assert_eq!(wrong(None, None, Some(cursor)), "cursor", "{cursor}");
        }
        assert_eq!(wrong(Some(1), None, Some(&Start::Before(1).encode())), "cursor");
    }
}
