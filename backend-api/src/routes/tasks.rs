//! Tasks: one verb a file.

pub mod complete;
pub mod create;
pub mod delete;
pub mod get;
pub mod list;
pub mod reopen;
pub mod skip;
pub mod update;

use crate::change::Change;
use crate::domain::input::Pointer;
use crate::domain::task::{Details, Status, Task};
use crate::error::{Conflict, Error};

/// Refuses a project, a tag or a parent that is not there, and a parent that is a part of the task itself.
async fn check_references(
    change: &mut Change<'_>,
    details: &Details,
    before: Option<&Task>,
) -> Result<(), Error> {
    let known = before.map(|before| &before.details);
    if details.project.is_some() && details.project != known.and_then(|known| known.project) {
        return Err(Pointer::root()
            .child("project_id")
            .invalid("there is no such project")
            .into());
    }
    check_tags(change, details, known).await?;
    let Some(parent) = details
        .parent
        .filter(|_| details.parent != known.and_then(|known| known.parent))
    else {
        return Ok(());
    };
    let line = change.with_ancestors(parent).await?;
    let at = Pointer::root().child("parent_id");
    if line.is_empty() {
        return Err(at.invalid("there is no such task").into());
    }
    if before.is_some_and(|before| line.contains(&before.id)) {
        return Err(at.invalid("is the task itself or a part of it").into());
    }
    Ok(())
}

/// Refuses a tag that is not there. One that the task holds already may stay: it can have been deleted since.
async fn check_tags(
    change: &mut Change<'_>,
    details: &Details,
    known: Option<&Details>,
) -> Result<(), Error> {
    let held = known.map_or(&[][..], |known| known.tags.as_slice());
    let tags = details.tags.as_slice();
    let added: Vec<_> = tags.iter().copied().filter(|tag| !held.contains(tag)).collect();
    if added.is_empty() {
        return Ok(());
    }
    let existing = change.existing_tags(&added).await?;
    let missing = added.iter().find(|tag| !existing.contains(tag));
    match missing.and_then(|missing| tags.iter().position(|tag| tag == missing)) {
        Some(index) => Err(Pointer::root()
            .child("tags")
            .child(index)
            .invalid("there is no such tag")
            .into()),
        None => Ok(()),
    }
}

/// Closes an open task. Closing it once more in the same way changes nothing.
async fn close(change: &mut Change<'_>, task: Task, kind: &str, how: Status) -> Result<Task, Error> {
    if task.status == how {
        return Ok(task);
    }
    if task.status != Status::Open {
        return Err(Conflict::NotOpen(task.status.as_str()).into());
    }
    let closed = task.closed(how, change.next_position(), change.now());
    let series = change.series_of(&task).await?;
    change.update_task(kind, &task, &closed, series.as_ref()).await?;
    Ok(closed)
}
