//! The answer to a change, made of what was changed, and its way to HTTP.

use actix_web::HttpResponse;
use actix_web::http::{StatusCode, header};
use service_kit::problem::Problem;
use shared_events::ids::Version;

use crate::domain::idempotency::Answer;
use crate::domain::project::Project;
use crate::domain::recurrence::Series;
use crate::domain::saved_filter::SavedFilter;
use crate::domain::settings::Settings;
use crate::domain::tag::Tag;
use crate::domain::task::Task;
use crate::error::Error;
use crate::view::Shown;

/// The header that says how far the user's changes have come with this one.
pub const POSITION: &str = "Taskwire-Position";

pub trait Resource: Shown {
    /// The path that an id is appended to.
    const COLLECTION: &'static str;
}

impl Resource for Task {
    const COLLECTION: &'static str = "/v1/tasks";
}

impl Resource for Tag {
    const COLLECTION: &'static str = "/v1/tags";
}

impl Resource for Series {
    const COLLECTION: &'static str = "/v1/series";
}

impl Resource for Project {
    const COLLECTION: &'static str = "/v1/projects";
}

impl Resource for SavedFilter {
    const COLLECTION: &'static str = "/v1/filters";
}

impl Resource for Settings {
    const COLLECTION: &'static str = "/v1/me";
}

impl Answer {
    /// The aggregate as it is now; 204 once it is deleted.
    pub fn of<T: Resource>(changed: &T) -> Result<Self, Error> {
        let (status, body) = if changed.is_deleted() {
            (StatusCode::NO_CONTENT, Vec::new())
        } else {
            let body = serde_json::to_vec(&changed.view()).map_err(Problem::internal)?;
            (StatusCode::OK, body)
        };
        Ok(Self {
            status: status.as_u16(),
            etag: etag(changed.version()),
            location: None,
            position: changed.position(),
            body,
        })
    }

    /// 201 with `Location`.
    pub fn created<T: Resource>(new: &T) -> Result<Self, Error> {
        Ok(Self {
            status: StatusCode::CREATED.as_u16(),
            location: Some(format!("{}/{}", T::COLLECTION, new.id())),
            ..Self::of(new)?
        })
    }
}

#[must_use]
pub fn response(answer: Answer) -> HttpResponse {
    let status = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut response = HttpResponse::build(status);
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

/// The response to a read.
pub fn shown<T: Shown>(found: &T) -> HttpResponse {
    HttpResponse::Ok()
        .insert_header((header::ETAG, etag(found.version())))
        .json(found.view())
}

fn etag(version: Version) -> String {
    format!("\"{version}\"")
}
