//! What every request says apart from its body: who asks, and which version is meant.

use std::future::Future;
use std::pin::Pin;

use actix_web::dev::Payload;
use actix_web::http::{StatusCode, header};
use actix_web::{FromRequest, HttpRequest};
use serde_json::Value;
use service_kit::auth::Caller;
use service_kit::problem::Problem;
use shared_events::ids::{UserId, Version};
use uuid::Uuid;

use crate::domain::aggregate::{Aggregate, Expected, Target};
use crate::domain::idempotency::{Fingerprint, InvalidKey, Key, fingerprint};
use crate::error::Error;

/// A call of a proven user.
#[derive(Debug, Clone)]
pub struct Call {
    pub user: UserId,
    /// The client's name for the change, under which it can be repeated without harm.
    pub key: Option<Key>,
    if_match: Expected,
    id: Option<Uuid>,
    method: String,
    target: String,
}

impl Call {
    /// The id in the path; text that is no UUID is answered as an unknown one, 404.
    pub fn id<T: Aggregate>(&self) -> Result<T::Id, Error> {
        self.id.map(T::Id::from).ok_or_else(Error::not_found::<T>)
    }

    /// What is to be changed.
    pub fn target<T: Aggregate>(&self) -> Result<Target<T>, Error> {
        Ok(self.target_of(self.id::<T>()?))
    }

    /// The one of the caller with this id, which is not in the path.
    #[must_use]
    pub fn target_of<T: Aggregate>(&self, id: T::Id) -> Target<T> {
        Target {
            id,
            versions: self.if_match.clone(),
        }
    }

    /// The call that a command of a batch stands for.
    #[must_use]
    pub fn of_command(&self, key: &Key, versions: &Expected) -> Self {
        Self {
            key: Some(key.clone()),
            if_match: versions.clone(),
            ..self.clone()
        }
    }

    /// True when the call names no version of what it changes.
    #[must_use]
    pub fn is_unconditional(&self) -> bool {
        self.if_match == Expected::Any
    }

    /// What makes a repeated request the same.
    #[must_use]
    pub fn fingerprint(&self, body: Option<&Value>) -> Fingerprint {
        fingerprint(&self.method, &self.target, body)
    }
}

impl FromRequest for Call {
    type Error = Problem;
    type Future = Pin<Box<dyn Future<Output = Result<Self, Problem>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let caller = Caller::from_request(request, payload);
        let headers = if_match(request).and_then(|if_match| Ok((if_match, key(request)?)));
        let id = request.match_info().get("id").and_then(|id| id.parse().ok());
        let (method, target) = (request.method().to_string(), request.uri().to_string());
        Box::pin(async move {
            let user = caller.await?.user;
            let (if_match, key) = headers?;
            Ok(Self {
                user,
                key,
                if_match,
                id,
                method,
                target,
            })
        })
    }
}

fn key(request: &HttpRequest) -> Result<Option<Key>, Problem> {
    let mut values = request.headers().get_all("idempotency-key");
    let Some(value) = values.next() else {
        return Ok(None);
    };
    let key = match values.next() {
        None => value.to_str().map_err(|_| InvalidKey).and_then(str::parse),
        Some(_) => Err(InvalidKey),
    };
    key.map(Some).map_err(|error| {
        Problem::new(
            StatusCode::BAD_REQUEST,
            "bad-idempotency-key",
            "The Idempotency-Key header is not usable",
        )
        .detail(format!("It {error}."))
    })
}

/// RFC 9110, section 13.1.1.
fn if_match(request: &HttpRequest) -> Result<Expected, Problem> {
    let mut versions = Vec::new();
    for value in request.headers().get_all(header::IF_MATCH) {
        let value = value.to_str().map_err(|_| bad_if_match())?.trim();
        if value == "*" {
            return Ok(Expected::Any);
        }
        for tag in value.split(',') {
            versions.extend(version_of(tag.trim())?);
        }
    }
    let is_absent = !request.headers().contains_key(header::IF_MATCH);
    Ok(if is_absent {
        Expected::Any
    } else {
        Expected::OneOf(versions)
    })
}

/// The version that an entity tag names. A weak tag, or one that we never gave, matches nothing.
fn version_of(tag: &str) -> Result<Option<Version>, Problem> {
    let strong = tag.strip_prefix("W/").unwrap_or(tag);
    let text = strong
        .strip_prefix('"')
        .and_then(|rest| rest.strip_suffix('"'))
        .ok_or_else(bad_if_match)?;
    let is_weak = strong.len() != tag.len();
    let version = text.parse().ok().map(Version);
    Ok(version.filter(|version| !is_weak && version.to_string() == text))
}

fn bad_if_match() -> Problem {
    Problem::new(
        StatusCode::BAD_REQUEST,
        "bad-if-match",
        "The If-Match header is not usable",
    )
    .detail("Send the ETag as it was given, as in If-Match: \"3\".")
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    fn parsed(header: &str) -> Option<Expected> {
        if_match(
            &TestRequest::default()
                .insert_header((header::IF_MATCH, header))
                .to_http_request(),
        )
        .ok()
    }

    #[test]
    fn entity_tags_name_versions() {
        assert_eq!(parsed("*"), Some(Expected::Any));
        assert_eq!(parsed("\"3\""), Some(Expected::OneOf(vec![Version(3)])));
        assert_eq!(
            parsed("\"3\", \"4\""),
            Some(Expected::OneOf(vec![Version(3), Version(4)]))
        );
        assert_eq!(parsed("W/\"3\""), Some(Expected::OneOf(vec![])));
        assert_eq!(parsed("\"theirs\""), Some(Expected::OneOf(vec![])));
        assert_eq!(parsed("3"), None);
        assert_eq!(
            if_match(&TestRequest::default().to_http_request()).ok(),
            Some(Expected::Any)
        );
    }

    #[test]
    fn one_header_is_the_key_and_a_second_one_is_refused() {
        let request = |keys: &[&'static str]| {
            let request = keys.iter().fold(TestRequest::default(), |request, key| {
                request.append_header(("idempotency-key", *key))
            });
            key(&request.to_http_request())
        };
        assert_eq!(request(&[]).ok(), Some(None));
        assert_eq!(request(&["a"]).ok(), Some("a".parse().ok()));
        for keys in [&["a", "b"], &["a", "a"]] {
            let refused = request(keys).expect_err("two keys");
            assert_eq!(refused.slug(), "bad-idempotency-key");
        }
    }
}
