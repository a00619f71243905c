//! What an occurrence hands on when it was edited by itself: what it said before, as a request for a new task would say it.

use serde_json::{Value, json};
use service_kit::problem::Problem;
use shared_events::ids::TagId;

use crate::domain::reminder::Reminder;
use crate::domain::settings::Choices;
use crate::domain::task::{Details, Estimate, Task};
use crate::error::Error;
use crate::input::task::{NewTask, TaskPatch};
use crate::view;

/// What the occurrence after `task` goes by.
pub(super) fn handed_on(task: &Task) -> Result<Details, Error> {
    match &task.template {
        Some(template) => Ok(Details {
            recurrence: task.details.recurrence.clone(),
            ..read(template)?
        }),
        None => Ok(task.details.clone()),
    }
}

/// The template of an occurrence of which what it said so far is to be handed on.
pub(super) fn of(details: &Details) -> Value {
    json!({
        "title": details.title,
        "description": details.description,
        "priority": details.priority.as_str(),
        "tags": details.tags.as_slice().iter().map(TagId::to_string).collect::<Vec<_>>(),
        "project_id": details.project,
        "parent_id": details.parent,
        "start": details.start.map(view::moment),
        "due": details.due.map(view::moment),
        "reminders": details.reminders.iter().map(Reminder::to_json).collect::<Vec<_>>(),
        "estimate": details.estimate.map(Estimate::minutes),
    })
}

/// The template after a patch that is meant for what follows too.
pub(super) fn patched(template: &Value, patch: &TaskPatch, choices: &Choices) -> Result<Value, Error> {
    Ok(of(&patch.over(&read(template)?, choices)?.details))
}

fn read(template: &Value) -> Result<Details, Error> {
    let unreadable = |why: String| Problem::internal(format!("a template cannot be read: {why}"));
    let task: NewTask =
        service_kit::http::read(template).map_err(|problem| unreadable(problem.to_string()))?;
    let draft = task
        .draft(&Choices::default())
        .map_err(|invalid| unreadable(invalid.to_string()))?;
    Ok(draft.details)
}
