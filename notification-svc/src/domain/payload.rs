//! The body of a webhook call: the same bytes at every attempt.

use chrono::{DateTime, SecondsFormat, Utc};
use serde::{Serialize, Serializer};
use uuid::Uuid;

/// What a receiver gets when a reminder fires.
#[derive(Debug, Serialize)]
pub struct ReminderFired<'a> {
    #[serde(rename = "type")]
    kind: &'static str,
    #[serde(serialize_with = "rfc3339")]
    timestamp: DateTime<Utc>,
    data: &'a Fired,
}

/// The reminder, as the inbox has it.
#[derive(Clone, Debug, Serialize)]
pub struct Fired {
    /// Identity of the notification.
    pub notification_id: Uuid,
    /// The task it reminds of.
    pub task_id: Uuid,
    /// The task's reminder that fired.
    pub reminder_id: Uuid,
    /// The task's title at that time.
    pub title: String,
    /// When the task is due.
    #[serde(serialize_with = "optional_rfc3339")]
    pub due_at: Option<DateTime<Utc>>,
    /// When the reminder was to fire.
    #[serde(serialize_with = "rfc3339")]
    pub fire_at: DateTime<Utc>,
    /// When it fired.
    #[serde(serialize_with = "rfc3339")]
    pub fired_at: DateTime<Utc>,
    /// Whether that was late.
    pub late: bool,
}

impl<'a> ReminderFired<'a> {
    /// Wraps the reminder in the envelope of Standard Webhooks.
    pub fn new(data: &'a Fired) -> Self {
        Self {
            kind: "reminder.fired",
            timestamp: data.fired_at,
            data,
        }
    }
}

impl Fired {
    /// The value of `webhook-id`: the same at every attempt, and what a receiver tells duplicates by.
    pub fn message_id(&self) -> String {
        format!("msg_{}", self.notification_id)
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
    use super::*;

    #[test]
    fn the_body_has_the_shape_that_is_promised() {
        let at = DateTime::parse_from_rfc3339("2026-12-01T07:00:00.25Z")
            .unwrap()
            .to_utc();
        let fired = Fired {
            notification_id: Uuid::from_u128(1),
            task_id: Uuid::from_u128(2),
            reminder_id: Uuid::from_u128(3),
            title: "Water the plants".to_owned(),
            due_at: None,
            fire_at: at,
            fired_at: at,
            late: false,
        };
        insta::assert_json_snapshot!(ReminderFired::new(&fired), @r#"
        {
          "type": "reminder.fired",
          "timestamp": "2026-12-01T07:00:00.250Z",
          "data": {
            "notification_id": "00000000-0000-0000-0000-000000000001",
            "task_id": "00000000-0000-0000-0000-000000000002",
            "reminder_id": "00000000-0000-0000-0000-000000000003",
            "title": "Water the plants",
            "due_at": null,
            "fire_at": "2026-12-01T07:00:00.250Z",
            "fired_at": "2026-12-01T07:00:00.250Z",
            "late": false
          }
        }
        "#);
    }
}
