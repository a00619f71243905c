//! Cursors: where a list goes on, written so that nobody takes them apart.

use std::fmt::Display;
use std::str::FromStr;

use actix_web::http::StatusCode;
use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use chrono::{DateTime, Utc};
use service_kit::problem::Problem;

/// Writes the parts of a cursor.
#[must_use]
pub fn encode(parts: &[String]) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(parts.join("."))
}

/// Reads a cursor of so many parts.
pub fn decode<const N: usize>(cursor: &str) -> Result<[String; N], Problem> {
    let text = BASE64_URL_SAFE_NO_PAD
        .decode(cursor)
        .ok()
        .and_then(|bytes| String::from_utf8(bytes).ok());
    let parts: Vec<String> = text.ok_or_else(bad)?.split('.').map(str::to_owned).collect();
    parts.try_into().map_err(|_| bad())
}

/// The cursor of a list in the order of creation: the last item of its page.
#[must_use]
pub fn place(created_at: DateTime<Utc>, id: impl Display) -> String {
    encode(&[created_at.timestamp_micros().to_string(), id.to_string()])
}

/// Reads what [`place`] wrote.
pub fn read_place<T: FromStr>(cursor: &str) -> Result<(DateTime<Utc>, T), Problem> {
    let [micros, id] = decode(cursor)?;
    let created_at = micros
        .parse()
        .ok()
        .and_then(DateTime::from_timestamp_micros)
        .ok_or_else(bad)?;
    Ok((created_at, id.parse().map_err(|_| bad())?))
}

/// A part of a cursor that is none of ours.
#[must_use]
pub fn bad() -> Problem {
    bad_query(
        "cursor",
        "is not a cursor of this list; leave it out to begin from the start",
    )
}

/// A parameter that cannot be used.
#[must_use]
pub fn bad_query(parameter: &'static str, why: &str) -> Problem {
    Problem::new(
        StatusCode::BAD_REQUEST,
        "bad-query",
        "The query string is not usable",
    )
    .detail(format!("{parameter} {why}"))
    .with("parameter", parameter)
}

/// The number of items on a page.
pub fn limit(asked: Option<i64>) -> Result<i64, Problem> {
    const DEFAULT: i64 = 50;
    const MOST: i64 = 200;
    match asked.unwrap_or(DEFAULT) {
        limit @ 1..=MOST => Ok(limit),
        _ => Err(bad_query("limit", "must be from 1 to 200")),
    }
}
