//! A task that is done, or left out.

use shared_events::event::task::kind;

use crate::change::Change;
use crate::domain::aggregate::Target;
use crate::domain::task::{Status, Task};
use crate::error::{Conflict, Error};

pub async fn complete(change: &mut Change<'_>, target: &Target<Task>) -> Result<Task, Error> {
    close(change, target, kind::TASK_COMPLETED, Status::Done).await
}

pub async fn skip(change: &mut Change<'_>, target: &Target<Task>) -> Result<Task, Error> {
    close(change, target, kind::TASK_SKIPPED, Status::Skipped).await
}

/// Closing a task once more in the same way changes nothing.
async fn close(
    change: &mut Change<'_>,
    target: &Target<Task>,
    kind: &str,
    how: Status,
) -> Result<Task, Error> {
    let task = change.get(target).await?;
    if task.status == how {
        return Ok(task);
    }
    if task.status != Status::Open {
        return Err(Conflict::NotOpen(task.status.as_str()).into());
    }
    let series = change.series_of(&task).await?;
    let closed = task.closed(how, series.as_ref(), change.next_position(), change.now());
    change.update(kind, &task, &closed, series.as_ref()).await?;
    Ok(closed)
}
