//! A new task.

use shared_events::ids::TaskId;

use super::{check_references, require, sub_tasks};
use crate::change::Change;
use crate::domain::invalid::Pointer;
use crate::domain::recurrence::{CheckedPlan, Series};
use crate::domain::task::{Details, Draft, Occurrence, Task};
use crate::error::Error;

/// Creates a task, and the series that it begins if it recurs: by [`Draft::plan`], which must have been checked.
pub async fn create(
    change: &mut Change<'_>,
    draft: &Draft,
    checked: Option<&CheckedPlan>,
) -> Result<Task, Error> {
    draft.refuse_past(None, change.now())?;
    check_references(change, &draft.details, None).await?;
    if draft.id.is_some() && draft.id == draft.details.parent {
        let at = Pointer::root().child("parent_id");
        return Err(at.invalid("is the task itself").into());
    }
    let plan = draft.plan();
    if let Some(plan) = &plan {
        require(checked, plan)?;
    }
    let id = draft.id.unwrap_or_else(TaskId::new);
    let task = write(change, id, draft.details.clone(), plan).await?;
    if task.details.parent.is_some() {
        sub_tasks::check_number(change, task.id).await?;
    }
    Ok(task)
}

async fn write(
    change: &mut Change<'_>,
    id: TaskId,
    details: Details,
    plan: Option<recurrence::Series>,
) -> Result<Task, Error> {
    let Some(plan) = plan else {
        let task = Task::new(id, details, None, change.next_position(), change.now());
        change.create(&task, None).await?;
        return Ok(task);
    };
    let series = Series::begin(plan, change.next_position(), change.now());
    let occurrence = Occurrence {
        series: series.id,
        ordinal: 1,
        slot: series.plan.dtstart,
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
