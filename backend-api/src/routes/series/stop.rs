//! `POST /v1/series/{id}/stop`.

use actix_web::{HttpResponse, web};
use service_kit::http::NoBody;
use service_kit::problem::Problem;
use shared_events::event::intent;
use shared_events::event::view::SeriesView;

use crate::actions::tasks;
use crate::domain::idempotency::Answer;
use crate::error::Error;
use crate::routes::api::Api;
use crate::routes::call::Call;

/// End a series
///
/// No occurrence follows. The open one stays, as a task that does not recur. Ending a series that has ended changes nothing.
#[utoipa::path(
    post, path = "/v1/series/{id}/stop", operation_id = "stop_series", tag = "series",
    params(("id" = String, Path, format = Uuid), ("If-Match" = Option<String>, Header), ("Idempotency-Key" = Option<String>, Header)),
    responses(
        (status = 200, body = SeriesView, headers(("ETag" = String), ("Taskwire-Position" = i64))),
        (status = 404, body = Problem, content_type = "application/problem+json"),
        (status = 412, body = Problem, content_type = "application/problem+json", description = "`version-mismatch`"),
    )
)]
pub async fn stop(call: Call, api: web::Data<Api>, _: NoBody) -> Result<HttpResponse, Error> {
    api.change(&call, intent::EDIT, None, async |change| {
        Answer::of(&tasks::stop_series(change, &call.target()?).await?)
    })
    .await
}
