//! `GET /v1/filters/{id}`.

use actix_web::{HttpResponse, web};
use service_kit::problem::Problem;
use shared_events::event::view::FilterView;

use crate::answer;
use crate::domain::saved_filter::SavedFilter;
use crate::error::Error;
use crate::routes::api::Api;
use crate::routes::call::Call;

/// Read a filter
#[utoipa::path(
    get, path = "/v1/filters/{id}", operation_id = "get_filter", tag = "filters", params(("id" = String, Path, format = Uuid)),
    responses(
        (status = 200, body = FilterView, headers(("ETag" = String))),
        (status = 404, body = Problem, content_type = "application/problem+json"),
    )
)]
pub async fn get(call: Call, api: web::Data<Api>) -> Result<HttpResponse, Error> {
    Ok(answer::shown(&api.get::<SavedFilter>(&call).await?))
}
