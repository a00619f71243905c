//! `GET /v1/webhook-endpoints`.

use actix_web::HttpResponse;
use actix_web::web::Data;
use serde::Serialize;
use service_kit::auth::Caller;
use service_kit::problem::Problem;
use utoipa::ToSchema;

use crate::routes::State;
use crate::routes::view::EndpointView;
use crate::store::{self, endpoints};

/// All webhook endpoints of a user.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::routes) struct EndpointList {
    items: Vec<EndpointView>,
    /// Always null: their number is bounded, so one page has them all.
    next_cursor: Option<String>,
}

/// Your webhook endpoints, oldest first, without their secrets.
#[utoipa::path(get, path = "/v1/webhook-endpoints", operation_id = "list_webhook_endpoints", tag = "webhook-endpoints",
    responses(
        (status = 200, description = "All of them", body = EndpointList)))]
pub(in crate::routes) async fn list(caller: Caller, state: Data<State>) -> Result<HttpResponse, Problem> {
    let mut transaction = store::begin_for(&state.pool, &caller.user).await?;
    let endpoints = endpoints::list(&mut transaction, &caller.user).await?;
    let items = endpoints.into_iter().map(EndpointView::from).collect();
    Ok(HttpResponse::Ok().json(EndpointList {
        items,
        next_cursor: None,
    }))
}
