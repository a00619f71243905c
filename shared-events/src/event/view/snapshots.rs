//! Views of the snapshots that events carry.

use super::{
    FilterView, MomentView, NotificationView, ProjectView, RecurrenceView, ReminderView, SeriesView,
    SettingsView, TagView, TaskView,
};
use crate::event::EventMeta;
use crate::event::task::{
    FilterSnapshot, ProjectSnapshot, RecurrenceSnapshot, ReminderSpec, SeriesSnapshot, SettingsSnapshot,
    TagSnapshot, TaskSnapshot, WallTime,
};
use crate::event::update::NotificationSnapshot;
use crate::ids::Position;

impl From<&TaskSnapshot> for TaskView {
    fn from(task: &TaskSnapshot) -> Self {
        Self {
            title: task.title.clone(),
            description: task.description.clone(),
            priority: task.priority.clone(),
            tags: task.tags.clone(),
            project_id: task.project_id,
            parent_id: task.parent_id,
            start: task.start.as_ref().map(MomentView::from),
            due: task.due.as_ref().map(MomentView::from),
            recurrence: task.recurrence.as_ref().map(RecurrenceView::from),
            reminders: task.reminders.iter().map(ReminderView::from).collect(),
            estimate: task.estimate,
            id: task.id,
            series_id: task.series_id,
            ordinal: task.ordinal,
            status: task.status.clone(),
            version: task.version,
            position: task.position,
            due_at: task.due_at.map(|at| at.at()),
            created_at: task.created_at.at(),
            updated_at: task.updated_at.at(),
            completed_at: task.completed_at.map(|at| at.at()),
            order_key: task.order_key.clone(),
            deleted: task.deleted,
        }
    }
}

impl MomentView {
    fn new(local: &str, zone: &str) -> Self {
        let is_timed = local.contains('T');
        let local = || Some(local.to_owned());
        Self {
            datetime: if is_timed { local() } else { None },
            date: if is_timed { None } else { local() },
            timezone: zone.to_owned(),
        }
    }
}

impl From<&WallTime> for MomentView {
    fn from(time: &WallTime) -> Self {
        Self::new(&time.local, &time.zone)
    }
}

impl From<&RecurrenceSnapshot> for RecurrenceView {
    fn from(recurrence: &RecurrenceSnapshot) -> Self {
        Self {
            rrule: recurrence.rrule.clone(),
            anchor: recurrence.anchor.clone(),
            missed: recurrence.missed.clone(),
        }
    }
}

impl From<&ReminderSpec> for ReminderView {
    fn from(reminder: &ReminderSpec) -> Self {
        Self {
            before: reminder.before.clone(),
            relative_to: reminder.relative_to.clone(),
            at: reminder.at.map(|at| at.at()),
        }
    }
}

impl SeriesView {
    /// A series has its version and position in the event that tells of it.
    #[must_use]
    pub fn new(series: &SeriesSnapshot, meta: &EventMeta) -> Self {
        Self {
            id: series.id,
            rrule: series.rrule.clone(),
            anchor: series.anchor.clone(),
            missed: series.missed.clone(),
            start: MomentView::new(&series.dtstart, &series.zone),
            exdates: series.exdates.clone(),
            rdates: series.rdates.clone(),
            revision: series.revision,
            alive: series.alive,
            version: meta.version,
            position: meta.position,
            created_at: series.created_at.map(|at| at.at()),
            updated_at: series.updated_at.map(|at| at.at()),
        }
    }
}

impl From<&TagSnapshot> for TagView {
    fn from(tag: &TagSnapshot) -> Self {
        Self {
            id: tag.id,
            name: tag.name.clone(),
            version: tag.version,
            position: tag.position,
            created_at: tag.created_at.at(),
            updated_at: tag.updated_at.at(),
            deleted: tag.deleted,
        }
    }
}

impl From<&FilterSnapshot> for FilterView {
    fn from(filter: &FilterSnapshot) -> Self {
        Self {
            id: filter.id,
            name: filter.name.clone(),
            filter: filter.filter.clone(),
            sort: filter.sort.clone(),
            order_key: filter.order_key.clone(),
            version: filter.version,
            position: filter.position,
            created_at: filter.created_at.at(),
            updated_at: filter.updated_at.at(),
            deleted: filter.deleted,
        }
    }
}

impl From<&ProjectSnapshot> for ProjectView {
    fn from(project: &ProjectSnapshot) -> Self {
        Self {
            id: project.id,
            name: project.name.clone(),
            color: project.color.clone(),
            archived: project.archived,
            order_key: project.order_key.clone(),
            version: project.version,
            position: project.position,
            created_at: project.created_at.at(),
            updated_at: project.updated_at.at(),
            deleted: project.deleted,
        }
    }
}

impl From<&SettingsSnapshot> for SettingsView {
    fn from(settings: &SettingsSnapshot) -> Self {
        Self {
            id: settings.id,
            timezone: settings.timezone.clone(),
            first_day_of_week: settings.first_day_of_week.clone(),
            default_reminders: settings.default_reminders.clone(),
            version: settings.version,
            position: settings.position,
            created_at: Some(settings.created_at.at()),
            updated_at: Some(settings.updated_at.at()),
            deleted: settings.deleted,
        }
    }
}

impl NotificationView {
    /// The position is that of the event that tells of it, or as stored.
    #[must_use]
    pub fn new(notification: NotificationSnapshot, position: Position) -> Self {
        Self {
            id: notification.id,
            task_id: notification.task_id,
            reminder_id: notification.reminder_id,
            title: notification.title,
            due_at: notification.due_at.map(|at| at.at()),
            fire_at: notification.fire_at.at(),
            fired_at: notification.fired_at.at(),
            late: notification.late,
            read_at: notification.read_at.map(|at| at.at()),
            position,
        }
    }
}
