//! `notification-events`: what became of a reminder that fell due. Facts of notification-svc, read by audit-svc.

use serde::{Deserialize, Serialize};

use super::{Event, EventMeta, Timestamp};
use crate::ids::{NotificationId, ReminderId, TaskId, Version, WebhookEndpointId};
use crate::topic::Topic;

/// Kinds of `notification-events`, as written in [`EventMeta::kind`].
pub mod kind {
    /// The reminder fell due and its notification came to be.
    pub const FIRED: &str = "notification.fired";
    /// A channel took it.
    pub const DELIVERED: &str = "notification.delivered";
    /// A channel gave up on it.
    pub const FAILED: &str = "notification.failed";
    /// It was not fired, because the task had moved on.
    pub const SUPPRESSED: &str = "notification.suppressed";
}

/// Channels, as written in [`NotificationEvent::channel`].
pub mod channel {
    pub const INBOX: &str = "inbox";
    pub const WEBHOOK: &str = "webhook";
    /// No channel: the fact is about the reminder itself.
    pub const NONE: &str = "none";
}

/// A record of `notification-events`. Its aggregate is the notification.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NotificationEvent {
    pub meta: EventMeta,
    pub task_id: TaskId,
    pub reminder_id: ReminderId,
    /// The version of the reminder that fell due.
    pub reminder_version: Version,
    pub notification_id: NotificationId,
    /// See [`channel`].
    pub channel: String,
    pub fire_at: Timestamp,
    /// How much later it fired, in microseconds.
    pub lateness_micros: i64,
    #[serde(default)]
    pub endpoint_id: Option<WebhookEndpointId>,
    /// Which attempt, from 1; 0 where none was made.
    pub attempt: i32,
    /// In words, for an operator.
    #[serde(default)]
    pub detail: Option<String>,
}

impl Event for NotificationEvent {
    const TOPIC: Topic = Topic::NotificationEvents;

    fn meta(&self) -> &EventMeta {
        &self.meta
    }

    fn key(&self) -> String {
        self.task_id.to_string()
    }
}
