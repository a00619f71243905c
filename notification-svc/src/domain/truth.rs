//! Whether a reminder that has come due is still meant.

use uuid::Uuid;

/// The state of a reminder that is to fire, in the words of `tasks.reminder_truth`.
const SCHEDULED: &str = "scheduled";

/// What the tasks' owner says about a reminder now.
#[derive(Clone, Debug)]
pub struct Truth {
    /// The reminder.
    pub reminder_id: Uuid,
    /// Its newest version.
    pub version: i64,
    /// Its state at that version.
    pub state: String,
}

/// What to do with a due reminder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It is still meant.
    Fire,
    /// It is not, and why.
    Suppress(String),
}

impl Verdict {
    /// Compares the version that came due with what the tasks' owner says now. Only the same version, still scheduled,
    /// may fire: a newer one is on its way to us with its own time.
    pub fn of(version: i64, truth: Option<&Truth>) -> Self {
        match truth {
            None => Self::Suppress("the reminder does not exist any more".to_owned()),
            Some(truth) if truth.version != version => {
                let newest = truth.version;
                Self::Suppress(format!(
                    "the reminder is {} at version {newest} by now",
                    truth.state
                ))
            }
            Some(truth) if truth.state != SCHEDULED => {
                Self::Suppress(format!("the reminder is {}", truth.state))
            }
            Some(_) => Self::Fire,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn verdict(version: i64, state: &str) -> Verdict {
        Verdict::of(
            2,
            Some(&Truth {
                reminder_id: Uuid::nil(),
                version,
                state: state.to_owned(),
            }),
        )
    }

    #[test]
    fn only_the_same_version_that_is_still_scheduled_fires() {
        assert_eq!(verdict(2, "scheduled"), Verdict::Fire);
    }

    #[test]
    fn a_moved_cancelled_or_unknown_reminder_is_suppressed_with_the_reason() {
        let why = |text: &str| Verdict::Suppress(text.to_owned());
        assert_eq!(
            verdict(3, "scheduled"),
            why("the reminder is scheduled at version 3 by now")
        );
        assert_eq!(
            verdict(1, "scheduled"),
            why("the reminder is scheduled at version 1 by now")
        );
        assert_eq!(verdict(2, "cancelled"), why("the reminder is cancelled"));
        assert_eq!(Verdict::of(2, None), why("the reminder does not exist any more"));
    }
}
