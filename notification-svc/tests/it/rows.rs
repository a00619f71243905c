//! What the service leaves in the database.

use serde::de::DeserializeOwned;
use shared_events::codec::{avro, schema};
use shared_events::event::Event;
use shared_events::event::notification::NotificationEvent;
use shared_events::event::update::UserUpdate;
use sqlx::Row as _;
use uuid::Uuid;

use crate::world::{Reminder, World};

impl World {
    /// What is in the outbox for `task-updates`, in its order.
    pub async fn updates(&self) -> Vec<UserUpdate> {
        self.outbox().await
    }

    /// What is in the outbox for `notification-events`, in its order.
    pub async fn facts(&self) -> Vec<NotificationEvent> {
        self.outbox().await
    }

    /// The facts of one kind.
    pub async fn facts_of(&self, kind: &str) -> Vec<NotificationEvent> {
        self.facts()
            .await
            .into_iter()
            .filter(|fact| fact.meta.kind == kind)
            .collect()
    }

    /// Where a reminder stands in the schedule.
    pub async fn state_of(&self, reminder: &Reminder) -> String {
        sqlx::query("SELECT state FROM notification.schedule WHERE reminder_id = $1")
            .bind(reminder.reminder_id.as_uuid())
            .fetch_one(&self.admin)
            .await
            .unwrap()
            .get("state")
    }

    /// The log of attempts: attempt, outcome, status.
    pub async fn attempts(&self, endpoint_id: Uuid) -> Vec<(i32, Option<String>, Option<i32>)> {
        sqlx::query_as(
            "SELECT number, outcome, status FROM notification.attempt
             JOIN notification.delivery USING (delivery_id) WHERE target = $1 ORDER BY number",
        )
        .bind(endpoint_id.to_string())
        .fetch_all(&self.admin)
        .await
        .unwrap()
    }

    /// The states of an endpoint's deliveries.
    pub async fn deliveries(&self, endpoint_id: Uuid) -> Vec<String> {
        sqlx::query_scalar(
            "SELECT state FROM notification.delivery WHERE target = $1 ORDER BY notification_id",
        )
        .bind(endpoint_id.to_string())
        .fetch_all(&self.admin)
        .await
        .unwrap()
    }

    /// How the attempts at all deliveries ended: outcome and detail.
    pub async fn conclusions(&self) -> Vec<(Option<String>, Option<String>)> {
        sqlx::query_as("SELECT outcome, detail FROM notification.attempt ORDER BY at")
            .fetch_all(&self.admin)
            .await
            .unwrap()
    }

    /// The traces of what is in the outbox.
    pub async fn traces(&self) -> Vec<String> {
        sqlx::query_scalar("SELECT traceparent FROM outbox.message ORDER BY id")
            .fetch_all(&self.admin)
            .await
            .unwrap()
    }

    async fn outbox<E: Event + DeserializeOwned>(&self) -> Vec<E> {
        let rows = sqlx::query("SELECT fingerprint, body FROM outbox.message WHERE topic = $1 ORDER BY id")
            .bind(E::TOPIC.name())
            .fetch_all(&self.admin)
            .await
            .unwrap();
        let decode = |row: &sqlx::postgres::PgRow| {
            let writer = schema::find(row.get("fingerprint")).unwrap();
            avro::decode(&writer.avro, row.get("body")).unwrap()
        };
        rows.iter().map(decode).collect()
    }
}
