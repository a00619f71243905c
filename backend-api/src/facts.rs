//! The events that tell of one change: what differs, the snapshot after it, and where it stands in the order.

use chrono::{DateTime, Utc};
use serde::Serialize;
use serde_json::{Map, Value};
use shared_events::event::reminder::{self, ReminderCancelled, ReminderEvent, ReminderScheduled};
use shared_events::event::task::{
    FieldChange, Frontier, ProjectSnapshot, RecurrenceSnapshot, ReminderSpec, SeriesSnapshot,
    SettingsSnapshot, TagSnapshot, TaskEvent, TaskSnapshot, WallTime, kind,
};
use shared_events::event::update::{self, UserUpdate, stream};
use shared_events::event::{EventMeta, Timestamp, aggregate};
use shared_events::ids::{ActionId, Epoch, EventId, Position, UserId, Version};

use crate::domain::moment::Moment;
use crate::domain::project::Project;
use crate::domain::recurrence::Series;
use crate::domain::reminder::{self as reminders, Before, Reminder};
use crate::domain::reminder_plan::{Announcement, State};
use crate::domain::settings::Settings;
use crate::domain::tag::Tag;
use crate::domain::task::{Estimate, Task};
use crate::view::{Shown, wall_times};

/// What all events of one action have in common.
#[derive(Debug, Clone)]
pub struct Action {
    pub user: UserId,
    /// Who acts: `user:…` or `service:…`.
    pub actor: String,
    /// Shared by all events of the action.
    pub id: ActionId,
    /// The event that made a service act.
    pub cause: Option<EventId>,
    /// Why: see [`shared_events::event::intent`].
    pub intent: &'static str,
    /// Which life of the database this is.
    pub epoch: Epoch,
    /// When, on Postgres' clock, after the lock.
    pub at: Timestamp,
    /// True when the request could have named the version that it changes, and did not.
    pub unconditional: bool,
}

/// What is told of when it changes.
pub trait Told: Shown {
    /// The kind of the event of its coming to be.
    const CREATED: &'static str;
    /// What its snapshot needs besides itself.
    type Beside<'a>;

    fn snapshot(&self, beside: Self::Beside<'_>) -> Snapshot;

    /// The task whose reminders follow its changes, if it is one.
    fn as_task(&self) -> Option<&Task> {
        None
    }
}

/// One of the snapshots that an event can carry.
#[derive(Debug, Default)]
pub struct Snapshot {
    task: Option<TaskSnapshot>,
    series: Option<SeriesSnapshot>,
    tag: Option<TagSnapshot>,
    project: Option<ProjectSnapshot>,
    settings: Option<SettingsSnapshot>,
}

impl Told for Task {
    const CREATED: &'static str = kind::TASK_CREATED;
    /// Its series.
    type Beside<'a> = Option<&'a Series>;

    fn snapshot(&self, series: Option<&Series>) -> Snapshot {
        Snapshot {
            task: Some(task_snapshot(self, series)),
            ..Snapshot::default()
        }
    }

    fn as_task(&self) -> Option<&Task> {
        Some(self)
    }
}

impl Told for Series {
    const CREATED: &'static str = kind::SERIES_CREATED;
    /// Its newest occurrence.
    type Beside<'a> = &'a Task;

    fn snapshot(&self, frontier: &Task) -> Snapshot {
        Snapshot {
            series: Some(series_snapshot(self, frontier)),
            ..Snapshot::default()
        }
    }
}

impl Told for Tag {
    const CREATED: &'static str = kind::TAG_CREATED;
    type Beside<'a> = ();

    fn snapshot(&self, (): ()) -> Snapshot {
        Snapshot {
            tag: Some(tag_snapshot(self)),
            ..Snapshot::default()
        }
    }
}

impl Told for Project {
    const CREATED: &'static str = kind::PROJECT_CREATED;
    type Beside<'a> = ();

    fn snapshot(&self, (): ()) -> Snapshot {
        Snapshot {
            project: Some(project_snapshot(self)),
            ..Snapshot::default()
        }
    }
}

impl Told for Settings {
    /// They come to be with their first change.
    const CREATED: &'static str = kind::SETTINGS_UPDATED;
    type Beside<'a> = ();

    fn snapshot(&self, (): ()) -> Snapshot {
        Snapshot {
            settings: Some(settings_snapshot(self)),
            ..Snapshot::default()
        }
    }
}

/// Fields of a task that follow from others, or that the envelope says.
const DERIVED: [&str; 6] = ["id", "version", "position", "due_at", "created_at", "updated_at"];

/// What follows from the time of creation, until somebody moves it.
const PLACE: &str = "order_key";

impl Action {
    /// The fact of a change, and what its user's screens need of it.
    #[must_use]
    pub fn facts<T: Told>(
        &self,
        kind: &str,
        before: Option<&T>,
        after: &T,
        beside: T::Beside<'_>,
    ) -> (TaskEvent, UserUpdate) {
        let remains = Some(after).filter(|after| !after.is_deleted());
        let changes = changes(before.map(T::view).as_ref(), remains.map(T::view).as_ref());
        let snapshot = after.snapshot(beside);
        let meta = self.meta(
            kind,
            T::NAME,
            after.id().to_string(),
            after.version(),
            after.position(),
        );
        // One fact on two topics is two events.
        let of_update = EventMeta {
            event_id: EventId::new(),
            ..meta.clone()
        };
        let told = UserUpdate {
            task: snapshot.task.clone(),
            series: snapshot.series.clone(),
            tag: snapshot.tag.clone(),
            project: snapshot.project.clone(),
            settings: snapshot.settings.clone(),
            ..UserUpdate::new(of_update, stream::TASKS)
        };
        let event = TaskEvent {
            changes,
            task: snapshot.task,
            series: snapshot.series,
            tag: snapshot.tag,
            project: snapshot.project,
            settings: snapshot.settings,
            unconditional: self.unconditional && before.is_some(),
            ..TaskEvent::new(meta)
        };
        (event, told)
    }

    /// What stands for all updates from the first to the last.
    #[must_use]
    pub fn refresh(&self, first: &EventMeta, last: EventMeta) -> UserUpdate {
        let meta = EventMeta {
            event_id: EventId::new(),
            kind: update::kind::REFRESH.to_owned(),
            ..last
        };
        UserUpdate {
            from: first.position,
            refresh: true,
            ..UserUpdate::new(meta, stream::TASKS)
        }
    }

    fn meta(
        &self,
        kind: &str,
        what: &'static str,
        id: String,
        version: Version,
        position: Position,
    ) -> EventMeta {
        EventMeta {
            event_id: EventId::new(),
            kind: kind.to_owned(),
            occurred_at: self.at,
            user_id: self.user.clone(),
            actor: self.actor.clone(),
            action_id: self.id,
            causation_id: self.cause,
            intent: self.intent.to_owned(),
            aggregate: what.to_owned(),
            aggregate_id: id,
            version,
            // Every version has an event on each of its topics, so the event before is that of the version before.
            previous: Version(version.get() - 1),
            epoch: self.epoch,
            position,
        }
    }

    /// The fact of a reminder that was scheduled or cancelled.
    #[must_use]
    pub fn reminder(&self, task: &Task, announcement: &Announcement) -> ReminderEvent {
        let reminder = &announcement.now;
        let kind = match reminder.state {
            State::Scheduled => reminder::kind::SCHEDULED,
            State::Cancelled => reminder::kind::CANCELLED,
        };
        let scheduled = (reminder.state == State::Scheduled).then(|| ReminderScheduled {
            fire_at: reminder.fire_at.into(),
            title: task.details.title.as_str().to_owned(),
            due_at: task.due_at.map(Timestamp::from),
        });
        ReminderEvent {
            meta: self.meta(
                kind,
                aggregate::REMINDER,
                reminder.id.to_string(),
                reminder.version,
                task.position,
            ),
            task_id: task.id,
            reminder_id: reminder.id,
            scheduled,
            cancelled: announcement.reason.map(|reason| ReminderCancelled {
                reason: reason.to_owned(),
            }),
        }
    }
}

/// The fields that differ, as the API names and shows them; null is the same as not there.
fn changes<T: Serialize>(before: Option<&T>, after: Option<&T>) -> Vec<FieldChange> {
    let (before, after) = (fields(before), fields(after));
    let mut names: Vec<&String> = before.keys().chain(after.keys()).collect();
    names.sort_unstable();
    names.dedup();
    names
        .into_iter()
        .filter(|name| before.get(*name) != after.get(*name))
        .filter(|name| *name != PLACE || before.contains_key(PLACE) && after.contains_key(PLACE))
        .map(|name| FieldChange {
            field: name.clone(),
            before: before.get(name).map(Value::to_string),
            after: after.get(name).map(Value::to_string),
        })
        .collect()
}

fn fields<T: Serialize>(view: Option<&T>) -> Map<String, Value> {
    match view.map(serde_json::to_value) {
        Some(Ok(Value::Object(mut fields))) => {
            fields.retain(|name, value| !value.is_null() && !DERIVED.contains(&name.as_str()));
            fields
        }
        _ => Map::new(),
    }
}

fn task_snapshot(task: &Task, series: Option<&Series>) -> TaskSnapshot {
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

fn project_snapshot(project: &Project) -> ProjectSnapshot {
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

fn settings_snapshot(settings: &Settings) -> SettingsSnapshot {
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

fn tag_snapshot(tag: &Tag) -> TagSnapshot {
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

fn series_snapshot(series: &Series, frontier: &Task) -> SeriesSnapshot {
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
