//! Where a sync goes on from: pure, so that every case of a stale token is a line of a table.

use shared_events::ids::{Epoch, Position, SyncToken};

/// Where a sync of several pages goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Resume {
    /// The life of the database in which it began.
    pub epoch: Epoch,
    /// The last position of the page before.
    pub after: Position,
    /// The position that tombstones are needed from: where an incremental sync began, or how far the user's changes
    /// had come when a full one did.
    pub started: Position,
    /// Whether everything is listed, or what changed.
    pub extent: Extent,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Extent {
    /// What changed since a position, with tombstones.
    Changes,
    Everything,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Request {
    Everything,
    /// What changed since the token.
    Since(SyncToken),
    Next(Resume),
}

/// How far the user's changes have come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// The last position given out.
    pub position: Position,
    /// Tombstones at or below this position may be gone.
    pub sync_floor: Position,
    /// Which life of the database this is.
    pub epoch: Epoch,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Page {
    /// Positions up to this one are left out.
    pub from: Resume,
    /// True when the client is to forget what it has: everything follows.
    pub full_resync: bool,
}

impl Progress {
    /// Decides the page. A token of another epoch, from below the floor or from the future is worth nothing.
    #[must_use]
    pub fn page(&self, request: Request) -> Page {
        let resumed = match request {
            Request::Everything => None,
            Request::Since(token) => Some(Resume {
                epoch: token.epoch.unwrap_or(self.epoch),
                after: token.position,
                started: token.position,
                extent: Extent::Changes,
            }),
            Request::Next(resume) => Some(resume),
        };
        match resumed.filter(|resume| self.reaches(resume)) {
            Some(from) => Page {
                from,
                full_resync: false,
            },
            None => Page {
                from: self.everything(),
                full_resync: true,
            },
        }
    }

    fn reaches(&self, resume: &Resume) -> bool {
        let known = self.sync_floor..=self.position;
        resume.epoch == self.epoch && known.contains(&resume.started) && resume.after <= self.position
    }

    fn everything(&self) -> Resume {
        Resume {
            epoch: self.epoch,
            after: Position(0),
            started: self.position,
            extent: Extent::Everything,
        }
    }
}

impl Resume {
    /// Whether the client can have what was deleted at this position. Who starts from nothing has nothing to delete,
    /// except what a page before this one may have told of: that was deleted after the sync began.
    #[must_use]
    pub fn needs_tombstone(&self, deleted_at: Position) -> bool {
        match self.extent {
            Extent::Changes => true,
            Extent::Everything => deleted_at > self.started,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Progress = Progress {
        position: Position(20),
        sync_floor: Position(5),
        epoch: Epoch(3),
    };

    fn since(token: &str) -> Page {
        NOW.page(Request::Since(token.parse().expect(token)))
    }

    #[test]
    fn only_a_token_that_can_be_answered_exactly_is_answered_with_changes() {
        for (token, full_resync) in [
            ("3.7", false),
            ("7", false),
            ("3.5", false),
            ("3.20", false),
            ("3.4", true),
            ("3.21", true),
            ("2.7", true),
            ("4.7", true),
            ("0", true),
        ] {
            assert_eq!(since(token).full_resync, full_resync, "{token}");
        }
        assert!(NOW.page(Request::Everything).full_resync);
    }

    #[test]
    fn the_next_page_of_a_full_sync_goes_on_although_it_is_below_the_floor() {
        let first = NOW.page(Request::Everything);
        let next = Resume {
            after: Position(2),
            ..first.from
        };
        let page = NOW.page(Request::Next(next));
        assert_eq!((page.from, page.full_resync), (next, false));
    }

    #[test]
    fn a_full_sync_begins_anew_when_tombstones_it_would_need_were_purged_meanwhile() {
        let started = NOW.page(Request::Everything).from;
        let later = Progress {
            position: Position(40),
            sync_floor: Position(30),
            ..NOW
        };
        assert!(later.page(Request::Next(started)).full_resync);
    }

    #[test]
    fn a_full_sync_tells_of_what_was_deleted_after_it_began() {
        let full = NOW.page(Request::Everything).from;
        assert_eq!(
            (
                full.needs_tombstone(Position(20)),
                full.needs_tombstone(Position(21))
            ),
            (false, true)
        );
        assert!(since("7").from.needs_tombstone(Position(8)));
    }
}
