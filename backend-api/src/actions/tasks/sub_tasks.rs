//! Sub-tasks: where one may be, and what becomes of them when their task comes back.

use std::collections::HashMap;

use shared_events::event::task::kind;
use shared_events::ids::{SeriesId, TaskId};

use crate::change::Change;
use crate::domain::invalid::Pointer;
use crate::domain::successor::Shift;
use crate::domain::task::{Details, MAX_DEPTH, MAX_SUB_TASKS, Task};
use crate::error::{Conflict, Error};

/// Refuses a parent that is not there, is a part of the task itself, or has no level left for it and its sub-tasks.
pub(super) async fn check_parent(
    change: &mut Change<'_>,
    parent: TaskId,
    before: Option<&Task>,
) -> Result<(), Error> {
    let at = Pointer::root().child("parent_id");
    let line = change.with_ancestors(parent, MAX_DEPTH).await?;
    if line.first().is_none_or(|parent| parent.is_deleted) {
        return Err(at.invalid("there is no such task").into());
    }
    let mut levels = i32::try_from(line.len()).unwrap_or(i32::MAX);
    match before {
        Some(before) if line.iter().any(|ancestor| ancestor.id == before.id) => {
            return Err(at.invalid("is the task itself or a part of it").into());
        }
        Some(before) => levels += change.height(before.id, MAX_DEPTH).await?,
        None => levels += 1,
    }
    if levels > MAX_DEPTH {
        let why = format!("would make more than {MAX_DEPTH} levels of tasks below each other");
        return Err(at.invalid(why).into());
    }
    Ok(())
}

/// Refuses a change after which `task`, or one that it is a part of, would take too many sub-tasks with it.
pub(super) async fn check_number(change: &mut Change<'_>, task: TaskId) -> Result<(), Error> {
    let line = change.with_ancestors(task, MAX_DEPTH).await?;
    for ancestor in line.iter().filter(|ancestor| ancestor.recurs) {
        if change.count_sub_tasks(ancestor.id, MAX_SUB_TASKS + 1).await? > MAX_SUB_TASKS {
            return Err(Conflict::TooManySubTasks.into());
        }
    }
    Ok(())
}

/// Gives `successor` the sub-tasks of its predecessor, whatever became of them there: copies that are open. One that
/// recurs by itself is not copied, since it comes back by itself: it goes on below the successor, if it is open.
pub(super) async fn copy(
    change: &mut Change<'_>,
    predecessor: &Task,
    successor: &Task,
    shift: &Shift,
) -> Result<(), Error> {
    let Some(occurrence) = successor.occurrence else {
        return Ok(());
    };
    let mut counterparts = HashMap::from([(predecessor.id, successor.id)]);
    for part in change.sub_tasks(predecessor.id).await? {
        let parent = part
            .details
            .parent
            .and_then(|parent| counterparts.get(&parent).copied());
        if part.details.recurrence.is_some() {
            move_below(change, &part, parent).await?;
            continue;
        }
        let id = occurrence.series.sub_task(occurrence.ordinal, part.id);
        counterparts.insert(part.id, id);
        let details = shift.part(&part.details, parent);
        let task = Task::new(id, details, None, change.next_position(), change.now());
        change.create(&task, None).await?;
    }
    Ok(())
}

async fn move_below(change: &mut Change<'_>, task: &Task, parent: Option<TaskId>) -> Result<(), Error> {
    if !task.is_open() {
        return Ok(());
    }
    let series = change.series_of(task).await?;
    let details = Details {
        parent,
        ..task.details.clone()
    };
    let moved = task.edited(
        details,
        task.occurrence,
        series.as_ref(),
        change.next_position(),
        change.now(),
    );
    change
        .update(kind::TASK_UPDATED, task, &moved, series.as_ref())
        .await
}

/// The parent of an occurrence whose predecessor was below `parent`. If the task that this is a part of came back while
/// the command was on its way, it is what came back in the parent's place.
pub(super) async fn current_parent(change: &mut Change<'_>, parent: TaskId) -> Result<TaskId, Error> {
    let mut current = parent;
    // A command that comes so late that the parent came back still more often leaves the occurrence on the way.
    for _ in 0..MAX_DEPTH {
        let line = change.with_ancestors(current, MAX_DEPTH).await?;
        let recurring = line
            .iter()
            .find_map(|ancestor| ancestor.occurrence.map(|occurrence| (ancestor.id, occurrence)));
        let Some((id, (series, ordinal))) = recurring else {
            return Ok(current);
        };
        let next = counterpart(series, ordinal.saturating_add(1), id, current);
        if change.find::<Task>(next).await?.is_none() {
            return Ok(current);
        }
        current = next;
    }
    Ok(current)
}

/// What takes the place of `part`, which is `occurrence` or a sub-task of it, in the occurrence with this ordinal.
fn counterpart(series: SeriesId, ordinal: i32, occurrence: TaskId, part: TaskId) -> TaskId {
    if part == occurrence {
        series.occurrence(ordinal)
    } else {
        series.sub_task(ordinal, part)
    }
}
