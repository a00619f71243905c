//! Snapshots as people see them: the same JSON that the REST interfaces answer with, so that a screen can put a pushed
//! change where a fetched one was.

use chrono::{DateTime, Utc};
use serde::Serialize;

use super::EventMeta;
use super::task::{RecurrenceSnapshot, ReminderSpec, SeriesSnapshot, TagSnapshot, TaskSnapshot, WallTime};
use super::update::NotificationSnapshot;
use crate::ids::{NotificationId, Position, ProjectId, ReminderId, SeriesId, TagId, TaskId, Version};

/// A task, as `GET /v1/tasks/{id}` answers.
#[derive(Debug, Clone, Serialize)]
pub struct TaskView<'a> {
    /// What is to be done.
    pub title: &'a str,
    /// More about it.
    pub description: Option<&'a str>,
    /// `low`, `normal`, `high` or `critical`.
    pub priority: &'a str,
    /// Ids of its tags; that of a deleted tag is to be ignored.
    pub tags: &'a [String],
    /// The project it belongs to.
    pub project_id: Option<ProjectId>,
    /// The task that it is a part of.
    pub parent_id: Option<TaskId>,
    /// When work may begin.
    pub start: Option<MomentView<'a>>,
    /// When it is due.
    pub due: Option<MomentView<'a>>,
    /// How it comes back.
    pub recurrence: Option<RecurrenceView<'a>>,
    /// When to remind.
    pub reminders: Vec<ReminderView<'a>>,
    /// Identity.
    pub id: TaskId,
    /// The series that it is an occurrence of.
    pub series_id: Option<SeriesId>,
    /// Its number in the series, from 1.
    pub ordinal: Option<i32>,
    /// `open`, `done` or `skipped`.
    pub status: &'a str,
    /// Rises by 1 with every change.
    pub version: Version,
    /// The user's position of the last change.
    pub position: Position,
    /// When it is due in universal time.
    pub due_at: Option<DateTime<Utc>>,
    /// When it came to be.
    pub created_at: DateTime<Utc>,
    /// When it last changed.
    pub updated_at: DateTime<Utc>,
    /// When it was done or skipped.
    pub completed_at: Option<DateTime<Utc>>,
    /// Present, and true, in the last event of a task alone.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub deleted: bool,
}

/// A local time, or a whole day, in a zone: exactly one of `datetime` and `date` is there.
#[derive(Debug, Clone, Serialize)]
pub struct MomentView<'a> {
    /// Local wall time.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub datetime: Option<&'a str>,
    /// A whole day.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub date: Option<&'a str>,
    /// IANA zone.
    pub timezone: &'a str,
}

/// A rule of recurrence.
#[derive(Debug, Clone, Serialize)]
pub struct RecurrenceView<'a> {
    /// RFC 5545 RRULE value.
    pub rrule: &'a str,
    /// `schedule` or `completion`.
    pub anchor: &'a str,
    /// `skip` or `keep`.
    pub missed: &'a str,
}

/// A reminder: exactly one of `before` and `at` is there.
#[derive(Debug, Clone, Serialize)]
pub struct ReminderView<'a> {
    /// ISO 8601 duration before the due time.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub before: Option<&'a str>,
    /// A moment.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub at: Option<DateTime<Utc>>,
}

/// A series of recurring tasks.
#[derive(Debug, Clone, Serialize)]
pub struct SeriesView<'a> {
    /// Identity.
    pub id: SeriesId,
    /// RFC 5545 RRULE value.
    pub rrule: &'a str,
    /// `schedule` or `completion`.
    pub anchor: &'a str,
    /// `skip` or `keep`.
    pub missed: &'a str,
    /// Where the rule starts.
    pub start: MomentView<'a>,
    /// Rises with every change of the rule.
    pub revision: i64,
    /// False once it ended.
    pub alive: bool,
    /// The number of its newest occurrence.
    pub last_ordinal: i32,
    /// Rises by 1 with every change.
    pub version: Version,
    /// The user's position of the last change.
    pub position: Position,
}

/// A tag, as `GET /v1/tags/{id}` answers.
#[derive(Debug, Clone, Serialize)]
pub struct TagView<'a> {
    /// Identity: what tasks hold.
    pub id: TagId,
    /// What people call it.
    pub name: &'a str,
    /// Rises by 1 with every change.
    pub version: Version,
    /// The user's position of the last change.
    pub position: Position,
    /// When it came to be.
    pub created_at: DateTime<Utc>,
    /// When it last changed.
    pub updated_at: DateTime<Utc>,
    /// Present, and true, in the last event of a tag alone.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub deleted: bool,
}

/// A notification, as `GET /v1/notifications` answers.
#[derive(Debug, Clone, Serialize)]
pub struct NotificationView<'a> {
    /// Identity.
    pub id: NotificationId,
    /// The user's position of the last change, in the stream `notifications`.
    pub position: Position,
    /// The task reminded of.
    pub task_id: TaskId,
    /// The reminder.
    pub reminder_id: ReminderId,
    /// The task's title.
    pub title: &'a str,
    /// When it was to fire.
    pub fire_at: DateTime<Utc>,
    /// When it fired.
    pub fired_at: DateTime<Utc>,
    /// True when it fired noticeably after `fire_at`.
    pub late: bool,
    /// When its user read it.
    pub read_at: Option<DateTime<Utc>>,
}

impl<'a> From<&'a TaskSnapshot> for TaskView<'a> {
    fn from(task: &'a TaskSnapshot) -> Self {
        Self {
            title: &task.title,
            description: task.description.as_deref(),
            priority: &task.priority,
            tags: &task.tags,
            project_id: task.project_id,
            parent_id: task.parent_id,
            start: task.start.as_ref().map(MomentView::from),
            due: task.due.as_ref().map(MomentView::from),
            recurrence: task.recurrence.as_ref().map(RecurrenceView::from),
            reminders: task.reminders.iter().map(ReminderView::from).collect(),
            id: task.id,
            series_id: task.series_id,
            ordinal: task.ordinal,
            status: &task.status,
            version: task.version,
            position: task.position,
            due_at: task.due_at.map(|at| at.at()),
            created_at: task.created_at.at(),
            updated_at: task.updated_at.at(),
            completed_at: task.completed_at.map(|at| at.at()),
            deleted: task.deleted,
        }
    }
}

impl<'a> MomentView<'a> {
    fn new(local: &'a str, zone: &'a str) -> Self {
        let is_timed = local.contains('T');
        Self {
            datetime: is_timed.then_some(local),
            date: (!is_timed).then_some(local),
            timezone: zone,
        }
    }
}

impl<'a> From<&'a WallTime> for MomentView<'a> {
    fn from(time: &'a WallTime) -> Self {
        Self::new(&time.local, &time.zone)
    }
}

impl<'a> From<&'a RecurrenceSnapshot> for RecurrenceView<'a> {
    fn from(recurrence: &'a RecurrenceSnapshot) -> Self {
        Self {
            rrule: &recurrence.rrule,
            anchor: &recurrence.anchor,
            missed: &recurrence.missed,
        }
    }
}

impl<'a> From<&'a ReminderSpec> for ReminderView<'a> {
    fn from(reminder: &'a ReminderSpec) -> Self {
        Self {
            before: reminder.before.as_deref(),
            at: reminder.at.map(|at| at.at()),
        }
    }
}

impl<'a> SeriesView<'a> {
    /// A series has its version and position in the event that tells of it.
    #[must_use]
    pub fn new(series: &'a SeriesSnapshot, meta: &EventMeta) -> Self {
        Self {
            id: series.id,
            rrule: &series.rrule,
            anchor: &series.anchor,
            missed: &series.missed,
            start: MomentView::new(&series.dtstart, &series.zone),
            revision: series.revision,
            alive: series.alive,
            last_ordinal: series.last_ordinal,
            version: meta.version,
            position: meta.position,
        }
    }
}

impl<'a> From<&'a TagSnapshot> for TagView<'a> {
    fn from(tag: &'a TagSnapshot) -> Self {
        Self {
            id: tag.id,
            name: &tag.name,
            version: tag.version,
            position: tag.position,
            created_at: tag.created_at.at(),
            updated_at: tag.updated_at.at(),
            deleted: tag.deleted,
        }
    }
}

impl<'a> NotificationView<'a> {
    /// A notification has its position in the event that tells of it.
    #[must_use]
    pub fn new(notification: &'a NotificationSnapshot, meta: &EventMeta) -> Self {
        Self {
            id: notification.id,
            position: meta.position,
            task_id: notification.task_id,
            reminder_id: notification.reminder_id,
            title: &notification.title,
            fire_at: notification.fire_at.at(),
            fired_at: notification.fired_at.at(),
            late: notification.late,
            read_at: notification.read_at.map(|at| at.at()),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::event::update::UserUpdate;

    fn example(name: &str) -> UserUpdate {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../schemas/task-updates-value/v2");
        let text = std::fs::read_to_string(format!("{folder}/{name}.json")).unwrap();
        serde_json::from_str(&text).unwrap()
    }

    #[test]
    fn a_pushed_task_has_the_shape_of_a_fetched_one() {
        let task = example("task-created").task.unwrap();
        let view = serde_json::to_value(TaskView::from(&task)).unwrap();
        let names: Vec<&String> = view.as_object().unwrap().keys().collect();
        let expected = "completed_at created_at description due due_at id ordinal parent_id position priority \
             project_id recurrence reminders series_id start status tags title updated_at version";
        assert_eq!(names, expected.split_whitespace().collect::<Vec<_>>());
        assert_eq!(view["id"], json!(task.id.to_string()));
        assert_eq!(view["created_at"], json!(task.created_at.at()));
    }

    #[test]
    fn a_moment_is_a_datetime_or_a_date() {
        let view = |local: &str| {
            let time = WallTime {
                local: local.to_owned(),
                zone: "Europe/Berlin".to_owned(),
            };
            serde_json::to_value(MomentView::from(&time)).unwrap()
        };
        let timed = json!({"datetime": "2026-12-01T09:00:00", "timezone": "Europe/Berlin"});
        assert_eq!(view("2026-12-01T09:00:00"), timed);
        let all_day = json!({"date": "2026-12-01", "timezone": "Europe/Berlin"});
        assert_eq!(view("2026-12-01"), all_day);
    }

    #[test]
    fn a_deleted_task_says_so() {
        let mut task = example("task-created").task.unwrap();
        task.deleted = true;
        let view = serde_json::to_value(TaskView::from(&task)).unwrap();
        assert_eq!(view["deleted"], Value::Bool(true));
    }

    #[test]
    fn a_pushed_tag_has_the_shape_of_a_fetched_one() {
        let view = |name: &str| serde_json::to_value(TagView::from(&example(name).tag.unwrap())).unwrap();
        let renamed = view("tag-updated");
        let names: Vec<&String> = renamed.as_object().unwrap().keys().collect();
        assert_eq!(
            names,
            ["created_at", "id", "name", "position", "updated_at", "version"]
        );
        assert_eq!(renamed["name"], json!("Zuhause"));
        assert_eq!(view("tag-deleted")["deleted"], json!(true));
    }

    #[test]
    fn series_and_notifications_carry_their_position() {
        let update = example("series-created");
        let series = serde_json::to_value(SeriesView::new(&update.series.unwrap(), &update.meta)).unwrap();
        assert_eq!(series["position"], json!(update.meta.position.get()));
        let update = example("notification-created");
        let notification = update.notification.unwrap();
        let view = serde_json::to_value(NotificationView::new(&notification, &update.meta)).unwrap();
        assert_eq!(view["fired_at"], json!(notification.fired_at.at()));
        assert_eq!(view["read_at"], Value::Null);
    }
}
