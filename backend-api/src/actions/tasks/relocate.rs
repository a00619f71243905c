//! Another place among the others.

use shared_events::event::task::kind;

use crate::actions::order;
use crate::change::Change;
use crate::domain::aggregate::Target;
use crate::domain::task::Task;
use crate::error::Error;
use crate::input::place::PlaceInput;

/// Moves a task right before or after another in the user's own order.
pub async fn relocate(
    change: &mut Change<'_>,
    target: &Target<Task>,
    place: &PlaceInput,
) -> Result<Task, Error> {
    let task = change.get(target).await?;
    let Some(order) = order::place(change, &task, place).await? else {
        return Ok(task);
    };
    let series = change.series_of(&task).await?;
    let moved = task.moved(order, series.as_ref(), change.next_position(), change.now());
    change
        .update(kind::TASK_UPDATED, &task, &moved, series.as_ref())
        .await?;
    Ok(moved)
}
