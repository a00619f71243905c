//! The body of a webhook call: the same bytes at every attempt.

use chrono::{DateTime, SecondsFormat, Utc};
use serde::{Serialize, Serializer};
use shared_events::ids::{DeliveryId, NotificationId, ReminderId, TaskId, WebhookEndpointId};

/// What a receiver gets.
#[derive(Debug, Clone)]
pub enum Message {
    /// A reminder fired.
    Fired(Fired),
    /// Nothing happened: somebody tries whether calls arrive.
    Test(Test),
}

/// The envelope of Standard Webhooks.
#[derive(Debug, Serialize)]
struct Envelope<'a, D> {
    #[serde(rename = "type")]
    kind: &'static str,
    #[serde(serialize_with = "rfc3339")]
    timestamp: DateTime<Utc>,
    data: &'a D,
}

/// The reminder, as the inbox has it.
#[derive(Debug, Clone, Serialize)]
pub struct Fired {
    pub notification_id: NotificationId,
    pub task_id: TaskId,
    pub reminder_id: ReminderId,
    /// The task's title at that time.
    pub title: String,
    #[serde(serialize_with = "optional_rfc3339")]
    pub due_at: Option<DateTime<Utc>>,
    /// When the reminder was to fire.
    #[serde(serialize_with = "rfc3339")]
    pub fire_at: DateTime<Utc>,
    #[serde(serialize_with = "rfc3339")]
    pub fired_at: DateTime<Utc>,
    pub late: bool,
}

/// A test event.
#[derive(Debug, Clone, Serialize)]
pub struct Test {
    pub delivery_id: DeliveryId,
    pub endpoint_id: WebhookEndpointId,
    /// When it was asked for: in the envelope, so that the body stays the same.
    #[serde(skip)]
    pub asked_at: DateTime<Utc>,
}

impl Message {
    /// The value of `webhook-id`: the same at every attempt, also when it is sent again, and what a receiver tells
    /// duplicates by.
    pub fn id(&self) -> String {
        match self {
            Self::Fired(fired) => format!("msg_{}", fired.notification_id),
            Self::Test(test) => format!("msg_{}", test.delivery_id),
        }
    }

    /// The body, in the envelope of Standard Webhooks.
    pub fn body(&self) -> Result<Vec<u8>, serde_json::Error> {
        match self {
            Self::Fired(data) => serde_json::to_vec(&Envelope {
                kind: "reminder.fired",
                timestamp: data.fired_at,
                data,
            }),
            Self::Test(data) => serde_json::to_vec(&Envelope {
                kind: "webhook.test",
                timestamp: data.asked_at,
                data,
            }),
        }
    }
}

fn rfc3339<S: Serializer>(at: &DateTime<Utc>, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&at.to_rfc3339_opts(SecondsFormat::AutoSi, true))
}

#[expect(clippy::ref_option, reason = "the signature is serde's")]
fn optional_rfc3339<S: Serializer>(at: &Option<DateTime<Utc>>, serializer: S) -> Result<S::Ok, S::Error> {
    match at {
        Some(at) => rfc3339(at, serializer),
        None => serializer.serialize_none(),
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn body(message: &Message) -> String {
        String::from_utf8(message.body().unwrap()).unwrap()
    }

    fn at() -> DateTime<Utc> {
        DateTime::parse_from_rfc3339("2026-12-01T07:00:00.25Z")
            .unwrap()
            .to_utc()
    }

    #[test]
    fn a_reminder_has_the_shape_that_is_promised() {
        let message = Message::Fired(Fired {
            notification_id: Uuid::from_u128(1).into(),
            task_id: Uuid::from_u128(2).into(),
            reminder_id: Uuid::from_u128(3).into(),
            title: "Water the plants".to_owned(),
            due_at: None,
            fire_at: at(),
            fired_at: at(),
            late: false,
        });
        assert_eq!(message.id(), "msg_00000000-0000-0000-0000-000000000001");
        insta::assert_snapshot!(body(&message), @r#"{"type":"reminder.fired","timestamp":"2026-12-01T07:00:00.250Z","data":{"notification_id":"00000000-0000-0000-0000-000000000001","task_id":"00000000-0000-0000-0000-000000000002","reminder_id":"00000000-0000-0000-0000-000000000003","title":"Water the plants","due_at":null,"fire_at":"2026-12-01T07:00:00.250Z","fired_at":"2026-12-01T07:00:00.250Z","late":false}}"#);
    }

    #[test]
    fn a_test_event_has_the_shape_that_is_promised() {
        let message = Message::Test(Test {
            delivery_id: Uuid::from_u128(1).into(),
            endpoint_id: Uuid::from_u128(2).into(),
            asked_at: at(),
        });
        assert_eq!(message.id(), "msg_00000000-0000-0000-0000-000000000001");
        insta::assert_snapshot!(body(&message), @r#"{"type":"webhook.test","timestamp":"2026-12-01T07:00:00.250Z","data":{"delivery_id":"00000000-0000-0000-0000-000000000001","endpoint_id":"00000000-0000-0000-0000-000000000002"}}"#);
    }
}
