//! A deleted task that is there again.

use shared_events::event::task::kind;

use super::sub_tasks;
use crate::change::Change;
use crate::domain::aggregate::Target;
use crate::domain::project::Project;
use crate::domain::task::{Details, Task};
use crate::error::Error;

/// Restores a task that was deleted in the last 30 days, as it was then. What is not there any more, its project or the task
/// that it was a part of, it is without. Restoring one that is not deleted changes nothing.
pub async fn restore(change: &mut Change<'_>, target: &Target<Task>) -> Result<Task, Error> {
    if let Some(task) = change.find::<Task>(target.id).await? {
        return target.check(task);
    }
    let deleted = change.restorable(target.id).await?;
    let deleted = target.check(deleted.ok_or_else(Error::not_found::<Task>)?)?;
    let details = still_there(change, &deleted).await?;
    let series = change.series_of(&deleted).await?;
    let restored = deleted.restored(details, series.as_ref(), change.next_position(), change.now());
    change
        .update(kind::TASK_RESTORED, &deleted, &restored, series.as_ref())
        .await?;
    if restored.details.parent.is_some() {
        sub_tasks::check_number(change, restored.id).await?;
    }
    Ok(restored)
}

async fn still_there(change: &mut Change<'_>, task: &Task) -> Result<Details, Error> {
    let mut details = task.details.clone();
    if let Some(project) = details.project
        && change.find::<Project>(project).await?.is_none()
    {
        details.project = None;
    }
    // Meanwhile the parent can have been moved so far down that there is no level left.
    if let Some(parent) = details.parent {
        match sub_tasks::check_parent(change, parent, Some(task)).await {
            Err(Error::Invalid(_)) => details.parent = None,
            checked => checked?,
        }
    }
    Ok(details)
}
