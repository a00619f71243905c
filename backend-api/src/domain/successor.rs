//! The occurrence after one: the same task with the same sub-tasks, due at the next slot.

use chrono::Datelike as _;
use recurrence::WallTime;
use shared_events::ids::TaskId;

use super::moment::{Moment, YEARS};
use super::recurrence::Series;
use super::reminder::Reminder;
use super::task::Details;

/// The way from one occurrence to the next: everything moves by the distance between their due times on the wall.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shift {
    from: Moment,
    to: Moment,
}

impl Shift {
    /// The way from what its predecessor hands on to the occurrence at `slot`.
    #[must_use]
    pub fn to(handed_on: &Details, series: &Series, slot: WallTime) -> Self {
        let to = Moment {
            local: slot,
            zone: series.plan.zone,
        };
        // A predecessor can have lost its due time while the series was ended.
        let from = handed_on.due.unwrap_or(to);
        Self { from, to }
    }

    #[must_use]
    pub fn details(&self, details: &Details, series: &Series) -> Details {
        Details {
            start: details.start.and_then(|start| self.moved(&start)),
            due: Some(self.to),
            recurrence: series.recurrence(),
            reminders: moved_reminders(&details.reminders, &self.from, &self.to),
            ..details.clone()
        }
    }

    /// What the copy of a sub-task says, below `parent`. Its reminders keep their distance to its own due time, if it
    /// has one.
    #[must_use]
    pub fn part(&self, details: &Details, parent: Option<TaskId>) -> Details {
        let due = details.due.and_then(|due| self.moved(&due));
        let reminders = match (details.due, due) {
            (Some(from), Some(to)) => moved_reminders(&details.reminders, &from, &to),
            (Some(_), None) => Vec::new(),
            (None, _) => moved_reminders(&details.reminders, &self.from, &self.to),
        };
        Details {
            start: details.start.and_then(|start| self.moved(&start)),
            due,
            recurrence: None,
            reminders,
            parent,
            ..details.clone()
        }
    }

    /// A moment at the same distance on the wall to the due time; none if it leaves the calendar.
    fn moved(&self, moment: &Moment) -> Option<Moment> {
        let at = self.to.local.start() - (self.from.local.start() - moment.local.start());
        let local = if moment.local.is_all_day() {
            WallTime::AllDay(at.date())
        } else {
            WallTime::Timed(at)
        };
        let moved = Moment {
            local,
            zone: moment.zone,
        };
        let is_writable = local.to_string().parse() == Ok(local) && moved.at().year() <= *YEARS.end();
        is_writable.then_some(moved)
    }
}

/// Two moments an hour apart can fall together when the clocks change; a task has no reminder twice.
fn moved_reminders(reminders: &[Reminder], from: &Moment, to: &Moment) -> Vec<Reminder> {
    let mut moved: Vec<Reminder> = Vec::with_capacity(reminders.len());
    for reminder in reminders.iter().filter_map(|reminder| reminder.moved(from, to)) {
        if !moved.contains(&reminder) {
            moved.push(reminder);
        }
    }
    moved
}
