//! What another offset means for the records of a partition. Pure: no broker, no database.

use std::fmt;
use std::str::FromStr;

use serde::Serialize;
use shared_events::consumer::start::Watermarks;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Wanted {
    /// The first record that the broker still holds.
    Earliest,
    /// Behind the last record.
    Latest,
    At(i64),
}

impl FromStr for Wanted {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "earliest" => Ok(Self::Earliest),
            "latest" => Ok(Self::Latest),
            number => match number.parse() {
                Ok(offset) if offset >= 0 => Ok(Self::At(offset)),
                _ => Err("not an offset: a number from 0, earliest or latest"),
            },
        }
    }
}

/// From where to where, and what that does to the records between.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub(crate) struct OffsetMove {
    /// The next offset before; none where nothing was stored.
    pub(crate) from: Option<i64>,
    /// The next offset from now on.
    pub(crate) to: i64,
    pub(crate) passed_over: i64,
    /// As many of those have no record on the broker any more.
    pub(crate) gone: i64,
    /// Records that are read once more.
    pub(crate) repeated: i64,
}

/// An offset that the broker does not hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct NotHeld {
    wanted: i64,
    held: Watermarks,
}

impl OffsetMove {
    /// Judges the wanted offset by what the broker holds.
    pub(crate) fn judge(from: Option<i64>, wanted: Wanted, held: Watermarks) -> Result<Self, NotHeld> {
        let to = match wanted {
            Wanted::Earliest => held.low,
            Wanted::Latest => held.high,
            Wanted::At(offset) => offset,
        };
        if !(held.low..=held.high).contains(&to) {
            return Err(NotHeld { wanted: to, held });
        }
        // Without a stored offset the group would have begun at the first record.
        let before = from.unwrap_or(held.low);
        Ok(Self {
            from,
            to,
            passed_over: (to - before).max(0),
            gone: (to.min(held.low) - before).max(0),
            repeated: (before.min(held.high) - to).max(0),
        })
    }

    /// What it means for a service, in sentences.
    pub(crate) fn meaning(&self, service: &str) -> String {
        let mut text = String::new();
        if self.passed_over > 0 {
            text.push_str(&format!(
                "{} offsets are passed over: {service} never applies what they hold, unless the offset is set back\n",
                self.passed_over
            ));
        }
        if self.gone > 0 {
            text.push_str(&format!(
                "{} of them are gone from the broker for good: what they held is lost to {service}, and only a \
                 comparison with the database shows it\n",
                self.gone
            ));
        }
        if self.repeated > 0 {
            text.push_str(&format!(
                "{} records are read again: what {service} has applied of them changes nothing a second time\n",
                self.repeated
            ));
        }
        text
    }
}

impl fmt::Display for OffsetMove {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.from {
            Some(from) => write!(formatter, "next offset {} instead of {from}", self.to),
            None => write!(formatter, "next offset {}, where none was stored", self.to),
        }
    }
}

impl fmt::Display for NotHeld {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            wanted,
            held: Watermarks { low, high },
        } = self;
        write!(
            formatter,
            "offset {wanted} is not on the broker, which takes {low} (earliest) to {high} (latest)"
        )
    }
}

impl std::error::Error for NotHeld {}

#[cfg(test)]
mod tests {
    use super::*;

    const HELD: Watermarks = Watermarks { low: 10, high: 100 };

    fn judge(from: i64, wanted: Wanted) -> OffsetMove {
        OffsetMove::judge(Some(from), wanted, HELD).unwrap()
    }

    #[test]
    fn forwards_passes_records_over() {
        let change = judge(40, Wanted::At(70));
        assert_eq!((change.passed_over, change.gone, change.repeated), (30, 0, 0));
        assert!(
            change
                .meaning("audit-svc")
                .starts_with("30 offsets are passed over"),
            "{}",
            change.meaning("audit-svc")
        );
        assert_eq!(change.to_string(), "next offset 70 instead of 40");
    }

    #[test]
    fn backwards_reads_records_again() {
        let change = judge(40, Wanted::Earliest);
        assert_eq!((change.to, change.passed_over, change.repeated), (10, 0, 30));
        assert!(
            change
                .meaning("audit-svc")
                .starts_with("30 records are read again")
        );
    }

    #[test]
    fn what_the_broker_has_dropped_is_named() {
        let change = judge(4, Wanted::At(12));
        assert_eq!((change.passed_over, change.gone), (8, 6));
        assert!(
            change
                .meaning("audit-svc")
                .contains("6 of them are gone from the broker")
        );
    }

    #[test]
    fn an_offset_from_another_life_of_the_topic_repeats_only_what_exists() {
        let change = judge(500, Wanted::At(60));
        assert_eq!((change.passed_over, change.repeated), (0, 40));
    }

    #[test]
    fn without_a_stored_offset_the_first_record_counts_as_next() {
        let change = OffsetMove::judge(None, Wanted::Latest, HELD).unwrap();
        assert_eq!((change.to, change.passed_over, change.gone), (100, 90, 0));
    }

    #[test]
    fn what_the_broker_does_not_hold_is_refused() {
        for wanted in [9, 101] {
            let error = OffsetMove::judge(Some(40), Wanted::At(wanted), HELD)
                .unwrap_err()
                .to_string();
            assert!(error.contains("10 (earliest) to 100 (latest)"), "{error}");
        }
        assert!("-1".parse::<Wanted>().is_err() && "last".parse::<Wanted>().is_err());
    }
}
