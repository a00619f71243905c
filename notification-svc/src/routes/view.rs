//! What clients see of what is stored.

use chrono::{DateTime, Utc};
use serde::Serialize;
use shared_events::event::view::NotificationView;
use shared_events::ids::WebhookEndpointId;
use utoipa::ToSchema;

use crate::facts::snapshot;
use crate::store::endpoints::Endpoint;
use crate::store::inbox::Notification;

/// A webhook endpoint.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct EndpointView {
    /// Identity.
    #[schema(value_type = Uuid)]
    id: WebhookEndpointId,
    /// Where calls go.
    url: String,
    /// False when calls have been ended, as a 410 of the receiver does.
    enabled: bool,
    /// Why they were.
    disabled_reason: Option<String>,
    /// When it was registered.
    created_at: DateTime<Utc>,
}

/// The same as sockets push.
pub(super) fn notification(stored: &Notification) -> NotificationView {
    NotificationView::new(snapshot(stored), stored.position)
}

impl From<Endpoint> for EndpointView {
    fn from(stored: Endpoint) -> Self {
        Self {
            id: stored.endpoint_id,
            url: stored.url,
            enabled: stored.enabled,
            disabled_reason: stored.disabled_reason,
            created_at: stored.created_at,
        }
    }
}
