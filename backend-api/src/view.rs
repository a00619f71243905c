//! What the API shows of what is stored, in the same types that sockets show. Diffs in events name the same fields with
//! the same values.

use recurrence::WallTime;
use serde::Serialize;
use shared_events::event::view::{
    FilterView, MomentView, ProjectView, RecurrenceView, ReminderView, SeriesView, SettingsView, TagView,
    TaskView,
};
use shared_events::ids::TagId;

use crate::domain::aggregate::Aggregate;
use crate::domain::moment::Moment;
use crate::domain::project::Project;
use crate::domain::recurrence::{Recurrence, Series};
use crate::domain::reminder::{self, Before, Reminder};
use crate::domain::saved_filter::SavedFilter;
use crate::domain::settings::Settings;
use crate::domain::sort::Sort;
use crate::domain::tag::Tag;
use crate::domain::task::{Estimate, Task};

pub trait Shown: Aggregate {
    type View: Serialize + for<'a> From<&'a Self>;

    fn view(&self) -> Self::View {
        Self::View::from(self)
    }
}

impl Shown for Task {
    type View = TaskView;
}

impl Shown for Series {
    type View = SeriesView;
}

impl Shown for Tag {
    type View = TagView;
}

impl Shown for Project {
    type View = ProjectView;
}

impl Shown for SavedFilter {
    type View = FilterView;
}

impl Shown for Settings {
    type View = SettingsView;
}

impl From<&Task> for TaskView {
    fn from(task: &Task) -> Self {
        let details = &task.details;
        Self {
            title: details.title.as_str().to_owned(),
            description: details.description.as_ref().map(|text| text.as_str().to_owned()),
            priority: details.priority.to_string(),
            tags: details.tags.as_slice().iter().map(TagId::to_string).collect(),
            project_id: details.project,
            parent_id: details.parent,
            start: details.start.map(moment),
            due: details.due.map(moment),
            recurrence: details.recurrence.as_ref().map(recurrence),
            reminders: details.reminders.iter().map(reminder).collect(),
            estimate: details.estimate.map(Estimate::minutes),
            id: task.id,
            series_id: task.occurrence.map(|occurrence| occurrence.series),
            ordinal: task.occurrence.map(|occurrence| occurrence.ordinal),
            status: task.status.to_string(),
            version: task.version,
            position: task.position,
            due_at: task.due_at,
            created_at: task.created_at,
            updated_at: task.updated_at,
            completed_at: task.completed_at,
            order_key: Some(task.order.to_string()),
            deleted: task.is_deleted(),
        }
    }
}

impl From<&Series> for SeriesView {
    fn from(series: &Series) -> Self {
        Self {
            id: series.id,
            rrule: series.plan.rule.to_string(),
            anchor: series.plan.anchor.to_string(),
            missed: series.plan.missed.to_string(),
            start: moment(Moment {
                local: series.plan.dtstart,
                zone: series.plan.zone,
            }),
            exdates: wall_times(series.plan.exceptions.excluded()),
            rdates: wall_times(series.plan.exceptions.added()),
            revision: series.revision,
            alive: series.alive,
            version: series.version,
            position: series.position,
            created_at: Some(series.created_at),
            updated_at: Some(series.updated_at),
        }
    }
}

impl From<&Tag> for TagView {
    fn from(tag: &Tag) -> Self {
        Self {
            id: tag.id,
            name: tag.name.to_string(),
            version: tag.version,
            position: tag.position,
            created_at: tag.created_at,
            updated_at: tag.updated_at,
            deleted: tag.is_deleted(),
        }
    }
}

impl From<&Project> for ProjectView {
    fn from(project: &Project) -> Self {
        Self {
            id: project.id,
            name: project.details.name.to_string(),
            color: project.details.color.as_ref().map(ToString::to_string),
            archived: project.details.archived,
            order_key: project.order.to_string(),
            version: project.version,
            position: project.position,
            created_at: project.created_at,
            updated_at: project.updated_at,
            deleted: project.is_deleted(),
        }
    }
}

impl From<&SavedFilter> for FilterView {
    fn from(filter: &SavedFilter) -> Self {
        Self {
            id: filter.id,
            name: filter.details.name.to_string(),
            filter: filter.details.text.to_string(),
            sort: filter.details.sort.as_ref().map(Sort::to_string),
            order_key: filter.order.to_string(),
            version: filter.version,
            position: filter.position,
            created_at: filter.created_at,
            updated_at: filter.updated_at,
            deleted: filter.is_deleted(),
        }
    }
}

impl From<&Settings> for SettingsView {
    fn from(settings: &Settings) -> Self {
        let choices = &settings.choices;
        Self {
            id: settings.id,
            timezone: choices.zone.map(|zone| zone.to_string()),
            first_day_of_week: choices.first_day_of_week.to_string(),
            default_reminders: choices.default_reminders.iter().map(Before::to_string).collect(),
            version: settings.version,
            position: settings.position,
            created_at: settings.created_at,
            updated_at: settings.updated_at,
            deleted: settings.is_deleted(),
        }
    }
}

/// A moment as it is shown.
pub(crate) fn moment(moment: Moment) -> MomentView {
    let (datetime, date) = match moment.local {
        timed @ WallTime::Timed(_) => (Some(timed.to_string()), None),
        day @ WallTime::AllDay(_) => (None, Some(day.to_string())),
    };
    MomentView {
        datetime,
        date,
        timezone: moment.zone.to_string(),
    }
}

fn recurrence(recurrence: &Recurrence) -> RecurrenceView {
    RecurrenceView {
        rrule: recurrence.rule.to_string(),
        anchor: recurrence.anchor.to_string(),
        missed: recurrence.missed.to_string(),
    }
}

fn reminder(reminder: &Reminder) -> ReminderView {
    match reminder {
        Reminder::Before(before) => ReminderView {
            before: Some(before.to_string()),
            relative_to: None,
            at: None,
        },
        Reminder::BeforeStart(before) => ReminderView {
            before: Some(before.to_string()),
            relative_to: Some(reminder::START.to_owned()),
            at: None,
        },
        Reminder::At(at) => ReminderView {
            before: None,
            relative_to: None,
            at: Some(*at),
        },
    }
}

/// Wall times as they are shown and told.
pub(crate) fn wall_times(slots: &[WallTime]) -> Vec<String> {
    slots.iter().map(WallTime::to_string).collect()
}
