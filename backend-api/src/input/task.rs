//! Tasks, as requests give them.

use std::borrow::Cow;

use serde::Deserialize;
use shared_events::ids::{ProjectId, TagId, TaskId};
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::Schema;
use utoipa::{PartialSchema, ToSchema};
use uuid::{Uuid, Variant};

use super::moment::MomentInput;
use super::patch::Patch;
use super::recurrence::RecurrenceInput;
use super::reminder::ReminderInput;
use super::required;
use crate::domain::invalid::{Invalid, Pointer};
use crate::domain::moment::Moment;
use crate::domain::reminder;
use crate::domain::settings::Choices;
use crate::domain::task::{Details, Draft, Estimate, Priority};
use crate::domain::text::{Description, Tags, Title};

/// A merge-patch of a task: absent is untouched, null clears.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(examples(
    json!({
        "title": "Water the plants",
        "due": {"datetime": "2030-12-01T09:00:00", "timezone": "Europe/Berlin"},
        "recurrence": {"rrule": "FREQ=WEEKLY;BYDAY=MO,TH"},
        "reminders": [{"before": "PT1H"}],
        "estimate": 30,
    }),
    json!({
        "title": "Pay the rent",
        "priority": "high",
        "due": {"date": "2030-12-31", "timezone": "Europe/Berlin"},
        "recurrence": {"every": 1, "unit": "month"},
    }),
))]
pub struct TaskPatch {
    /// Of a new task alone.
    #[serde(default)]
    #[schema(ignore)]
    id: Patch<ChosenId>,
    /// What is to be done, on one line; cannot be cleared.
    #[serde(default)]
    #[schema(value_type = Option<String>, nullable = false, min_length = 1, max_length = 500)]
    title: Patch<Title>,
    /// More about it, up to 32 KiB.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    description: Patch<Description>,
    /// `low`, `normal`, `high` or `critical`; null is `normal`.
    #[serde(default)]
    #[schema(value_type = Option<String>, default = "normal", pattern = "^(low|normal|high|critical)$")]
    priority: Patch<Priority>,
    /// Ids of tags: all of them, the list is replaced. That of a deleted tag may stay and cannot be added.
    #[serde(default)]
    #[schema(value_type = Option<Vec<Uuid>>, max_items = 10)]
    tags: Patch<Vec<TagId>>,
    /// A project.
    #[serde(default)]
    #[schema(value_type = Option<Uuid>)]
    project_id: Patch<ProjectId>,
    /// The task that it is a part of.
    #[serde(default)]
    #[schema(value_type = Option<Uuid>)]
    parent_id: Patch<TaskId>,
    /// When work may begin; merged field by field.
    #[serde(default)]
    #[schema(value_type = Option<MomentInput>)]
    start: Patch<MomentInput>,
    /// When it is due; merged field by field.
    #[serde(default)]
    #[schema(value_type = Option<MomentInput>)]
    due: Patch<MomentInput>,
    /// How it comes back; needs `due`, and is merged field by field. Null ends the series.
    #[serde(default)]
    #[schema(value_type = Option<RecurrenceInput>)]
    recurrence: Patch<RecurrenceInput>,
    /// When to remind: all of them, the list is replaced. `before` needs the time that it counts from. A new task that is
    /// due and says nothing here is reminded as its user's settings say.
    #[serde(default)]
    #[schema(value_type = Option<Vec<ReminderInput>>, max_items = 20)]
    reminders: Patch<Vec<ReminderInput>>,
    /// How many minutes of work it is thought to be.
    #[serde(default)]
    #[schema(value_type = Option<i32>, minimum = 1, maximum = 525600)]
    estimate: Patch<Estimate>,
    /// Keep a new due time or reminder that lies in the past, instead of refusing it.
    #[schema(default = false)]
    allow_past_due: Option<bool>,
}

/// What is sent to create a task: a patch of nothing, which must have a title.
#[derive(Debug, Clone, Deserialize)]
#[serde(transparent)]
pub struct NewTask(TaskPatch);

/// A UUID of version 7, made by the client: a task with it is created once, however often it is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(try_from = "String")]
#[schema(value_type = Option<Uuid>)]
struct ChosenId(TaskId);

impl TryFrom<String> for ChosenId {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        let id = text.parse::<Uuid>().unwrap_or_default();
        match (id.get_variant(), id.get_version_num()) {
            (Variant::RFC4122, 7) => Ok(Self(TaskId::from_uuid(id))),
            _ => Err("must be a UUID of version 7 (RFC 9562); leave it out to have one chosen"),
        }
    }
}

impl NewTask {
    #[must_use]
    pub fn id(&self) -> Option<TaskId> {
        self.0.id.value().map(|ChosenId(id)| *id)
    }

    /// The task that it describes, with what the user chose where it says nothing.
    pub fn draft(&self, choices: &Choices) -> Result<Draft, Invalid> {
        let mut draft = self.0.merged(None, choices)?;
        if matches!(self.0.reminders, Patch::Absent) && draft.details.due.is_some() {
            draft.details.reminders = choices.reminders();
        }
        Ok(draft)
    }

    /// Whether it may be that nothing but the task itself is to be written: see [`Draft::stands_alone`].
    #[must_use]
    pub fn may_stand_alone(&self) -> bool {
        let task = &self.0;
        task.project_id.value().is_none()
            && task.parent_id.value().is_none()
            && task.tags.value().is_none_or(Vec::is_empty)
            && task.reminders.value().is_none_or(Vec::is_empty)
            && task.recurrence.value().is_none()
    }
}

impl TaskPatch {
    /// What a task says after the patch, in the zone that the user chose where it names none.
    pub fn over(&self, before: &Details, choices: &Choices) -> Result<Draft, Invalid> {
        if self.id != Patch::Absent {
            return Err(Pointer::root()
                .child("id")
                .invalid("cannot be changed; leave it out"));
        }
        self.merged(Some(before), choices)
    }

    /// The patch without what is of one occurrence alone, its due time and its start, and without a rule.
    #[must_use]
    pub fn without_schedule(&self) -> Self {
        Self {
            start: Patch::Absent,
            due: Patch::Absent,
            recurrence: Patch::Absent,
            ..self.clone()
        }
    }

    /// Whether it says how the task comes back.
    #[must_use]
    pub fn names_a_rule(&self) -> bool {
        !matches!(self.recurrence, Patch::Absent)
    }

    /// Whether it gives a time without a zone, which then is the task's or the one that the user chose.
    #[must_use]
    pub fn leaves_out_a_zone(&self) -> bool {
        let leaves_out =
            |moment: &Patch<MomentInput>| moment.value().is_some_and(MomentInput::leaves_out_zone);
        leaves_out(&self.start) || leaves_out(&self.due)
    }

    fn merged(&self, before: Option<&Details>, choices: &Choices) -> Result<Draft, Invalid> {
        let at = |name| Pointer::root().child(name);
        let moment = |patch: &Patch<MomentInput>, before: Option<Moment>, name| {
            patch.merged(before, |input, before| {
                input.over(before, choices.zone, &at(name))
            })
        };
        let title = self.title.over(before.map(|before| before.title.clone()));
        let recurrence = self.recurrence.merged(
            before.and_then(|before| before.recurrence.clone()),
            |input, before| input.over(before, &at("recurrence")),
        );
        let tags = self
            .tags
            .merged(before.map(|before| before.tags.clone()), |tags, _| {
                Tags::new(tags.clone(), &at("tags"))
            });
        let reminders = self
            .reminders
            .merged(before.map(|before| before.reminders.clone()), |inputs, _| {
                ReminderInput::all(inputs, &at("reminders"))
            });
        let details = Details {
            title: title.ok_or_else(|| at("title").missing())?,
            description: self
                .description
                .over(before.and_then(|before| before.description.clone())),
            priority: self
                .priority
                .over(before.map(|before| before.priority))
                .unwrap_or_default(),
            tags: tags?.unwrap_or_default(),
            project: self.project_id.over(before.and_then(|before| before.project)),
            parent: self.parent_id.over(before.and_then(|before| before.parent)),
            start: moment(&self.start, before.and_then(|before| before.start), "start")?,
            due: moment(&self.due, before.and_then(|before| before.due), "due")?,
            recurrence: recurrence?,
            reminders: reminders?.unwrap_or_default(),
            estimate: self.estimate.over(before.and_then(|before| before.estimate)),
        };
        check_due(&details, &at("due"))?;
        Ok(Draft {
            id: self.id.value().map(|ChosenId(id)| *id),
            details,
            allow_past_due: self.allow_past_due.unwrap_or_default(),
        })
    }
}

/// Refuses what counts from a time that is not there.
fn check_due(details: &Details, at: &Pointer) -> Result<(), Invalid> {
    if details.due.is_none() && details.recurrence.is_some() {
        return Err(at.invalid("is required for a task that recurs"));
    }
    reminder::refuse_uncounted(&details.reminders, details.start.is_some(), details.due.is_some())
}

impl PartialSchema for NewTask {
    /// That of a patch, with a title that must be there, and an id that may be.
    fn schema() -> RefOr<Schema> {
        let about = "What is sent to create a task. Only `title` must be there; null is the same as absent.";
        let mut schema = required::<TaskPatch>(&["title"], about);
        if let RefOr::T(Schema::Object(object)) = &mut schema {
            object.properties.insert("id".to_owned(), ChosenId::schema());
        }
        schema
    }
}

impl ToSchema for NewTask {
    fn name() -> Cow<'static, str> {
        Cow::Borrowed("NewTask")
    }

    fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
        TaskPatch::schemas(schemas);
    }
}
