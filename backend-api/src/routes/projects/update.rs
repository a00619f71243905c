//! `PATCH /v1/projects/{id}`.

use actix_web::{HttpResponse, web};
use service_kit::problem::Problem;
use shared_events::event::intent;
use shared_events::event::view::ProjectView;

use crate::actions::projects;
use crate::domain::idempotency::Answer;
use crate::error::Error;
use crate::input::project::ProjectPatch;
use crate::routes::api::Api;
use crate::routes::body::Body;
use crate::routes::call::Call;

/// Change a project
///
/// JSON merge-patch (RFC 7396). Its tasks stay as they are, also when it is archived.
#[utoipa::path(
    patch, path = "/v1/projects/{id}", operation_id = "update_project", tag = "projects", request_body = ProjectPatch,
    params(("id" = String, Path, format = Uuid), ("If-Match" = Option<String>, Header), ("Idempotency-Key" = Option<String>, Header)),
    responses(
        (status = 200, body = ProjectView, headers(("ETag" = String), ("Taskwire-Position" = i64))),
        (status = 404, body = Problem, content_type = "application/problem+json"),
        (status = 409, body = Problem, content_type = "application/problem+json",
         description = "`project-exists`, with its `project_id`"),
        (status = 412, body = Problem, content_type = "application/problem+json", description = "`version-mismatch`"),
        (status = 422, body = Problem, content_type = "application/problem+json",
         description = "`validation`, with a pointer to the field"),
    )
)]
pub async fn update(
    call: Call,
    api: web::Data<Api>,
    body: Body<ProjectPatch>,
) -> Result<HttpResponse, Error> {
    api.change(&call, intent::EDIT, Some(&body.json), async |change| {
        let project = projects::edit(change, &call.target()?, &body.input).await?;
        Answer::of(&project)
    })
    .await
}
