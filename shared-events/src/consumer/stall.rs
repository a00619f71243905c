//! A stall: the broker has records that the client does not deliver, although nothing holds them back. Pure.

use std::time::Duration;

use super::cursor::NextOffset;

/// So long records do not come before the partition is assigned again.
pub(super) const STALLED_AFTER: Duration = Duration::from_secs(30);

/// What one look at a partition's high watermark says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Look {
    /// Everything that the broker has was delivered.
    AtEnd,
    /// Records wait for the worker, or the partition is paused because too many do.
    HeldBack,
    /// Records that should come have not come since then. A moment of that is nothing: the look may fall between the
    /// append and the delivery.
    Behind(Duration),
    Stalled,
}

impl Look {
    /// What the next look has to know.
    pub(super) const fn behind_since(self) -> Option<Duration> {
        match self {
            Self::Behind(since) => Some(since),
            Self::AtEnd | Self::HeldBack | Self::Stalled => None,
        }
    }
}

/// Judges a partition by the high watermark that the broker has just told. Times are measured from a start of the
/// caller's choosing; `behind_since` is that of the look before, or none if a record was delivered since.
pub(super) fn look(
    expected: NextOffset,
    high: i64,
    held_back: bool,
    behind_since: Option<Duration>,
    now: Duration,
    stalled_after: Duration,
) -> Look {
    if high <= expected.0 {
        return Look::AtEnd;
    }
    if held_back {
        return Look::HeldBack;
    }
    let since = behind_since.unwrap_or(now);
    if now.saturating_sub(since) >= stalled_after {
        Look::Stalled
    } else {
        Look::Behind(since)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn look(
        expected: NextOffset,
        high: i64,
        held_back: bool,
        behind_since: Option<Duration>,
        now: Duration,
    ) -> Look {
        super::look(expected, high, held_back, behind_since, now, STALLED_AFTER)
    }

    const NEXT: NextOffset = NextOffset(10);
    const NOW: Duration = Duration::from_secs(100_000);

    #[test]
    fn records_that_do_not_come_for_long_enough_are_a_stall() {
        let first = look(NEXT, 11, false, None, NOW);
        assert_eq!(first, Look::Behind(NOW));
        let soon = NOW + STALLED_AFTER - Duration::from_millis(1);
        assert_eq!(look(NEXT, 11, false, first.behind_since(), soon), first);
        assert_eq!(
            look(NEXT, 11, false, first.behind_since(), NOW + STALLED_AFTER),
            Look::Stalled
        );
    }

    #[test]
    fn a_record_just_appended_to_a_quiet_partition_is_no_stall() {
        let quiet = look(NEXT, 10, false, None, NOW);
        assert_eq!(quiet, Look::AtEnd);
        let hours_later = NOW * 2;
        assert_eq!(
            look(NEXT, 11, false, quiet.behind_since(), hours_later),
            Look::Behind(hours_later)
        );
    }

    #[test]
    fn records_that_wait_for_the_worker_are_no_stall_and_begin_the_count_anew() {
        let since = Some(NOW);
        let held_back = look(NEXT, 11, true, since, NOW * 2);
        assert_eq!(held_back, Look::HeldBack);
        assert_eq!(held_back.behind_since(), None);
    }
}
