//! A JSON body whose errors point at the bad field.

mod read;

use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use actix_web::dev::Payload;
use actix_web::http::header;
use actix_web::web::BytesMut;
use actix_web::{FromRequest, HttpMessage, HttpRequest};
use futures_util::StreamExt;
use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::errors;
use crate::problem::Problem;

pub use read::read;

const DEFAULT_LIMIT: usize = 256 * 1024;
/// A body that does not move for so long is given up; a slow one that moves is read to its end.
const IDLE_BODY: Duration = Duration::from_secs(10);

/// Like `web::Json`, with a JSON pointer in its errors. Put a [`JsonLimit`] into the application's data to limit it.
#[derive(Debug, Clone, Copy)]
pub struct Json<T>(pub T);

/// The longest JSON body, in bytes; 256 KiB when it is not set.
#[derive(Debug, Clone, Copy)]
pub struct JsonLimit(pub usize);

impl<T> Json<T> {
    /// The value.
    pub fn into_inner(self) -> T {
        self.0
    }
}

impl<T: DeserializeOwned + 'static> FromRequest for Json<T> {
    type Error = Problem;
    type Future = Pin<Box<dyn Future<Output = Result<Self, Problem>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let limit = limit(request);
        let accepted = check_headers(request, limit);
        let payload = payload.take();
        Box::pin(async move {
            accepted?;
            let body = collect(payload, limit).await?;
            parse(&body).map(Self)
        })
    }
}

/// A request that needs no body: there is none, or an empty object.
#[derive(Debug, Clone, Copy)]
pub struct NoBody;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Nothing {}

impl FromRequest for NoBody {
    type Error = Problem;
    type Future = Pin<Box<dyn Future<Output = Result<Self, Problem>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let limit = limit(request);
        let accepted = check_headers(request, limit);
        let payload = payload.take();
        Box::pin(async move {
            let body = collect(payload, limit).await?;
            if body.trim_ascii().is_empty() {
                return Ok(Self);
            }
            accepted?;
            parse::<Nothing>(&body).map(|Nothing {}| Self)
        })
    }
}

fn parse<T: DeserializeOwned>(body: &[u8]) -> Result<T, Problem> {
    let mut deserializer = serde_json::Deserializer::from_slice(body);
    let read::Unique(value) = serde_path_to_error::deserialize(&mut deserializer)
        .map_err(|error| errors::unusable_json(error.inner(), Some(error.path())))?;
    deserializer
        .end()
        .map_err(|error| errors::unusable_json(&error, None))?;
    read(&value)
}

impl<T: DeserializeOwned> Json<T> {
    /// Parses a body that was already read (for a fingerprint, say), with the same errors.
    pub fn from_slice(body: &[u8]) -> Result<T, Problem> {
        parse(body)
    }
}

fn limit(request: &HttpRequest) -> usize {
    request
        .app_data::<JsonLimit>()
        .map_or(DEFAULT_LIMIT, |limit| limit.0)
}

fn check_headers(request: &HttpRequest, limit: usize) -> Result<(), Problem> {
    let content_type = request.mime_type().ok().flatten();
    let is_json = content_type
        .is_some_and(|mime| mime.subtype() == "json" || mime.suffix().is_some_and(|suffix| suffix == "json"));
    if !is_json {
        return Err(errors::unsupported_media_type());
    }
    let length = request.headers().get(header::CONTENT_LENGTH);
    let length = length.and_then(|value| value.to_str().ok()?.parse::<usize>().ok());
    if length.is_some_and(|length| length > limit) {
        return Err(errors::too_large(limit));
    }
    Ok(())
}

async fn collect(mut payload: Payload, limit: usize) -> Result<BytesMut, Problem> {
    let mut body = BytesMut::new();
    while let Some(chunk) = tokio::time::timeout(IDLE_BODY, payload.next())
        .await
        .map_err(|_| errors::timed_out())?
    {
        let chunk = chunk.map_err(|_| errors::incomplete())?;
        if body.len() + chunk.len() > limit {
            return Err(errors::too_large(limit));
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}
