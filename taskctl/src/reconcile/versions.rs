//! Which versions of an aggregate the audit log lacks. Pure.

use std::collections::BTreeMap;
use std::collections::BTreeSet;

/// An entry of the log, as far as the order of versions goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Entry {
    pub(crate) epoch: i64,
    pub(crate) version: i64,
    pub(crate) previous: i64,
}

/// What the row says must have been told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Expected {
    /// The version of the last event.
    pub(crate) last: i64,
    /// Whether every version has an event. Else an event's `previous` says which version came before.
    pub(crate) is_dense: bool,
    /// The epoch that the last version belongs to, where that is known.
    pub(crate) epoch: Option<i64>,
}

#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Judgement {
    pub(crate) missing: BTreeSet<i64>,
    /// Versions that one life of the database told more than once.
    pub(crate) doubled: BTreeSet<i64>,
}

/// Compares all entries of one aggregate with what must be there. A version that was lost with a restore and given out
/// again may be there twice, once in each life.
pub(crate) fn judge(entries: &[Entry], expected: &Expected) -> Judgement {
    let mut judgement = Judgement::default();
    let mut lives: BTreeMap<(i64, i64), i64> = BTreeMap::new();
    let mut previous: BTreeMap<i64, i64> = BTreeMap::new();
    for entry in entries {
        if lives
            .insert((entry.epoch, entry.version), entry.previous)
            .is_some()
        {
            judgement.doubled.insert(entry.version);
        }
    }
    // In order of lives, so that the younger one's word about a version holds.
    for ((_, version), before) in &lives {
        previous.insert(*version, *before);
    }
    if let Some(epoch) = expected.epoch
        && !lives.contains_key(&(epoch, expected.last))
    {
        previous.remove(&expected.last);
    }
    let mut wanted = expected.last;
    while wanted > 0 {
        match previous.get(&wanted) {
            Some(before) if *before < wanted => wanted = if expected.is_dense { wanted - 1 } else { *before },
            _ => {
                judgement.missing.insert(wanted);
                // What came before an event that is not there is unknown; the next lower one is there.
                let lower = previous.range(..wanted).next_back().map(|(version, _)| *version);
                wanted = if expected.is_dense {
                    wanted - 1
                } else {
                    lower.unwrap_or(0)
                };
            }
        }
    }
    judgement
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entries(of: &[(i64, i64, i64)]) -> Vec<Entry> {
        let entry = |&(epoch, previous, version): &(i64, i64, i64)| Entry {
            epoch,
            version,
            previous,
        };
        of.iter().map(entry).collect()
    }

    fn dense(last: i64) -> Expected {
        Expected {
            last,
            is_dense: true,
            epoch: None,
        }
    }

    fn missing(of: &[(i64, i64, i64)], expected: &Expected) -> Vec<i64> {
        judge(&entries(of), expected).missing.into_iter().collect()
    }

    #[test]
    fn each_version_that_is_not_there_is_named() {
        assert_eq!(missing(&[(1, 0, 1), (1, 1, 2), (1, 2, 3)], &dense(3)), [0_i64; 0]);
        assert_eq!(missing(&[(1, 1, 2)], &dense(4)), [1, 3, 4]);
        assert_eq!(missing(&[], &dense(2)), [1, 2]);
    }

    #[test]
    fn an_event_without_a_version_of_each_number_follows_its_previous() {
        let sparse = Expected {
            is_dense: false,
            ..dense(5)
        };
        assert_eq!(missing(&[(1, 0, 1), (1, 1, 3), (1, 3, 5)], &sparse), [0_i64; 0]);
        assert_eq!(missing(&[(1, 0, 1), (1, 3, 5)], &sparse), [3]);
        assert_eq!(missing(&[(1, 0, 1), (1, 1, 3)], &sparse), [5]);
        assert_eq!(missing(&[(1, 3, 5)], &sparse), [3]);
    }

    #[test]
    fn a_version_told_twice_in_one_life_is_doubled_and_in_two_lives_is_not() {
        let twice = judge(&entries(&[(1, 0, 1), (1, 0, 1)]), &dense(1));
        assert_eq!(twice.doubled.into_iter().collect::<Vec<_>>(), [1]);
        let restored = judge(&entries(&[(1, 0, 1), (1, 1, 2), (9, 1, 2)]), &dense(2));
        assert_eq!(restored, Judgement::default());
    }

    #[test]
    fn what_a_restore_has_taken_back_does_not_stand_for_what_came_after_it() {
        let since = Expected {
            epoch: Some(9),
            ..dense(2)
        };
        assert_eq!(missing(&[(1, 0, 1), (1, 1, 2)], &since), [2]);
        assert_eq!(missing(&[(1, 0, 1), (1, 1, 2), (9, 1, 2)], &since), [0_i64; 0]);
    }

    #[test]
    fn what_was_told_after_the_row_was_read_is_no_matter() {
        assert_eq!(missing(&[(1, 0, 1), (1, 1, 2)], &dense(1)), [0_i64; 0]);
    }
}
