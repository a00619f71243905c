//! `POST /v1/projects`.

use actix_web::{HttpResponse, web};
use service_kit::problem::Problem;
use shared_events::event::intent;
use shared_events::event::view::ProjectView;

use crate::actions::projects;
use crate::domain::idempotency::Answer;
use crate::error::Error;
use crate::input::project::NewProject;
use crate::routes::api::Api;
use crate::routes::body::Body;
use crate::routes::call::Call;

/// Create a project
///
/// Tasks hold its id. Names are unique per user; case makes no difference.
#[utoipa::path(
    post, path = "/v1/projects", operation_id = "create_project", tag = "projects", request_body = NewProject,
    params(("Idempotency-Key" = Option<String>, Header)),
    responses(
        (status = 201, body = ProjectView, headers(("ETag" = String), ("Location" = String), ("Taskwire-Position" = i64))),
        (status = 409, body = Problem, content_type = "application/problem+json",
         description = "`project-exists`, with its `project_id`, or `too-many-projects`"),
        (status = 422, body = Problem, content_type = "application/problem+json",
         description = "`validation`, with a pointer to the field"),
    )
)]
pub async fn create(call: Call, api: web::Data<Api>, body: Body<NewProject>) -> Result<HttpResponse, Error> {
    let details = body.input.details()?;
    api.change(&call, intent::EDIT, Some(&body.json), async |change| {
        let project = projects::create(change, details).await?;
        Answer::created(&project)
    })
    .await
}
