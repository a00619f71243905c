//! The end of a task.

use shared_events::event::task::kind;

use crate::change::Change;
use crate::domain::aggregate::{Aggregate as _, Target};
use crate::domain::recurrence::Series;
use crate::domain::task::{Scope, Task};
use crate::error::Error;

/// Deletes an occurrence; with a wider scope other open ones too, and the series ends.
pub async fn delete(change: &mut Change<'_>, target: &Target<Task>, scope: Scope) -> Result<Task, Error> {
    let task = change.get(target).await?;
    let series = change.series_of(&task).await?.filter(|series| series.alive);
    match (series, scope) {
        (Some(series), Scope::Following | Scope::All) => {
            delete_with_series(change, &task, &series, scope).await
        }
        (series, _) => delete_this(change, &task, series.as_ref()).await,
    }
}

/// Deletes tasks, and ends the series that they are occurrences of.
pub async fn delete_all(change: &mut Change<'_>, tasks: &[Task]) -> Result<(), Error> {
    for task in tasks {
        let series = match change.series_of(task).await? {
            Some(series) if series.alive => Some(end_series(change, tasks, task, &series).await?),
            ended_or_none => ended_or_none,
        };
        delete_this(change, task, series.as_ref()).await?;
    }
    Ok(())
}

/// Ends the series of one of the tasks that are being deleted. Its newest occurrence, if it is none of them, says so.
pub(super) async fn end_series(
    change: &mut Change<'_>,
    deleted: &[Task],
    task: &Task,
    series: &Series,
) -> Result<Series, Error> {
    let ended = series.ended(change.next_position(), change.now());
    let newest = change.occurrence(series.id, series.last_ordinal).await?;
    let frontier = newest.as_ref().unwrap_or(task);
    change
        .update(kind::SERIES_ENDED, series, &ended, frontier)
        .await?;
    if let Some(newest) = newest.filter(|newest| deleted.iter().all(|other| other.id != newest.id)) {
        tell_the_end(change, &newest, &ended).await?;
    }
    Ok(ended)
}

/// An open occurrence counts as skipped, which recurring-svc sees by its status: the series goes on without it.
async fn delete_this(change: &mut Change<'_>, task: &Task, series: Option<&Series>) -> Result<Task, Error> {
    let deleted = task.deleted(series, change.next_position(), change.now());
    change.update(kind::TASK_DELETED, task, &deleted, series).await?;
    Ok(deleted)
}

async fn delete_with_series(
    change: &mut Change<'_>,
    task: &Task,
    series: &Series,
    scope: Scope,
) -> Result<Task, Error> {
    let ended = series.ended(change.next_position(), change.now());
    let open = super::others_in(change, task, scope).await?;
    let newest = change.occurrence(series.id, series.last_ordinal).await?;
    change
        .update(
            kind::SERIES_ENDED,
            series,
            &ended,
            newest.as_ref().unwrap_or(task),
        )
        .await?;
    for other in &open {
        delete_this(change, other, Some(&ended)).await?;
    }
    let is_deleted = |newest: &Task| newest.id == task.id || open.iter().any(|other| other.id == newest.id);
    if let Some(newest) = newest.filter(|newest| !is_deleted(newest)) {
        tell_the_end(change, &newest, &ended).await?;
    }
    delete_this(change, task, Some(&ended)).await
}

/// The newest occurrence says what its series says, also when it was closed before that ended.
pub(super) async fn tell_the_end(
    change: &mut Change<'_>,
    newest: &Task,
    ended: &Series,
) -> Result<(), Error> {
    if newest.is_deleted() {
        return Ok(());
    }
    let details = newest.details.clone();
    let told = newest.edited(
        details,
        newest.occurrence,
        Some(ended),
        change.next_position(),
        change.now(),
    );
    change
        .update(kind::TASK_UPDATED, newest, &told, Some(ended))
        .await
}
