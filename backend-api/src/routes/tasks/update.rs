//! `PATCH /v1/tasks/{id}`.

use actix_web::{HttpResponse, web};
use service_kit::http::Query;
use service_kit::problem::Problem;
use shared_events::event::intent;
use shared_events::event::view::TaskView;

use crate::actions::tasks;
use crate::domain::idempotency::Answer;
use crate::error::Error;
use crate::input::task::TaskPatch;
use crate::routes::api::Api;
use crate::routes::body::Body;
use crate::routes::call::Call;
use crate::routes::scope::ScopeQuery;

/// Change a task
///
/// JSON merge-patch (RFC 7396): what is absent stays untouched, null clears. A patch that changes nothing makes no new
/// version. A new rule counts from this occurrence on, and null ends the series; both are for its newest occurrence.
/// Without a scope a new due time moves this occurrence alone, and everything else goes on with the series.
/// `scope=this` keeps all of it to this occurrence: the next one says what this one said before. `scope=following` and
/// `scope=all` change other open occurrences too, and a new due time moves the series.
#[utoipa::path(
    patch, path = "/v1/tasks/{id}", operation_id = "update_task", tag = "tasks", request_body = TaskPatch,
    params(("id" = String, Path, format = Uuid), ("If-Match" = Option<String>, Header), ("Idempotency-Key" = Option<String>, Header), ScopeQuery),
    responses(
        (status = 200, body = TaskView, headers(("ETag" = String), ("Taskwire-Position" = i64))),
        (status = 404, body = Problem, content_type = "application/problem+json"),
        (status = 409, body = Problem, content_type = "application/problem+json",
         description = "`not-open`, `not-newest-occurrence` or `too-many-sub-tasks`"),
        (status = 412, body = Problem, content_type = "application/problem+json", description = "`version-mismatch`"),
        (status = 422, body = Problem, content_type = "application/problem+json",
         description = "`validation` or `past-due`, with a pointer to the field"),
    )
)]
pub async fn update(
    call: Call,
    api: web::Data<Api>,
    query: Query<ScopeQuery>,
    body: Body<TaskPatch>,
) -> Result<HttpResponse, Error> {
    let scope = query.read()?;
    api.change_with_plan(&call, intent::EDIT, &body.json, None, async |change, checked| {
        let task = tasks::edit(change, &call.target()?, &body.input, scope, checked).await?;
        Answer::of(&task)
    })
    .await
}
