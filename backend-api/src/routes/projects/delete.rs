//! `DELETE /v1/projects/{id}`.

use actix_web::{HttpResponse, web};
use service_kit::problem::Problem;
use shared_events::event::intent;

use crate::actions::projects;
use crate::domain::idempotency::Answer;
use crate::error::Error;
use crate::routes::api::Api;
use crate::routes::call::Call;

/// Delete a project
///
/// All its tasks are deleted with it, closed ones too, and the series that they are occurrences of end: each change is an
/// event of its own, and all are one action. The tasks can be restored for 30 days, without the project. A project with
/// more than 5,000 tasks is refused.
#[utoipa::path(
    delete, path = "/v1/projects/{id}", operation_id = "delete_project", tag = "projects",
    params(("id" = String, Path, format = Uuid), ("If-Match" = Option<String>, Header), ("Idempotency-Key" = Option<String>, Header)),
    responses(
        (status = 204, headers(("ETag" = String), ("Taskwire-Position" = i64))),
        (status = 404, body = Problem, content_type = "application/problem+json"),
        (status = 409, body = Problem, content_type = "application/problem+json", description = "`too-many-tasks`"),
        (status = 412, body = Problem, content_type = "application/problem+json", description = "`version-mismatch`"),
    )
)]
pub async fn delete(call: Call, api: web::Data<Api>) -> Result<HttpResponse, Error> {
    api.change(&call, intent::EDIT, None, async |change| {
        let project = projects::delete(change, &call.target()?).await?;
        Answer::of(&project)
    })
    .await
}
