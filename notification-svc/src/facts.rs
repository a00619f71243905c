//! The events that this service makes, from what it stored.

use chrono::{DateTime, Utc};
use shared_events::event::notification::{NotificationEvent, channel, kind};
use shared_events::event::update::{self, NotificationSnapshot, UserUpdate, stream};
use shared_events::event::{EventMeta, Timestamp, aggregate, intent, service_actor, user_actor};
use shared_events::ids::{
    ActionId, Epoch, EventId, NotificationId, Position, UserId, Version, WebhookEndpointId,
};
use shared_events::topic::Service;

use crate::domain::lateness::lateness;
use crate::store::inbox::Notification;
use crate::store::schedule::DueReminder;

/// What all events of one action share.
#[derive(Debug, Clone)]
pub struct Action {
    user: UserId,
    actor: String,
    intent: &'static str,
    action_id: ActionId,
    causation_id: Option<EventId>,
    epoch: Epoch,
    at: DateTime<Utc>,
}

/// A call to a webhook endpoint that ended for good.
#[derive(Debug, Clone)]
pub struct EndedCall<'a> {
    /// Whether the receiver took it.
    pub delivered: bool,
    /// None where the delivery's target was no endpoint.
    pub endpoint_id: Option<WebhookEndpointId>,
    /// The last attempt, from 1.
    pub attempt: i32,
    /// In words, for an operator.
    pub detail: &'a str,
}

impl Action {
    /// A reminder that came due, because of the event that set it.
    pub fn of_reminder(user: &UserId, due: &DueReminder, epoch: Epoch, at: DateTime<Utc>) -> Self {
        Self {
            causation_id: Some(due.event_id),
            ..Self::of_service(user, ActionId::new(), epoch, at)
        }
    }

    /// A call to a webhook endpoint: part of the action that fired the reminder.
    pub fn of_call(user: &UserId, notification: &Notification, epoch: Epoch, at: DateTime<Utc>) -> Self {
        Self::of_service(user, notification.action_id, epoch, at)
    }

    /// Something a user asks for.
    pub fn of_user(user: &UserId, epoch: Epoch, at: DateTime<Utc>) -> Self {
        Self {
            user: user.clone(),
            actor: user_actor(user),
            intent: intent::EDIT,
            action_id: ActionId::new(),
            causation_id: None,
            epoch,
            at,
        }
    }

    fn of_service(user: &UserId, action_id: ActionId, epoch: Epoch, at: DateTime<Utc>) -> Self {
        Self {
            user: user.clone(),
            actor: service_actor(Service::NotificationSvc),
            intent: intent::REMIND,
            action_id,
            causation_id: None,
            epoch,
            at,
        }
    }

    /// Shared by all its events.
    pub fn id(&self) -> ActionId {
        self.action_id
    }

    /// The inbox has something new.
    pub fn created(&self, notification: &Notification) -> UserUpdate {
        self.update(update::kind::NOTIFICATION_CREATED, notification, Version(0))
    }

    /// Something in the inbox was read; `previous` is the version last told on this topic.
    pub fn read(&self, notification: &Notification, previous: Version) -> UserUpdate {
        self.update(update::kind::NOTIFICATION_READ, notification, previous)
    }

    /// The reminder fell due, and its notification is in the inbox.
    pub fn fired(&self, notification: &Notification) -> NotificationEvent {
        self.fact(kind::FIRED, notification, Version(0))
    }

    /// A webhook endpoint took it, or was given up on; `previous` is the version last told on this topic.
    pub fn called(
        &self,
        notification: &Notification,
        previous: Version,
        call: &EndedCall<'_>,
    ) -> NotificationEvent {
        let kind = if call.delivered {
            kind::DELIVERED
        } else {
            kind::FAILED
        };
        NotificationEvent {
            channel: channel::WEBHOOK.to_owned(),
            endpoint_id: call.endpoint_id,
            attempt: call.attempt,
            detail: Some(call.detail.to_owned()),
            ..self.fact(kind, notification, previous)
        }
    }

    /// The reminder fell due, but the task has moved on.
    pub fn suppressed(&self, due: &DueReminder, why: String) -> NotificationEvent {
        let notification_id = NotificationId::new();
        NotificationEvent {
            meta: self.meta(
                kind::SUPPRESSED,
                notification_id,
                Version(1),
                Version(0),
                Position(0),
            ),
            task_id: due.task_id,
            reminder_id: due.reminder_id,
            reminder_version: due.version,
            notification_id,
            channel: channel::NONE.to_owned(),
            fire_at: due.fire_at.into(),
            lateness_micros: micros_late(due.fire_at, self.at),
            endpoint_id: None,
            attempt: 0,
            detail: Some(why),
        }
    }

    fn fact(&self, kind: &str, notification: &Notification, previous: Version) -> NotificationEvent {
        let Notification {
            version,
            created_position,
            ..
        } = *notification;
        NotificationEvent {
            meta: self.meta(
                kind,
                notification.notification_id,
                version,
                previous,
                created_position,
            ),
            task_id: notification.task_id,
            reminder_id: notification.reminder_id,
            reminder_version: notification.reminder_version,
            notification_id: notification.notification_id,
            channel: channel::NONE.to_owned(),
            fire_at: notification.fire_at.into(),
            lateness_micros: micros_late(notification.fire_at, notification.fired_at),
            endpoint_id: None,
            attempt: 0,
            detail: None,
        }
    }

    fn update(&self, kind: &str, notification: &Notification, previous: Version) -> UserUpdate {
        let Notification {
            version, position, ..
        } = *notification;
        let meta = self.meta(kind, notification.notification_id, version, previous, position);
        UserUpdate {
            notification: Some(snapshot(notification)),
            ..UserUpdate::new(meta, stream::NOTIFICATIONS)
        }
    }

    fn meta(
        &self,
        kind: &str,
        notification_id: NotificationId,
        version: Version,
        previous: Version,
        position: Position,
    ) -> EventMeta {
        EventMeta {
            event_id: EventId::new(),
            kind: kind.to_owned(),
            occurred_at: self.at.into(),
            user_id: self.user.clone(),
            actor: self.actor.clone(),
            action_id: self.action_id,
            causation_id: self.causation_id,
            intent: self.intent.to_owned(),
            aggregate: aggregate::NOTIFICATION.to_owned(),
            aggregate_id: notification_id.to_string(),
            version,
            previous,
            epoch: self.epoch,
            position,
        }
    }
}

/// A notification as it is told and shown.
pub fn snapshot(notification: &Notification) -> NotificationSnapshot {
    NotificationSnapshot {
        id: notification.notification_id,
        task_id: notification.task_id,
        reminder_id: notification.reminder_id,
        title: notification.title.clone(),
        fire_at: notification.fire_at.into(),
        fired_at: notification.fired_at.into(),
        late: notification.late,
        read_at: notification.read_at.map(Timestamp::new),
        due_at: notification.due_at.map(Timestamp::new),
    }
}

fn micros_late(fire_at: DateTime<Utc>, at: DateTime<Utc>) -> i64 {
    lateness(fire_at, at).num_microseconds().unwrap_or(i64::MAX)
}
