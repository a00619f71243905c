//! `POST /v1/filters/{id}/move`.

use actix_web::{HttpResponse, web};
use service_kit::problem::Problem;
use shared_events::event::intent;
use shared_events::event::view::FilterView;

use crate::actions::filters;
use crate::domain::idempotency::Answer;
use crate::error::Error;
use crate::input::place::PlaceInput;
use crate::routes::api::Api;
use crate::routes::body::Body;
use crate::routes::call::Call;

/// Move a filter
///
/// Right after or right before another one, in the order of `order_key`. No other filter changes.
#[utoipa::path(
    post, path = "/v1/filters/{id}/move", operation_id = "move_filter", tag = "filters", request_body = PlaceInput,
    params(("id" = String, Path, format = Uuid), ("If-Match" = Option<String>, Header), ("Idempotency-Key" = Option<String>, Header)),
    responses(
        (status = 200, body = FilterView, headers(("ETag" = String), ("Taskwire-Position" = i64))),
        (status = 404, body = Problem, content_type = "application/problem+json"),
        (status = 409, body = Problem, content_type = "application/problem+json",
         description = "`no-room`: the two neighbours lie too close to each other, move one of them first"),
        (status = 412, body = Problem, content_type = "application/problem+json", description = "`version-mismatch`"),
        (status = 422, body = Problem, content_type = "application/problem+json",
         description = "`validation`, with a pointer to the field"),
    )
)]
pub async fn relocate(
    call: Call,
    api: web::Data<Api>,
    body: Body<PlaceInput>,
) -> Result<HttpResponse, Error> {
    api.change(&call, intent::EDIT, Some(&body.json), async |change| {
        let filter = filters::relocate(change, &call.target()?, &body.input).await?;
        Answer::of(&filter)
    })
    .await
}
