//! What to read next: rows newer than the last one seen, ids left open in between, and now and then everything.
//!
//! An id is taken before its transaction commits, so a lower id may appear after a higher one. Three reads see to it
//! that no row is missed and none is looked at needlessly:
//!
//! - a *fresh* read brings what lies beyond the tail, and the *holes*: ids below the tail that were not there yet;
//! - a hole is given up after a while, as most transactions that long ago were rolled back;
//! - a *sweep* walks the whole table from its beginning, leaving out what is known, and finds the rest.

use std::{collections::BTreeMap, time::Duration};

/// Ids of one gap that are looked for again; the last ones, since the first are the likelier rolled back.
const HOLES_OF_ONE_GAP: i64 = 64;

/// Ids that are looked for again in all.
const HOLES: usize = 1_024;

/// How long an id that is not there is looked for.
const HOLE_LIFE: Duration = Duration::from_secs(10);

/// How often reads happen without any reason.
#[derive(Clone, Copy, Debug)]
pub struct Rhythm {
    /// A fresh read happens at least this often, woken or not.
    pub poll: Duration,
    /// A sweep begins this long after the last one, or later if that one took long.
    pub sweep: Duration,
}

impl Default for Rhythm {
    fn default() -> Self {
        Self {
            poll: Duration::from_secs(1),
            sweep: Duration::from_secs(5),
        }
    }
}

/// Which part of the table a read covers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Read {
    /// Rows beyond `after`, and those of `holes` that are there by now.
    Fresh {
        /// The tail: the highest id seen.
        after: i64,
        /// Ids below it, not seen so far.
        holes: Vec<i64>,
    },
    /// Unknown rows in `(after, until]`.
    Sweep {
        /// Where the sweep is.
        after: i64,
        /// Where it ends: the tail.
        until: i64,
    },
}

/// How far a read came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Examined {
    /// Every row up to this id that was there has been looked at.
    pub until: i64,
    /// Whether there is more to read behind it now.
    pub more: bool,
}

/// The plan of the reads of one lease.
#[derive(Debug)]
pub struct Reading {
    rhythm: Rhythm,
    tail: i64,
    holes: BTreeMap<i64, Duration>,
    fresh_wanted: bool,
    next_poll: Duration,
    sweep: Sweep,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
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

impl Reading {
    /// Nothing has been read yet, so everything is fresh.
    #[must_use]
    pub fn new(rhythm: Rhythm, now: Duration) -> Self {
        Self {
            rhythm,
            tail: 0,
            holes: BTreeMap::new(),
            fresh_wanted: true,
            next_poll: now + rhythm.poll,
            sweep: Sweep::Resting {
                until: now + rhythm.sweep,
            },
        }
    }

    /// Somebody committed rows, or a read failed.
    pub fn wake(&mut self) {
        self.fresh_wanted = true;
    }

    /// Rows are known to lie below the tail: sweep soon, and once more if a sweep is under way.
    pub fn sweep_soon(&mut self, now: Duration) {
        match &mut self.sweep {
            Sweep::Resting { until } => *until = now,
            Sweep::Walking { again, .. } => *again = true,
        }
    }

    /// The read whose time has come, fresh ones first.
    pub fn next(&mut self, now: Duration) -> Option<Read> {
        if self.fresh_wanted || now >= self.next_poll {
            return Some(self.fresh(now));
        }
        if matches!(self.sweep, Sweep::Resting { until } if until <= now) {
            self.sweep = Sweep::Walking {
                since: now,
                after: 0,
                again: false,
            };
        }
        match self.sweep {
            Sweep::Walking { after, .. } => Some(Read::Sweep {
                after,
                until: self.tail,
            }),
            Sweep::Resting { .. } => None,
        }
    }

    /// When [`Self::next`] has something to read at the latest.
    #[must_use]
    pub fn next_at(&self, now: Duration) -> Duration {
        match self.sweep {
            _ if self.fresh_wanted => now,
            Sweep::Resting { until } => until.min(self.next_poll),
            Sweep::Walking { .. } => now,
        }
    }

    /// A fresh read found these ids, in order, beyond the tail or in holes.
    pub fn fresh_done(&mut self, found: &[i64], examined: Examined, now: Duration) {
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
    pub fn sweep_done(&mut self, examined: Examined, now: Duration) {
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

    /// A sweep over a long backlog, or over dead rows, is repeated less often.
    fn rest_after(&self, took: Duration) -> Duration {
        self.rhythm.sweep.max((took * 20).min(Duration::from_secs(60)))
    }

    fn fresh(&mut self, now: Duration) -> Read {
        self.fresh_wanted = false;
        self.next_poll = now + self.rhythm.poll;
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

#[cfg(test)]
mod tests {
    use super::*;

    const RHYTHM: Rhythm = Rhythm {
        poll: Duration::from_secs(1),
        sweep: Duration::from_secs(5),
    };

    fn at(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    fn done(until: i64) -> Examined {
        Examined { until, more: false }
    }

    fn reading_with_tail(tail: i64) -> Reading {
        let mut reading = Reading::new(RHYTHM, at(0));
        let _first = reading.next(at(0));
        reading.fresh_done(&(1..=tail).collect::<Vec<_>>(), done(tail), at(0));
        reading
    }

    #[test]
    fn a_wake_is_followed_by_one_fresh_read() {
        let mut reading = reading_with_tail(3);
        assert_eq!(reading.next(at(0)), None);
        reading.wake();
        assert_eq!(
            reading.next(at(0)),
            Some(Read::Fresh {
                after: 3,
                holes: vec![]
            })
        );
        assert_eq!(reading.next(at(0)), None);
    }

    #[test]
    fn an_id_that_was_left_open_is_looked_for_until_it_comes() {
        let mut reading = reading_with_tail(3);
        reading.fresh_done(&[5, 7], done(7), at(0));
        reading.wake();
        assert_eq!(
            reading.next(at(0)),
            Some(Read::Fresh {
                after: 7,
                holes: vec![4, 6]
            })
        );
        reading.fresh_done(&[4], done(7), at(0));
        reading.wake();
        assert_eq!(
            reading.next(at(0)),
            Some(Read::Fresh {
                after: 7,
                holes: vec![6]
            })
        );
    }

    #[test]
    fn an_id_that_never_comes_is_given_up() {
        let mut reading = reading_with_tail(3);
        reading.fresh_done(&[5], done(5), at(0));
        assert_eq!(
            reading.next(at(11)),
            Some(Read::Fresh {
                after: 5,
                holes: vec![]
            })
        );
    }

    #[test]
    fn a_wide_gap_does_not_grow_the_list_of_holes_without_bound() {
        let mut reading = Reading::new(RHYTHM, at(0));
        for step in 1..100 {
            reading.fresh_done(&[step * 1_000_000], done(step * 1_000_000), at(0));
        }
        assert_eq!(reading.holes.len(), HOLES);
    }

    #[test]
    fn a_poll_happens_without_a_wake() {
        let mut reading = reading_with_tail(3);
        assert_eq!(
            reading.next(at(1)),
            Some(Read::Fresh {
                after: 3,
                holes: vec![]
            })
        );
    }

    #[test]
    fn a_sweep_walks_from_the_beginning_to_the_tail_and_then_rests() {
        let mut reading = reading_with_tail(10);
        let _poll = reading.next(at(5));
        assert_eq!(reading.next(at(5)), Some(Read::Sweep { after: 0, until: 10 }));
        reading.sweep_done(Examined { until: 6, more: true }, at(5));
        assert_eq!(reading.next(at(5)), Some(Read::Sweep { after: 6, until: 10 }));
        reading.sweep_done(
            Examined {
                until: 10,
                more: true,
            },
            at(5),
        );
        assert_eq!(reading.next(at(5)), None);
    }

    #[test]
    fn a_sweep_asked_for_during_a_sweep_begins_again() {
        let mut reading = reading_with_tail(10);
        reading.sweep_soon(at(0));
        let _walking = reading.next(at(0));
        reading.sweep_soon(at(0));
        reading.sweep_done(done(10), at(0));
        assert_eq!(reading.next(at(0)), Some(Read::Sweep { after: 0, until: 10 }));
    }

    #[test]
    fn fresh_rows_go_before_a_sweep() {
        let mut reading = reading_with_tail(10);
        reading.sweep_soon(at(0));
        reading.wake();
        assert!(matches!(reading.next(at(0)), Some(Read::Fresh { .. })));
    }
}
