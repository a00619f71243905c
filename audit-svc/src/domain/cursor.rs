//! The place of a reader in the order of the log, as an opaque token.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, Utc};
use uuid::Uuid;

/// Everything up to and including this entry has been read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cursor {
    /// When the last entry that was read happened.
    pub occurred_at: DateTime<Utc>,
    /// Its event id, which breaks ties.
    pub event_id: Uuid,
}

/// The token was not made by [`Cursor::encode`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the cursor is not one that this API gave out")]
pub struct InvalidCursor;

impl Cursor {
    /// Before every entry there can be: no change was committed in 1970.
    pub const START: Self = Self {
        occurred_at: DateTime::UNIX_EPOCH,
        event_id: Uuid::nil(),
    };

    /// The token to hand out.
    pub fn encode(self) -> String {
        let moment = self.occurred_at.timestamp_micros().to_be_bytes();
        URL_SAFE_NO_PAD.encode([moment.as_slice(), self.event_id.as_bytes()].concat())
    }

    /// Reads a token back.
    pub fn parse(token: &str) -> Result<Self, InvalidCursor> {
        let place = URL_SAFE_NO_PAD.decode(token).map_err(|_| InvalidCursor)?;
        let (moment, event_id) = place.split_first_chunk::<8>().ok_or(InvalidCursor)?;
        let occurred_at =
            DateTime::from_timestamp_micros(i64::from_be_bytes(*moment)).ok_or(InvalidCursor)?;
        let event_id = Uuid::from_slice(event_id).map_err(|_| InvalidCursor)?;
        Ok(Self {
            occurred_at,
            event_id,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_survives_its_token() {
        let occurred_at = DateTime::from_timestamp_micros(1_764_576_000_123_456).unwrap();
        let cursor = Cursor {
            occurred_at,
            event_id: Uuid::from_u128(42),
        };
        assert_eq!(Cursor::parse(&cursor.encode()), Ok(cursor));
        assert_eq!(Cursor::parse(&Cursor::START.encode()), Ok(Cursor::START));
    }

    #[test]
    fn anything_else_is_refused() {
        let too_late = URL_SAFE_NO_PAD.encode([0x7f; 24]);
        for token in ["", "x", "AAAA", "AAAAAAAAAAAAAAAAAAAAAA", "ä", "%20", &too_late] {
            assert_eq!(Cursor::parse(token), Err(InvalidCursor), "{token}");
        }
    }
}
