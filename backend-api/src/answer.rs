//! The answer to a change, decided before the commit, given after it, and given again to whoever repeats the request.

use actix_web::HttpResponse;
use actix_web::http::{StatusCode, header};
use serde::Serialize;
use service_kit::problem::Problem;
use shared_events::ids::{Position, Version};

use crate::domain::tag::Tag;
use crate::domain::task::Task;
use crate::error::Error;
use crate::view::{TagView, TaskView};

/// The header that says how far the user's changes have come with this one.
pub const POSITION: &str = "Taskwire-Position";

/// What a change answers: byte for byte the same each time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// The status.
    pub status: StatusCode,
    /// The version of what was changed.
    pub etag: String,
    /// Where something new is.
    pub location: Option<String>,
    /// Its position.
    pub position: Position,
    /// It as JSON; nothing once it is deleted.
    pub body: Vec<u8>,
}

impl Answer {
    /// The task as it now is.
    pub fn task(task: &Task) -> Result<Self, Error> {
        Self::shown(task.version, task.position, &TaskView::from(task))
    }

    /// The task, which did not exist before.
    pub fn created(task: &Task) -> Result<Self, Error> {
        Ok(Self::task(task)?.at(format!("/v1/tasks/{}", task.id)))
    }

    /// The tag as it now is.
    pub fn tag(tag: &Tag) -> Result<Self, Error> {
        Self::shown(tag.version, tag.position, &TagView::from(tag))
    }

    /// The tag, which did not exist before.
    pub fn tag_created(tag: &Tag) -> Result<Self, Error> {
        Ok(Self::tag(tag)?.at(format!("/v1/tags/{}", tag.id)))
    }

    /// Nothing: what was meant is deleted.
    #[must_use]
    pub fn deleted(version: Version, position: Position) -> Self {
        Self {
            status: StatusCode::NO_CONTENT,
            etag: etag(version),
            location: None,
            position,
            body: Vec::new(),
        }
    }

    fn shown(version: Version, position: Position, view: &impl Serialize) -> Result<Self, Error> {
        Ok(Self {
            status: StatusCode::OK,
            etag: etag(version),
            location: None,
            position,
            body: serde_json::to_vec(view).map_err(Problem::internal)?,
        })
    }

    fn at(self, location: String) -> Self {
        Self {
            status: StatusCode::CREATED,
            location: Some(location),
            ..self
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
