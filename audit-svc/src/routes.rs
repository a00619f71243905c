//! The API: the routing table and its OpenAPI document.

mod list;

use actix_web::http::Method;
use actix_web::{HttpResponse, web};
use service_kit::http::openapi::Common;
use service_kit::http::resource;
use utoipa::OpenApi;

pub fn configure(service: &mut web::ServiceConfig) {
    service
        .service(resource("/v1/audit").get(list::list).with_query(Method::GET))
        .service(resource("/v1/audit/openapi.json").get(openapi));
}

pub fn document() -> utoipa::openapi::OpenApi {
    Document::openapi()
}

async fn openapi() -> HttpResponse {
    HttpResponse::Ok().json(document())
}

#[derive(OpenApi)]
#[openapi(
    info(title = "Taskwire audit", description = "What happened, to what, by whom: append-only."),
    paths(list::list),
    modifiers(&Common)
)]
struct Document;
