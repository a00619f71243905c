//! `PATCH /v1/tags/{id}`.

use actix_web::{HttpResponse, web};
use service_kit::problem::Problem;
use shared_events::event::intent;
use shared_events::event::view::TagView;

use crate::actions::tags;
use crate::domain::idempotency::Answer;
use crate::error::Error;
use crate::input::tag::TagPatch;
use crate::routes::api::Api;
use crate::routes::body::Body;
use crate::routes::call::Call;

/// Rename a tag
///
/// One change of the tag, whatever number of tasks hold it: their rows and versions stay as they are.
#[utoipa::path(
    patch, path = "/v1/tags/{id}", operation_id = "update_tag", tag = "tags", request_body = TagPatch,
    params(("id" = String, Path, format = Uuid), ("If-Match" = Option<String>, Header), ("Idempotency-Key" = Option<String>, Header)),
    responses(
        (status = 200, body = TagView, headers(("ETag" = String), ("Taskwire-Position" = i64))),
        (status = 404, body = Problem, content_type = "application/problem+json"),
        (status = 409, body = Problem, content_type = "application/problem+json",
         description = "`tag-exists`, with its `tag_id`"),
        (status = 412, body = Problem, content_type = "application/problem+json", description = "`version-mismatch`"),
        (status = 422, body = Problem, content_type = "application/problem+json",
         description = "`validation`, with a pointer to the field"),
    )
)]
pub async fn update(call: Call, api: web::Data<Api>, body: Body<TagPatch>) -> Result<HttpResponse, Error> {
    let name = body.input.name()?;
    api.change(&call, intent::EDIT, Some(&body.json), async |change| {
        let tag = tags::rename(change, &call.target()?, name).await?;
        Answer::of(&tag)
    })
    .await
}
