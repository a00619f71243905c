//! The events that tell of one change: what differs, the snapshot after it, and where it stands in the order.

use serde::Serialize;
use serde_json::{Map, Value};
use shared_events::event::reminder::{self, ReminderCancelled, ReminderEvent, ReminderScheduled};
use shared_events::event::task::{
    FieldChange, Frontier, RecurrenceSnapshot, ReminderSpec, SeriesSnapshot, TagSnapshot, TaskEvent,
    TaskSnapshot, WallTime, kind,
};
use shared_events::event::update::{UserUpdate, stream};
use shared_events::event::{EventMeta, Timestamp, aggregate};
use shared_events::ids::{ActionId, Epoch, EventId, Position, UserId, Version};

use crate::domain::moment::Moment;
use crate::domain::recurrence::Series;
use crate::domain::reminder::Reminder;
use crate::domain::reminder_plan::{Announcement, State};
use crate::domain::tag::Tag;
use crate::domain::task::{Estimate, Task};
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

/// Fields of a task that follow from others, or that the envelope says.
const DERIVED: [&str; 6] = ["id", "version", "position", "due_at", "created_at", "updated_at"];

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
        let update = UserUpdate {
            meta: EventMeta {
                event_id: EventId::new(),
                ..meta.clone()
            },
            stream: stream::TASKS.to_owned(),
            from: meta.position,
            refresh: false,
            task: snapshot.task.clone(),
            series: snapshot.series.clone(),
            tag: snapshot.tag.clone(),
            notification: None,
        };
        let event = TaskEvent {
            meta,
            changes,
            task: snapshot.task,
            series: snapshot.series,
            tag: snapshot.tag,
            operator: None,
        };
        (event, update)
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
        Reminder::Before(before) => (Some(before.to_string()), None),
        Reminder::At(at) => (None, Some(Timestamp::from(*at))),
    };
    ReminderSpec {
        id: reminder.id(task.id),
        before,
        at,
    }
}

fn wall_time(moment: &Moment) -> WallTime {
    WallTime {
        local: moment.local.to_string(),
        zone: moment.zone.to_string(),
    }
}
