//! Tasks, series and tags as the API shows them. Diffs in events name the same fields with the same values.

use chrono::{DateTime, Utc};
use recurrence::WallTime;
use serde::Serialize;
use serde_json::Value;
use shared_events::ids::{ProjectId, TagId, TaskId};
use utoipa::ToSchema;

use crate::domain::aggregate::Aggregate;
use crate::domain::moment::Moment;
use crate::domain::recurrence::{Recurrence, Series};
use crate::domain::reminder::Reminder;
use crate::domain::tag::Tag;
use crate::domain::task::Task;

/// What the API shows.
pub trait Shown: Aggregate {
    /// It as JSON.
    type View<'a>: Serialize
    where
        Self: 'a;

    /// It as it is shown.
    fn view(&self) -> Self::View<'_>;
}

impl Shown for Task {
    type View<'a> = TaskView;

    fn view(&self) -> TaskView {
        self.into()
    }
}

impl Shown for Series {
    type View<'a> = SeriesView;

    fn view(&self) -> SeriesView {
        self.into()
    }
}

impl Shown for Tag {
    type View<'a> = TagView;

    fn view(&self) -> TagView {
        self.into()
    }
}

/// A task. The first ten fields can be written, the others follow from what happens.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = Task)]
pub struct TaskView {
    /// What is to be done, on one line.
    #[schema(max_length = 500, example = "Water the plants")]
    pub title: String,
    /// More about it, up to 32 KiB.
    pub description: Option<String>,
    /// `low`, `normal`, `high` or `critical`.
    #[schema(example = "normal")]
    pub priority: &'static str,
    /// Ids of its tags; that of a deleted tag is to be ignored.
    #[schema(max_items = 50, value_type = Vec<Uuid>)]
    pub tags: Vec<String>,
    /// The project it belongs to.
    #[schema(format = Uuid)]
    pub project_id: Option<String>,
    /// The task that it is a part of.
    #[schema(format = Uuid)]
    pub parent_id: Option<String>,
    /// When work may begin.
    pub start: Option<MomentView>,
    /// When it is due: local wall time and zone are the truth.
    pub due: Option<MomentView>,
    /// How it comes back; null once its series ended.
    pub recurrence: Option<RecurrenceView>,
    /// When to remind.
    #[schema(max_items = 20)]
    pub reminders: Vec<ReminderView>,
    /// Identity.
    #[schema(format = Uuid)]
    pub id: String,
    /// The series that it is an occurrence of.
    #[schema(format = Uuid)]
    pub series_id: Option<String>,
    /// Its number in the series, from 1.
    pub ordinal: Option<i32>,
    /// `open`, `done` or `skipped`.
    #[schema(example = "open")]
    pub status: &'static str,
    /// Rises by 1 with every change; the `ETag` says the same.
    pub version: i64,
    /// The user's position of the last change.
    pub position: i64,
    /// When it is due in universal time; a whole day at its end.
    pub due_at: Option<DateTime<Utc>>,
    /// When it came to be.
    pub created_at: DateTime<Utc>,
    /// When it last changed.
    pub updated_at: DateTime<Utc>,
    /// When it was done or skipped.
    pub completed_at: Option<DateTime<Utc>>,
}

/// A local time, or a whole day, in a zone: exactly one of `datetime` and `date` is there.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = Moment)]
pub struct MomentView {
    /// Local wall time.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "2026-12-01T09:00:00")]
    pub datetime: Option<String>,
    /// A whole day.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "2026-12-01")]
    pub date: Option<String>,
    /// IANA zone.
    #[schema(example = "Europe/Berlin")]
    pub timezone: &'static str,
}

/// A rule of recurrence.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = Recurrence)]
pub struct RecurrenceView {
    /// RFC 5545 RRULE value, in canonical form.
    #[schema(example = "FREQ=DAILY")]
    pub rrule: String,
    /// `schedule`: the calendar decides; `completion`: the rule starts anew when the task is done.
    #[schema(example = "schedule")]
    pub anchor: &'static str,
    /// `skip`: slots that passed meanwhile are left out; `keep`: each comes in its turn.
    #[schema(example = "skip")]
    pub missed: &'static str,
}

/// A reminder: exactly one of `before` and `at` is there.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(transparent)]
#[schema(as = Reminder, value_type = ReminderFields)]
pub struct ReminderView(Value);

/// The fields of a reminder.
#[derive(Debug, Clone, ToSchema)]
pub struct ReminderFields {
    /// ISO 8601 duration before the due time; days are calendar days.
    #[schema(nullable = false, example = "PT1H")]
    pub before: Option<String>,
    /// A moment.
    #[schema(nullable = false)]
    pub at: Option<DateTime<Utc>>,
}

/// A series of recurring tasks.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = Series)]
pub struct SeriesView {
    /// Identity.
    #[schema(format = Uuid)]
    pub id: String,
    /// RFC 5545 RRULE value.
    pub rrule: String,
    /// `schedule` or `completion`.
    pub anchor: &'static str,
    /// `skip` or `keep`.
    pub missed: &'static str,
    /// Where the rule starts.
    pub start: MomentView,
    /// Rises with every change of the rule.
    pub revision: i64,
    /// False once it ended.
    pub alive: bool,
    /// The number of its newest occurrence.
    pub last_ordinal: i32,
    /// Rises by 1 with every change.
    pub version: i64,
    /// The user's position of the last change.
    pub position: i64,
    /// When it came to be.
    pub created_at: DateTime<Utc>,
    /// When it last changed.
    pub updated_at: DateTime<Utc>,
}

/// A tag.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = Tag)]
pub struct TagView {
    /// Identity: what tasks hold.
    #[schema(format = Uuid)]
    pub id: String,
    /// What people call it, on one line and in NFC.
    #[schema(max_length = 64, example = "garden")]
    pub name: String,
    /// Rises by 1 with every change; the `ETag` says the same.
    pub version: i64,
    /// The user's position of the last change.
    pub position: i64,
    /// When it came to be.
    pub created_at: DateTime<Utc>,
    /// When it last changed.
    pub updated_at: DateTime<Utc>,
}

impl From<&Tag> for TagView {
    fn from(tag: &Tag) -> Self {
        Self {
            id: tag.id.to_string(),
            name: tag.name.to_string(),
            version: tag.version.get(),
            position: tag.position.get(),
            created_at: tag.created_at,
            updated_at: tag.updated_at,
        }
    }
}

impl From<&Task> for TaskView {
    fn from(task: &Task) -> Self {
        let details = &task.details;
        Self {
            title: details.title.as_str().to_owned(),
            description: details.description.as_ref().map(|text| text.as_str().to_owned()),
            priority: details.priority.as_str(),
            tags: details.tags.as_slice().iter().map(TagId::to_string).collect(),
            project_id: details.project.as_ref().map(ProjectId::to_string),
            parent_id: details.parent.as_ref().map(TaskId::to_string),
            start: details.start.as_ref().map(MomentView::from),
            due: details.due.as_ref().map(MomentView::from),
            recurrence: details.recurrence.as_ref().map(RecurrenceView::from),
            reminders: details
                .reminders
                .iter()
                .map(|reminder| ReminderView(reminder.to_json()))
                .collect(),
            id: task.id.to_string(),
            series_id: task.occurrence.map(|occurrence| occurrence.series.to_string()),
            ordinal: task.occurrence.map(|occurrence| occurrence.ordinal),
            status: task.status.as_str(),
            version: task.version.get(),
            position: task.position.get(),
            due_at: details.due.map(|due| due.at()),
            created_at: task.created_at,
            updated_at: task.updated_at,
            completed_at: task.completed_at,
        }
    }
}

impl From<&Moment> for MomentView {
    fn from(moment: &Moment) -> Self {
        let (datetime, date) = match moment.local {
            timed @ WallTime::Timed(_) => (Some(timed.to_string()), None),
            day @ WallTime::AllDay(_) => (None, Some(day.to_string())),
        };
        Self {
            datetime,
            date,
            timezone: moment.zone.name(),
        }
    }
}

impl From<&Recurrence> for RecurrenceView {
    fn from(recurrence: &Recurrence) -> Self {
        Self {
            rrule: recurrence.rule.to_string(),
            anchor: recurrence.anchor.as_str(),
            missed: recurrence.missed.as_str(),
        }
    }
}

impl From<&Reminder> for ReminderView {
    fn from(reminder: &Reminder) -> Self {
        Self(reminder.to_json())
    }
}

impl From<&Series> for SeriesView {
    fn from(series: &Series) -> Self {
        Self {
            id: series.id.to_string(),
            rrule: series.plan.rule.to_string(),
            anchor: series.plan.anchor.as_str(),
            missed: series.plan.missed.as_str(),
            start: MomentView::from(&Moment {
                local: series.plan.dtstart,
                zone: series.plan.zone,
            }),
            revision: series.revision,
            alive: series.alive,
            last_ordinal: series.last_ordinal,
            version: series.version.get(),
            position: series.position.get(),
            created_at: series.created_at,
            updated_at: series.updated_at,
        }
    }
}
