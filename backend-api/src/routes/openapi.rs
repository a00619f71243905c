//! The description of the API, which is served with a UI and kept in the repository as `openapi.json`.

use chrono::{DateTime, Utc};
use service_kit::http::openapi::Common;
use utoipa::openapi::OpenApi;
use utoipa::{OpenApi as _, ToSchema};
use utoipa_swagger_ui::SwaggerUi;

use super::{recurrence, sync, tags, tasks};
use crate::view::{MomentView, ReminderFields, SeriesView, TagView, TaskView};

/// What is sent to create a task. Only `title` must be there.
#[derive(Debug, ToSchema)]
pub struct NewTask {
    /// What is to be done, on one line.
    #[schema(max_length = 500, example = "Water the plants")]
    pub title: String,
    /// More about it, up to 32 KiB.
    pub description: Option<String>,
    /// `low`, `normal`, `high` or `critical`.
    #[schema(default = "normal")]
    pub priority: Option<String>,
    /// Ids of tags.
    #[schema(max_items = 50, value_type = Option<Vec<Uuid>>)]
    pub tags: Option<Vec<String>>,
    /// A project.
    #[schema(format = Uuid)]
    pub project_id: Option<String>,
    /// The task that it is a part of.
    #[schema(format = Uuid)]
    pub parent_id: Option<String>,
    /// When work may begin.
    pub start: Option<MomentView>,
    /// When it is due.
    pub due: Option<MomentView>,
    /// How it comes back; needs `due`.
    pub recurrence: Option<RecurrenceInput>,
    /// When to remind; `before` needs `due`.
    #[schema(max_items = 20)]
    pub reminders: Option<Vec<ReminderFields>>,
    /// Keep a due time or a reminder that lies in the past, instead of refusing it.
    #[schema(default = false)]
    pub allow_past_due: Option<bool>,
}

/// A merge-patch of a task: absent is untouched, null clears.
#[derive(Debug, ToSchema)]
pub struct TaskPatch {
    /// What is to be done; cannot be cleared.
    #[schema(max_length = 500, nullable = false)]
    pub title: Option<String>,
    /// More about it.
    pub description: Option<String>,
    /// `low`, `normal`, `high` or `critical`; null is `normal`.
    pub priority: Option<String>,
    /// Ids of tags: all of them, the list is replaced. That of a deleted tag may stay and cannot be added.
    #[schema(max_items = 50, value_type = Option<Vec<Uuid>>)]
    pub tags: Option<Vec<String>>,
    /// A project.
    #[schema(format = Uuid)]
    pub project_id: Option<String>,
    /// The task that it is a part of.
    #[schema(format = Uuid)]
    pub parent_id: Option<String>,
    /// When work may begin; merged field by field.
    pub start: Option<MomentView>,
    /// When it is due; merged field by field. `date` takes the place of `datetime`, and the other way round.
    pub due: Option<MomentView>,
    /// How it comes back; merged field by field. Null ends the series.
    pub recurrence: Option<RecurrenceInput>,
    /// When to remind: all of them, the list is replaced.
    #[schema(max_items = 20)]
    pub reminders: Option<Vec<ReminderFields>>,
    /// Keep a new due time or reminder that lies in the past, instead of refusing it.
    #[schema(default = false)]
    pub allow_past_due: Option<bool>,
}

/// What is sent to create a tag.
#[derive(Debug, ToSchema)]
pub struct NewTag {
    /// What people call it, on one line. Case makes no difference between two tags.
    #[schema(max_length = 64, example = "garden")]
    pub name: String,
}

/// A merge-patch of a tag: absent is untouched.
#[derive(Debug, ToSchema)]
pub struct TagPatch {
    /// What people call it; cannot be cleared.
    #[schema(max_length = 64, nullable = false)]
    pub name: Option<String>,
}

/// A rule: `rrule` as RFC 5545 has it, or `every` and `unit`. A 31st as RRULE skips short months; the simple form takes
/// their last day and returns to the 31st.
#[derive(Debug, ToSchema)]
pub struct RecurrenceInput {
    /// RFC 5545 RRULE value: DAILY, WEEKLY, MONTHLY or YEARLY.
    #[schema(nullable = false, example = "FREQ=WEEKLY;BYDAY=MO,TH")]
    pub rrule: Option<String>,
    /// How many units apart.
    #[schema(nullable = false, minimum = 1)]
    pub every: Option<u16>,
    /// `day`, `week`, `month` or `year`.
    #[schema(nullable = false)]
    pub unit: Option<String>,
    /// `schedule` or `completion`.
    #[schema(default = "schedule")]
    pub anchor: Option<String>,
    /// `skip` or `keep`.
    #[schema(default = "skip")]
    pub missed: Option<String>,
}

/// A rule to preview: `rrule`, or `every` and `unit`, as in a task's `recurrence`.
#[derive(Debug, ToSchema)]
pub struct PreviewRequest {
    /// RFC 5545 RRULE value: DAILY, WEEKLY, MONTHLY or YEARLY.
    #[schema(nullable = false, example = "FREQ=WEEKLY;BYDAY=MO,TH")]
    pub rrule: Option<String>,
    /// How many units apart.
    #[schema(nullable = false, minimum = 1)]
    pub every: Option<u16>,
    /// `day`, `week`, `month` or `year`.
    #[schema(nullable = false)]
    pub unit: Option<String>,
    /// When the first occurrence is due: a local date and time, or a date for a whole day.
    #[schema(example = "2026-12-01T09:00:00")]
    pub start: String,
    /// IANA zone.
    #[schema(example = "Europe/Berlin")]
    pub timezone: String,
    /// How many occurrences.
    #[schema(default = 10, minimum = 1, maximum = 366)]
    pub count: Option<u32>,
    /// `schedule` or `completion`.
    #[schema(default = "schedule")]
    pub anchor: Option<String>,
    /// `skip` or `keep`.
    #[schema(default = "skip")]
    pub missed: Option<String>,
    /// When the first occurrence is completed; absent: when its time (or its day) begins, or now if that is over.
    #[schema(example = "2026-12-01T08:00:00Z")]
    pub completed_at: Option<DateTime<Utc>>,
}

#[derive(utoipa::OpenApi)]
#[openapi(
    info(title = "Taskwire", description = "Tasks, series, tags and sync. Errors are RFC 9457 problems with a stable `type`.",
         license(name = "Apache-2.0", identifier = "Apache-2.0")),
    paths(
        tasks::create::create, tasks::list::list, tasks::get::get, tasks::update::update, tasks::delete::delete,
        tasks::complete::complete, tasks::reopen::reopen, tasks::skip::skip, tags::create::create, tags::list::list,
        tags::get::get, tags::update::update, tags::delete::delete, sync::sync, recurrence::preview,
    ),
    components(schemas(TaskView, SeriesView, TagView)),
    modifiers(&Common),
)]
struct Document;

/// The description of the API.
#[must_use]
pub fn document() -> OpenApi {
    Document::openapi()
}

/// `/docs/` for people, `/openapi.json` for machines.
pub fn ui() -> SwaggerUi {
    SwaggerUi::new("/docs/{_:.*}").url("/openapi.json", document())
}
