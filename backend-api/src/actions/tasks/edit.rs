//! Another description of a task.

use serde_json::Value;
use shared_events::event::task::kind;

use super::{check_references, require, sub_tasks, template};
use crate::change::Change;
use crate::domain::aggregate::Target;
use crate::domain::invalid::Pointer;
use crate::domain::recurrence::{CheckedPlan, Series, SeriesStep};
use crate::domain::settings::Choices;
use crate::domain::task::{Details, Occurrence, Scope, Task};
use crate::error::{Conflict, Error};
use crate::input::task::TaskPatch;

/// Changes what a task says, and its series if it says another rule, whose plan must have been checked. A patch that
/// changes nothing makes no new version.
///
/// Without a scope, what a patch says of an occurrence goes on with its series, but for its due time.
pub async fn edit(
    change: &mut Change<'_>,
    target: &Target<Task>,
    patch: &TaskPatch,
    scope: Option<Scope>,
    checked: Option<&CheckedPlan>,
) -> Result<Task, Error> {
    let task = change.get(target).await?;
    let choices = if patch.leaves_out_a_zone() {
        change.choices().await?
    } else {
        Choices::default()
    };
    let scope = scope.filter(|_| task.details.recurrence.is_some());
    if scope == Some(Scope::This) && patch.names_a_rule() {
        let at = Pointer::root().child("recurrence");
        return Err(at
            .invalid("is of all occurrences; leave it out, or ask for scope=following")
            .into());
    }
    let others = match scope {
        Some(scope) => super::others_in(change, &task, scope).await?,
        None => Vec::new(),
    };
    let edited = apply(change, task, patch, &choices, scope, checked).await?;
    let elsewhere = patch.without_schedule();
    for other in others {
        apply(change, other, &elsewhere, &choices, Some(Scope::Following), None).await?;
    }
    Ok(edited)
}

async fn apply(
    change: &mut Change<'_>,
    task: Task,
    patch: &TaskPatch,
    choices: &Choices,
    scope: Option<Scope>,
    checked: Option<&CheckedPlan>,
) -> Result<Task, Error> {
    let draft = patch.over(&task.details, choices)?;
    draft.refuse_past(Some(&task.details), change.now())?;
    check_references(change, &draft.details, Some(&task)).await?;
    let edit = Edit {
        template: template_after(&task, &draft.details, patch, choices, scope)?,
        details: draft.details,
        moves_series: matches!(scope, Some(Scope::Following | Scope::All)),
    };
    let (parent, recurs) = (task.details.parent, task.details.recurrence.is_some());
    let edited = write(change, task, edit, checked).await?;
    if edited.details.parent != parent || edited.details.recurrence.is_some() != recurs {
        sub_tasks::check_number(change, edited.id).await?;
    }
    Ok(edited)
}

/// What a task is to say, and to hand on.
struct Edit {
    details: Details,
    template: Option<Value>,
    /// Whether another due time is one of the series.
    moves_series: bool,
}

fn template_after(
    task: &Task,
    details: &Details,
    patch: &TaskPatch,
    choices: &Choices,
    scope: Option<Scope>,
) -> Result<Option<Value>, Error> {
    match (&task.template, scope) {
        (None, Some(Scope::This)) if task.details != *details => Ok(Some(template::of(&task.details))),
        (template, Some(Scope::This)) => Ok(template.clone()),
        (None, _) => Ok(None),
        (Some(template), Some(_)) => template::patched(template, patch, choices).map(Some),
        // The due time is this occurrence's alone.
        (Some(template), None) => template::patched(template, &patch.without_schedule(), choices).map(Some),
    }
}

async fn write(
    change: &mut Change<'_>,
    before: Task,
    edit: Edit,
    checked: Option<&CheckedPlan>,
) -> Result<Task, Error> {
    let Edit {
        details,
        template,
        moves_series,
    } = edit;
    if before.details == details && before.template == template {
        return Ok(before);
    }
    let known = change.series_of(&before).await?;
    let step = if moves_series {
        SeriesStep::moved(&before, &details, known.as_ref())
    } else {
        SeriesStep::of(&before, &details, known.as_ref())
    };
    check_step(&step, &before, known.as_ref())?;
    if let SeriesStep::Begin(plan) | SeriesStep::Revise(plan) = &step {
        require(checked, plan)?;
    }
    // The series takes the position before its task's.
    let series = match (&step, &known) {
        (SeriesStep::Begin(plan), _) => {
            Some(Series::begin(plan.clone(), change.next_position(), change.now()))
        }
        (SeriesStep::Revise(plan) | SeriesStep::Adjust(plan), Some(known)) => {
            Some(known.revised(plan.clone(), change.next_position(), change.now()))
        }
        (SeriesStep::End, Some(known)) => Some(known.ended(change.next_position(), change.now())),
        _ => known.clone(),
    };
    let occurrence = occurrence(&step, &before, series.as_ref(), &details);
    let edited = before.edited(
        details,
        occurrence,
        series.as_ref(),
        change.next_position(),
        change.now(),
    );
    let after = Task { template, ..edited };
    write_series(change, &step, known.as_ref(), series.as_ref(), &after).await?;
    change
        .update(kind::TASK_UPDATED, &before, &after, series.as_ref())
        .await?;
    Ok(after)
}

/// A rule is changed where the series stands: at its newest occurrence, and begun with a task that is open.
fn check_step(step: &SeriesStep, before: &Task, series: Option<&Series>) -> Result<(), Error> {
    let is_newest = series.map(|series| series.last_ordinal) == before.occurrence.map(|it| it.ordinal);
    match step {
        SeriesStep::Begin(_) if !before.is_open() => Err(Conflict::NotOpen(before.status.as_str()).into()),
        SeriesStep::Revise(_) | SeriesStep::Adjust(_) | SeriesStep::End if !is_newest => {
            Err(Conflict::NotNewestOccurrence.into())
        }
        _ => Ok(()),
    }
}

/// The new plan starts at this occurrence's due time, which so becomes its slot.
fn occurrence(
    step: &SeriesStep,
    before: &Task,
    series: Option<&Series>,
    details: &Details,
) -> Option<Occurrence> {
    match (step, series.zip(details.due)) {
        (SeriesStep::Begin(plan) | SeriesStep::Revise(plan), Some((series, due))) => Some(Occurrence {
            series: series.id,
            ordinal: plan.count_base,
            slot: due.local,
        }),
        _ => before.occurrence,
    }
}

async fn write_series(
    change: &mut Change<'_>,
    step: &SeriesStep,
    known: Option<&Series>,
    series: Option<&Series>,
    frontier: &Task,
) -> Result<(), Error> {
    match (step, known, series) {
        (SeriesStep::Begin(_), _, Some(series)) => change.create(series, frontier).await,
        (SeriesStep::Revise(_) | SeriesStep::Adjust(_), Some(known), Some(series)) => {
            change.update(kind::SERIES_UPDATED, known, series, frontier).await
        }
        (SeriesStep::End, Some(known), Some(series)) => {
            change.update(kind::SERIES_ENDED, known, series, frontier).await
        }
        _ => Ok(()),
    }
}
