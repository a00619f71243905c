//! Whether a reminder that has come due is still meant, and what it says.

use chrono::{DateTime, Utc};
use shared_events::ids::{ReminderId, Version};

/// The state of a reminder that is to fire, in the words of `tasks.reminder_truth`.
const SCHEDULED: &str = "scheduled";

/// What the tasks' owner says about a reminder now.
#[derive(Debug, Clone)]
pub struct Truth {
    pub reminder_id: ReminderId,
    /// Its newest version. It is told, and decides nothing: after a restore versions are given out again.
    pub version: Version,
    /// Its state at that version.
    pub state: String,
    pub fire_at: DateTime<Utc>,
    pub title: String,
    pub due_at: Option<DateTime<Utc>>,
    /// The database's clock when this was read.
    pub asked_at: DateTime<Utc>,
}

/// What to do with a due reminder.
#[derive(Debug, Clone)]
pub enum Decision<'a> {
    /// It is still meant, and says this.
    Fire(&'a Truth),
    /// It is meant for later.
    Retime(DateTime<Utc>),
    /// It is not meant any more, and why.
    Suppress(String),
}

impl<'a> Decision<'a> {
    /// By the truth alone: what the schedule knows of the reminder may be older, or of a history that was lost.
    pub fn of(truth: Option<&'a Truth>) -> Self {
        match truth {
            None => Self::Suppress("the reminder does not exist any more".to_owned()),
            Some(truth) if truth.state != SCHEDULED => {
                Self::Suppress(format!("the reminder is {}", truth.state))
            }
            Some(truth) if truth.fire_at > truth.asked_at => Self::Retime(truth.fire_at),
            Some(truth) => Self::Fire(truth),
        }
    }
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;

    use super::*;

    fn truth(state: &str, ahead: TimeDelta) -> Truth {
        let asked_at = DateTime::<Utc>::UNIX_EPOCH;
        Truth {
            reminder_id: ReminderId::new(),
            version: Version(1),
            state: state.to_owned(),
            fire_at: asked_at + ahead,
            title: "Water the plants".to_owned(),
            due_at: None,
            asked_at,
        }
    }

    #[test]
    fn what_is_scheduled_fires_from_its_time_on() {
        for ahead in [TimeDelta::zero(), TimeDelta::days(-400)] {
            let truth = truth("scheduled", ahead);
            assert!(
                matches!(Decision::of(Some(&truth)), Decision::Fire(said) if said.fire_at == truth.fire_at)
            );
        }
    }

    #[test]
    fn what_is_scheduled_for_later_waits_until_then() {
        let truth = truth("scheduled", TimeDelta::microseconds(1));
        assert!(matches!(Decision::of(Some(&truth)), Decision::Retime(at) if at == truth.fire_at));
    }

    #[test]
    fn a_cancelled_or_unknown_reminder_is_suppressed_with_the_reason_whatever_its_time() {
        for ahead in [TimeDelta::zero(), TimeDelta::days(1)] {
            let truth = truth("cancelled", ahead);
            assert!(
                matches!(Decision::of(Some(&truth)), Decision::Suppress(why) if why == "the reminder is cancelled")
            );
        }
        assert!(
            matches!(Decision::of(None), Decision::Suppress(why) if why == "the reminder does not exist any more")
        );
    }
}
