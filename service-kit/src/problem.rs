//! Errors as clients see them: RFC 9457 problem details.

use std::borrow::Cow;
use std::fmt;

use actix_web::http::StatusCode;
use actix_web::http::header::{self, HeaderName, HeaderValue};
use actix_web::{HttpResponse, ResponseError};
use serde::{Serialize, Serializer};
use serde_json::{Map, Value};
use utoipa::ToSchema;

/// The media type of a problem.
pub const CONTENT_TYPE: &str = "application/problem+json";

const RETRY_AFTER_SECONDS: &str = "1";

/// What went wrong, with a stable `type` and, for bad input, a JSON pointer to the field.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Problem {
    /// Stable name of this kind of problem, as in `urn:taskwire:problem:not-found`.
    #[serde(rename = "type", serialize_with = "as_urn")]
    #[schema(value_type = String)]
    slug: &'static str,
    /// The kind of problem in words.
    #[schema(value_type = String)]
    title: Cow<'static, str>,
    /// The HTTP status.
    status: u16,
    /// What went wrong this time.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    detail: Option<String>,
    /// JSON pointer to the bad field of the request.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pointer: Option<String>,
    #[serde(flatten)]
    #[schema(ignore)]
    extra: Box<Extra>,
}

/// What few problems have: boxed, so that a `Result` with a problem stays small.
#[derive(Debug, Clone, Default, Serialize)]
struct Extra {
    #[serde(flatten)]
    members: Map<String, Value>,
    #[serde(skip)]
    headers: Vec<(HeaderName, HeaderValue)>,
}

impl Problem {
    /// A problem of type `urn:taskwire:problem:<slug>`.
    pub fn new(status: StatusCode, slug: &'static str, title: impl Into<Cow<'static, str>>) -> Self {
        Self {
            slug,
            title: title.into(),
            status: status.as_u16(),
            detail: None,
            pointer: None,
            extra: Box::default(),
        }
    }

    /// An opaque 500: the cause is logged here, once, and not shown.
    pub fn internal(cause: impl fmt::Display) -> Self {
        tracing::error!(error = %cause, "request failed");
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "internal", "Internal error").detail(
            "Something went wrong on our side; the request may be repeated with the same Idempotency-Key.",
        )
    }

    /// A 503 with `Retry-After`: something that is needed is down for now.
    pub fn unavailable(detail: impl Into<String>) -> Self {
        Self::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "unavailable",
            "Temporarily unavailable",
        )
        .detail(detail)
        .header(header::RETRY_AFTER, RETRY_AFTER_SECONDS)
    }

    /// Says what went wrong this time.
    #[must_use]
    pub fn detail(mut self, detail: impl Into<String>) -> Self {
        self.detail = Some(detail.into());
        self
    }

    /// Points at the bad field of the request body, as in `/due/timezone`.
    #[must_use]
    pub fn pointer(mut self, pointer: impl Into<String>) -> Self {
        self.pointer = Some(pointer.into());
        self
    }

    /// Adds a member of its own, as in `current_version`.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.extra.members.insert(name.to_owned(), value.into());
        self
    }

    /// Adds a response header; a value that cannot be one is left out.
    #[must_use]
    pub fn header(mut self, name: HeaderName, value: impl AsRef<str>) -> Self {
        if let Ok(value) = HeaderValue::from_str(value.as_ref()) {
            self.extra.headers.push((name, value));
        }
        self
    }

    /// What went wrong this time and in which field, on one line, for an answer that is no HTTP response.
    #[must_use]
    pub fn explanation(&self) -> String {
        let detail = self.detail.as_deref().unwrap_or(&self.title);
        match &self.pointer {
            Some(pointer) => format!("{pointer}: {detail}"),
            None => detail.to_owned(),
        }
    }

    /// The HTTP status.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }

    /// The stable name of this kind of problem, as in `not-found`.
    #[must_use]
    pub fn slug(&self) -> &'static str {
        self.slug
    }
}

fn as_urn<S: Serializer>(slug: &&'static str, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(&format_args!("urn:taskwire:problem:{slug}"))
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.title, self.status)?;
        match &self.detail {
            Some(detail) => write!(f, ": {detail}"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for Problem {}

impl ResponseError for Problem {
    fn status_code(&self) -> StatusCode {
        self.status()
    }

    fn error_response(&self) -> HttpResponse {
        let mut response = HttpResponse::build(self.status());
        for header in &self.extra.headers {
            response.append_header(header.clone());
        }
        response
            .insert_header((header::CONTENT_TYPE, CONTENT_TYPE))
            .json(self)
    }
}

/// A database that is down is a 503, anything else is ours and opaque.
impl From<sqlx::Error> for Problem {
    fn from(error: sqlx::Error) -> Self {
        if crate::pg::is_outage(&error) {
            tracing::warn!(%error, "the database is not available");
            return Self::unavailable("The database is not available right now.");
        }
        Self::internal(error)
    }
}

#[cfg(test)]
mod tests {
    use actix_web::body::to_bytes;

    use super::*;

    async fn body_of(problem: &Problem) -> String {
        let bytes = to_bytes(problem.error_response().into_body())
            .await
            .expect("a body");
        let value: Value = serde_json::from_slice(&bytes).expect("JSON");
        serde_json::to_string_pretty(&value).expect("JSON")
    }

    #[tokio::test]
    async fn a_problem_is_rendered_as_rfc_9457_says() {
        let problem = Problem::new(
            StatusCode::PRECONDITION_FAILED,
            "version-mismatch",
            "The task has changed",
        )
        .detail("If-Match names version 3, the task is at version 4")
        .pointer("/title")
        .with("current_version", 4);
        insta::assert_snapshot!(body_of(&problem).await, @r#"
        {
          "current_version": 4,
          "detail": "If-Match names version 3, the task is at version 4",
          "pointer": "/title",
          "status": 412,
          "title": "The task has changed",
          "type": "urn:taskwire:problem:version-mismatch"
        }
        "#);
        let response = problem.error_response();
        assert_eq!(response.status(), StatusCode::PRECONDITION_FAILED);
        assert_eq!(
            response.headers().get(header::CONTENT_TYPE).expect("a type"),
            CONTENT_TYPE
        );
    }

    #[tokio::test]
    async fn an_internal_error_does_not_show_its_cause() {
        let problem = Problem::internal("password=hunter2");
        assert!(!body_of(&problem).await.contains("hunter2"));
        assert!(!problem.to_string().contains("hunter2"));
    }

    #[test]
    fn an_outage_says_when_to_come_back() {
        let response = Problem::from(sqlx::Error::PoolTimedOut).error_response();
        assert_eq!(response.status(), StatusCode::SERVICE_UNAVAILABLE);
        assert_eq!(
            response.headers().get(header::RETRY_AFTER).expect("a header"),
            RETRY_AFTER_SECONDS
        );
    }

    #[test]
    fn an_unexpected_database_error_is_ours() {
        assert_eq!(
            Problem::from(sqlx::Error::RowNotFound).status(),
            StatusCode::INTERNAL_SERVER_ERROR
        );
    }
}
