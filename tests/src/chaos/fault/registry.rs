//! What a registry can do wrong, as its clients see it.

use std::time::Duration;

use crate::chaos::proxy::Mode;

/// Longer than anybody waits for an answer.
const SLOW: Duration = Duration::from_secs(8);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Trouble {
    Down,
    Error,
    TooManyRequests,
    Slow,
    WrongBody,
    /// It has none of the schemas under the ids that records carry.
    Emptied,
    /// It has another schema under every id.
    OtherIds,
}

impl Trouble {
    pub(super) const ALL: [Self; 7] = [
        Self::Down,
        Self::Error,
        Self::TooManyRequests,
        Self::Slow,
        Self::WrongBody,
        Self::Emptied,
        Self::OtherIds,
    ];

    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Down => "down",
            Self::Error => "500",
            Self::TooManyRequests => "429",
            Self::Slow => "slow",
            Self::WrongBody => "wrong body",
            Self::Emptied => "rebuilt empty",
            Self::OtherIds => "rebuilt with other ids",
        }
    }

    pub(super) fn mode(self) -> Mode {
        let answer = |status: u16, body: &str| Mode::Answer {
            status,
            body: body.to_owned(),
        };
        match self {
            Self::Down => Mode::Refuse,
            Self::Error => answer(500, r#"{"error_code": 50001, "message": "Error in the backend"}"#),
            Self::TooManyRequests => answer(429, "slow down"),
            Self::Slow => Mode::Latency {
                delay: SLOW,
                jitter: Duration::ZERO,
            },
            Self::WrongBody => answer(200, "<html>It works!</html>"),
            Self::Emptied => answer(404, r#"{"error_code": 40403, "message": "Schema not found"}"#),
            Self::OtherIds => answer(
                200,
                r#"{"subject": "another-value", "version": 1, "id": 4711, "schema": "\"string\""}"#,
            ),
        }
    }
}
