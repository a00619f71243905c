//! `POST /v1/filters`.

use actix_web::{HttpResponse, web};
use service_kit::problem::Problem;
use shared_events::event::intent;
use shared_events::event::view::FilterView;

use crate::actions::filters;
use crate::domain::idempotency::Answer;
use crate::error::Error;
use crate::input::filter::NewFilter;
use crate::routes::api::Api;
use crate::routes::body::Body;
use crate::routes::call::Call;

/// Save a filter
///
/// `GET /v1/tasks?filter_id=…` lists by it. Names are unique per user; case makes no difference.
#[utoipa::path(
    post, path = "/v1/filters", operation_id = "create_filter", tag = "filters", request_body = NewFilter,
    params(("Idempotency-Key" = Option<String>, Header)),
    responses(
        (status = 201, body = FilterView, headers(("ETag" = String), ("Location" = String), ("Taskwire-Position" = i64))),
        (status = 409, body = Problem, content_type = "application/problem+json",
         description = "`filter-exists`, with its `filter_id`, or `too-many-filters`"),
        (status = 422, body = Problem, content_type = "application/problem+json",
         description = "`validation`, with a pointer to the field, and the `column` if it is the text of the filter"),
    )
)]
pub async fn create(call: Call, api: web::Data<Api>, body: Body<NewFilter>) -> Result<HttpResponse, Error> {
    let details = body.input.details()?;
    api.change(&call, intent::EDIT, Some(&body.json), async |change| {
        let filter = filters::create(change, details).await?;
        Answer::created(&filter)
    })
    .await
}
