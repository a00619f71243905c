//! `POST /v1/tasks/{id}/restore`.

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

/// Restore a deleted task
///
/// For 30 days: it is again as it was, open or closed, but without a project or a parent that is not there any more. Its
/// reminders that are still ahead are scheduled again. A series that ended with it stays ended, and an occurrence that has
/// followed it meanwhile stays. Restoring a task that is not deleted changes nothing.
#[utoipa::path(
    post, path = "/v1/tasks/{id}/restore", operation_id = "restore_task", tag = "tasks",
    params(("id" = String, Path, format = Uuid), ("If-Match" = Option<String>, Header), ("Idempotency-Key" = Option<String>, Header)),
    responses(
        (status = 200, body = TaskView, headers(("ETag" = String), ("Taskwire-Position" = i64))),
        (status = 404, body = Problem, content_type = "application/problem+json"),
        (status = 409, body = Problem, content_type = "application/problem+json", description = "`too-many-sub-tasks`"),
        (status = 412, body = Problem, content_type = "application/problem+json", description = "`version-mismatch`"),
    )
)]
pub async fn restore(call: Call, api: web::Data<Api>, _: NoBody) -> Result<HttpResponse, Error> {
    api.change(&call, intent::EDIT, None, async |change| {
        let task = tasks::restore(change, &call.target()?).await?;
        Answer::of(&task)
    })
    .await
}
