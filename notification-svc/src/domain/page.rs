//! Which part of the inbox is asked for, and how far a client has come with it.

use service_kit::page;
use shared_events::ids::{Epoch, Position, SyncToken};
use thiserror::Error;

/// What a client asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Question {
    pub page: Asked,
    pub limit: i64,
}

/// Which page of the inbox.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Asked {
    /// The first, newest first.
    Newest,
    /// The first of what changed since.
    Since(SyncToken),
    /// The one that a cursor names.
    Next(PageCursor),
}

/// Where a page starts; as text it is a cursor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PageCursor {
    /// The life of the database that the positions belong to.
    pub epoch: Epoch,
    /// From where, in which order.
    pub start: Start,
}

/// Where a page starts in the order that it is in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Start {
    /// Newest first.
    Newest {
        /// Items that entered the inbox before this position.
        below: Position,
        /// The user's position when the first page was read: what changed since then may be on none of the pages.
        known: Position,
    },
    /// In the order of changes, after this position.
    After(Position),
}

/// How far a user's inbox has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// Which life of the database this is.
    pub epoch: Epoch,
    /// The user's newest position.
    pub position: Position,
}

/// The page to answer with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Page {
    pub place: PageCursor,
    /// True when the client is to forget what it has: everything follows, from this page on.
    pub full_resync: bool,
}

/// What is wrong with the question.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum PageError {
    /// Zero, or more than [`page::MOST`].
    #[error("must be from 1 to {}", page::MOST)]
    Limit,
    /// Not a token.
    #[error("{0}")]
    Since(&'static str),
    /// Not a cursor that this service gave out, or one of the other order.
    #[error("is not a cursor of this list; leave it out to begin from the start")]
    Cursor,
}

impl PageError {
    /// The query parameter that is wrong.
    pub fn parameter(self) -> &'static str {
        match self {
            Self::Limit => "limit",
            Self::Since(_) => "since",
            Self::Cursor => "cursor",
        }
    }
}

impl Question {
    /// Reads the query parameters. A cursor goes on where its page ended, in the order that was asked for first.
    pub fn parse(since: Option<&str>, limit: Option<i64>, cursor: Option<&str>) -> Result<Self, PageError> {
        let since: Option<SyncToken> = since.map(str::parse).transpose().map_err(PageError::Since)?;
        let limit = page::limit(limit).ok_or(PageError::Limit)?;
        let page = match (cursor, since) {
            (Some(cursor), since) => PageCursor::decode(cursor)
                .filter(|place| since.is_none() || matches!(place.start, Start::After(_)))
                .map(Asked::Next)
                .ok_or(PageError::Cursor)?,
            (None, Some(since)) => Asked::Since(since),
            (None, None) => Asked::Newest,
        };
        Ok(Self { page, limit })
    }
}

impl Progress {
    /// Decides the page. A position of another epoch, or one beyond the newest, is worth nothing: what follows is
    /// everything, in the order that was asked for.
    pub fn page(self, asked: Asked) -> Page {
        let place = match asked {
            Asked::Newest => self.place(self.newest()),
            Asked::Since(token) => PageCursor {
                epoch: token.epoch.unwrap_or(self.epoch),
                start: Start::After(token.position),
            },
            Asked::Next(place) => place,
        };
        if place.epoch == self.epoch && place.start.known() <= self.position {
            return Page {
                place,
                full_resync: false,
            };
        }
        let start = match place.start {
            Start::Newest { .. } => self.newest(),
            Start::After(_) => Start::After(Position(0)),
        };
        Page {
            place: self.place(start),
            full_resync: true,
        }
    }

    fn newest(self) -> Start {
        Start::Newest {
            below: Position(i64::MAX),
            known: self.position,
        }
    }

    fn place(self, start: Start) -> PageCursor {
        PageCursor {
            epoch: self.epoch,
            start,
        }
    }
}

impl Start {
    /// Up to where a client knows everything that this start stands on.
    fn known(self) -> Position {
        match self {
            Self::Newest { known, .. } => known,
            Self::After(position) => position,
        }
    }
}

/// What its cursors are of.
const LIST: &str = "notifications";

impl PageCursor {
    /// The cursor that a client sends back.
    pub fn encode(self) -> String {
        let (epoch, number) = (self.epoch, |position: Position| position.to_string());
        let parts = match self.start {
            Start::Newest { below, known } => {
                vec!["n".to_owned(), epoch.to_string(), number(known), number(below)]
            }
            Start::After(position) => vec!["a".to_owned(), epoch.to_string(), number(position)],
        };
        page::encode(LIST, &parts)
    }

    fn decode(cursor: &str) -> Option<Self> {
        let number = |text: &str| text.parse::<i64>().ok().filter(|number| *number >= 0);
        let (epoch, start) = match page::decode::<4>(LIST, cursor) {
            Some([order, epoch, known, below]) if order == "n" => (
                epoch,
                Start::Newest {
                    below: number(&below).map(Position)?,
                    known: number(&known).map(Position)?,
                },
            ),
            _ => match page::decode::<3>(LIST, cursor) {
                Some([order, epoch, position]) if order == "a" => {
                    (epoch, Start::After(number(&position).map(Position)?))
                }
                _ => return None,
            },
        };
        Some(Self {
            epoch: number(&epoch).map(Epoch)?,
            start,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Progress = Progress {
        epoch: Epoch(3),
        position: Position(20),
    };

    fn ask(since: Option<&str>, cursor: Option<PageCursor>) -> Page {
        let cursor = cursor.map(PageCursor::encode);
        let question = Question::parse(since, None, cursor.as_deref()).unwrap();
        assert_eq!(question.limit, page::DEFAULT);
        NOW.page(question.page)
    }

    fn at(epoch: i64, start: Start) -> PageCursor {
        PageCursor {
            epoch: Epoch(epoch),
            start,
        }
    }

    fn newest(known: i64, below: i64) -> Start {
        Start::Newest {
            below: Position(below),
            known: Position(known),
        }
    }

    #[test]
    fn without_parameters_the_newest_come_first() {
        let page = ask(None, None);
        assert_eq!(page.place, at(3, newest(20, i64::MAX)));
        assert!(!page.full_resync);
    }

    #[test]
    fn only_a_token_that_can_be_answered_exactly_is_answered_with_changes() {
        for (since, after, full_resync) in [
            ("3.7", 7, false),
            ("7", 7, false),
            ("3.20", 20, false),
            ("0", 0, false),
            ("3.21", 0, true),
            ("21", 0, true),
            ("2.7", 0, true),
            ("4.7", 0, true),
        ] {
            let page = ask(Some(since), None);
            assert_eq!(page.place, at(3, Start::After(Position(after))), "{since}");
            assert_eq!(page.full_resync, full_resync, "{since}");
        }
    }

    #[test]
    fn a_cursor_goes_on_where_its_page_ended() {
        for start in [newest(18, 12), Start::After(Position(4))] {
            let page = ask(None, Some(at(3, start)));
            assert_eq!((page.place.start, page.full_resync), (start, false));
        }
        let page = ask(Some("3.1"), Some(at(3, Start::After(Position(9)))));
        assert_eq!(page.place.start, Start::After(Position(9)));
    }

    #[test]
    fn a_cursor_of_another_life_begins_anew_in_its_order() {
        let page = ask(None, Some(at(2, newest(18, 12))));
        assert_eq!(
            (page.place, page.full_resync),
            (at(3, newest(20, i64::MAX)), true)
        );
        let page = ask(None, Some(at(2, Start::After(Position(4)))));
        assert_eq!(
            (page.place, page.full_resync),
            (at(3, Start::After(Position(0))), true)
        );
    }

    #[test]
    fn what_is_wrong_is_named() {
        let wrong = |since, limit, cursor| Question::parse(since, limit, cursor).unwrap_err().parameter();
        assert_eq!(wrong(Some("-1"), None, None), "since");
        assert_eq!(wrong(None, Some(0), None), "limit");
        assert_eq!(wrong(None, Some(201), None), "limit");
        for cursor in ["", "x", "!!", "YQ", "YzE", "w6kx"] {
            assert_eq!(wrong(None, None, Some(cursor)), "cursor", "{cursor}");
        }
        let negative = page::encode(LIST, &["a".to_owned(), "1".to_owned(), "-1".to_owned()]);
        assert_eq!(wrong(None, None, Some(&negative)), "cursor");
        let of_the_other_order = at(3, newest(1, 1)).encode();
        assert_eq!(wrong(Some("1"), None, Some(&of_the_other_order)), "cursor");
    }
}
