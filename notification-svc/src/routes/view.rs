//! What clients see of what is stored.

use chrono::{DateTime, Utc};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::store::endpoints::Endpoint;
use crate::store::inbox::Notification;

/// A notification in the inbox.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct NotificationView {
    /// Identity.
    id: Uuid,
    /// The task reminded of.
    task_id: Uuid,
    /// The task's reminder that fired.
    reminder_id: Uuid,
    /// The task's title when the reminder fired.
    title: String,
    /// When the task is due.
    due_at: Option<DateTime<Utc>>,
    /// When the reminder was to fire.
    fire_at: DateTime<Utc>,
    /// When it fired: never before `fire_at`.
    fired_at: DateTime<Utc>,
    /// True when it fired more than ten seconds after `fire_at`.
    late: bool,
    /// When it was read.
    read_at: Option<DateTime<Utc>>,
    /// Where it last changed in the user's stream `notifications`.
    position: i64,
}

/// A webhook endpoint.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct EndpointView {
    /// Identity.
    id: Uuid,
    /// Where calls go.
    url: String,
    /// False when calls have been ended, as a 410 of the receiver does.
    enabled: bool,
    /// Why they were.
    disabled_reason: Option<String>,
    /// When it was registered.
    created_at: DateTime<Utc>,
}

impl From<Notification> for NotificationView {
    fn from(stored: Notification) -> Self {
        Self {
            id: stored.notification_id,
            task_id: stored.task_id,
            reminder_id: stored.reminder_id,
            title: stored.title,
            due_at: stored.due_at,
            fire_at: stored.fire_at,
            fired_at: stored.fired_at,
            late: stored.late,
            read_at: stored.read_at,
            position: stored.position,
        }
    }
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
