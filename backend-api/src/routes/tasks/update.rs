//! `PATCH /v1/tasks/{id}`.

use actix_web::{HttpResponse, web};
use serde_json::Value;
use service_kit::http::Json;
use service_kit::problem::Problem;
use shared_events::event::intent;
use shared_events::event::task::kind;

use super::check_references;
use crate::answer::Answer;
use crate::change::Change;
use crate::domain::patch;
use crate::domain::recurrence::{self, Series, SeriesStep};
use crate::domain::task::{Details, Occurrence, Task};
use crate::error::{Conflict, Error};
use crate::routes::api::Api;
use crate::routes::call::Call;
use crate::routes::openapi::TaskPatch;
use crate::view::TaskView;

/// Change a task
///
/// JSON merge-patch (RFC 7396): what is absent stays untouched, null clears. A patch that changes nothing makes no new
/// version. A new rule counts from this occurrence on, and null ends the series; both are for its newest occurrence.
/// A new due time moves this occurrence alone.
#[utoipa::path(
    patch, path = "/v1/tasks/{id}", operation_id = "update_task", tag = "tasks", request_body = TaskPatch,
    params(("id" = String, Path, format = Uuid), ("If-Match" = Option<String>, Header), ("Idempotency-Key" = Option<String>, Header)),
    responses(
        (status = 200, body = TaskView, headers(("ETag" = String), ("Taskwire-Position" = i64))),
        (status = 404, body = Problem, content_type = "application/problem+json"),
        (status = 409, body = Problem, content_type = "application/problem+json",
         description = "`not-open` or `not-newest-occurrence`"),
        (status = 412, body = Problem, content_type = "application/problem+json", description = "`version-mismatch`"),
        (status = 422, body = Problem, content_type = "application/problem+json",
         description = "`validation` or `past-due`, with a pointer to the field"),
    )
)]
pub async fn update(call: Call, api: web::Data<Api>, body: Json<Value>) -> Result<HttpResponse, Error> {
    api.change(&call, intent::EDIT, Some(&body.0), async |change| {
        let task = change.task(call.task()?).await?;
        call.check_version(task.version)?;
        let draft = patch::read(&task, &body.0)?;
        draft.refuse_past(Some(&task.details), change.now())?;
        check_references(change, &draft.details, Some(&task)).await?;
        let edited = edit(change, task, draft.details).await?;
        Answer::task(&edited)
    })
    .await
}

async fn edit(change: &mut Change<'_>, before: Task, details: Details) -> Result<Task, Error> {
    if before.details == details {
        return Ok(before);
    }
    let step = SeriesStep::of(&before, &details);
    let known = change.series_of(&before).await?;
    check_step(&step, &before, known.as_ref())?;
    // The series takes the position before its task's.
    let series = match (&step, &known) {
        (SeriesStep::Begin(plan), _) => {
            Some(Series::begin(plan.clone(), change.next_position(), change.now()))
        }
        (SeriesStep::Revise(plan), Some(known)) => {
            Some(known.revised(plan.clone(), change.next_position(), change.now()))
        }
        (SeriesStep::End, Some(known)) => Some(known.ended(change.next_position(), change.now())),
        _ => known.clone(),
    };
    let mut after = before.changed(change.next_position(), change.now());
    after.occurrence = occurrence(&step, &before, series.as_ref(), &details);
    after.details = details;
    write_series(change, &step, known.as_ref(), series.as_ref(), &after).await?;
    change
        .update_task(kind::TASK_UPDATED, &before, &after, series.as_ref())
        .await?;
    Ok(after)
}

/// A rule is changed where the series stands: at its newest occurrence, and begun with a task that is open.
fn check_step(step: &SeriesStep, before: &Task, series: Option<&Series>) -> Result<(), Error> {
    if let SeriesStep::Begin(plan) | SeriesStep::Revise(plan) = step {
        recurrence::check(plan)?;
    }
    let is_newest = series.map(|series| series.last_ordinal) == before.occurrence.map(|it| it.ordinal);
    match step {
        SeriesStep::Begin(_) if !before.is_open() => Err(Conflict::NotOpen(before.status.as_str()).into()),
        SeriesStep::Revise(_) | SeriesStep::End if !is_newest => Err(Conflict::NotNewestOccurrence.into()),
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
        (SeriesStep::Begin(_), _, Some(series)) => change.create_series(series, frontier).await,
        (SeriesStep::Revise(_), Some(known), Some(series)) => {
            change
                .update_series(kind::SERIES_UPDATED, known, series, frontier)
                .await
        }
        (SeriesStep::End, Some(known), Some(series)) => {
            change
                .update_series(kind::SERIES_ENDED, known, series, frontier)
                .await
        }
        _ => Ok(()),
    }
}
