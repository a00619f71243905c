//! Where to begin in a partition: a pure decision on what is stored, what is committed and what the broker still has.

use super::commit::is_ours;
use super::cursor::NextOffset;

/// What a consumer group has committed to Kafka for a partition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Committed {
    /// The next offset.
    pub next: NextOffset,
    /// The text that goes with it.
    pub metadata: String,
}

/// What the broker holds: records from `low` up to, not including, `high`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Watermarks {
    /// The first offset still there.
    pub low: i64,
    /// The offset that the next record will get.
    pub high: i64,
}

/// Where to begin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Start {
    /// Go on where we were.
    Resume(NextOffset),
    /// Never been here: from the first record.
    Fresh(NextOffset),
    /// Where an operator wants us to be.
    Adopt(NextOffset),
    /// Nowhere: the offset is not on the broker. An operator has to decide.
    OutOfRange {
        /// Where we would go on.
        wanted: NextOffset,
        /// What there is.
        held: Watermarks,
    },
}

/// What a service itself remembers of a partition.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stored {
    /// The offset in its database: the truth.
    At(NextOffset),
    /// Its database has never seen the partition, whatever an earlier database committed to Kafka.
    Nothing,
    /// It has no database: its commit to Kafka is all there is.
    InKafka,
}

impl Stored {
    /// The offset in its database.
    #[must_use]
    pub const fn offset(self) -> Option<NextOffset> {
        match self {
            Self::At(next) => Some(next),
            Self::Nothing | Self::InKafka => None,
        }
    }
}

/// Decides where to begin.
#[must_use]
pub fn start(stored: Stored, committed: Option<&Committed>, held: Watermarks) -> Start {
    let known = |next| stored == Stored::At(next);
    let by_operator = committed.filter(|c| !is_ours(&c.metadata) && !known(c.next));
    let (wanted, found): (NextOffset, fn(NextOffset) -> Start) = match (by_operator, stored, committed) {
        (Some(operator), ..) => (operator.next, Start::Adopt),
        (None, Stored::At(stored), _) => (stored, Start::Resume),
        (None, Stored::InKafka, Some(committed)) => (committed.next, Start::Resume),
        (None, Stored::InKafka | Stored::Nothing, _) => (NextOffset(held.low), Start::Fresh),
    };
    if (held.low..=held.high).contains(&wanted.0) {
        found(wanted)
    } else {
        Start::OutOfRange { wanted, held }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::consumer::cursor::OUR_COMMIT;

    const HELD: Watermarks = Watermarks { low: 10, high: 100 };

    fn ours(next: i64) -> Committed {
        Committed {
            next: NextOffset(next),
            metadata: OUR_COMMIT.to_owned(),
        }
    }

    fn operators(next: i64) -> Committed {
        Committed {
            next: NextOffset(next),
            metadata: String::new(),
        }
    }

    #[test]
    fn the_stored_offset_is_the_truth_whatever_was_committed_by_us() {
        assert_eq!(
            start(Stored::At(NextOffset(50)), Some(&ours(40)), HELD),
            Start::Resume(NextOffset(50))
        );
        assert_eq!(
            start(Stored::At(NextOffset(50)), None, HELD),
            Start::Resume(NextOffset(50))
        );
    }

    #[test]
    fn an_operators_commit_is_adopted() {
        assert_eq!(
            start(Stored::At(NextOffset(50)), Some(&operators(20)), HELD),
            Start::Adopt(NextOffset(20))
        );
        assert_eq!(
            start(Stored::InKafka, Some(&operators(20)), HELD),
            Start::Adopt(NextOffset(20))
        );
    }

    #[test]
    fn an_operators_commit_that_we_followed_already_is_not_adopted_twice() {
        assert_eq!(
            start(Stored::At(NextOffset(20)), Some(&operators(20)), HELD),
            Start::Resume(NextOffset(20))
        );
    }

    #[test]
    fn without_a_database_our_commit_counts_and_without_both_the_first_record() {
        assert_eq!(
            start(Stored::InKafka, Some(&ours(70)), HELD),
            Start::Resume(NextOffset(70))
        );
        assert_eq!(start(Stored::InKafka, None, HELD), Start::Fresh(NextOffset(10)));
    }

    #[test]
    fn an_offset_that_the_broker_does_not_hold_is_never_replaced_silently() {
        for wanted in [9, 101] {
            let wanted = NextOffset(wanted);
            assert_eq!(
                start(Stored::At(wanted), None, HELD),
                Start::OutOfRange { wanted, held: HELD }
            );
        }
        assert_eq!(
            start(Stored::At(NextOffset(100)), None, HELD),
            Start::Resume(NextOffset(100))
        );
    }

    #[test]
    fn a_new_database_reads_everything_although_an_older_one_had_committed() {
        assert_eq!(
            start(Stored::Nothing, Some(&ours(70)), HELD),
            Start::Fresh(NextOffset(10))
        );
        assert_eq!(
            start(Stored::Nothing, Some(&operators(70)), HELD),
            Start::Adopt(NextOffset(70))
        );
    }
}
