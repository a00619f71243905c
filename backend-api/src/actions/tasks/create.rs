//! A new task.

use shared_events::ids::TaskId;

use super::{check_references, sub_tasks};
use crate::change::Change;
use crate::domain::recurrence::{self, Series};
use crate::domain::task::{Details, Draft, Occurrence, Task};
use crate::error::Error;

/// Creates a task, and the series that it begins if it recurs.
pub async fn create(change: &mut Change<'_>, draft: Draft) -> Result<Task, Error> {
    draft.refuse_past(None, change.now())?;
    check_references(change, &draft.details, None).await?;
    let task = write(change, draft.details).await?;
    if task.details.parent.is_some() {
        sub_tasks::check_number(change, task.id).await?;
    }
    Ok(task)
}

async fn write(change: &mut Change<'_>, details: Details) -> Result<Task, Error> {
    let id = TaskId::new();
    let Some((recurrence, due)) = details.recurrence.as_ref().zip(details.due) else {
        let task = Task::new(id, details, None, change.next_position(), change.now());
        change.create(&task, None).await?;
        return Ok(task);
    };
    let plan = recurrence.plan(&due, 1);
    recurrence::check(&plan)?;
    let series = Series::begin(plan, change.next_position(), change.now());
    let occurrence = Occurrence {
        series: series.id,
        ordinal: 1,
        slot: due.local,
    };
    let task = Task::new(
        id,
        details,
        Some(occurrence),
        change.next_position(),
        change.now(),
    );
    change.create(&series, &task).await?;
    change.create(&task, Some(&series)).await?;
    Ok(task)
}
