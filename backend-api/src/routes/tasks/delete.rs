//! `DELETE /v1/tasks/{id}`.

use actix_web::{HttpResponse, web};
use service_kit::http::Query;
use service_kit::problem::Problem;
use shared_events::event::intent;

use crate::actions::tasks;
use crate::domain::idempotency::Answer;
use crate::domain::task::Scope;
use crate::error::Error;
use crate::routes::api::Api;
use crate::routes::call::Call;
use crate::routes::scope::ScopeQuery;

/// Delete a task
///
/// Its sub-tasks stay. The tombstone is told to `/v1/sync`. Of a task that recurs this occurrence is deleted, and an open one
/// counts as skipped; with `scope=following` or `scope=all` the other open ones go too, and the series ends.
#[utoipa::path(
    delete, path = "/v1/tasks/{id}", operation_id = "delete_task", tag = "tasks",
    params(("id" = String, Path, format = Uuid), ("If-Match" = Option<String>, Header), ("Idempotency-Key" = Option<String>, Header), ScopeQuery),
    responses(
        (status = 204, headers(("ETag" = String), ("Taskwire-Position" = i64))),
        (status = 404, body = Problem, content_type = "application/problem+json"),
        (status = 412, body = Problem, content_type = "application/problem+json", description = "`version-mismatch`"),
    )
)]
pub async fn delete(
    call: Call,
    api: web::Data<Api>,
    query: Query<ScopeQuery>,
) -> Result<HttpResponse, Error> {
    let scope = query.read()?.unwrap_or(Scope::This);
    api.change(&call, intent::EDIT, None, async |change| {
        let task = tasks::delete(change, &call.target()?, scope).await?;
        Answer::of(&task)
    })
    .await
}
