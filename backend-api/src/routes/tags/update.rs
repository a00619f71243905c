//! `PATCH /v1/tags/{id}`.

use actix_web::{HttpResponse, web};
use serde_json::Value;
use service_kit::http::Json;
use service_kit::problem::Problem;
use shared_events::event::intent;
use shared_events::event::task::kind;

use super::check_name;
use crate::answer::Answer;
use crate::change::Change;
use crate::domain::tag::{Tag, TagName};
use crate::error::Error;
use crate::routes::api::Api;
use crate::routes::call::Call;
use crate::routes::openapi::TagPatch;
use crate::view::TagView;

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
pub async fn update(call: Call, api: web::Data<Api>, body: Json<Value>) -> Result<HttpResponse, Error> {
    api.change(&call, intent::EDIT, Some(&body.0), async |change| {
        let tag = change.tag(call.tag()?).await?;
        call.check_version(tag.version)?;
        let name = tag.patched(&body.0)?;
        let renamed = rename(change, tag, name).await?;
        Answer::tag(&renamed)
    })
    .await
}

/// The same name once more changes nothing; the same in another case is another name of the same tag.
async fn rename(change: &mut Change<'_>, tag: Tag, name: TagName) -> Result<Tag, Error> {
    if tag.name == name {
        return Ok(tag);
    }
    check_name(change, &name, Some(&tag)).await?;
    let renamed = tag.renamed(name, change.next_position(), change.now());
    change.update_tag(kind::TAG_UPDATED, &tag, &renamed).await?;
    Ok(renamed)
}
