//! `GET /v1/tags`.

use actix_web::{HttpResponse, web};
use serde::{Deserialize, Serialize};
use service_kit::http::{Query, bad_cursor, page_limit};
use service_kit::page;
use service_kit::problem::Problem;
use shared_events::event::view::TagView;
use utoipa::{IntoParams, ToSchema};

use crate::error::Error;
use crate::routes::api::Api;
use crate::routes::call::Call;
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

/// What its cursors are of.
const LIST: &str = "tags";

/// List tags, oldest first
#[utoipa::path(
    get, path = "/v1/tags", operation_id = "list_tags", tag = "tags", params(TagQuery),
    responses(
        (status = 200, body = TagPage),
        (status = 400, body = Problem, content_type = "application/problem+json", description = "`bad-query`"),
    )
)]
pub async fn list(call: Call, api: web::Data<Api>, query: Query<TagQuery>) -> Result<HttpResponse, Error> {
    let limit = page_limit(query.limit)?;
    let newer_than = query
        .cursor
        .as_deref()
        .map(|text| page::read_place(LIST, text).ok_or_else(bad_cursor))
        .transpose()?;
    let mut tags = api
        .read(&call.user, async |conn| {
            Ok(store::tags::page(conn, &call.user, newer_than, limit + 1).await?)
        })
        .await?;
    let next_cursor = page::cut(&mut tags, limit).map(|last| page::place(LIST, last.created_at, last.id));
    Ok(HttpResponse::Ok().json(TagPage {
        items: tags.iter().map(TagView::from).collect(),
        next_cursor,
    }))
}
