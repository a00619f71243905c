//! What is wrong with a path or a body, as problems.

use actix_web::HttpRequest;
use actix_web::error::PathError;
use actix_web::http::StatusCode;
use actix_web::web::PathConfig;

use crate::problem::Problem;

/// `web::Path` with errors as problems: what cannot be an id is not found.
#[must_use]
pub fn path_config() -> PathConfig {
    PathConfig::default().error_handler(|_: PathError, request: &HttpRequest| {
        Problem::new(StatusCode::NOT_FOUND, "not-found", "Not found")
            .detail(format!("There is nothing at {}.", request.path()))
            .into()
    })
}

pub(super) fn too_large(limit: usize) -> Problem {
    Problem::new(
        StatusCode::PAYLOAD_TOO_LARGE,
        "body-too-large",
        "The request body is too large",
    )
    .with("limit_bytes", limit)
}

pub(super) fn unsupported_media_type() -> Problem {
    Problem::new(
        StatusCode::UNSUPPORTED_MEDIA_TYPE,
        "unsupported-media-type",
        "The request body must be JSON",
    )
    .detail("Send Content-Type: application/json.")
}

pub(super) fn incomplete() -> Problem {
    Problem::new(
        StatusCode::BAD_REQUEST,
        "incomplete-body",
        "The request body could not be read to its end",
    )
}

pub(super) fn timed_out() -> Problem {
    Problem::new(
        StatusCode::REQUEST_TIMEOUT,
        "body-timeout",
        "The request body did not come",
    )
    .detail("The rest of the body was announced and did not come in time; send the request again.")
}

/// Broken JSON is a 400; good JSON that is not what is asked for is a 422 with a pointer.
pub(super) fn unusable_json(error: &serde_json::Error, path: Option<&serde_path_to_error::Path>) -> Problem {
    if !error.is_data() {
        let place = format!("line {}, column {}", error.line(), error.column());
        if error.to_string().starts_with("recursion limit exceeded") {
            return Problem::new(
                StatusCode::BAD_REQUEST,
                "too-deep",
                "The request body is nested too deeply",
            )
            .detail(format!("At {place} it is nested more than 127 levels deep."));
        }
        return Problem::new(
            StatusCode::BAD_REQUEST,
            "malformed-json",
            "The request body is not JSON",
        )
        .detail(format!("The JSON breaks off or is malformed at {place}."));
    }
    let text = error.to_string();
    let message = text
        .rsplit_once(" at line ")
        .map_or(text.as_str(), |(message, _)| message);
    let problem = Problem::new(
        StatusCode::UNPROCESSABLE_ENTITY,
        "validation",
        "The request body is not valid",
    )
    .detail(message);
    match pointer(message, path) {
        Some(pointer) => problem.pointer(pointer),
        None => problem,
    }
}

/// The path of the bad value; for a missing or an unknown field serde names the field and not its path.
fn pointer(message: &str, path: Option<&serde_path_to_error::Path>) -> Option<String> {
    use serde_path_to_error::Segment;
    let mut pointer = String::new();
    for segment in path.into_iter().flatten() {
        match segment {
            Segment::Seq { index } => pointer.push_str(&format!("/{index}")),
            Segment::Map { key } => pointer.push_str(&format!("/{}", escape(key))),
            Segment::Enum { .. } | Segment::Unknown => {}
        }
    }
    let named = ["missing field `", "unknown field `", "duplicate field `"];
    let field = named
        .iter()
        .find_map(|start| message.strip_prefix(start)?.split('`').next());
    if let Some(field) = field {
        let step = format!("/{}", escape(field));
        if !pointer.ends_with(&step) || message.starts_with("missing") {
            pointer.push_str(&step);
        }
    }
    (!pointer.is_empty()).then_some(pointer)
}

/// RFC 6901.
pub(super) fn escape(key: &str) -> String {
    key.replace('~', "~0").replace('/', "~1")
}
