//! A task from its columns.

use chrono::{DateTime, Utc};
use serde_json::Value;
use shared_events::ids::{Position, ProjectId, SeriesId, TagId, TaskId, Version};
use uuid::Uuid;

use crate::domain::recurrence::Recurrence;
use crate::domain::reminder::Reminder;
use crate::domain::task::{Details, Estimate, Occurrence, Task};
use crate::domain::text::{Description, Tags, Title};
use crate::store::{corrupt, read, read_moment};

/// A task as it is read.
#[derive(sqlx::FromRow)]
pub(in crate::store) struct TaskRow {
    pub(in crate::store) id: Uuid,
    pub(in crate::store) title: String,
    pub(in crate::store) description: Option<String>,
    pub(in crate::store) priority: String,
    pub(in crate::store) status: String,
    pub(in crate::store) tags: Vec<Uuid>,
    pub(in crate::store) project_id: Option<Uuid>,
    pub(in crate::store) parent_id: Option<Uuid>,
    pub(in crate::store) start_local: Option<String>,
    pub(in crate::store) start_zone: Option<String>,
    pub(in crate::store) due_local: Option<String>,
    pub(in crate::store) due_zone: Option<String>,
    pub(in crate::store) due_at: Option<DateTime<Utc>>,
    pub(in crate::store) reminders: Value,
    pub(in crate::store) series_id: Option<Uuid>,
    pub(in crate::store) ordinal: Option<i32>,
    pub(in crate::store) slot: Option<String>,
    pub(in crate::store) rrule: Option<String>,
    pub(in crate::store) anchor: Option<String>,
    pub(in crate::store) missed: Option<String>,
    pub(in crate::store) version: i64,
    pub(in crate::store) position: i64,
    pub(in crate::store) created_at: DateTime<Utc>,
    pub(in crate::store) updated_at: DateTime<Utc>,
    pub(in crate::store) completed_at: Option<DateTime<Utc>>,
    pub(in crate::store) closed_at: Option<DateTime<Utc>>,
    pub(in crate::store) deleted_at: Option<DateTime<Utc>>,
    pub(in crate::store) estimate: Option<i32>,
    pub(in crate::store) order_key: String,
    pub(in crate::store) template: Option<Value>,
}

impl TryFrom<TaskRow> for Task {
    type Error = sqlx::Error;

    fn try_from(row: TaskRow) -> Result<Self, sqlx::Error> {
        Ok(Self {
            id: TaskId::from_uuid(row.id),
            status: read(&row.status)?,
            order: read(&row.order_key)?,
            occurrence: row.occurrence()?,
            version: Version(row.version),
            position: Position(row.position),
            created_at: row.created_at,
            updated_at: row.updated_at,
            completed_at: row.completed_at,
            closed_at: row.closed_at,
            deleted_at: row.deleted_at,
            due_at: row.due_at,
            template: row.template.clone(),
            details: row.details()?,
        })
    }
}

impl TaskRow {
    fn details(self) -> Result<Details, sqlx::Error> {
        Ok(Details {
            title: Title::parse(&self.title).map_err(corrupt)?,
            description: self
                .description
                .as_deref()
                .map(Description::parse)
                .transpose()
                .map_err(corrupt)?,
            priority: read(&self.priority)?,
            project: self.project_id.map(ProjectId::from_uuid),
            parent: self.parent_id.map(TaskId::from_uuid),
            start: read_moment(self.start_local.as_deref(), self.start_zone.as_deref())?,
            due: read_moment(self.due_local.as_deref(), self.due_zone.as_deref())?,
            recurrence: self.recurrence()?,
            reminders: self.reminders()?,
            estimate: self
                .estimate
                .map(Estimate::try_from)
                .transpose()
                .map_err(corrupt)?,
            tags: Tags::stored(self.tags.into_iter().map(TagId::from_uuid).collect()),
        })
    }

    fn occurrence(&self) -> Result<Option<Occurrence>, sqlx::Error> {
        let (Some(series), Some(ordinal), Some(slot)) = (self.series_id, self.ordinal, &self.slot) else {
            return Ok(None);
        };
        Ok(Some(Occurrence {
            series: SeriesId::from_uuid(series),
            ordinal,
            slot: read(slot)?,
        }))
    }

    fn recurrence(&self) -> Result<Option<Recurrence>, sqlx::Error> {
        let (Some(rule), Some(anchor), Some(missed)) = (&self.rrule, &self.anchor, &self.missed) else {
            return Ok(None);
        };
        Ok(Some(Recurrence {
            rule: read(rule)?,
            anchor: read(anchor)?,
            missed: read(missed)?,
        }))
    }

    fn reminders(&self) -> Result<Vec<Reminder>, sqlx::Error> {
        let reminders = self.reminders.as_array().ok_or_else(|| corrupt("reminders"))?;
        reminders
            .iter()
            .map(|value| Reminder::stored(value).ok_or_else(|| corrupt(value)))
            .collect()
    }
}
