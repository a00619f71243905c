//! A closed task that is open again.

use shared_events::event::task::kind;

use crate::change::Change;
use crate::domain::aggregate::Target;
use crate::domain::task::{Status, Task};
use crate::error::Error;

/// Opens a task again; opening an open one changes nothing.
pub async fn reopen(change: &mut Change<'_>, target: &Target<Task>) -> Result<Task, Error> {
    let task = change.get(target).await?;
    if task.status == Status::Open {
        return Ok(task);
    }
    let series = change.series_of(&task).await?;
    let opened = task.reopened(series.as_ref(), change.next_position(), change.now());
    change
        .update(kind::TASK_REOPENED, &task, &opened, series.as_ref())
        .await?;
    Ok(opened)
}
