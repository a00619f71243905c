//! `DELETE /v1/tasks/{id}`.

use actix_web::{HttpResponse, web};
use serde::Deserialize;
use service_kit::http::{Query, bad_query};
use service_kit::problem::Problem;
use shared_events::event::intent;
use utoipa::IntoParams;

use crate::actions::tasks::{self, Scope};
use crate::domain::idempotency::Answer;
use crate::error::Error;
use crate::routes::api::Api;
use crate::routes::call::Call;

/// What is deleted.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct DeleteQuery {
    /// `this` deletes this occurrence, and an open one counts as skipped; `all` also ends the series.
    #[param(default = "this", pattern = "^(this|all)$")]
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
    query: Query<DeleteQuery>,
) -> Result<HttpResponse, Error> {
    let scope = read_scope(query.scope.as_deref())?;
    api.change(&call, intent::EDIT, None, async |change| {
        let task = tasks::delete(change, &call.target()?, scope).await?;
        Answer::of(&task)
    })
    .await
}

fn read_scope(scope: Option<&str>) -> Result<Scope, Problem> {
    match scope {
        None | Some("this") => Ok(Scope::This),
        Some("all") => Ok(Scope::All),
        Some(_) => Err(bad_query("scope", "must be this or all")),
    }
}
