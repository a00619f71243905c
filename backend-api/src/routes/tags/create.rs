//! `POST /v1/tags`.

use actix_web::{HttpResponse, web};
use service_kit::problem::Problem;
use shared_events::event::intent;
use shared_events::event::view::TagView;

use crate::actions::tags;
use crate::domain::idempotency::Answer;
use crate::error::Error;
use crate::input::tag::NewTag;
use crate::routes::api::Api;
use crate::routes::body::Body;
use crate::routes::call::Call;

/// Create a tag
///
/// Tasks hold its id. Names are unique per user; case makes no difference.
#[utoipa::path(
    post, path = "/v1/tags", operation_id = "create_tag", tag = "tags", request_body = NewTag,
    params(("Idempotency-Key" = Option<String>, Header)),
    responses(
        (status = 201, body = TagView, headers(("ETag" = String), ("Location" = String), ("Taskwire-Position" = i64))),
        (status = 409, body = Problem, content_type = "application/problem+json",
         description = "`tag-exists`, with its `tag_id`, or `too-many-tags`"),
        (status = 422, body = Problem, content_type = "application/problem+json",
         description = "`validation`, with a pointer to the field"),
    )
)]
pub async fn create(call: Call, api: web::Data<Api>, body: Body<NewTag>) -> Result<HttpResponse, Error> {
    let name = body.input.name;
    api.change(&call, intent::EDIT, Some(&body.json), async |change| {
        let tag = tags::create(change, name).await?;
        Answer::created(&tag)
    })
    .await
}
