//! The query string, whose every problem names its parameter.

use std::future::{Ready, ready};
use std::ops::Deref;

use actix_web::dev::Payload;
use actix_web::http::StatusCode;
use actix_web::{FromRequest, HttpRequest};
use serde::de::DeserializeOwned;
use url::form_urlencoded;

use crate::problem::Problem;

/// The query string as a `T`, which should deny unknown fields. What cannot be used is a 400 that names its parameter.
#[derive(Debug, Clone, Copy)]
pub struct Query<T>(pub T);

impl<T> Deref for Query<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}

impl<T: DeserializeOwned + 'static> FromRequest for Query<T> {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(parse(request.query_string()).map(Self))
    }
}

/// A parameter that cannot be used, and why: `limit`, "must be from 1 to 200".
#[must_use]
pub fn bad_query(parameter: &str, why: impl std::fmt::Display) -> Problem {
    Problem::new(
        StatusCode::BAD_REQUEST,
        "bad-query",
        "The query string is not usable",
    )
    .detail(format!("{parameter} {why}"))
    .with("parameter", parameter)
}

/// A cursor that the list did not give.
#[must_use]
pub fn bad_cursor() -> Problem {
    bad_query(
        "cursor",
        "is not a cursor of this list; leave it out to begin from the start",
    )
}

/// How many items a page is to have.
///
/// # Errors
/// A limit that is none, as a problem.
pub fn page_limit(asked: Option<i64>) -> Result<i64, Problem> {
    let why = || bad_query("limit", format!("must be from 1 to {}", crate::page::MOST));
    crate::page::limit(asked).ok_or_else(why)
}

/// Refuses any parameter, where none is known.
pub(super) fn refuse(query: &str) -> Option<Problem> {
    let (name, _) = form_urlencoded::parse(query.as_bytes()).next()?;
    Some(bad_query(&name, "is not a parameter here"))
}

fn parse<T: DeserializeOwned>(query: &str) -> Result<T, Problem> {
    let pairs = serde_urlencoded::Deserializer::new(form_urlencoded::parse(query.as_bytes()));
    serde_path_to_error::deserialize(pairs).map_err(|error| {
        let path = error.path().to_string();
        let complaint = error.into_inner().to_string();
        let named = |start: &str| {
            complaint
                .strip_prefix(start)?
                .split('`')
                .next()
                .map(str::to_owned)
        };
        if let Some(name) = named("unknown field `") {
            bad_query(&name, "is not a parameter here")
        } else if let Some(name) = named("duplicate field `") {
            bad_query(&name, "is given more than once")
        } else if let Some(name) = named("missing field `") {
            bad_query(&name, "is required")
        } else {
            bad_query(&path, in_our_words(&complaint))
        }
    })
}

/// The standard library's words for a text that is no number say nothing to a caller.
fn in_our_words(complaint: &str) -> String {
    let is_number = ["invalid digit", "cannot parse integer", "number too"];
    if is_number.iter().any(|start| complaint.starts_with(start)) {
        return "must be a whole number, and not that large".to_owned();
    }
    format!("is not usable: {complaint}")
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;
    use serde_json::Value;

    use super::*;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    #[expect(dead_code, reason = "only its shape is of interest")]
    struct List {
        cursor: Option<String>,
        limit: Option<i64>,
        since: Option<i64>,
    }

    fn blamed(query: &str) -> String {
        let problem = parse::<List>(query).expect_err("a bad query");
        let problem = serde_json::to_value(problem).expect("JSON");
        assert_eq!(problem["status"], 400);
        match &problem["parameter"] {
            Value::String(name) => name.clone(),
            other => panic!("{other}: {problem}"),
        }
    }

    #[test]
    fn the_parameter_that_cannot_be_used_is_named_and_no_other() {
        assert_eq!(blamed("limit=abc"), "limit");
        assert_eq!(blamed("limit=5&since=x"), "since");
        assert_eq!(blamed("cursor=x&limit=99999999999999999999"), "limit");
        assert_eq!(blamed("cursor=abc&since="), "since");
        assert_eq!(blamed("limit=5&colour=red"), "colour");
        assert_eq!(blamed("limit=5&limit=6"), "limit");
        assert!(parse::<List>("limit=5&cursor=x").is_ok());
        assert!(parse::<List>("").is_ok());
    }
}
