//! `GET /v1/notifications/openapi.json`: this service's description, generated from its handlers.

use actix_web::HttpResponse;
use service_kit::problem::Problem;
use utoipa::openapi::OpenApi;
use utoipa::openapi::security::{Http, HttpAuthScheme, SecurityScheme};
use utoipa::{Modify, OpenApi as _};

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
    components(schemas(Problem, view::NotificationView, view::EndpointView)),
    modifiers(&BearerToken),
)]
struct Document;

struct BearerToken;

impl Modify for BearerToken {
    fn modify(&self, document: &mut OpenApi) {
        let scheme = Http::builder()
            .scheme(HttpAuthScheme::Bearer)
            .bearer_format("JWT")
            .build();
        let components = document.components.get_or_insert_default();
        components.add_security_scheme("bearer", SecurityScheme::Http(scheme));
    }
}

/// The OpenAPI document.
pub fn document() -> OpenApi {
    Document::openapi()
}

pub(super) async fn serve() -> HttpResponse {
    HttpResponse::Ok().json(document())
}
