//! `POST /v1/series/{id}/skip`.

use actix_web::{HttpResponse, web};
use service_kit::http::NoBody;
use service_kit::problem::Problem;
use shared_events::event::intent;
use shared_events::event::view::TaskView;

use crate::actions::tasks;
use crate::domain::idempotency::Answer;
use crate::error::Error;
use crate::routes::api::Api;
use crate::routes::call::Call;

/// Leave out the open occurrence
///
/// It is closed without being done, and the next one comes shortly after. Answers the occurrence.
#[utoipa::path(
    post, path = "/v1/series/{id}/skip", operation_id = "skip_series", tag = "series",
    params(("id" = String, Path, format = Uuid), ("If-Match" = Option<String>, Header), ("Idempotency-Key" = Option<String>, Header)),
    responses(
        (status = 200, body = TaskView, headers(("ETag" = String), ("Taskwire-Position" = i64))),
        (status = 404, body = Problem, content_type = "application/problem+json"),
        (status = 409, body = Problem, content_type = "application/problem+json", description = "`series-ended` or `not-open`"),
        (status = 412, body = Problem, content_type = "application/problem+json", description = "`version-mismatch`"),
    )
)]
pub async fn skip(call: Call, api: web::Data<Api>, _: NoBody) -> Result<HttpResponse, Error> {
    api.change(&call, intent::COMPLETE, None, async |change| {
        Answer::of(&tasks::skip_open(change, &call.target()?).await?)
    })
    .await
}
