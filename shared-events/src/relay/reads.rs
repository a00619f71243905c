//! What to read next: rows newer than the last one seen, ids left open in between, topics that were left out, and now
//! and then everything.
//!
//! An id is taken before its transaction commits, so a lower id may appear after a higher one. Three reads see to it
//! that no row is missed and none is looked at needlessly:
//!
//! - a *fresh* read brings what lies beyond the tail, and the *holes*: ids below the tail that were not there yet;
//! - a hole is given up after a while, as most transactions that long ago were rolled back;
//! - a topic that took its part is *behind*: fresh reads leave it out, and *catch-up* reads bring its rows from where it
//!   was left to the tail;
//! - a *sweep* walks the whole table from its beginning, leaving out what is known or to be caught up, and finds the
//!   rest.

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::ops::Bound;
use std::sync::Arc;
use std::time::Duration;

/// Ids of one gap that are looked for again; the last ones, since the first are the likelier rolled back.
const HOLES_OF_ONE_GAP: i64 = 64;

/// Ids that are looked for again in all.
const HOLES: usize = 1_024;

/// Ids that one catch-up read walks over at most, which bounds its time where other topics have most of the rows.
const CATCH_UP: i64 = 10_000;

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
    /// Rows of one topic in `(after, until]`.
    CatchUp { topic: Arc<str>, after: i64, until: i64 },
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
            Self::Fresh { after, .. } | Self::CatchUp { after, .. } | Self::Sweep { after, .. } => *after,
        }
    }

    /// Ids below that to look for all the same.
    #[must_use]
    pub(super) fn holes(&self) -> &[i64] {
        match self {
            Self::Fresh { holes, .. } => holes,
            Self::CatchUp { .. } | Self::Sweep { .. } => &[],
        }
    }

    /// The only topic it brings rows of, if it is for one.
    #[must_use]
    pub(super) fn topic(&self) -> Option<&str> {
        match self {
            Self::CatchUp { topic, .. } => Some(topic),
            Self::Fresh { .. } | Self::Sweep { .. } => None,
        }
    }

    /// The whole range: a read that leaves nothing out stops at its limit of rows, and so does one of a narrow range.
    #[must_use]
    pub(super) fn window(&self) -> Window {
        Window {
            until: self.end(),
            narrow: matches!(self, Self::CatchUp { .. }),
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
            Self::CatchUp { until, .. } | Self::Sweep { until, .. } => *until,
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
    /// Topics that fresh reads leave out, and up to which id each has been read.
    behind: BTreeMap<Arc<str>, i64>,
    /// The topic that was caught up last.
    caught_up_last: Option<Arc<str>>,
    sweep: Sweep,
    /// A fresh read went before another one that was due as well.
    others_waited: bool,
    /// A catch-up read went before a step of the sweep that was due as well.
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
            behind: BTreeMap::new(),
            caught_up_last: None,
            sweep: Sweep::Resting {
                until: now + intervals.sweep,
            },
            others_waited: false,
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

    /// From the tail on, fresh reads leave this topic out, until it has been caught up.
    pub(super) fn leave_out(&mut self, topic: &Arc<str>) {
        self.behind.entry(Arc::clone(topic)).or_insert(self.tail);
    }

    /// Topics of which only catch-up reads bring the rows beyond these ids.
    #[must_use]
    pub(super) fn behind(&self) -> Vec<(Arc<str>, i64)> {
        let behind = self.behind.iter();
        behind.map(|(topic, after)| (Arc::clone(topic), *after)).collect()
    }

    /// The read whose time has come; if it has for several kinds, they take turns, a fresh one first. A topic is caught
    /// up while there is room for it.
    pub(super) fn next(&mut self, now: Duration, has_room: impl Fn(&str) -> bool) -> Option<Read> {
        if matches!(self.sweep, Sweep::Resting { until } if until <= now) {
            self.sweep = Sweep::Walking {
                since: now,
                after: 0,
                again: false,
            };
        }
        let tail = self.tail;
        self.behind
            .retain(|topic, after| *after < tail || !has_room(topic));
        let fresh = self.fresh_wanted || now >= self.next_poll;
        let catch_up = self.next_behind(has_room);
        let sweep = self.sweep_step();
        let others = catch_up.is_some() || sweep.is_some();
        if fresh && !(others && self.others_waited) {
            self.others_waited = others;
            return Some(self.fresh(now));
        }
        self.others_waited = false;
        if catch_up.is_some() && !(sweep.is_some() && self.sweep_waited) {
            self.sweep_waited = sweep.is_some();
            return catch_up.map(|topic| self.catch_up(topic));
        }
        self.sweep_waited = false;
        sweep
    }

    /// When [`Self::next`] has something to read at the latest.
    #[must_use]
    pub(super) fn next_at(&self, now: Duration, has_room: impl Fn(&str) -> bool) -> Duration {
        match self.sweep {
            _ if self.fresh_wanted || self.next_behind(has_room).is_some() => now,
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

    /// Every row of the topic up to this id has been looked at.
    pub(super) fn caught_up(&mut self, topic: &Arc<str>, until: i64) {
        if until >= self.tail {
            self.behind.remove(topic);
        } else if let Some(after) = self.behind.get_mut(topic) {
            *after = until;
        }
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

    /// The topic to catch up next: they take turns.
    fn next_behind(&self, has_room: impl Fn(&str) -> bool) -> Option<Arc<str>> {
        let after_last = match &self.caught_up_last {
            Some(last) => Bound::Excluded(Arc::clone(last)),
            None => Bound::Unbounded,
        };
        let from_there = self.behind.range((after_last, Bound::Unbounded));
        let mut topics = from_there.chain(&self.behind);
        let due = topics.find(|(topic, after)| **after < self.tail && has_room(topic));
        due.map(|(topic, _)| Arc::clone(topic))
    }

    fn catch_up(&mut self, topic: Arc<str>) -> Read {
        let after = self.behind.get(&topic).copied().unwrap_or(self.tail);
        self.caught_up_last = Some(Arc::clone(&topic));
        Read::CatchUp {
            topic,
            after,
            until: after.saturating_add(CATCH_UP).min(self.tail),
        }
    }

    fn sweep_step(&self) -> Option<Read> {
        match self.sweep {
            Sweep::Resting { .. } => None,
            Sweep::Walking { after, .. } => Some(Read::Sweep {
                after,
                until: self.tail,
            }),
        }
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
