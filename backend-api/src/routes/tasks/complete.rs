//! `POST /v1/tasks/{id}/complete`.

use actix_web::{HttpResponse, web};
use service_kit::http::NoBody;
use service_kit::problem::Problem;
use shared_events::event::intent;
use shared_events::event::view::TaskView;

use crate::actions::tasks;
use crate::domain::idempotency::Answer;
use crate::error::Error;
use crate::routes::api::Api;
use crate::routes::call::Call;

/// Complete a task
///
/// Completing a completed task changes nothing and answers the same. Its sub-tasks stay as they are. A recurring
/// task comes back shortly after, and all its sub-tasks with it, open again.
#[utoipa::path(
    post, path = "/v1/tasks/{id}/complete", operation_id = "complete_task", tag = "tasks",
    params(("id" = String, Path, format = Uuid), ("If-Match" = Option<String>, Header), ("Idempotency-Key" = Option<String>, Header)),
    responses(
        (status = 200, body = TaskView, headers(("ETag" = String), ("Taskwire-Position" = i64))),
        (status = 404, body = Problem, content_type = "application/problem+json"),
        (status = 409, body = Problem, content_type = "application/problem+json", description = "`not-open`"),
        (status = 412, body = Problem, content_type = "application/problem+json", description = "`version-mismatch`"),
    )
)]
pub async fn complete(call: Call, api: web::Data<Api>, _: NoBody) -> Result<HttpResponse, Error> {
    api.change(&call, intent::COMPLETE, None, async |change| {
        let task = tasks::complete(change, &call.target()?).await?;
        Answer::of(&task)
    })
    .await
}
