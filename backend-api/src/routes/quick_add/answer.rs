//! What a text was read as, as the API tells it.

use quick_add::Reading;
use serde::Serialize;
use serde_json::Value;
use shared_events::event::view::TaskView;
use utoipa::ToSchema;

use crate::input::task::NewTask;

/// What a text was read as.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct QuickAddAnswer {
    /// The body with which `POST /v1/tasks` creates the task; absent if no word is left for its title.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<NewTask>, nullable = false)]
    task: Option<Value>,
    /// The words that were not taken for anything else.
    title: String,
    /// The parts of the text that were taken, in order, without overlap.
    spans: Vec<SpanView>,
    /// What else could have been meant, what was assumed, and what was left in the title, in the order of the text.
    notes: Vec<NoteView>,
    /// What the text names and does not exist.
    unknown: Unknown,
    /// The task as it was created; absent with `dry_run`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    created: Option<TaskView>,
}

/// A part of the text that was taken for something.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = QuickAddSpan)]
pub(super) struct SpanView {
    /// Its first character, counted from 0 in Unicode scalar values (code points), not in bytes or UTF-16 units.
    start: usize,
    /// The one after its last.
    end: usize,
    /// `date`, `time`, `recurrence`, `until`, `count`, `start`, `reminder`, `priority`, `tag`, `project` or `estimate`.
    kind: &'static str,
    /// The part itself.
    text: String,
    /// What it says: a date or a wall time, an RRULE, a number, a duration, a name.
    value: String,
}

/// Something to know about the reading.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = QuickAddNote)]
pub(super) struct NoteView {
    /// `ambiguous`: there are two readings. `assumed`: the text left something open. `passed`: what it names has passed, and the
    /// next one was taken. `left`: the words stay in the title. `no-title`: no word is left for it.
    kind: &'static str,
    /// The first character of the words that it is about, counted as in a span.
    start: usize,
    /// The one after their last.
    end: usize,
    /// The words.
    text: String,
    /// What was done, for people.
    message: String,
}

/// Names of what does not exist.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = UnknownNames)]
pub(super) struct Unknown {
    pub(super) tags: Vec<String>,
    pub(super) projects: Vec<String>,
}

impl QuickAddAnswer {
    pub(super) fn new(reading: &Reading, task: Option<Value>, unknown: Unknown) -> Self {
        let spans = reading.spans.iter().map(|span| SpanView {
            start: span.start,
            end: span.end,
            kind: span.kind.as_str(),
            text: span.text.clone(),
            value: span.value.clone(),
        });
        let notes = reading.notes.iter().map(|note| NoteView {
            kind: note.kind.as_str(),
            start: note.start,
            end: note.end,
            text: note.text.clone(),
            message: note.message.clone(),
        });
        Self {
            task,
            title: reading.title.clone(),
            spans: spans.collect(),
            notes: notes.collect(),
            unknown,
            created: None,
        }
    }

    pub(super) fn with_created(self, created: TaskView) -> Self {
        Self {
            created: Some(created),
            ..self
        }
    }
}
