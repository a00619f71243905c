//! The occurrence after one: the same task, due at the next slot.

use recurrence::WallTime;

use super::moment::Moment;
use super::recurrence::Series;
use super::reminder::Reminder;
use super::task::{Details, Task};

/// What the occurrence at `slot` says: everything of its predecessor, moved by the distance between their due times.
#[must_use]
pub fn details(predecessor: &Task, series: &Series, slot: WallTime) -> Details {
    let due = Moment {
        local: slot,
        zone: series.plan.zone,
    };
    // A predecessor can have lost its due time while the series was ended.
    let from = predecessor.details.due.unwrap_or(due);
    Details {
        start: predecessor
            .details
            .start
            .and_then(|start| moved_start(&start, &from, &due)),
        due: Some(due),
        recurrence: series.recurrence(),
        reminders: moved_reminders(&predecessor.details.reminders, &from, &due),
        ..predecessor.details.clone()
    }
}

/// A start keeps its distance on the wall to the due time; one that leaves the calendar is dropped.
fn moved_start(start: &Moment, from: &Moment, to: &Moment) -> Option<Moment> {
    let at = to.local.start() - (from.local.start() - start.local.start());
    let local = if start.local.is_all_day() {
        WallTime::AllDay(at.date())
    } else {
        WallTime::Timed(at)
    };
    let is_writable = local.to_string().parse() == Ok(local);
    is_writable.then_some(Moment {
        local,
        zone: start.zone,
    })
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
