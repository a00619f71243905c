//! Is this the database that the broker remembers? No clock, no I/O.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::outbox::store::epoch::Standing;

/// What the broker remembers of the database: how far it was when a relay looked last.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct EpochRecord {
    pub(super) epoch: i64,
    pub(super) system_identifier: i64,
    pub(super) timeline: i32,
    /// The number of the start that it was confirmed for.
    pub(super) starts: i64,
    #[serde(with = "chrono::serde::ts_microseconds")]
    pub(super) started_at: DateTime<Utc>,
    pub(super) flush_lsn: i64,
}

impl EpochRecord {
    pub(super) fn of(standing: &Standing) -> Self {
        Self {
            epoch: standing.epoch.get(),
            system_identifier: standing.system_identifier,
            timeline: standing.timeline,
            starts: standing.starts,
            started_at: standing.started_at,
            flush_lsn: standing.flush_lsn,
        }
    }

    /// The same with this start of the server as the newest that is confirmed.
    pub(super) fn of_next_start(standing: &Standing) -> Self {
        Self {
            starts: standing.starts + 1,
            ..Self::of(standing)
        }
    }

    fn is_same_life(&self, standing: &Standing) -> bool {
        self.epoch == standing.epoch.get()
            && self.system_identifier == standing.system_identifier
            && self.timeline == standing.timeline
    }
}

/// What the broker said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Heard {
    Record(EpochRecord),
    /// It remembers nothing: it never was told, or the commit has expired.
    Nothing,
    /// It has not answered, or is not the broker that the database belongs to.
    NoAnswer(String),
}

/// What is to be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    /// The epoch stands, and so does this start of the server.
    Stands,
    /// The server was started, and its data goes on where it was stopped.
    Confirm,
    /// The server was started, and nobody has said yet how far its data should be.
    Wait,
    Begin(Reason),
}

/// Why another epoch begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reason {
    /// The data is older than what the broker remembers.
    Older,
    /// The broker's record is of another life, or there is none: nothing says how far the data should be.
    Unknown,
    /// The broker does not answer.
    Silent,
}

impl Reason {
    pub(super) const ALL: [Self; 3] = [Self::Older, Self::Unknown, Self::Silent];

    pub(super) const fn kind(self) -> &'static str {
        match self {
            Self::Older => "older",
            Self::Unknown => "unknown",
            Self::Silent => "silent",
        }
    }

    pub(super) const fn words(self) -> &'static str {
        match self {
            Self::Older => {
                "the data is older than what the broker remembers of it: a cold copy or a snapshot was put back"
            }
            Self::Unknown => {
                "postgres was started, and the broker remembers nothing of this life of the database, so that nothing \
                 says whether its data is whole"
            }
            Self::Silent => "postgres was started, and the broker does not say how far its data should be",
        }
    }
}

/// Judges; `may_wait` says whether the broker is given more time.
///
/// A start that is not confirmed stands only if it is known to go on from the last one. One that is confirmed falls only
/// if it is known to be older: an unanswered question raises nothing then.
pub(super) fn judge(standing: &Standing, heard: &Heard, may_wait: bool) -> Verdict {
    match heard {
        Heard::Record(record) if is_older(standing, record) => Verdict::Begin(Reason::Older),
        _ if standing.is_confirmed => Verdict::Stands,
        Heard::Record(record) if goes_on(standing, record) => Verdict::Confirm,
        Heard::Record(_) | Heard::Nothing => Verdict::Begin(Reason::Unknown),
        Heard::NoAnswer(_) if may_wait => Verdict::Wait,
        Heard::NoAnswer(_) => Verdict::Begin(Reason::Silent),
    }
}

fn is_older(standing: &Standing, record: &EpochRecord) -> bool {
    let is_this_start = record.started_at == standing.started_at;
    let epoch = standing.epoch.get();
    record.epoch > epoch
        || record.epoch == epoch
            && (!record.is_same_life(standing)
                || record.flush_lsn > standing.flush_lsn
                // The broker is told of a start before the database is.
                || record.starts > standing.starts && (standing.is_confirmed || !is_this_start))
}

/// The last start that the database knows is the last that the broker knows.
fn goes_on(standing: &Standing, record: &EpochRecord) -> bool {
    record.is_same_life(standing) && record.starts >= standing.starts
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::Epoch;

    fn second(second: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(second, 0).unwrap()
    }

    /// The third start of a database, at second 30.
    fn running() -> Standing {
        Standing {
            epoch: Epoch(7),
            system_identifier: 1,
            timeline: 2,
            starts: 3,
            started_at: second(30),
            is_confirmed: true,
            flush_lsn: 1_000,
            cluster: None,
        }
    }

    /// The same, stopped and started again at second 40.
    fn restarted() -> Standing {
        Standing {
            started_at: second(40),
            is_confirmed: false,
            flush_lsn: 1_100,
            ..running()
        }
    }

    fn remembered() -> EpochRecord {
        EpochRecord::of(&running())
    }

    #[track_caller]
    fn check(standing: &Standing, record: EpochRecord, expected: Verdict) {
        assert_eq!(judge(standing, &Heard::Record(record), false), expected);
    }

    #[test]
    fn a_restart_goes_on_where_the_broker_knows_it_to_have_been() {
        check(&restarted(), remembered(), Verdict::Confirm);
        check(&running(), remembered(), Verdict::Stands);
    }

    #[test]
    fn a_start_that_the_broker_was_told_of_and_the_database_not_is_told_again() {
        check(
            &restarted(),
            EpochRecord::of_next_start(&restarted()),
            Verdict::Confirm,
        );
    }

    #[test]
    fn data_that_lacks_what_was_flushed_is_older() {
        let behind = EpochRecord {
            flush_lsn: 1_101,
            ..remembered()
        };
        check(&restarted(), behind.clone(), Verdict::Begin(Reason::Older));
        check(&running(), behind, Verdict::Begin(Reason::Older));
    }

    #[test]
    fn a_copy_made_before_the_last_start_is_older_however_much_it_wrote() {
        let later = EpochRecord {
            starts: 4,
            started_at: second(35),
            flush_lsn: 0,
            ..remembered()
        };
        check(&restarted(), later, Verdict::Begin(Reason::Older));
    }

    #[test]
    fn a_copy_made_before_the_epoch_was_raised_is_older() {
        let raised = EpochRecord {
            epoch: 8,
            flush_lsn: 0,
            ..remembered()
        };
        check(&restarted(), raised.clone(), Verdict::Begin(Reason::Older));
        check(&running(), raised, Verdict::Begin(Reason::Older));
    }

    #[test]
    fn an_epoch_is_of_one_identity() {
        let elsewhere = EpochRecord {
            timeline: 3,
            ..remembered()
        };
        check(&running(), elsewhere, Verdict::Begin(Reason::Older));
    }

    #[test]
    fn a_start_of_a_life_that_the_broker_does_not_know_begins_an_epoch() {
        let earlier = EpochRecord {
            epoch: 6,
            timeline: 1,
            ..remembered()
        };
        check(&restarted(), earlier.clone(), Verdict::Begin(Reason::Unknown));
        check(&running(), earlier, Verdict::Stands);
        let unknown_start = EpochRecord {
            starts: 2,
            ..remembered()
        };
        check(&restarted(), unknown_start, Verdict::Begin(Reason::Unknown));
        let nothing = judge(&restarted(), &Heard::Nothing, true);
        assert_eq!(nothing, Verdict::Begin(Reason::Unknown));
        assert_eq!(judge(&running(), &Heard::Nothing, false), Verdict::Stands);
    }

    #[test]
    fn a_silent_broker_is_waited_for_a_while_and_only_at_a_start() {
        let silent = Heard::NoAnswer(String::new());
        assert_eq!(judge(&restarted(), &silent, true), Verdict::Wait);
        assert_eq!(
            judge(&restarted(), &silent, false),
            Verdict::Begin(Reason::Silent)
        );
        assert_eq!(judge(&running(), &silent, false), Verdict::Stands);
    }
}
