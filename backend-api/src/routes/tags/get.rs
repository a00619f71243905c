//! `GET /v1/tags/{id}`.

use actix_web::{HttpResponse, web};
use service_kit::problem::Problem;
use shared_events::event::view::TagView;

use crate::answer;
use crate::domain::tag::Tag;
use crate::error::Error;
use crate::routes::api::Api;
use crate::routes::call::Call;

/// Read a tag
#[utoipa::path(
    get, path = "/v1/tags/{id}", operation_id = "get_tag", tag = "tags", params(("id" = String, Path, format = Uuid)),
    responses(
        (status = 200, body = TagView, headers(("ETag" = String))),
        (status = 404, body = Problem, content_type = "application/problem+json"),
    )
)]
pub async fn get(call: Call, api: web::Data<Api>) -> Result<HttpResponse, Error> {
    Ok(answer::shown(&api.get::<Tag>(&call).await?))
}
