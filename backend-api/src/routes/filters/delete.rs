//! `DELETE /v1/filters/{id}`.

use actix_web::{HttpResponse, web};
use service_kit::problem::Problem;
use shared_events::event::intent;

use crate::actions::filters;
use crate::domain::idempotency::Answer;
use crate::error::Error;
use crate::routes::api::Api;
use crate::routes::call::Call;

/// Delete a filter
///
/// Tasks that it lists stay as they are. The tombstone is told to `/v1/sync`.
#[utoipa::path(
    delete, path = "/v1/filters/{id}", operation_id = "delete_filter", tag = "filters",
    params(("id" = String, Path, format = Uuid), ("If-Match" = Option<String>, Header), ("Idempotency-Key" = Option<String>, Header)),
    responses(
        (status = 204, headers(("ETag" = String), ("Taskwire-Position" = i64))),
        (status = 404, body = Problem, content_type = "application/problem+json"),
        (status = 412, body = Problem, content_type = "application/problem+json", description = "`version-mismatch`"),
    )
)]
pub async fn delete(call: Call, api: web::Data<Api>) -> Result<HttpResponse, Error> {
    api.change(&call, intent::EDIT, None, async |change| {
        let filter = filters::delete(change, &call.target()?).await?;
        Answer::of(&filter)
    })
    .await
}
