//! `GET /v1/series/{id}`.

use actix_web::{HttpResponse, web};
use service_kit::problem::Problem;
use shared_events::event::view::SeriesView;

use crate::answer;
use crate::domain::recurrence::Series;
use crate::error::Error;
use crate::routes::api::Api;
use crate::routes::call::Call;

/// Read a series
#[utoipa::path(
    get, path = "/v1/series/{id}", operation_id = "get_series", tag = "series", params(("id" = String, Path, format = Uuid)),
    responses(
        (status = 200, body = SeriesView, headers(("ETag" = String))),
        (status = 404, body = Problem, content_type = "application/problem+json"),
    )
)]
pub async fn get(call: Call, api: web::Data<Api>) -> Result<HttpResponse, Error> {
    Ok(answer::shown(&api.get::<Series>(&call).await?))
}
