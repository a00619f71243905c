//! The next occurrence of a series.

use recurrence::WallTime;
use shared_events::event::Timestamp;
use shared_events::ids::{SeriesId, TaskId};

use super::{sub_tasks, template};
use crate::change::Change;
use crate::domain::recurrence::Series;
use crate::domain::successor::Shift;
use crate::domain::task::{Occurrence, Task};
use crate::error::Error;

/// The occurrence to create, and what it was computed from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Successor {
    pub series: SeriesId,
    pub series_revision: i64,
    /// Must not be open.
    pub predecessor: TaskId,
    /// The closing that it follows; none: any.
    pub closed_at: Option<Timestamp>,
    /// One above the series' last.
    pub ordinal: i32,
    pub slot: WallTime,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Recurred {
    Created(Box<Task>),
    /// It, or a later one, exists already.
    Superseded,
    /// What it was computed from does not hold any more.
    Void(&'static str),
    /// It is all day and its series is not, or the other way round.
    MixedKinds,
}

/// Creates the next occurrence with its sub-tasks, once. Lock order: the user's state, which `change` holds → the
/// series, by counting → the tasks.
pub async fn recur(change: &mut Change<'_>, successor: &Successor) -> Result<Recurred, Error> {
    let Some(series) = change.find::<Series>(successor.series).await? else {
        return Ok(Recurred::Void("no such series"));
    };
    let before = successor.ordinal.saturating_sub(1);
    let predecessor = change.occurrence(series.id, before).await?;
    let predecessor = match judge(&series, predecessor, successor) {
        Ok(predecessor) => predecessor,
        Err(refused) => return Ok(refused),
    };
    if !change.advance_series(series.id, successor.ordinal).await? {
        return Ok(Recurred::Superseded);
    }
    let series = Series {
        last_ordinal: successor.ordinal,
        ..series
    };
    let handed_on = template::handed_on(&predecessor)?;
    let shift = Shift::to(&handed_on, &series, successor.slot);
    let mut details = shift.details(&handed_on, &series);
    if let Some(parent) = details.parent {
        details.parent = Some(sub_tasks::current_parent(change, parent).await?);
    }
    let task = Task::new(
        series.id.occurrence(successor.ordinal),
        details,
        Some(Occurrence {
            series: series.id,
            ordinal: successor.ordinal,
            slot: successor.slot,
        }),
        change.next_position(),
        change.now(),
    );
    change.create(&task, Some(&series)).await?;
    sub_tasks::copy(change, &predecessor, &task, &shift).await?;
    Ok(Recurred::Created(Box::new(task)))
}

/// Says whether it still holds, and if so for which predecessor.
fn judge(series: &Series, predecessor: Option<Task>, successor: &Successor) -> Result<Task, Recurred> {
    if successor.ordinal <= series.last_ordinal {
        return Err(Recurred::Superseded);
    }
    if !series.alive {
        return Err(Recurred::Void("the series has ended"));
    }
    if successor.series_revision != series.revision {
        return Err(Recurred::Void("the series has another revision"));
    }
    match predecessor {
        Some(task) if task.id != successor.predecessor => Err(Recurred::Void("another predecessor")),
        Some(task) if task.is_open() => Err(Recurred::Void("the predecessor is open")),
        Some(task) if !follows(successor, &task) => {
            Err(Recurred::Void("the predecessor was closed at another time"))
        }
        Some(_) if successor.slot.is_all_day() != series.plan.dtstart.is_all_day() => {
            Err(Recurred::MixedKinds)
        }
        Some(task) => Ok(task),
        None => Err(Recurred::Void("no such predecessor")),
    }
}

/// Whether it was computed from the closing that holds now: a task may have been opened and closed again meanwhile. A fact
/// of an older version does not say when the task was closed, and then any closing will do.
fn follows(successor: &Successor, predecessor: &Task) -> bool {
    let closed_at = predecessor.closed_at.map(Timestamp::new);
    successor.closed_at.is_none() || successor.closed_at == closed_at
}
