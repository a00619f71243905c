//! A stall: the broker has records that the client does not deliver, although nothing holds them back. Pure.

use std::time::Duration;

use super::cursor::NextOffset;

/// So long nothing is delivered before the partition is assigned again.
pub(super) const STALLED_AFTER: Duration = Duration::from_secs(30);

/// What the poll thread knows of a partition that it reads. Times are measured from a start of its own choosing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Reading {
    /// The record that must be delivered next.
    pub(super) expected: NextOffset,
    /// When a record was delivered last, or when the partition was assigned.
    pub(super) since: Duration,
    /// Records wait for the worker, or the partition is paused because too many do.
    pub(super) held_back: bool,
}

impl Reading {
    /// Judged by the high watermark that the broker has just told.
    pub(super) fn is_stalled(&self, high: i64, now: Duration) -> bool {
        !self.held_back && high > self.expected.0 && now.saturating_sub(self.since) >= STALLED_AFTER
    }

    /// Everything that the broker has was delivered.
    pub(super) fn is_at_end(&self, high: i64) -> bool {
        high <= self.expected.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const READING: Reading = Reading {
        expected: NextOffset(10),
        since: Duration::from_secs(100),
        held_back: false,
    };
    const LATER: Duration = Duration::from_secs(130);

    #[test]
    fn records_that_do_not_come_for_long_enough_are_a_stall() {
        assert!(READING.is_stalled(11, LATER));
        assert!(!READING.is_stalled(11, LATER - Duration::from_millis(1)));
    }

    #[test]
    fn a_partition_read_to_its_end_is_no_stall_however_long_it_is_quiet() {
        assert!(!READING.is_stalled(10, LATER * 10));
        assert!(READING.is_at_end(10));
        assert!(!READING.is_at_end(11));
    }

    #[test]
    fn records_that_wait_for_the_worker_are_no_stall() {
        let held_back = Reading {
            held_back: true,
            ..READING
        };
        assert!(!held_back.is_stalled(11, LATER * 10));
    }
}
