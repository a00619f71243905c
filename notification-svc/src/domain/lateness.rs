//! When a reminder counts as late.

use chrono::{DateTime, TimeDelta, Utc};

/// A reminder that fires more than this after its time is marked `late`. A scheduler that runs fires within milliseconds,
/// another replica within [`super::pause::RECHECK`]; beyond that something was down: this service, its database, or the
/// broker between the task's change and us.
pub const LATE_AFTER: TimeDelta = TimeDelta::seconds(10);

/// How long after its time a reminder fired; never negative, as none fires early.
pub fn lateness(fire_at: DateTime<Utc>, fired_at: DateTime<Utc>) -> TimeDelta {
    (fired_at - fire_at).max(TimeDelta::zero())
}

/// Whether that is late.
pub fn is_late(lateness: TimeDelta) -> bool {
    lateness > LATE_AFTER
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reminder_is_late_beyond_the_bound_and_not_at_it() {
        assert!(!is_late(TimeDelta::milliseconds(3)));
        assert!(!is_late(LATE_AFTER));
        assert!(is_late(LATE_AFTER + TimeDelta::microseconds(1)));
    }

    #[test]
    fn lateness_is_never_negative() {
        let at = DateTime::<Utc>::UNIX_EPOCH;
        assert_eq!(lateness(at + TimeDelta::seconds(1), at), TimeDelta::zero());
        assert_eq!(lateness(at, at + TimeDelta::seconds(1)), TimeDelta::seconds(1));
    }
}
