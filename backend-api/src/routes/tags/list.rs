//! `GET /v1/tags`.

use actix_web::{HttpResponse, web};
use serde::{Deserialize, Serialize};
use service_kit::problem::Problem;
use shared_events::event::view::TagView;
use utoipa::{IntoParams, ToSchema};

use crate::error::Error;
use crate::routes::api::Api;
use crate::routes::call::Call;
use crate::routes::cursor;
use crate::store;

/// Which tags are listed.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct TagQuery {
    /// Most items of a page.
    #[param(minimum = 1, maximum = 200, default = 50)]
    limit: Option<i64>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
}

/// A page of tags.
#[derive(Debug, Serialize, ToSchema)]
pub struct TagPage {
    items: Vec<TagView>,
    /// Where the list goes on; null at its end.
    next_cursor: Option<String>,
}

/// List tags, oldest first
#[utoipa::path(
    get, path = "/v1/tags", operation_id = "list_tags", tag = "tags", params(TagQuery),
    responses(
        (status = 200, body = TagPage),
        (status = 400, body = Problem, content_type = "application/problem+json", description = "`bad-query`"),
    )
)]
pub async fn list(
    call: Call,
    api: web::Data<Api>,
    query: web::Query<TagQuery>,
) -> Result<HttpResponse, Error> {
    let limit = cursor::limit(query.limit)?;
    let newer_than = query.cursor.as_deref().map(cursor::read_place).transpose()?;
    let mut tags = api
        .read(&call.user, async |conn| {
            Ok(store::tags::page(conn, &call.user, newer_than, limit + 1).await?)
        })
        .await?;
    let is_more = tags.len() as i64 > limit;
    tags.truncate(limit as usize);
    let last = tags.last().filter(|_| is_more);
    Ok(HttpResponse::Ok().json(TagPage {
        next_cursor: last.map(|tag| cursor::place(tag.created_at, tag.id)),
        items: tags.iter().map(TagView::from).collect(),
    }))
}
