//! A manual order: keys between any two of which there is room for another, so that moving one thing changes that thing
//! alone.

use std::fmt;
use std::str::FromStr;

use chrono::{DateTime, Utc};
use loro_fractional_index::FractionalIndex;
use shared_events::ids::Position;

/// The place of something among others of its kind. Its text, hexadecimal digits, is compared byte by byte.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct OrderKey(FractionalIndex);

/// A key that can be stored is at most so long: about 400 moves to the very same place, one after the other.
const MAX_BYTES: usize = 60;

/// What each key ends with.
const TERMINATOR: u8 = 0x80;

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("is not the key of a place")]
pub struct NotAKey;

/// Why there is no place between two others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NoRoom;

impl OrderKey {
    /// The place of what comes to be now, at this position of its user: after all that came to be before and was not moved.
    #[must_use]
    pub fn at(now: DateTime<Utc>, position: Position) -> Self {
        // Seven bytes of microseconds last until the year 4253. What comes to be in one transaction has one time, and
        // positions that follow each other.
        let micros = u64::try_from(now.timestamp_micros()).unwrap_or(0).to_be_bytes();
        let position = u64::try_from(position.get()).unwrap_or(0).to_be_bytes();
        let mut bytes = micros.get(1..).unwrap_or_default().to_vec();
        bytes.extend_from_slice(position.get(3..).unwrap_or_default());
        bytes.push(TERMINATOR);
        Self(FractionalIndex::from_bytes(bytes))
    }

    /// A place after `lower` and before `upper`, as far as they are given.
    pub fn between(lower: Option<&Self>, upper: Option<&Self>) -> Result<Self, NoRoom> {
        let bare = |key: &'_ Self| key.0.clone();
        let key = FractionalIndex::new(lower.map(bare).as_ref(), upper.map(bare).as_ref());
        key.filter(|key| key.as_bytes().len() <= MAX_BYTES)
            .map(Self)
            .ok_or(NoRoom)
    }
}

impl FromStr for OrderKey {
    type Err = NotAKey;

    fn from_str(text: &str) -> Result<Self, NotAKey> {
        let is_hex = text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'A'..=b'F'));
        let (pairs, rest) = text.as_bytes().as_chunks::<2>();
        if !is_hex || !rest.is_empty() || pairs.len() > MAX_BYTES {
            return Err(NotAKey);
        }
        let byte = |pair: &[u8; 2]| {
            let digits = std::str::from_utf8(pair).map_err(|_| NotAKey)?;
            u8::from_str_radix(digits, 16).map_err(|_| NotAKey)
        };
        let bytes = pairs.iter().map(byte).collect::<Result<Vec<u8>, _>>()?;
        match bytes.last() {
            Some(&TERMINATOR) => Ok(Self(FractionalIndex::from_bytes(bytes))),
            _ => Err(NotAKey),
        }
    }
}

impl fmt::Display for OrderKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> OrderKey {
        OrderKey::at(
            DateTime::from_timestamp(1_796_000_000 + second, 0).expect("a time"),
            Position(7),
        )
    }

    #[test]
    fn what_comes_later_is_placed_later_and_the_text_compares_alike() {
        let keys: Vec<_> = (0..300).map(at).collect();
        assert!(keys.is_sorted());
        let texts: Vec<_> = keys.iter().map(OrderKey::to_string).collect();
        assert!(texts.is_sorted());
        for (key, text) in keys.iter().zip(&texts) {
            assert_eq!(text.parse().as_ref(), Ok(key));
        }
    }

    #[test]
    fn what_comes_to_be_at_one_time_has_its_own_place_and_room_before_the_next() {
        let now = DateTime::from_timestamp(1_796_000_000, 0).expect("a time");
        for position in [1, 255, 256, 65_535, 70_000] {
            let (one, next) = (
                OrderKey::at(now, Position(position)),
                OrderKey::at(now, Position(position + 1)),
            );
            let between = OrderKey::between(Some(&one), Some(&next)).expect("room");
            assert!(one < between && between < next, "{position}");
        }
    }

    #[test]
    fn there_is_room_before_after_and_between() {
        let (first, last) = (at(0), at(1));
        let middle = OrderKey::between(Some(&first), Some(&last)).expect("room");
        assert!(first < middle && middle < last);
        assert!(OrderKey::between(None, Some(&first)).expect("room") < first);
        assert!(OrderKey::between(Some(&last), None).expect("room") > last);
        assert_eq!(OrderKey::between(Some(&last), Some(&first)), Err(NoRoom));
        assert_eq!(OrderKey::between(Some(&last), Some(&last)), Err(NoRoom));
    }

    #[test]
    fn hundreds_of_moves_to_one_place_fit_and_then_it_is_said_that_there_is_no_room() {
        for towards_lower in [true, false] {
            let (mut lower, mut upper) = (at(0), at(1));
            let mut moves = 0;
            while let Ok(key) = OrderKey::between(Some(&lower), Some(&upper)) {
                assert!(lower < key && key < upper);
                assert_eq!(key.to_string().parse(), Ok(key.clone()));
                *(if towards_lower { &mut upper } else { &mut lower }) = key;
                moves += 1;
            }
            assert!(moves > 300, "{moves}");
        }
    }

    #[test]
    fn moving_to_the_front_again_and_again_never_runs_into_zeros() {
        let mut first = at(0);
        for _ in 0..300 {
            let key = OrderKey::between(None, Some(&first)).expect("room");
            assert!(key < first);
            let behind = OrderKey::between(Some(&key), Some(&first)).expect("room");
            assert!(key < behind && behind < first);
            first = key;
        }
    }

    #[test]
    fn what_is_no_key_is_refused() {
        for text in ["", "8", "zz", "00", "ff80", "0080 ", "é80", &"80".repeat(61)] {
            assert_eq!(text.parse::<OrderKey>(), Err(NotAKey), "{text}");
        }
    }
}
