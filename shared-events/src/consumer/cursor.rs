//! Where a partition stands. Pure: no client, no clock.
//!
//! Offsets are dense on our topics: they hold no transactions and are not compacted, so the record after `next - 1` is
//! `next`. The cursor makes that an invariant: a record beyond the expected one is a *gap* and is never applied. (A
//! dead letter is no gap: it was read, and leaves a *hole* in what was applied.)

use std::fmt;

/// Metadata of our own commits: a committed offset without it was set by an operator (`rpk group seek`).
pub const OUR_COMMIT: &str = "taskwire";

/// Metadata of what `taskctl offsets set` commits, whose audit entry it has written before.
pub const TASKCTL_COMMIT: &str = "taskctl";

/// So many times in a row the same gap is met before the partition stops.
pub const MAX_GAP_ATTEMPTS: u32 = 3;

/// The offset of the next record to read, never of the last one read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NextOffset(pub i64);

impl NextOffset {
    /// The place behind a record.
    #[must_use]
    pub const fn after(offset: i64) -> Self {
        Self(offset.saturating_add(1))
    }
}

impl fmt::Display for NextOffset {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A partition of a topic.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TopicPartition {
    /// The topic's name.
    pub topic: String,
    /// The partition's number.
    pub partition: i32,
}

impl fmt::Display for TopicPartition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.topic, self.partition)
    }
}

/// Offsets that the broker should have delivered and did not: `from` up to, not including, `found`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Gap {
    /// The record that was to come.
    pub from: NextOffset,
    /// The record that came instead.
    pub found: i64,
}

impl Gap {
    /// How many records are missing.
    #[must_use]
    pub const fn missing(&self) -> i64 {
        self.found.saturating_sub(self.from.0)
    }
}

impl fmt::Display for Gap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let last = self.found.saturating_sub(1);
        if last == self.from.0 {
            write!(f, "offset {last} is missing")
        } else {
            write!(f, "offsets {} to {last} are missing", self.from)
        }
    }
}

/// What to do with a record that was delivered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Delivered {
    /// It is the next one: apply it.
    Next,
    /// It is the last one applied, read again to see that the topic is the one we knew: nothing to apply.
    Last,
    /// It lies behind us: nothing to apply.
    Behind,
}

/// Why a record may not be applied, nor any after it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// Records before it are missing.
    #[error("{0}")]
    Gap(Gap),
    /// At the offset of the last applied record lies another one.
    #[error("the record at offset {0} is not the one that was applied: the topic was re-created")]
    OtherTopic(i64),
}

/// The cursor of one assignment: which record must come next, and up to where all were applied.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cursor {
    next: NextOffset,
    expected: NextOffset,
    last: Option<Vec<u8>>,
}

impl Cursor {
    /// Begins at `next`, or at the record before it when its hash is known and the broker, which holds records from
    /// `low` on, still has it.
    #[must_use]
    pub fn new(next: NextOffset, last: Option<(i64, Vec<u8>)>, low: i64) -> Self {
        let last = last.filter(|(offset, _)| NextOffset::after(*offset) == next && *offset >= low);
        let expected = last.as_ref().map_or(next, |(offset, _)| NextOffset(*offset));
        Self {
            next,
            expected,
            last: last.map(|(_, hash)| hash),
        }
    }

    /// The first record that is not applied yet.
    #[must_use]
    pub const fn next(&self) -> NextOffset {
        self.next
    }

    /// The record that must be delivered next.
    #[must_use]
    pub const fn expected(&self) -> NextOffset {
        self.expected
    }

    /// Takes note of a delivered record; `hash` is asked for only where it is compared.
    ///
    /// # Errors
    /// [`Refused`]: neither this record nor any after it may be applied.
    pub fn deliver(&mut self, offset: i64, hash: impl FnOnce() -> Vec<u8>) -> Result<Delivered, Refused> {
        if offset < self.expected.0 {
            return Ok(Delivered::Behind);
        }
        if offset > self.expected.0 {
            return Err(Refused::Gap(Gap {
                from: self.expected,
                found: offset,
            }));
        }
        let delivered = match &self.last {
            Some(last) if *last != hash() => return Err(Refused::OtherTopic(offset)),
            Some(_same) => Delivered::Last,
            None => Delivered::Next,
        };
        self.last = None;
        self.expected = NextOffset::after(offset);
        Ok(delivered)
    }

    /// Where the cursor stands after so many records, `first` to `last`, if these are the next ones, none between them
    /// is missing, and all were delivered.
    ///
    /// # Errors
    /// The [`Gap`] between the cursor and them. It is a bug of the runtime if that is ever seen.
    pub fn after(&self, first: i64, last: i64, records: usize) -> Result<NextOffset, Gap> {
        let next = NextOffset::after(last);
        let is_whole = i64::try_from(records).is_ok_and(|records| next.0.checked_sub(first) == Some(records));
        if first == self.next.0 && last >= first && last < self.expected.0 && is_whole {
            return Ok(next);
        }
        Err(Gap {
            from: self.next,
            found: first,
        })
    }

    /// Everything before `next` is applied.
    pub fn moved(&mut self, next: NextOffset) {
        self.next = next;
    }
}

/// Counts how often the same gap was met.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct GapCount {
    at: Option<NextOffset>,
    count: u32,
}

impl GapCount {
    /// Counts one more look at a gap; true when it was looked at often enough and the partition has to stop.
    pub fn met(&mut self, gap: Gap) -> bool {
        if self.at != Some(gap.from) {
            *self = Self {
                at: Some(gap.from),
                count: 0,
            };
        }
        self.count = self.count.saturating_add(1);
        self.count >= MAX_GAP_ATTEMPTS
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const HASH: [u8; 2] = [7, 7];

    fn deliver(cursor: &mut Cursor, offset: i64) -> Result<Delivered, Refused> {
        cursor.deliver(offset, || HASH.to_vec())
    }

    #[test]
    fn records_are_applied_one_after_the_other() {
        let mut cursor = Cursor::new(NextOffset(5), None, 0);
        assert_eq!(deliver(&mut cursor, 5), Ok(Delivered::Next));
        assert_eq!(deliver(&mut cursor, 6), Ok(Delivered::Next));
        assert_eq!(cursor.after(5, 6, 2), Ok(NextOffset(7)));
    }

    #[test]
    fn a_record_beyond_the_expected_one_is_refused_and_names_what_is_missing() {
        let mut cursor = Cursor::new(NextOffset(5), None, 0);
        let gap = Gap {
            from: NextOffset(5),
            found: 9,
        };
        assert_eq!(deliver(&mut cursor, 9), Err(Refused::Gap(gap)));
        assert_eq!(gap.to_string(), "offsets 5 to 8 are missing");
        assert_eq!(deliver(&mut cursor, 9), Err(Refused::Gap(gap)), "nor later");
        let one = Gap {
            from: NextOffset(5),
            found: 6,
        };
        assert_eq!(one.to_string(), "offset 5 is missing");
    }

    #[test]
    fn the_record_before_ours_is_read_again_and_compared() {
        let last = Some((4, HASH.to_vec()));
        let mut cursor = Cursor::new(NextOffset(5), last.clone(), 0);
        assert_eq!(cursor.expected(), NextOffset(4));
        assert_eq!(deliver(&mut cursor, 4), Ok(Delivered::Last));
        assert_eq!(deliver(&mut cursor, 5), Ok(Delivered::Next));

        let mut cursor = Cursor::new(NextOffset(5), last.clone(), 0);
        assert_eq!(cursor.deliver(4, || vec![0]), Err(Refused::OtherTopic(4)));
        assert_eq!(
            cursor.deliver(4, || vec![0]),
            Err(Refused::OtherTopic(4)),
            "nor later"
        );

        let mut cursor = Cursor::new(NextOffset(5), last, 0);
        let gap = Gap {
            from: NextOffset(4),
            found: 5,
        };
        assert_eq!(
            deliver(&mut cursor, 5),
            Err(Refused::Gap(gap)),
            "not even ours counts before the last one was seen"
        );
    }

    #[test]
    fn the_record_before_ours_is_not_asked_for_when_it_is_gone_or_another() {
        let gone = Cursor::new(NextOffset(5), Some((4, HASH.to_vec())), 5);
        assert_eq!(gone.expected(), NextOffset(5));
        let older = Cursor::new(NextOffset(5), Some((3, HASH.to_vec())), 0);
        assert_eq!(older.expected(), NextOffset(5));
    }

    #[test]
    fn what_lies_behind_is_passed_over() {
        let mut cursor = Cursor::new(NextOffset(5), None, 0);
        assert_eq!(deliver(&mut cursor, 4), Ok(Delivered::Behind));
        assert_eq!(deliver(&mut cursor, 5), Ok(Delivered::Next));
    }

    #[test]
    fn a_batch_that_does_not_begin_at_the_cursor_is_refused() {
        let mut cursor = Cursor::new(NextOffset(5), None, 0);
        for offset in 5..9 {
            deliver(&mut cursor, offset).unwrap();
        }
        assert!(cursor.after(6, 7, 2).is_err(), "5 would be passed over");
        assert!(cursor.after(4, 7, 4).is_err(), "4 is behind");
        assert!(cursor.after(5, 9, 5).is_err(), "9 was not delivered");
        assert!(cursor.after(5, 7, 2).is_err(), "6 would be passed over");
        cursor.moved(cursor.after(5, 7, 3).unwrap());
        assert_eq!(cursor.after(8, 8, 1), Ok(NextOffset(9)));
    }

    #[test]
    fn the_third_look_at_the_same_gap_is_the_last() {
        let gap = |from, found| Gap {
            from: NextOffset(from),
            found,
        };
        let mut looks = GapCount::default();
        assert!(!looks.met(gap(5, 9)));
        assert!(!looks.met(gap(5, 7)), "the same gap, though another record came");
        assert!(!looks.met(gap(6, 9)), "another gap");
        assert!(!looks.met(gap(6, 9)));
        assert!(looks.met(gap(6, 9)));
    }

    proptest! {
        /// Whatever is delivered, in whatever order: what is applied is dense from the first record on.
        #[test]
        fn what_is_applied_has_no_gap_and_no_repetition(
            next in 0..5_i64,
            offsets in prop::collection::vec(0..12_i64, 0..60),
        ) {
            let mut cursor = Cursor::new(NextOffset(next), None, 0);
            let mut applied = Vec::new();
            for offset in offsets {
                match deliver(&mut cursor, offset) {
                    Ok(Delivered::Next) => {
                        cursor.moved(cursor.after(offset, offset, 1).unwrap());
                        applied.push(offset);
                    }
                    Ok(Delivered::Behind) => {}
                    Ok(Delivered::Last) => prop_assert!(false, "no hash was known"),
                    Err(_gap) => {}
                }
            }
            let dense: Vec<i64> = (next..).take(applied.len()).collect();
            prop_assert_eq!(applied, dense);
        }
    }
}
