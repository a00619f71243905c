//! The routing table, and what handlers share.

mod notifications;
mod openapi;
mod view;
mod webhook_endpoints;

use std::sync::Arc;

use actix_web::http::Method;
use actix_web::web::ServiceConfig;
use service_kit::http::resource;
use service_kit::problem::Problem;
use shared_events::outbox::Notifier;
use sqlx::PgPool;
use tokio::sync::Notify;

use crate::domain::allow_list::AllowList;
use crate::error::WorkError;

pub use openapi::document;

/// What handlers need.
#[derive(Debug, Clone)]
pub struct State {
    pub pool: PgPool,
    /// What webhooks may call although it is not on the public Internet.
    pub allow_list: Arc<AllowList>,
    /// Woken when there is something to publish.
    pub relay: Notifier,
    /// Woken when there are webhook calls to end.
    pub sender: Arc<Notify>,
}

/// Every route of this service.
pub fn configure(config: &mut ServiceConfig) {
    config
        .service(
            resource("/v1/notifications")
                .get(notifications::list::list)
                .with_query(Method::GET),
        )
        .service(resource("/v1/notifications/openapi.json").get(openapi::serve))
        .service(resource("/v1/notifications/{id}/read").post(notifications::read::read))
        .service(
            resource("/v1/webhook-endpoints")
                .get(webhook_endpoints::list::list)
                .post(webhook_endpoints::create::create),
        )
        .service(resource("/v1/webhook-endpoints/{id}").delete(webhook_endpoints::delete::delete));
}

impl From<WorkError> for Problem {
    fn from(error: WorkError) -> Self {
        match error {
            WorkError::Database(error) => error.into(),
            error if error.is_outage() => {
                tracing::warn!(%error, "the database is not available");
                Self::unavailable("The database is not available right now.")
            }
            error => Self::internal(error),
        }
    }
}
