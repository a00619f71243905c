//! What can be done to tasks.

mod close;
mod create;
mod delete;
mod edit;
mod recur;
mod relocate;
mod reopen;
mod restore;
mod series;
mod sub_tasks;
mod template;

pub use close::{complete, skip};
pub use create::create;
pub use delete::{delete, delete_all};
pub use edit::edit;
pub use recur::{Recurred, Successor, recur};
pub use relocate::relocate;
pub use reopen::reopen;
pub use restore::restore;
pub use series::{edit as edit_series, skip as skip_open, stop as stop_series};

use crate::change::Change;
use crate::domain::invalid::Pointer;
use crate::domain::project::Project;
use crate::domain::recurrence::CheckedPlan;
use crate::domain::task::{Details, Scope, Task};
use crate::error::Error;

/// Refuses a project, a tag or a parent that is not there, and a parent that is a part of the task itself.
async fn check_references(
    change: &mut Change<'_>,
    details: &Details,
    before: Option<&Task>,
) -> Result<(), Error> {
    let known = before.map(|before| &before.details);
    if let Some(project) = details.project
        && details.project != known.and_then(|known| known.project)
        && change.find::<Project>(project).await?.is_none()
    {
        let at = Pointer::root().child("project_id");
        return Err(at.invalid("there is no such project").into());
    }
    check_tags(change, details, known).await?;
    match details.parent {
        Some(parent) if details.parent != known.and_then(|known| known.parent) => {
            sub_tasks::check_parent(change, parent, before).await
        }
        _ => Ok(()),
    }
}

/// The open occurrences that a change of `task` is for besides it.
async fn others_in(change: &mut Change<'_>, task: &Task, scope: Scope) -> Result<Vec<Task>, Error> {
    let Some(occurrence) = task.occurrence.filter(|_| scope != Scope::This) else {
        return Ok(Vec::new());
    };
    let mut others = change.open_occurrences(occurrence.series).await?;
    others.retain(|other| {
        let is_later = other.occurrence.is_some_and(|it| it.ordinal > occurrence.ordinal);
        other.id != task.id && (scope == Scope::All || is_later)
    });
    Ok(others)
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

/// Refuses a plan that is not the one that was checked.
fn require(checked: Option<&CheckedPlan>, plan: &recurrence::Series) -> Result<(), Error> {
    if checked.is_some_and(|checked| checked.is(plan)) {
        Ok(())
    } else {
        Err(Error::Unchecked(Box::new(plan.clone())))
    }
}
