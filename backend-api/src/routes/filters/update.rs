//! `PATCH /v1/filters/{id}`.

use actix_web::{HttpResponse, web};
use service_kit::problem::Problem;
use shared_events::event::intent;
use shared_events::event::view::FilterView;

use crate::actions::filters;
use crate::domain::idempotency::Answer;
use crate::error::Error;
use crate::input::filter::FilterPatch;
use crate::routes::api::Api;
use crate::routes::body::Body;
use crate::routes::call::Call;

/// Change a filter
///
/// JSON merge-patch (RFC 7396). A list that was begun by it begins anew: its cursors are of the filter as it was.
#[utoipa::path(
    patch, path = "/v1/filters/{id}", operation_id = "update_filter", tag = "filters", request_body = FilterPatch,
    params(("id" = String, Path, format = Uuid), ("If-Match" = Option<String>, Header), ("Idempotency-Key" = Option<String>, Header)),
    responses(
        (status = 200, body = FilterView, headers(("ETag" = String), ("Taskwire-Position" = i64))),
        (status = 404, body = Problem, content_type = "application/problem+json"),
        (status = 409, body = Problem, content_type = "application/problem+json",
         description = "`filter-exists`, with its `filter_id`"),
        (status = 412, body = Problem, content_type = "application/problem+json", description = "`version-mismatch`"),
        (status = 422, body = Problem, content_type = "application/problem+json",
         description = "`validation`, with a pointer to the field, and the `column` if it is the text of the filter"),
    )
)]
pub async fn update(call: Call, api: web::Data<Api>, body: Body<FilterPatch>) -> Result<HttpResponse, Error> {
    api.change(&call, intent::EDIT, Some(&body.json), async |change| {
        let filter = filters::edit(change, &call.target()?, &body.input).await?;
        Answer::of(&filter)
    })
    .await
}
