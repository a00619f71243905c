//! How many dead letters are too many: many failures in a row, or a large share of them, are our bug and not the
//! records'. Pure; kept with the offset, so that a restart does not begin anew.

use chrono::{DateTime, TimeDelta, Utc};

/// More dead letters than this one after another stop the partition.
const MAX_RUN: u32 = 20;
/// A share is judged only over at least this many records.
const MIN_RECORDS: u32 = 50;
/// This share of dead letters, in percent, stops the partition.
const MAX_SHARE_PERCENT: u32 = 20;
/// The share is that of one window of this length.
const WINDOW: TimeDelta = TimeDelta::minutes(5);

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Limit {
    /// Dead letters since the last good record.
    pub run: u32,
    /// When the current window began.
    pub window_start: Option<DateTime<Utc>>,
    pub window_records: u32,
    pub window_dead: u32,
}

/// Why no further record may be dead-lettered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum LimitReached {
    #[error("more than {MAX_RUN} records in a row cannot be applied")]
    Run,
    #[error("{dead} of {records} records within 5 minutes cannot be applied")]
    Share {
        /// Dead letters, this one counted.
        dead: u32,
        /// Records, this one counted.
        records: u32,
    },
}

impl Limit {
    /// Counts records that were applied.
    pub fn good(&mut self, records: u32, now: DateTime<Utc>) {
        self.roll(now);
        self.run = 0;
        self.window_records = self.window_records.saturating_add(records);
    }

    /// Counts one dead letter, unless that one would be too many.
    ///
    /// # Errors
    /// [`LimitReached`]; the counts then stay as they were.
    pub fn dead(&mut self, now: DateTime<Utc>) -> Result<(), LimitReached> {
        self.roll(now);
        let run = self.run.saturating_add(1);
        let records = self.window_records.saturating_add(1);
        let dead = self.window_dead.saturating_add(1);
        if run > MAX_RUN {
            return Err(LimitReached::Run);
        }
        if records >= MIN_RECORDS && dead.saturating_mul(100) >= records.saturating_mul(MAX_SHARE_PERCENT) {
            return Err(LimitReached::Share { dead, records });
        }
        *self = Self {
            run,
            window_start: self.window_start,
            window_records: records,
            window_dead: dead,
        };
        Ok(())
    }

    fn roll(&mut self, now: DateTime<Utc>) {
        let over = self
            .window_start
            .is_none_or(|start| now.signed_duration_since(start) >= WINDOW);
        if over {
            *self = Self {
                run: self.run,
                window_start: Some(now),
                window_records: 0,
                window_dead: 0,
            };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(1_800_000_000 + seconds, 0).unwrap()
    }

    #[test]
    fn twenty_in_a_row_pass_and_the_next_does_not() {
        let mut limit = Limit::default();
        for _ in 0..20 {
            assert_eq!(limit.dead(at(0)), Ok(()));
        }
        assert_eq!(limit.dead(at(0)), Err(LimitReached::Run));
        assert_eq!(
            limit.dead(at(10_000)),
            Err(LimitReached::Run),
            "time alone does not lift the limit"
        );
    }

    #[test]
    fn a_good_record_ends_the_run() {
        let mut limit = Limit::default();
        for _ in 0..20 {
            limit.dead(at(0)).unwrap();
        }
        limit.good(1, at(1));
        assert_eq!(limit.run, 0);
    }

    #[test]
    fn a_fifth_of_at_least_fifty_is_too_many() {
        let mut limit = Limit::default();
        limit.good(40, at(0));
        for _ in 0..9 {
            limit.dead(at(1)).unwrap();
        }
        assert_eq!(
            limit.dead(at(2)),
            Err(LimitReached::Share {
                dead: 10,
                records: 50
            })
        );
    }

    #[test]
    fn the_share_is_that_of_one_window() {
        let mut limit = Limit::default();
        limit.good(40, at(0));
        for _ in 0..9 {
            limit.dead(at(1)).unwrap();
        }
        assert_eq!(limit.dead(at(301)), Ok(()));
        assert_eq!(limit.window_records, 1);
    }
}
