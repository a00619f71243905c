//! `GET /v1/projects/{id}`.

use actix_web::{HttpResponse, web};
use service_kit::problem::Problem;
use shared_events::event::view::ProjectView;

use crate::answer;
use crate::domain::project::Project;
use crate::error::Error;
use crate::routes::api::Api;
use crate::routes::call::Call;

/// Read a project
#[utoipa::path(
    get, path = "/v1/projects/{id}", operation_id = "get_project", tag = "projects", params(("id" = String, Path, format = Uuid)),
    responses(
        (status = 200, body = ProjectView, headers(("ETag" = String))),
        (status = 404, body = Problem, content_type = "application/problem+json"),
    )
)]
pub async fn get(call: Call, api: web::Data<Api>) -> Result<HttpResponse, Error> {
    Ok(answer::shown(&api.get::<Project>(&call).await?))
}
