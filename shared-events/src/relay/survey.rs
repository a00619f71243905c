//! What the relay's last look at the backlog found, for as long as it can be believed.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use crate::outbox::store::relay::Backlog;

/// A survey comes every five seconds, within ten under load, and may take ten.
const BELIEVED_FOR: Duration = Duration::from_secs(20);

/// One look at the backlog.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Survey {
    pub(crate) backlog: Backlog,
    /// Lanes that are parked.
    pub(crate) parked: usize,
    /// Rows that the relay held then.
    pub(crate) in_memory: usize,
}

/// The survey of the relay of this process.
static LAST: Mutex<Known> = Mutex::new(Known { last: None });

/// What is known of the backlog, if anything is.
#[derive(Debug)]
struct Known {
    last: Option<(Survey, Instant)>,
}

impl Known {
    fn last(&self, now: Instant) -> Option<Survey> {
        let (survey, at) = self.last?;
        (now.saturating_duration_since(at) < BELIEVED_FOR).then_some(survey)
    }
}

/// The survey found this now.
pub(super) fn found(survey: Survey) {
    with(|known| known.last = Some((survey, Instant::now())));
}

/// Nothing is known any more: the relay does not lead, or the survey failed.
pub(super) fn forget() {
    with(|known| known.last = None);
}

/// What the last survey found, unless it is too long ago.
pub(crate) fn last() -> Option<Survey> {
    with(|known| known.last(Instant::now()))
}

fn with<T>(change: impl FnOnce(&mut Known) -> T) -> T {
    change(&mut LAST.lock().unwrap_or_else(PoisonError::into_inner))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_old_survey_is_not_believed() {
        let survey = Survey {
            backlog: Backlog {
                rows: 0,
                oldest_seconds: 0.0,
            },
            parked: 0,
            in_memory: 0,
        };
        let at = Instant::now();
        let known = Known {
            last: Some((survey, at)),
        };
        assert_eq!(known.last(at + Duration::from_secs(19)), Some(survey));
        assert_eq!(known.last(at + BELIEVED_FOR), None);
    }
}
