//! How long a component sleeps until something is due.

use std::time::Duration;

/// The longest sleep: how late something can be that another replica planned or left behind, and how long an outage of
/// the database goes unseen.
pub const RECHECK: Duration = Duration::from_secs(5);

/// The pause until something is due in `next` seconds. What is due and could not be claimed is in another replica's hands
/// at this moment, and is looked at again after `contended`.
pub fn until(next: Option<f64>, contended: Duration) -> Duration {
    match next {
        None => RECHECK,
        Some(seconds) if seconds <= 0.0 => contended,
        Some(seconds) => Duration::try_from_secs_f64(seconds).map_or(RECHECK, |next| next.min(RECHECK)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pause_ends_when_something_is_due_and_never_lasts_longer_than_the_recheck() {
        const CONTENDED: Duration = Duration::from_millis(10);
        for (next, pause) in [
            (None, RECHECK),
            (Some(-1.0), CONTENDED),
            (Some(0.0), CONTENDED),
            (Some(0.25), Duration::from_millis(250)),
            (Some(1e300), RECHECK),
        ] {
            assert_eq!(until(next, CONTENDED), pause, "{next:?}");
        }
    }
}
