//! The events that this service makes, from what it stored.

use chrono::{DateTime, Utc};
use shared_events::event::notification::{NotificationEvent, channel, kind};
use shared_events::event::update::{self, NotificationSnapshot, UserUpdate, stream};
use shared_events::event::{EventMeta, Timestamp, aggregate, intent, service_actor, user_actor};
use shared_events::ids::{
    ActionId, Epoch, EventId, InvalidUserId, NotificationId, Position, ReminderId, TaskId, UserId, Version,
};
use shared_events::topic::Service;
use uuid::Uuid;

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

/// How a call to a webhook endpoint ended for good.
#[derive(Debug, Clone)]
pub struct CallEnd<'a> {
    /// Whether the receiver took it.
    pub delivered: bool,
    /// The endpoint's id, as the delivery names its target.
    pub target: &'a str,
    /// The last attempt, from 1.
    pub attempt: i32,
    /// In words, for an operator.
    pub detail: &'a str,
}

impl Action {
    /// A reminder that came due, because of the event that set it.
    pub fn of_reminder(due: &DueReminder, epoch: Epoch, at: DateTime<Utc>) -> Result<Self, InvalidUserId> {
        let causation_id = Some(EventId::from_uuid(due.event_id));
        Ok(Self {
            causation_id,
            ..Self::of_service(&due.user_id, ActionId::new(), epoch, at)?
        })
    }

    /// A call to a webhook endpoint: part of the action that fired the reminder.
    pub fn of_call(
        user_id: &str,
        notification: &Notification,
        epoch: Epoch,
        at: DateTime<Utc>,
    ) -> Result<Self, InvalidUserId> {
        Self::of_service(user_id, ActionId::from_uuid(notification.action_id), epoch, at)
    }

    /// The action's identity.
    pub fn id(&self) -> Uuid {
        self.action_id.as_uuid()
    }

    fn of_service(
        user_id: &str,
        action_id: ActionId,
        epoch: Epoch,
        at: DateTime<Utc>,
    ) -> Result<Self, InvalidUserId> {
        Ok(Self {
            user: UserId::parse(user_id)?,
            actor: service_actor(Service::NotificationSvc),
            intent: intent::REMIND,
            action_id,
            causation_id: None,
            epoch,
            at,
        })
    }

    /// Something a user asks for.
    pub fn of_user(user_id: &str, epoch: Epoch, at: DateTime<Utc>) -> Result<Self, InvalidUserId> {
        let user = UserId::parse(user_id)?;
        Ok(Self {
            actor: user_actor(&user),
            user,
            intent: intent::EDIT,
            action_id: ActionId::new(),
            causation_id: None,
            epoch,
            at,
        })
    }

    /// The inbox has something new.
    pub fn created(&self, notification: &Notification) -> UserUpdate {
        self.update(update::kind::NOTIFICATION_CREATED, notification, 0)
    }

    /// Something in the inbox was read; `previous` is the version last told on this topic.
    pub fn read(&self, notification: &Notification, previous: i64) -> UserUpdate {
        self.update(update::kind::NOTIFICATION_READ, notification, previous)
    }

    /// The reminder fell due, and its notification is in the inbox.
    pub fn fired(&self, notification: &Notification) -> NotificationEvent {
        self.fact(kind::FIRED, notification, 0)
    }

    /// A webhook endpoint took it, or was given up on; `previous` is the version last told on this topic.
    pub fn called(&self, notification: &Notification, previous: i64, end: &CallEnd<'_>) -> NotificationEvent {
        let kind = if end.delivered {
            kind::DELIVERED
        } else {
            kind::FAILED
        };
        NotificationEvent {
            channel: channel::WEBHOOK.to_owned(),
            endpoint_id: Some(end.target.to_owned()),
            attempt: end.attempt,
            detail: Some(end.detail.to_owned()),
            ..self.fact(kind, notification, previous)
        }
    }

    /// The reminder fell due, but the task has moved on.
    pub fn suppressed(&self, due: &DueReminder, why: String) -> NotificationEvent {
        let notification_id = NotificationId::new();
        NotificationEvent {
            meta: self.meta(kind::SUPPRESSED, notification_id.as_uuid(), 1, 0, 0),
            task_id: TaskId::from_uuid(due.task_id),
            reminder_id: ReminderId::from_uuid(due.reminder_id),
            reminder_version: Version(due.version),
            notification_id,
            channel: channel::NONE.to_owned(),
            fire_at: due.fire_at.into(),
            lateness_micros: micros_late(due.fire_at, self.at),
            endpoint_id: None,
            attempt: 0,
            detail: Some(why),
        }
    }

    fn fact(&self, kind: &str, notification: &Notification, previous: i64) -> NotificationEvent {
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
            task_id: TaskId::from_uuid(notification.task_id),
            reminder_id: ReminderId::from_uuid(notification.reminder_id),
            reminder_version: Version(notification.reminder_version),
            notification_id: NotificationId::from_uuid(notification.notification_id),
            channel: channel::NONE.to_owned(),
            fire_at: notification.fire_at.into(),
            lateness_micros: micros_late(notification.fire_at, notification.fired_at),
            endpoint_id: None,
            attempt: 0,
            detail: None,
        }
    }

    fn update(&self, kind: &str, notification: &Notification, previous: i64) -> UserUpdate {
        let Notification {
            version, position, ..
        } = *notification;
        UserUpdate {
            meta: self.meta(kind, notification.notification_id, version, previous, position),
            stream: stream::NOTIFICATIONS.to_owned(),
            from: Position(position),
            refresh: false,
            task: None,
            series: None,
            notification: Some(snapshot(notification)),
            tag: None,
        }
    }

    fn meta(
        &self,
        kind: &str,
        notification_id: Uuid,
        version: i64,
        previous: i64,
        position: i64,
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
            version: Version(version),
            previous: Version(previous),
            epoch: self.epoch,
            position: Position(position),
        }
    }
}

/// A notification as it is told and shown.
pub fn snapshot(notification: &Notification) -> NotificationSnapshot {
    NotificationSnapshot {
        id: NotificationId::from_uuid(notification.notification_id),
        task_id: TaskId::from_uuid(notification.task_id),
        reminder_id: ReminderId::from_uuid(notification.reminder_id),
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
