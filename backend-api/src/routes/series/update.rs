//! `PATCH /v1/series/{id}`.

use actix_web::{HttpResponse, web};
use service_kit::problem::Problem;
use shared_events::event::intent;
use shared_events::event::view::SeriesView;

use crate::actions::tasks;
use crate::domain::idempotency::Answer;
use crate::error::Error;
use crate::input::series::SeriesPatch;
use crate::routes::api::Api;
use crate::routes::body::Body;
use crate::routes::call::Call;

/// Change a series
///
/// JSON merge-patch (RFC 7396) of how it goes on after its newest occurrence: rule, anchor, what becomes of missed slots, and
/// exceptions. What the occurrences say is changed with `PATCH /v1/tasks/{id}?scope=…`, and so is when they are due.
#[utoipa::path(
    patch, path = "/v1/series/{id}", operation_id = "update_series", tag = "series", request_body = SeriesPatch,
    params(("id" = String, Path, format = Uuid), ("If-Match" = Option<String>, Header), ("Idempotency-Key" = Option<String>, Header)),
    responses(
        (status = 200, body = SeriesView, headers(("ETag" = String), ("Taskwire-Position" = i64))),
        (status = 404, body = Problem, content_type = "application/problem+json"),
        (status = 409, body = Problem, content_type = "application/problem+json", description = "`series-ended`"),
        (status = 412, body = Problem, content_type = "application/problem+json", description = "`version-mismatch`"),
        (status = 422, body = Problem, content_type = "application/problem+json",
         description = "`validation`, with a pointer to the field"),
    )
)]
pub async fn update(call: Call, api: web::Data<Api>, body: Body<SeriesPatch>) -> Result<HttpResponse, Error> {
    api.change_with_plan(&call, intent::EDIT, &body.json, None, async |change, checked| {
        let series = tasks::edit_series(change, &call.target()?, &body.input, checked).await?;
        Answer::of(&series)
    })
    .await
}
