//! `DELETE /v1/tasks/{id}`.

use actix_web::{HttpResponse, web};
use serde::Deserialize;
use service_kit::problem::Problem;
use shared_events::event::intent;
use shared_events::event::task::kind;
use utoipa::IntoParams;

use crate::answer::Answer;
use crate::change::Change;
use crate::domain::recurrence::Series;
use crate::domain::task::Task;
use crate::error::Error;
use crate::routes::api::Api;
use crate::routes::call::Call;
use crate::routes::cursor;

/// What is deleted.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct DeleteQuery {
    /// `this` deletes this occurrence, and an open one counts as skipped; `all` also ends the series.
    #[param(default = "this")]
    scope: Option<String>,
}

/// Delete a task
///
/// Its sub-tasks stay. The tombstone is told to `/v1/sync`.
#[utoipa::path(
    delete, path = "/v1/tasks/{id}", operation_id = "delete_task", tag = "tasks",
    params(("id" = String, Path, format = Uuid), ("If-Match" = Option<String>, Header), ("Idempotency-Key" = Option<String>, Header), DeleteQuery),
    responses(
        (status = 204, headers(("ETag" = String), ("Taskwire-Position" = i64))),
        (status = 404, body = Problem, content_type = "application/problem+json"),
        (status = 412, body = Problem, content_type = "application/problem+json", description = "`version-mismatch`"),
    )
)]
pub async fn delete(
    call: Call,
    api: web::Data<Api>,
    query: web::Query<DeleteQuery>,
) -> Result<HttpResponse, Error> {
    let ends_series = read_scope(query.scope.as_deref())?;
    api.change(&call, intent::EDIT, None, async |change| {
        let task = change.task(call.task()?).await?;
        call.check_version(task.version)?;
        let series = change.series_of(&task).await?.filter(|series| series.alive);
        let deleted = match series {
            Some(series) if ends_series => delete_with_series(change, &task, &series).await?,
            series => delete_this(change, &task, series.as_ref()).await?,
        };
        Ok(Answer::deleted(deleted.version, deleted.position))
    })
    .await
}

fn read_scope(scope: Option<&str>) -> Result<bool, Problem> {
    match scope {
        None | Some("this") => Ok(false),
        Some("all") => Ok(true),
        Some(_) => Err(cursor::bad_query("scope", "must be this or all")),
    }
}

/// An open occurrence counts as skipped, which recurring-svc sees by its status: the series goes on without it.
async fn delete_this(change: &mut Change<'_>, task: &Task, series: Option<&Series>) -> Result<Task, Error> {
    let deleted = task.deleted(change.next_position(), change.now());
    change
        .update_task(kind::TASK_DELETED, task, &deleted, series)
        .await?;
    Ok(deleted)
}

async fn delete_with_series(change: &mut Change<'_>, task: &Task, series: &Series) -> Result<Task, Error> {
    let ended = series.ended(change.next_position(), change.now());
    let open = change.open_occurrences(series.id).await?;
    let newest = change.occurrence(series.id, series.last_ordinal).await?;
    change
        .update_series(
            kind::SERIES_ENDED,
            series,
            &ended,
            newest.as_ref().unwrap_or(task),
        )
        .await?;
    for other in open.iter().filter(|other| other.id != task.id) {
        delete_this(change, other, None).await?;
    }
    delete_this(change, task, None).await
}
