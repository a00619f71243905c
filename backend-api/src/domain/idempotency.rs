//! Idempotency keys: what makes two requests the same, and the answer that both are given.

use std::str::FromStr;

use serde_json::Value;
use sha2::{Digest, Sha256};
use shared_events::ids::{Position, TaskId};

/// Method, path and body of a request, as one hash.
pub type Fingerprint = [u8; 32];

/// What a change answers: decided before the commit, given after it, and given again, byte for byte, to whoever repeats
/// the request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    pub status: u16,
    /// The version of what was changed.
    pub etag: String,
    /// Where something new is.
    pub location: Option<String>,
    pub position: Position,
    /// It as JSON; nothing once it is deleted.
    pub body: Vec<u8>,
}

/// The name of one change: 1 to 255 visible ASCII characters of a client, or made of the id of a new task.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Key(String);

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be one header of 1 to 255 visible ASCII characters, such as a UUID")]
pub struct InvalidKey;

impl Key {
    const MAX_CHARS: usize = 255;

    /// The key of the creation of a task whose id its client chose. It contains a space, so no client can send it.
    #[must_use]
    pub fn of_new(task: TaskId) -> Self {
        Self(format!("task {task}"))
    }

    /// Whether its answer is kept for ever, and not for a day only.
    #[must_use]
    pub fn is_for_ever(&self) -> bool {
        self.0.contains(' ')
    }

    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Key {
    type Err = InvalidKey;

    fn from_str(text: &str) -> Result<Self, InvalidKey> {
        let is_key =
            (1..=Self::MAX_CHARS).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic());
        is_key.then(|| Self(text.to_owned())).ok_or(InvalidKey)
    }
}

/// The fingerprint of a request. Bodies are compared as JSON: white space and the order of fields do not count.
#[must_use]
pub fn fingerprint(method: &str, target: &str, body: Option<&Value>) -> Fingerprint {
    let body = body.map(Value::to_string).unwrap_or_default();
    let mut hash = Sha256::new();
    for part in [method, target, &body] {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part.as_bytes());
    }
    hash.finalize().into()
}

/// The fingerprint of the creation of a task whose id its client chose, by whichever way it comes.
#[must_use]
pub fn of_creation(body: &Value) -> Fingerprint {
    fingerprint("POST", "/v1/tasks", Some(body))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_key_is_visible_ascii() {
        assert!("018f4e6e-0000-7000-8000-000000000001".parse::<Key>().is_ok());
        for text in ["", "a b", "ä", "a\n", &"x".repeat(256)] {
            assert_eq!(text.parse::<Key>(), Err(InvalidKey), "{text}");
        }
    }

    #[test]
    fn each_part_of_a_request_counts() {
        let body = json!({"title": "a"});
        let one = fingerprint("POST", "/v1/tasks", Some(&body));
        assert_eq!(one, fingerprint("POST", "/v1/tasks", Some(&body)));
        for other in [
            fingerprint("PATCH", "/v1/tasks", Some(&body)),
            fingerprint("POST", "/v1/task", Some(&body)),
            fingerprint("POST", "/v1/tasks", Some(&json!({"title": "b"}))),
            fingerprint("POST", "/v1/tasks", None),
        ] {
            assert_ne!(one, other);
        }
    }
}
