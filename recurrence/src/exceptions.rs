//! Exceptions: the wall times that a series leaves out, and those that it adds (RFC 5545's EXDATE and RDATE).

use chrono::NaiveDateTime;

use crate::wall::WallTime;

/// How many wall times each of the two lists may have.
const LIMIT: usize = 100;

/// Wall times left out of a series, and wall times added to it.
///
/// Both lists are kept in canonical form, in order and each wall time once, so equal exceptions are equal.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct Exceptions {
    excluded: Vec<WallTime>,
    added: Vec<WallTime>,
}

/// Lists that are no exceptions.
#[expect(missing_docs, reason = "the messages say it")]
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ExceptionsError {
    #[error("{field} has {entries} entries: at most {LIMIT} are allowed, so drop those that are over")]
    TooMany { field: &'static str, entries: usize },
    #[error("{slot} is both in exdates and in rdates: leave it out of one of them")]
    InBoth { slot: WallTime },
}

impl Exceptions {
    /// The two lists, in any order and with repetitions.
    pub fn new(excluded: Vec<WallTime>, added: Vec<WallTime>) -> Result<Self, ExceptionsError> {
        let excluded = canonical("exdates", excluded)?;
        let added = canonical("rdates", added)?;
        if let Some(slot) = added.iter().find(|slot| excluded.contains(slot)) {
            return Err(ExceptionsError::InBoth { slot: *slot });
        }
        Ok(Self { excluded, added })
    }

    /// The wall times that never become an occurrence, in order.
    pub fn excluded(&self) -> &[WallTime] {
        &self.excluded
    }

    /// The wall times that become an occurrence though the rule does not have them, in order.
    pub fn added(&self) -> &[WallTime] {
        &self.added
    }

    /// True if nothing is left out and nothing added.
    pub fn is_empty(&self) -> bool {
        self.excluded.is_empty() && self.added.is_empty()
    }

    /// Each wall time with the name of its list.
    pub(crate) fn named(&self) -> impl Iterator<Item = (&'static str, WallTime)> + '_ {
        let excluded = self.excluded.iter().map(|slot| ("exdates", *slot));
        excluded.chain(self.added.iter().map(|slot| ("rdates", *slot)))
    }

    pub(crate) fn excludes(&self, at: NaiveDateTime) -> bool {
        self.excluded.binary_search_by_key(&at, WallTime::start).is_ok()
    }
}

fn canonical(field: &'static str, mut slots: Vec<WallTime>) -> Result<Vec<WallTime>, ExceptionsError> {
    slots.sort_unstable_by_key(|slot| (slot.start(), slot.is_all_day()));
    slots.dedup();
    if slots.len() > LIMIT {
        let entries = slots.len();
        return Err(ExceptionsError::TooMany { field, entries });
    }
    Ok(slots)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn slots(texts: &[&str]) -> Vec<WallTime> {
        texts.iter().map(|text| text.parse().expect(text)).collect()
    }

    #[test]
    fn lists_are_put_in_order_and_each_wall_time_is_kept_once() {
        let given = slots(&["2026-12-03", "2026-12-01", "2026-12-03"]);
        let exceptions = Exceptions::new(given, slots(&["2026-12-02"])).expect("exceptions");
        assert_eq!(exceptions.excluded(), slots(&["2026-12-01", "2026-12-03"]));
        assert_eq!(exceptions.added(), slots(&["2026-12-02"]));
        assert!(!exceptions.is_empty());
        assert!(Exceptions::default().is_empty());
    }

    #[test]
    fn a_hundred_entries_are_allowed_and_repetitions_do_not_count() {
        let first = "2026-12-01".parse::<WallTime>().expect("a date").date();
        let days = |n| -> Vec<WallTime> { first.iter_days().take(n).map(WallTime::AllDay).collect() };
        assert!(Exceptions::new([days(100), days(100)].concat(), Vec::new()).is_ok());
        let refused = Exceptions::new(Vec::new(), days(101)).expect_err("too many");
        assert_eq!(
            refused.to_string(),
            "rdates has 101 entries: at most 100 are allowed, so drop those that are over"
        );
    }

    #[test]
    fn a_wall_time_in_both_lists_is_refused_by_name() {
        let both = slots(&["2026-12-01T09:00:00"]);
        let refused = Exceptions::new(both.clone(), both).expect_err("in both");
        assert_eq!(
            refused.to_string(),
            "2026-12-01T09:00:00 is both in exdates and in rdates: leave it out of one of them"
        );
    }
}
