//! What can be done to a series itself.

use shared_events::event::task::kind;

use super::delete::end_series;
use super::{require, skip as skip_task};
use crate::change::Change;
use crate::domain::aggregate::{Aggregate as _, Expected, Target};
use crate::domain::recurrence::{CheckedPlan, Series};
use crate::domain::task::{Occurrence, Task};
use crate::error::{Conflict, Error};
use crate::input::series::SeriesPatch;

/// Changes the plan of a series from its newest occurrence on, which must have been checked. A patch that changes nothing makes
/// no new version.
pub async fn edit(
    change: &mut Change<'_>,
    target: &Target<Series>,
    patch: &SeriesPatch,
    checked: Option<&CheckedPlan>,
) -> Result<Series, Error> {
    let (before, newest) = alive(change, target).await?;
    let plan = patch.over(&before, &newest)?;
    if plan == before.plan {
        return Ok(before);
    }
    require(checked, &plan)?;
    let starts_anew = plan.rule != before.plan.rule;
    let after = before.revised(plan, change.next_position(), change.now());
    let told = if newest.is_open() {
        tell(change, &newest, &after, starts_anew)
    } else {
        None
    };
    let frontier = told.as_ref().unwrap_or(&newest);
    change
        .update(kind::SERIES_UPDATED, &before, &after, frontier)
        .await?;
    if let Some(told) = &told {
        change
            .update(kind::TASK_UPDATED, &newest, told, Some(&after))
            .await?;
    }
    Ok(after)
}

/// The newest occurrence as it says what its series now says; none if it says so already.
fn tell(change: &mut Change<'_>, newest: &Task, series: &Series, starts_anew: bool) -> Option<Task> {
    let occurrence = newest.occurrence.map(|occurrence| Occurrence {
        slot: if starts_anew {
            series.plan.dtstart
        } else {
            occurrence.slot
        },
        ..occurrence
    });
    let says_so = newest.details.recurrence == series.recurrence() && newest.occurrence == occurrence;
    (!says_so).then(|| {
        newest.edited(
            newest.details.clone(),
            occurrence,
            Some(series),
            change.next_position(),
            change.now(),
        )
    })
}

/// Leaves out the open occurrence; the next one follows.
pub async fn skip(change: &mut Change<'_>, target: &Target<Series>) -> Result<Task, Error> {
    let (_, newest) = alive(change, target).await?;
    if newest.is_deleted() {
        return Err(Conflict::NotOpen("deleted").into());
    }
    let newest = Target {
        id: newest.id,
        versions: Expected::Any,
    };
    skip_task(change, &newest).await
}

/// Ends a series; its open occurrence stays as a task that does not recur. Ending one that has ended changes nothing.
pub async fn stop(change: &mut Change<'_>, target: &Target<Series>) -> Result<Series, Error> {
    let series = change.get(target).await?;
    if !series.alive {
        return Ok(series);
    }
    let newest = newest(change, &series).await?;
    end_series(change, &[], &newest, &series).await
}

async fn alive(change: &mut Change<'_>, target: &Target<Series>) -> Result<(Series, Task), Error> {
    let series = change.get(target).await?;
    if !series.alive {
        return Err(Conflict::SeriesEnded.into());
    }
    let newest = newest(change, &series).await?;
    Ok((series, newest))
}

async fn newest(change: &mut Change<'_>, series: &Series) -> Result<Task, Error> {
    let newest = change.occurrence(series.id, series.last_ordinal).await?;
    newest.ok_or_else(Error::not_found::<Task>)
}
