//! An event of a task that no service has made.

use shared_events::event::task::{FieldChange, TaskEvent, TaskSnapshot, kind};
use shared_events::event::{EventMeta, Timestamp, aggregate, intent, user_actor};
use shared_events::ids::{ActionId, Epoch, EventId, Position, TaskId, UserId, Version};

/// A change of a task, as backend-api would tell of it.
#[derive(Debug)]
pub(super) struct Change<'a> {
    pub(super) user: &'a UserId,
    pub(super) epoch: Epoch,
    pub(super) at: Timestamp,
    pub(super) action: ActionId,
    pub(super) task: TaskId,
    pub(super) position: Position,
    /// The first is that of its creation.
    pub(super) version: Version,
}

impl Change<'_> {
    pub(super) fn event(&self) -> TaskEvent {
        let task = self.snapshot();
        let meta = self.meta(match self.version {
            Version(1) => kind::TASK_CREATED,
            _ => kind::TASK_UPDATED,
        });
        TaskEvent {
            changes: vec![
                set("priority", "\"normal\""),
                set("status", "\"open\""),
                set("title", &format!("{:?}", task.title)),
            ],
            task: Some(task),
            ..TaskEvent::new(meta)
        }
    }

    pub(super) fn meta(&self, kind: &str) -> EventMeta {
        EventMeta {
            event_id: EventId::new(),
            kind: kind.to_owned(),
            occurred_at: self.at,
            user_id: self.user.clone(),
            actor: user_actor(self.user),
            action_id: self.action,
            causation_id: None,
            intent: intent::IMPORT.to_owned(),
            aggregate: aggregate::TASK.to_owned(),
            aggregate_id: self.task.to_string(),
            version: self.version,
            previous: Version(self.version.0 - 1),
            epoch: self.epoch,
            position: self.position,
        }
    }

    fn snapshot(&self) -> TaskSnapshot {
        TaskSnapshot {
            id: self.task,
            title: format!("Imported {}", self.position),
            description: None,
            priority: "normal".to_owned(),
            status: "open".to_owned(),
            tags: Vec::new(),
            project_id: None,
            parent_id: None,
            start: None,
            due: None,
            due_at: None,
            series_id: None,
            ordinal: None,
            recurrence: None,
            reminders: Vec::new(),
            version: self.version,
            position: self.position,
            created_at: self.at,
            updated_at: self.at,
            completed_at: None,
            deleted: false,
            closed_at: None,
            estimate: None,
            order_key: None,
        }
    }
}

fn set(field: &str, after: &str) -> FieldChange {
    FieldChange {
        field: field.to_owned(),
        before: None,
        after: Some(after.to_owned()),
    }
}
