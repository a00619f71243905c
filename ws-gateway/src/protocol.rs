//! What gateway and client say to each other, in subprotocol `taskwire.v1`. No I/O.
//!
//! docs/REALTIME.md shows every frame and every close code; tests/it/document.rs compares them with these types.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::time::Duration;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use service_kit::auth::AuthError;
use service_kit::http::{Json, read};
use service_kit::problem::Problem;
use shared_events::event::update::stream;
use shared_events::ids::{Epoch, Position};

pub const SUBPROTOCOL: &str = "taskwire.v1";
/// The longest message of a client, in bytes: a token with room to spare.
pub const MAX_MESSAGE_BYTES: usize = 16 * 1024;
/// A close frame holds at most so many bytes of text.
const MAX_REASON_BYTES: usize = 123;

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ClientMessage {
    Connect(Connect),
    /// A new token, before the old one expires.
    Refresh(Refresh),
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Connect {
    pub token: String,
    /// What the client has already.
    #[serde(default)]
    pub since: Option<Since>,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Refresh {
    pub token: String,
}

/// The last positions that a client has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Since {
    /// The life of the database that they belong to.
    pub epoch: Epoch,
    #[serde(default)]
    pub tasks: Option<Position>,
    #[serde(default)]
    pub notifications: Option<Position>,
}

impl Since {
    /// The streams there are, with the client's position in each.
    #[must_use]
    pub fn streams(since: Option<Self>) -> [(&'static str, Option<(Epoch, Position)>); 2] {
        let at = |position: Option<Position>| Some((since?.epoch, position?));
        [
            (stream::TASKS, at(since.and_then(|since| since.tasks))),
            (
                stream::NOTIFICATIONS,
                at(since.and_then(|since| since.notifications)),
            ),
        ]
    }
}

/// What the gateway says besides events, which are rendered in [`crate::update`].
#[derive(Debug, Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum ServerMessage<'a> {
    Connected {
        /// Per stream: does everything after the client's position follow?
        recovered: &'a BTreeMap<&'static str, bool>,
        /// The current life of the database, once it is known.
        epoch: Option<Epoch>,
        /// When the socket is closed unless it is refreshed.
        expires_at: DateTime<Utc>,
        /// How often a silent client is pinged.
        ping_seconds: u64,
    },
    Refreshed {
        /// When the socket is closed unless it is refreshed again.
        expires_at: DateTime<Utc>,
    },
}

impl ServerMessage<'_> {
    #[must_use]
    pub fn to_text(&self) -> String {
        // Strings, numbers and maps with string keys: this cannot fail.
        serde_json::to_string(self).unwrap_or_default()
    }
}

#[must_use]
pub fn connected(
    recovered: &BTreeMap<&'static str, bool>,
    epoch: Option<Epoch>,
    expires_at: DateTime<Utc>,
    ping_interval: Duration,
) -> String {
    let ping_seconds = ping_interval.as_secs().max(1);
    ServerMessage::Connected {
        recovered,
        epoch,
        expires_at,
        ping_seconds,
    }
    .to_text()
}

/// Reads a message as strictly as a request's body: no name twice, no array for an object. The reason of a refusal names
/// the field and repeats no value, which may be a token.
pub fn parse(text: &str) -> Result<ClientMessage, Close> {
    let refused = |problem: Problem| Close::Bad(problem.explanation().into());
    let mut message: Map<String, Value> = Json::from_slice(text.as_bytes()).map_err(refused)?;
    let kind = message.remove("type");
    let fields = Value::Object(message);
    match kind.as_ref().and_then(Value::as_str) {
        Some("connect") => read(&fields).map(ClientMessage::Connect).map_err(refused),
        Some("refresh") => read(&fields).map(ClientMessage::Refresh).map_err(refused),
        _ => Err(Close::Bad("/type: must be connect or refresh".into())),
    }
}

/// Why the gateway closes a socket.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Close {
    GoingAway,
    /// The stream cannot go on from here; the client fetches or recovers after it came back.
    Resume(&'static str),
    Slow,
    Expired,
    PingTimeout,
    /// Tokens cannot be checked right now.
    Unavailable,
    ConnectTimeout,
    /// The user has as many sockets as are possible.
    TooManySockets,
    Protocol,
    Binary,
    NotUtf8,
    TooLong,
    Bad(Cow<'static, str>),
    Refused(AuthError),
    Unexpected(&'static str),
    AnotherUser,
    /// More tokens than anybody needs.
    TooManyRefreshes,
}

impl Close {
    /// The close code, as in docs/REALTIME.md.
    #[must_use]
    pub fn code(&self) -> u16 {
        match self {
            Self::GoingAway => 1001,
            Self::Protocol => 1002,
            Self::Binary => 1003,
            Self::NotUtf8 => 1007,
            Self::TooLong => 1009,
            Self::Resume(_) => 4000,
            Self::Slow => 4001,
            Self::Expired => 4002,
            Self::PingTimeout => 4003,
            Self::Unavailable => 4004,
            Self::ConnectTimeout => 4005,
            Self::TooManySockets => 4006,
            Self::Bad(_) => 4500,
            Self::Refused(_) => 4501,
            Self::Unexpected(_) => 4502,
            Self::AnotherUser => 4503,
            Self::TooManyRefreshes => 4504,
        }
    }

    /// True when the client should come back by itself.
    #[must_use]
    pub fn is_resumable(&self) -> bool {
        self.code() == 1001 || (4000..4500).contains(&self.code())
    }

    /// The close frame's text: short enough for one, and never anything of the client's message.
    #[must_use]
    pub fn reason(&self) -> String {
        let reason: Cow<'static, str> = match self {
            Self::GoingAway => "this gateway is stopping, come back".into(),
            Self::Resume(why) => format!("{why}, come back with your last position").into(),
            Self::Slow => "you read too slowly, come back with your last position".into(),
            Self::Expired => "the token has expired, come back with a new one".into(),
            Self::PingTimeout => "a ping was not answered".into(),
            Self::Unavailable => "tokens cannot be checked right now, come back later".into(),
            Self::ConnectTimeout => "no connect message came in time".into(),
            Self::TooManySockets => "you have too many sockets open, come back later or close one".into(),
            Self::Protocol => "not the WebSocket protocol".into(),
            Self::Binary => "binary messages are not understood, send JSON text".into(),
            Self::NotUtf8 => "the text is not UTF-8".into(),
            Self::TooLong => format!("a message may have {MAX_MESSAGE_BYTES} bytes").into(),
            Self::Bad(what) => what.clone(),
            Self::Refused(error) => error.to_string().into(),
            Self::Unexpected(what) => (*what).into(),
            Self::AnotherUser => "the new token is another user's".into(),
            Self::TooManyRefreshes => "too many refreshes within a minute".into(),
        };
        cut(&reason, MAX_REASON_BYTES)
    }
}

impl From<AuthError> for Close {
    fn from(error: AuthError) -> Self {
        match error {
            AuthError::Expired => Self::Expired,
            AuthError::Unavailable | AuthError::KeyNotKnownYet => Self::Unavailable,
            other => Self::Refused(other),
        }
    }
}

fn cut(text: &str, bytes: usize) -> String {
    let end = (0..=bytes.min(text.len()))
        .rev()
        .find(|&end| text.is_char_boundary(end));
    text.get(..end.unwrap_or(0)).unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn since(epoch: i64, tasks: Option<i64>, notifications: Option<i64>) -> Since {
        Since {
            epoch: Epoch(epoch),
            tasks: tasks.map(Position),
            notifications: notifications.map(Position),
        }
    }

    #[test]
    fn a_connect_message_is_understood() {
        let full = r#"{"type":"connect","token":"t","since":{"epoch":1,"tasks":17,"notifications":4}}"#;
        let expected = ClientMessage::Connect(Connect {
            token: "t".into(),
            since: Some(since(1, Some(17), Some(4))),
        });
        assert_eq!(parse(full), Ok(expected));
        let bare = ClientMessage::Connect(Connect {
            token: "t".into(),
            since: None,
        });
        assert_eq!(parse(r#"{"type":"connect","token":"t"}"#), Ok(bare.clone()));
        assert_eq!(parse(r#"{"type":"connect","token":"t","since":null}"#), Ok(bare));
    }

    #[test]
    fn a_refresh_message_is_understood() {
        let expected = ClientMessage::Refresh(Refresh { token: "t".into() });
        assert_eq!(parse(r#"{"type":"refresh","token":"t"}"#), Ok(expected));
    }

    #[test]
    fn what_is_not_understood_is_closed_for_good_and_not_repeated() {
        let bad = [
            "",
            "hello",
            "[]",
            "{}",
            r#"{"type":"subscribe"}"#,
            r#"["connect","secret"]"#,
            r#"{"type":"connect","token":"secret","since":[1,3]}"#,
            r#"{"type":"connect","token":"secret","token":"secret"}"#,
            r#"{"type":"connect"}"#,
            r#"{"type":"connect","token":5}"#,
            r#"{"type":"connect","token":"secret","since":{"epoch":"one"}}"#,
            r#"{"type":"connect","token":"secret","since":{"epoch":1,"tasks":1.5}}"#,
            r#"{"type":"connect","token":"secret","colour":"red"}"#,
            r#"{"type":"connect","token":"secret","since":{"tasks":1}}"#,
        ];
        for text in bad {
            let close = parse(text).expect_err(text);
            assert_eq!(close.code(), 4500, "{text}");
            assert!(!close.is_resumable());
            assert!(!close.reason().contains("secret"), "{}", close.reason());
        }
    }

    #[test]
    fn what_is_wrong_is_named() {
        for (text, reason) in [
            (r#"{"token":"t"}"#, "/type: must be connect or refresh"),
            (r#"{"type":"connect"}"#, "/token: is required"),
            (
                r#"{"type":"refresh","token":"t","colour":1}"#,
                "/colour: no such field; known here: token",
            ),
            (
                r#"{"type":"connect","token":"t","since":{"epoch":1,"tasks":"3"}}"#,
                "/since/tasks: must be a whole number, not a string",
            ),
        ] {
            assert_eq!(parse(text).expect_err(text).reason(), reason, "{text}");
        }
    }

    #[test]
    fn the_answer_to_connect_says_what_was_recovered() {
        let recovered = BTreeMap::from([("tasks", true), ("notifications", false)]);
        let expires_at = DateTime::from_timestamp(1_800_000_000, 0).expect("a time");
        let text = connected(&recovered, Some(Epoch(1)), expires_at, Duration::from_secs(25));
        let expected = r#"{"type":"connected","recovered":{"notifications":false,"tasks":true},"epoch":1,"expires_at":"2027-01-15T08:00:00Z","ping_seconds":25}"#;
        assert_eq!(text, expected);
    }

    #[test]
    fn codes_are_split_into_come_back_and_do_not() {
        let come_back = [
            Close::GoingAway,
            Close::Resume("x"),
            Close::Slow,
            Close::Expired,
            Close::PingTimeout,
        ];
        assert!(come_back.iter().all(Close::is_resumable));
        let do_not = [
            Close::Binary,
            Close::TooLong,
            Close::AnotherUser,
            Close::Refused(AuthError::Signature),
        ];
        assert!(!do_not.iter().any(Close::is_resumable));
        assert_eq!(Close::from(AuthError::Expired), Close::Expired);
        assert_eq!(Close::from(AuthError::Unavailable), Close::Unavailable);
        assert_eq!(Close::from(AuthError::KeyNotKnownYet), Close::Unavailable);
        assert!(Close::Unavailable.is_resumable());
    }

    proptest! {
        #[test]
        fn any_text_is_read_without_panic_and_any_reason_fits_a_frame(text in ".*") {
            if let Err(close) = parse(&text) {
                prop_assert!(close.reason().len() <= MAX_REASON_BYTES);
            }
            let close = Close::Bad(text.into());
            prop_assert!(close.reason().len() <= MAX_REASON_BYTES);
        }
    }
}
