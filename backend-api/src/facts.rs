//! The events that tell of one change: what differs, the snapshot after it, and where it stands in the order.

mod snapshots;

use serde::Serialize;
use serde_json::{Map, Value};
use shared_events::event::reminder::{self, ReminderCancelled, ReminderEvent, ReminderScheduled};
use shared_events::event::task::{
    FieldChange, FilterSnapshot, ProjectSnapshot, SeriesSnapshot, SettingsSnapshot, TagSnapshot, TaskEvent,
    TaskSnapshot, kind,
};
use shared_events::event::update::{self, UserUpdate, stream};
use shared_events::event::{EventMeta, Timestamp, aggregate};
use shared_events::ids::{ActionId, Epoch, EventId, Position, UserId, Version};

use self::snapshots::{
    filter_snapshot, project_snapshot, series_snapshot, settings_snapshot, tag_snapshot, task_snapshot,
};
use crate::domain::project::Project;
use crate::domain::recurrence::Series;
use crate::domain::reminder_plan::{Announcement, State};
use crate::domain::saved_filter::SavedFilter;
use crate::domain::settings::Settings;
use crate::domain::tag::Tag;
use crate::domain::task::Task;
use crate::view::Shown;

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
    filter: Option<FilterSnapshot>,
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

impl Told for SavedFilter {
    const CREATED: &'static str = kind::FILTER_CREATED;
    type Beside<'a> = ();

    fn snapshot(&self, (): ()) -> Snapshot {
        Snapshot {
            filter: Some(filter_snapshot(self)),
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
            filter: snapshot.filter.clone(),
            ..UserUpdate::new(of_update, stream::TASKS)
        };
        let event = TaskEvent {
            changes,
            task: snapshot.task,
            series: snapshot.series,
            tag: snapshot.tag,
            project: snapshot.project,
            settings: snapshot.settings,
            filter: snapshot.filter,
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
