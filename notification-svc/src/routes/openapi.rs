//! `GET /v1/notifications/openapi.json`: this service's description, generated from its handlers.

use actix_web::HttpResponse;
use service_kit::http::openapi::Common;
use shared_events::event::view::NotificationView;
use utoipa::OpenApi as _;
use utoipa::openapi::OpenApi;

use super::{notifications, view, webhook_endpoints};

#[derive(utoipa::OpenApi)]
#[openapi(
    info(title = "Taskwire notifications", description = "The inbox of fired reminders, and the webhooks they are sent to."),
    paths(
        notifications::list::list,
        notifications::read::read,
        webhook_endpoints::create::create,
        webhook_endpoints::list::list,
        webhook_endpoints::delete::delete,
    ),
    components(schemas(NotificationView, view::EndpointView)),
    modifiers(&Common),
)]
struct Document;

/// The OpenAPI document.
pub fn document() -> OpenApi {
    Document::openapi()
}

pub(super) async fn serve() -> HttpResponse {
    HttpResponse::Ok().json(document())
}
