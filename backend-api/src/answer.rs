//! The answer to a change, decided before the commit, given after it, and given again to whoever repeats the request.

use actix_web::HttpResponse;
use actix_web::http::{StatusCode, header};
use shared_events::ids::{Position, Version};

use crate::domain::task::Task;
use crate::error::Error;
use crate::view::TaskView;

/// The header that says how far the user's changes have come with this one.
pub const POSITION: &str = "Taskwire-Position";

/// What a change answers: byte for byte the same each time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// The status.
    pub status: StatusCode,
    /// The task's version.
    pub etag: String,
    /// Where a new task is.
    pub location: Option<String>,
    /// The task's position.
    pub position: Position,
    /// The task as JSON; nothing once it is deleted.
    pub body: Vec<u8>,
}

impl Answer {
    /// The task as it now is.
    pub fn task(task: &Task) -> Result<Self, Error> {
        let body =
            serde_json::to_vec(&TaskView::from(task)).map_err(service_kit::problem::Problem::internal)?;
        Ok(Self {
            status: StatusCode::OK,
            etag: etag(task.version),
            location: None,
            position: task.position,
            body,
        })
    }

    /// The task, which did not exist before.
    pub fn created(task: &Task) -> Result<Self, Error> {
        let location = Some(format!("/v1/tasks/{}", task.id));
        Ok(Self {
            status: StatusCode::CREATED,
            location,
            ..Self::task(task)?
        })
    }

    /// Nothing: the task is deleted.
    #[must_use]
    pub fn deleted(task: &Task) -> Self {
        Self {
            status: StatusCode::NO_CONTENT,
            etag: etag(task.version),
            location: None,
            position: task.position,
            body: Vec::new(),
        }
    }
}

impl From<Answer> for HttpResponse {
    fn from(answer: Answer) -> Self {
        let mut response = Self::build(answer.status);
        response.insert_header((header::ETAG, answer.etag));
        response.insert_header((POSITION, answer.position.to_string()));
        if let Some(location) = answer.location {
            response.insert_header((header::LOCATION, location));
        }
        if answer.body.is_empty() {
            return response.finish();
        }
        response
            .content_type(header::ContentType::json())
            .body(answer.body)
    }
}

/// The strong entity tag of a version.
#[must_use]
pub fn etag(version: Version) -> String {
    format!("\"{version}\"")
}
