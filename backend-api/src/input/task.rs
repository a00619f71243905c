//! Tasks, as requests give them.

use std::borrow::Cow;

use serde::Deserialize;
use shared_events::ids::{ProjectId, TagId, TaskId};
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::Schema;
use utoipa::{PartialSchema, ToSchema};

use super::moment::MomentInput;
use super::patch::Patch;
use super::recurrence::RecurrenceInput;
use super::reminder::ReminderInput;
use crate::domain::invalid::{Invalid, Pointer};
use crate::domain::moment::Moment;
use crate::domain::reminder;
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
    #[schema(value_type = Option<Vec<Uuid>>, max_items = 50)]
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
    /// When to remind: all of them, the list is replaced. `before` needs `due`.
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

impl NewTask {
    /// The task that it describes.
    pub fn draft(&self) -> Result<Draft, Invalid> {
        self.0.over(None)
    }
}

impl TaskPatch {
    /// What the task says after the patch.
    pub fn over(&self, before: Option<&Details>) -> Result<Draft, Invalid> {
        let at = |name| Pointer::root().child(name);
        let moment = |patch: &Patch<MomentInput>, before: Option<Moment>, name| {
            patch.merged(before, |input, before| input.over(before, &at(name)))
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
            details,
            allow_past_due: self.allow_past_due.unwrap_or_default(),
        })
    }
}

/// Refuses what counts from a due time that is not there.
fn check_due(details: &Details, at: &Pointer) -> Result<(), Invalid> {
    if details.due.is_some() {
        return Ok(());
    }
    if details.recurrence.is_some() {
        return Err(at.invalid("is required for a task that recurs"));
    }
    reminder::refuse_relative(&details.reminders)
}

impl PartialSchema for NewTask {
    /// That of a patch, with a title that must be there.
    fn schema() -> RefOr<Schema> {
        let mut schema = TaskPatch::schema();
        if let RefOr::T(Schema::Object(object)) = &mut schema {
            object.required = vec!["title".to_owned()];
            object.description = Some(
                "What is sent to create a task. Only `title` must be there; null is the same as absent."
                    .to_owned(),
            );
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
