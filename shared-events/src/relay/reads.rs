//! What to read next: rows newer than the last one seen, ids left open in between, and now and then everything.
//!
//! An id is taken before its transaction commits, so a lower id may appear after a higher one. Three reads see to it
//! that no row is missed and none is looked at needlessly:
//!
//! - a *fresh* read brings what lies beyond the tail, and the *holes*: ids below the tail that were not there yet;
//! - a hole is given up after a while, as most transactions that long ago were rolled back;
//! - a *sweep* walks the whole table from its beginning, leaving out what is known, and finds the rest.

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::time::Duration;

/// Ids of one gap that are looked for again; the last ones, since the first are the likelier rolled back.
const HOLES_OF_ONE_GAP: i64 = 64;

/// Ids that are looked for again in all.
const HOLES: usize = 1_024;

/// How long an id that is not there is looked for.
const HOLE_LIFE: Duration = Duration::from_secs(10);

/// How often reads happen without any reason.
#[derive(Debug, Clone, Copy)]
pub struct ReadIntervals {
    /// A fresh read happens at least this often, woken or not.
    pub poll: Duration,
    /// A sweep begins this long after the last one, or later if that one took long.
    pub sweep: Duration,
}

impl Default for ReadIntervals {
    fn default() -> Self {
        Self {
            poll: Duration::from_secs(1),
            sweep: Duration::from_secs(5),
        }
    }
}

/// Which part of the table a read covers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Read {
    /// Rows beyond `after`, and those of `holes` that are there by now.
    Fresh {
        /// The highest id seen.
        after: i64,
        /// Ids below it, not seen so far.
        holes: Vec<i64>,
    },
    /// Unknown rows in `(after, until]`.
    Sweep {
        after: i64,
        /// The highest id seen.
        until: i64,
    },
}

/// How far a read came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Examined {
    /// Every row up to this id that was there has been looked at.
    pub(super) until: i64,
    /// Whether there is more to read behind it now.
    pub(super) more: bool,
}

impl Read {
    #[must_use]
    pub(super) fn after(&self) -> i64 {
        match self {
            Self::Fresh { after, .. } | Self::Sweep { after, .. } => *after,
        }
    }

    /// Ids below that to look for all the same.
    #[must_use]
    pub(super) fn holes(&self) -> &[i64] {
        match self {
            Self::Fresh { holes, .. } => holes,
            Self::Sweep { .. } => &[],
        }
    }

    /// Whether it brings every row beyond [`Self::after`] and no other.
    #[must_use]
    pub(super) fn is_open_ended(&self) -> bool {
        matches!(self, Self::Fresh { holes, .. } if holes.is_empty())
    }

    /// The whole range: a read that leaves nothing out stops at its limit of rows.
    #[must_use]
    pub(super) fn window(&self) -> Window {
        Window {
            until: self.end(),
            narrow: false,
            more: false,
        }
    }

    /// At most `width` ids from the first row on, so that a read which leaves out most rows takes no longer than
    /// others. `span` is the lowest and the highest id beyond [`Self::after`].
    #[must_use]
    pub(super) fn narrow_window(&self, span: Option<(i64, i64)>, width: i64) -> Window {
        match span {
            Some((first, last)) if first <= self.end() => {
                let last = last.min(self.end());
                let until = first.saturating_add(width).min(last);
                Window {
                    until,
                    narrow: true,
                    more: until < last,
                }
            }
            _ => Window {
                until: self.after(),
                narrow: true,
                more: false,
            },
        }
    }

    fn end(&self) -> i64 {
        match self {
            Self::Fresh { .. } => i64::MAX,
            Self::Sweep { until, .. } => *until,
        }
    }
}

/// Up to which id one read goes.
#[derive(Debug, Clone, Copy)]
pub(super) struct Window {
    pub(super) until: i64,
    narrow: bool,
    more: bool,
}

impl Window {
    /// How far a read came that found these ids, in order, of at most `limit` rows beyond `after`.
    #[must_use]
    pub(super) fn examined(&self, after: i64, found: &[i64], limit: usize) -> Examined {
        let last = found.last().map_or(after, |id| after.max(*id));
        if found.iter().filter(|id| **id > after).count() >= limit {
            return Examined {
                until: last,
                more: true,
            };
        }
        Examined {
            until: if self.narrow { self.until } else { last },
            more: self.more,
        }
    }
}

/// What one lease has read, and when it reads again.
#[derive(Debug)]
pub(super) struct Reads {
    intervals: ReadIntervals,
    tail: i64,
    holes: BTreeMap<i64, Duration>,
    fresh_wanted: bool,
    next_poll: Duration,
    sweep: Sweep,
    /// A fresh read went before a step of the sweep that was due as well.
    sweep_waited: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sweep {
    Resting {
        until: Duration,
    },
    Walking {
        since: Duration,
        after: i64,
        again: bool,
    },
}

impl Reads {
    /// Nothing has been read yet, so everything is fresh.
    #[must_use]
    pub(super) fn new(intervals: ReadIntervals, now: Duration) -> Self {
        Self {
            intervals,
            tail: 0,
            holes: BTreeMap::new(),
            fresh_wanted: true,
            next_poll: now + intervals.poll,
            sweep: Sweep::Resting {
                until: now + intervals.sweep,
            },
            sweep_waited: false,
        }
    }

    /// Somebody committed rows, or a read failed.
    pub(super) fn wake(&mut self) {
        self.fresh_wanted = true;
    }

    /// Rows are known to lie below the tail: sweep soon, and once more if a sweep is under way.
    pub(super) fn sweep_soon(&mut self, now: Duration) {
        match &mut self.sweep {
            Sweep::Resting { until } => *until = now,
            Sweep::Walking { again, .. } => *again = true,
        }
    }

    /// The read whose time has come; if it has for both kinds, they take turns, a fresh one first.
    pub(super) fn next(&mut self, now: Duration) -> Option<Read> {
        if matches!(self.sweep, Sweep::Resting { until } if until <= now) {
            self.sweep = Sweep::Walking {
                since: now,
                after: 0,
                again: false,
            };
        }
        let fresh = self.fresh_wanted || now >= self.next_poll;
        match self.sweep {
            Sweep::Walking { after, .. } if self.sweep_waited || !fresh => {
                self.sweep_waited = false;
                Some(Read::Sweep {
                    after,
                    until: self.tail,
                })
            }
            Sweep::Walking { .. } => {
                self.sweep_waited = true;
                Some(self.fresh(now))
            }
            Sweep::Resting { .. } => fresh.then(|| self.fresh(now)),
        }
    }

    /// When [`Self::next`] has something to read at the latest.
    #[must_use]
    pub(super) fn next_at(&self, now: Duration) -> Duration {
        match self.sweep {
            _ if self.fresh_wanted => now,
            Sweep::Resting { until } => until.min(self.next_poll),
            Sweep::Walking { .. } => now,
        }
    }

    /// A fresh read found these ids, in order, beyond the tail or in holes.
    pub(super) fn fresh_done(&mut self, found: &[i64], examined: Examined, now: Duration) {
        self.fresh_wanted |= examined.more;
        let mut next = self.tail + 1;
        for id in found {
            self.holes.remove(id);
            if *id > self.tail {
                self.note_gap(next, *id - 1, now);
                next = *id + 1;
            }
        }
        self.note_gap(next, examined.until, now);
        self.tail = self.tail.max(examined.until);
    }

    /// A step of the sweep is done.
    pub(super) fn sweep_done(&mut self, examined: Examined, now: Duration) {
        let Sweep::Walking { since, again, .. } = self.sweep else {
            return;
        };
        self.sweep = match (examined.more && examined.until < self.tail, again) {
            (true, again) => Sweep::Walking {
                since,
                after: examined.until,
                again,
            },
            (false, true) => Sweep::Walking {
                since: now,
                after: 0,
                again: false,
            },
            (false, false) => Sweep::Resting {
                until: now + self.rest_after(now.saturating_sub(since)),
            },
        };
    }

    /// A sweep over a long backlog, or over dead rows, is repeated less often, but begins within twice the interval.
    fn rest_after(&self, took: Duration) -> Duration {
        let interval = self.intervals.sweep;
        interval.max((took * 20).min((interval * 2).saturating_sub(took)))
    }

    fn fresh(&mut self, now: Duration) -> Read {
        self.fresh_wanted = false;
        self.next_poll = now + self.intervals.poll;
        self.holes.retain(|_, until| *until > now);
        Read::Fresh {
            after: self.tail,
            holes: self.holes.keys().copied().collect(),
        }
    }

    fn note_gap(&mut self, from: i64, to: i64, now: Duration) {
        for id in from.max(to - HOLES_OF_ONE_GAP + 1)..=to {
            self.holes.insert(id, now + HOLE_LIFE);
        }
        while self.holes.len() > HOLES {
            self.holes.pop_first();
        }
    }
}
