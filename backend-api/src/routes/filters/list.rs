//! `GET /v1/filters`.

use actix_web::{HttpResponse, web};
use serde::{Deserialize, Serialize};
use service_kit::http::{Query, bad_cursor, page_limit};
use service_kit::page;
use service_kit::problem::Problem;
use shared_events::event::view::FilterView;
use shared_events::ids::FilterId;
use utoipa::{IntoParams, ToSchema};

use crate::domain::order::OrderKey;
use crate::error::Error;
use crate::routes::api::Api;
use crate::routes::call::Call;
use crate::store;

/// Which filters are listed.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct FilterQuery {
    /// Most items of a page.
    #[param(minimum = 1, maximum = 200, default = 50)]
    limit: Option<i64>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
}

/// A page of filters.
#[derive(Debug, Serialize, ToSchema)]
pub struct FilterPage {
    items: Vec<FilterView>,
    /// Where the list goes on; null at its end.
    next_cursor: Option<String>,
}

/// What its cursors are of.
const LIST: &str = "filters";

/// List filters, in their order
#[utoipa::path(
    get, path = "/v1/filters", operation_id = "list_filters", tag = "filters", params(FilterQuery),
    responses(
        (status = 200, body = FilterPage),
        (status = 400, body = Problem, content_type = "application/problem+json", description = "`bad-query`"),
    )
)]
pub async fn list(call: Call, api: web::Data<Api>, query: Query<FilterQuery>) -> Result<HttpResponse, Error> {
    let limit = page_limit(query.limit)?;
    let after: Option<(OrderKey, FilterId)> = query
        .cursor
        .as_deref()
        .map(|text| read_cursor(text).ok_or_else(bad_cursor))
        .transpose()?;
    let after = after.as_ref().map(|(order, id)| (order, *id));
    let mut filters = api
        .read(&call.user, async |conn| {
            Ok(store::filters::page(conn, &call.user, after, limit + 1).await?)
        })
        .await?;
    let next_cursor = page::cut(&mut filters, limit)
        .map(|last| page::encode(LIST, &[last.order.to_string(), last.id.to_string()]));
    Ok(HttpResponse::Ok().json(FilterPage {
        items: filters.iter().map(FilterView::from).collect(),
        next_cursor,
    }))
}

fn read_cursor(text: &str) -> Option<(OrderKey, FilterId)> {
    let [order, id] = page::decode(LIST, text)?;
    Some((order.parse().ok()?, id.parse().ok()?))
}
