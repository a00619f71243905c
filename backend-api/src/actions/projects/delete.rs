//! The end of a project.

use shared_events::event::task::kind;

use crate::actions::tasks;
use crate::change::Change;
use crate::domain::aggregate::Target;
use crate::domain::project::{MAX_TASKS_DELETED, Project};
use crate::error::{Conflict, Error};

/// Deletes a project with its tasks, closed ones too, and ends the series that they are occurrences of.
pub async fn delete(change: &mut Change<'_>, target: &Target<Project>) -> Result<Project, Error> {
    let project = change.get(target).await?;
    let tasks = change.tasks_of(project.id, MAX_TASKS_DELETED + 1).await?;
    if tasks.len() > MAX_TASKS_DELETED {
        return Err(Conflict::TooManyTasks.into());
    }
    tasks::delete_all(change, &tasks).await?;
    let deleted = project.deleted(change.next_position(), change.now());
    change
        .update(kind::PROJECT_DELETED, &project, &deleted, ())
        .await?;
    Ok(deleted)
}
