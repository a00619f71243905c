//! The answer to a change, decided before the commit and given after it.

use actix_web::HttpResponse;
use actix_web::http::{StatusCode, header};
use shared_events::ids::{Position, TaskId, Version};

use crate::domain::task::Task;
use crate::view::TaskView;

/// The header that says how far the user's changes have come with this one.
pub const POSITION: &str = "Taskwire-Position";

/// What a change answers: the task, its version and its position.
#[derive(Debug)]
pub struct Answer {
    status: StatusCode,
    location: Option<TaskId>,
    version: Version,
    position: Position,
    body: Option<TaskView>,
}

impl Answer {
    /// The task as it now is.
    #[must_use]
    pub fn task(task: &Task) -> Self {
        Self {
            status: StatusCode::OK,
            location: None,
            version: task.version,
            position: task.position,
            body: Some(TaskView::from(task)),
        }
    }

    /// The task, which did not exist before.
    #[must_use]
    pub fn created(task: &Task) -> Self {
        Self {
            status: StatusCode::CREATED,
            location: Some(task.id),
            ..Self::task(task)
        }
    }

    /// Nothing: the task is deleted.
    #[must_use]
    pub fn deleted(task: &Task) -> Self {
        Self {
            status: StatusCode::NO_CONTENT,
            body: None,
            ..Self::task(task)
        }
    }
}

impl From<Answer> for HttpResponse {
    fn from(answer: Answer) -> Self {
        let mut response = Self::build(answer.status);
        response.insert_header((header::ETAG, etag(answer.version)));
        response.insert_header((POSITION, answer.position.to_string()));
        if let Some(id) = answer.location {
            response.insert_header((header::LOCATION, format!("/v1/tasks/{id}")));
        }
        match answer.body {
            Some(task) => response.json(task),
            None => response.finish(),
        }
    }
}

/// The strong entity tag of a version.
#[must_use]
pub fn etag(version: Version) -> String {
    format!("\"{version}\"")
}
