//! The place of a reader in the order of the log, as an opaque token.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, Utc};

/// Everything up to and including this entry has been read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cursor {
    /// When the last entry that was read happened.
    pub occurred_at: DateTime<Utc>,
    /// Its order of arrival, which breaks ties.
    pub id: i64,
}

/// The token was not made by [`Cursor::encode`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the cursor is not one that this API gave out")]
pub struct InvalidCursor;

impl Cursor {
    /// Before every entry there can be: no change was committed in 1970.
    pub const START: Self = Self {
        occurred_at: DateTime::UNIX_EPOCH,
        id: 0,
    };

    /// The token to hand out.
    pub fn encode(self) -> String {
        let mut place = [0_u8; 16];
        let (moment, id) = place.split_at_mut(8);
        moment.copy_from_slice(&self.occurred_at.timestamp_micros().to_be_bytes());
        id.copy_from_slice(&self.id.to_be_bytes());
        URL_SAFE_NO_PAD.encode(place)
    }

    /// Reads a token back.
    pub fn parse(token: &str) -> Result<Self, InvalidCursor> {
        let place: [u8; 16] = URL_SAFE_NO_PAD
            .decode(token)
            .ok()
            .and_then(|bytes| bytes.try_into().ok())
            .ok_or(InvalidCursor)?;
        let place = u128::from_be_bytes(place);
        let micros = (place >> 64) as i64;
        let occurred_at = DateTime::from_timestamp_micros(micros).ok_or(InvalidCursor)?;
        Ok(Self {
            occurred_at,
            id: place as i64,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_survives_its_token() {
        let cursor = Cursor {
            occurred_at: DateTime::from_timestamp_micros(1_764_576_000_123_456).unwrap(),
            id: 42,
        };
        assert_eq!(Cursor::parse(&cursor.encode()), Ok(cursor));
        assert_eq!(Cursor::parse(&Cursor::START.encode()), Ok(Cursor::START));
    }

    #[test]
    fn anything_else_is_refused() {
        for token in [
            "",
            "x",
            "AAAA",
            "AAAAAAAAAAAAAAAAAAAAAAAA",
            "ä",
            "f_____________________w",
            "%20",
        ] {
            assert_eq!(Cursor::parse(token), Err(InvalidCursor), "{token}");
        }
    }
}
