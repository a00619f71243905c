//! What events carry of the things that changed.

use chrono::{DateTime, Utc};
use shared_events::event::Timestamp;
use shared_events::event::task::{
    FilterSnapshot, Frontier, ProjectSnapshot, RecurrenceSnapshot, ReminderSpec, SeriesSnapshot,
    SettingsSnapshot, TagSnapshot, TaskSnapshot, WallTime,
};

use crate::domain::moment::Moment;
use crate::domain::project::Project;
use crate::domain::recurrence::Series;
use crate::domain::reminder::{self as reminders, Before, Reminder};
use crate::domain::saved_filter::SavedFilter;
use crate::domain::settings::Settings;
use crate::domain::sort::Sort;
use crate::domain::tag::Tag;
use crate::domain::task::{Estimate, Task};
use crate::view::wall_times;

pub(super) fn task_snapshot(task: &Task, series: Option<&Series>) -> TaskSnapshot {
    let details = &task.details;
    TaskSnapshot {
        id: task.id,
        title: details.title.as_str().to_owned(),
        description: details.description.as_ref().map(|text| text.as_str().to_owned()),
        priority: details.priority.to_string(),
        status: task.status.to_string(),
        tags: details.tags.as_slice().iter().map(ToString::to_string).collect(),
        project_id: details.project,
        parent_id: details.parent,
        start: details.start.as_ref().map(wall_time),
        due: details.due.as_ref().map(wall_time),
        due_at: task.due_at.map(Timestamp::from),
        series_id: task.occurrence.map(|occurrence| occurrence.series),
        ordinal: task.occurrence.map(|occurrence| occurrence.ordinal),
        recurrence: recurrence_snapshot(task, series),
        reminders: details
            .reminders
            .iter()
            .map(|reminder| reminder_spec(reminder, task))
            .collect(),
        version: task.version,
        position: task.position,
        created_at: task.created_at.into(),
        updated_at: task.updated_at.into(),
        completed_at: task.completed_at.map(Timestamp::from),
        deleted: task.deleted_at.is_some(),
        closed_at: task.closed_at.map(Timestamp::from),
        estimate: details.estimate.map(Estimate::minutes),
        order_key: Some(task.order.to_string()),
    }
}

pub(super) fn project_snapshot(project: &Project) -> ProjectSnapshot {
    ProjectSnapshot {
        id: project.id,
        name: project.details.name.to_string(),
        color: project.details.color.as_ref().map(ToString::to_string),
        archived: project.details.archived,
        order_key: project.order.to_string(),
        version: project.version,
        position: project.position,
        created_at: project.created_at.into(),
        updated_at: project.updated_at.into(),
        deleted: project.deleted_at.is_some(),
    }
}

pub(super) fn filter_snapshot(filter: &SavedFilter) -> FilterSnapshot {
    FilterSnapshot {
        id: filter.id,
        name: filter.details.name.to_string(),
        filter: filter.details.text.to_string(),
        sort: filter.details.sort.as_ref().map(Sort::to_string),
        order_key: filter.order.to_string(),
        version: filter.version,
        position: filter.position,
        created_at: filter.created_at.into(),
        updated_at: filter.updated_at.into(),
        deleted: filter.deleted_at.is_some(),
    }
}

pub(super) fn settings_snapshot(settings: &Settings) -> SettingsSnapshot {
    let choices = &settings.choices;
    // Both are there as soon as there is a version to tell of.
    let at = |at: Option<DateTime<Utc>>| Timestamp::new(at.unwrap_or_default());
    SettingsSnapshot {
        id: settings.id,
        timezone: choices.zone.map(|zone| zone.to_string()),
        first_day_of_week: choices.first_day_of_week.to_string(),
        default_reminders: choices.default_reminders.iter().map(Before::to_string).collect(),
        version: settings.version,
        position: settings.position,
        created_at: at(settings.created_at),
        updated_at: at(settings.updated_at),
        deleted: settings.deleted_at.is_some(),
    }
}

pub(super) fn tag_snapshot(tag: &Tag) -> TagSnapshot {
    TagSnapshot {
        id: tag.id,
        name: tag.name.to_string(),
        version: tag.version,
        position: tag.position,
        created_at: tag.created_at.into(),
        updated_at: tag.updated_at.into(),
        deleted: tag.deleted_at.is_some(),
    }
}

fn recurrence_snapshot(task: &Task, series: Option<&Series>) -> Option<RecurrenceSnapshot> {
    let (occurrence, series) = (task.occurrence?, series.filter(|series| series.alive)?);
    Some(RecurrenceSnapshot {
        rrule: series.plan.rule.to_string(),
        anchor: series.plan.anchor.to_string(),
        missed: series.plan.missed.to_string(),
        dtstart: series.plan.dtstart.to_string(),
        zone: series.plan.zone.to_string(),
        slot: occurrence.slot.to_string(),
        ordinal: occurrence.ordinal,
        count_base: series.plan.count_base,
        series_revision: series.revision,
        exdates: wall_times(series.plan.exceptions.excluded()),
        rdates: wall_times(series.plan.exceptions.added()),
    })
}

pub(super) fn series_snapshot(series: &Series, frontier: &Task) -> SeriesSnapshot {
    SeriesSnapshot {
        id: series.id,
        rrule: series.plan.rule.to_string(),
        anchor: series.plan.anchor.to_string(),
        missed: series.plan.missed.to_string(),
        dtstart: series.plan.dtstart.to_string(),
        zone: series.plan.zone.to_string(),
        count_base: series.plan.count_base,
        revision: series.revision,
        alive: series.alive,
        last_ordinal: series.last_ordinal,
        frontier: frontier_of(frontier, series),
        created_at: Some(series.created_at.into()),
        updated_at: Some(series.updated_at.into()),
        exdates: wall_times(series.plan.exceptions.excluded()),
        rdates: wall_times(series.plan.exceptions.added()),
    }
}

fn frontier_of(task: &Task, series: &Series) -> Option<Frontier> {
    let occurrence = task
        .occurrence
        .filter(|occurrence| occurrence.series == series.id)?;
    Some(Frontier {
        task_id: task.id,
        ordinal: occurrence.ordinal,
        status: task.status.to_string(),
        slot: occurrence.slot.to_string(),
        completed_at: task.completed_at.map(Timestamp::from),
        closed_at: task.closed_at.map(Timestamp::from),
    })
}

fn reminder_spec(reminder: &Reminder, task: &Task) -> ReminderSpec {
    let (before, at) = match reminder {
        Reminder::Before(before) | Reminder::BeforeStart(before) => (Some(before.to_string()), None),
        Reminder::At(at) => (None, Some(Timestamp::from(*at))),
    };
    let counts_from_start = matches!(reminder, Reminder::BeforeStart(_));
    ReminderSpec {
        id: reminder.id(task.id),
        before,
        at,
        relative_to: counts_from_start.then(|| reminders::START.to_owned()),
    }
}

fn wall_time(moment: &Moment) -> WallTime {
    WallTime {
        local: moment.local.to_string(),
        zone: moment.zone.to_string(),
    }
}
