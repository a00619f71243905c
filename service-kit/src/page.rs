//! Pages of a list: how long they are, and cursors, written so that nobody takes them apart.

use std::fmt::Display;
use std::str::FromStr;

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use chrono::{DateTime, Datelike, Utc};

/// The items of a page when no limit is asked for.
pub const DEFAULT: i64 = 50;
/// The most items of a page.
pub const MOST: i64 = 200;

/// How many items a page is to have; none when the limit is not usable.
#[must_use]
pub fn limit(asked: Option<i64>) -> Option<i64> {
    Some(asked.unwrap_or(DEFAULT)).filter(|limit| (1..=MOST).contains(limit))
}

/// Cuts what was read, one item more than the page has, to the page; the last item of a page that another one follows.
pub fn cut<T>(items: &mut Vec<T>, limit: i64) -> Option<&T> {
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    let is_more = items.len() > limit;
    items.truncate(limit);
    items.last().filter(|_| is_more)
}

/// Writes the parts of a cursor of a list, which is named with its filters: `tasks open`. No part has a full stop.
#[must_use]
pub fn encode(list: &str, parts: &[String]) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(format!("{list}.{}", parts.join(".")))
}

/// Reads a cursor of so many parts that [`encode`] wrote for the same list.
#[must_use]
pub fn decode<const N: usize>(list: &str, cursor: &str) -> Option<[String; N]> {
    parts(list, cursor)?.try_into().ok()
}

/// Reads a cursor that [`encode`] wrote for the same list, however many parts it has.
#[must_use]
pub fn parts(list: &str, cursor: &str) -> Option<Vec<String>> {
    let text = String::from_utf8(BASE64_URL_SAFE_NO_PAD.decode(cursor).ok()?).ok()?;
    let parts = text.strip_prefix(list)?.strip_prefix('.')?;
    Some(parts.split('.').map(str::to_owned).collect())
}

/// The cursor of a list in the order of a time: the last item of its page.
#[must_use]
pub fn place(list: &str, at: DateTime<Utc>, id: impl Display) -> String {
    encode(list, &[at.timestamp_micros().to_string(), id.to_string()])
}

/// Reads what [`place`] wrote. A time that no row of ours has, and that Postgres perhaps cannot hold, is no cursor.
#[must_use]
pub fn read_place<T: FromStr>(list: &str, cursor: &str) -> Option<(DateTime<Utc>, T)> {
    let [micros, id] = decode(list, cursor)?;
    let at = DateTime::from_timestamp_micros(micros.parse().ok()?)?;
    let is_of_ours = (1970..10_000).contains(&at.year());
    is_of_ours.then_some((at, id.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_is_read_as_it_was_written() {
        let at = DateTime::from_timestamp_micros(1_764_576_000_123_456).expect("a time");
        assert_eq!(read_place("tags", &place("tags", at, 7)), Some((at, 7)));
        assert_eq!(read_place::<u8>("tags", &place("tags", at, "x")), None);
    }

    #[test]
    fn a_cursor_of_another_list_is_none() {
        let at = DateTime::from_timestamp_micros(1_764_576_000_123_456).expect("a time");
        for other in ["tag", "tags open", "tasks", ""] {
            assert_eq!(read_place::<u8>(other, &place("tags", at, 7)), None, "{other}");
        }
    }

    #[test]
    fn a_forged_cursor_is_none() {
        let forged =
            |micros: i64| read_place::<i64>("tags", &encode("tags", &[micros.to_string(), "7".to_owned()]));
        for micros in [
            i64::MIN,
            i64::MAX,
            -1,
            8_210_266_876_799_999_999,
            253_402_300_800_000_000,
        ] {
            assert_eq!(forged(micros), None, "{micros}");
        }
        assert!(forged(0).is_some());
        for text in ["", "x", "!!", "YQ", "w6kx", "YS5iLmM"] {
            assert_eq!(read_place::<i64>("tags", text), None, "{text}");
        }
    }

    #[test]
    fn a_limit_is_from_one_to_two_hundred() {
        assert_eq!(limit(None), Some(50));
        assert_eq!(limit(Some(200)), Some(200));
        for asked in [i64::MIN, 0, 201, i64::MAX] {
            assert_eq!(limit(Some(asked)), None);
        }
    }

    #[test]
    fn a_page_that_another_one_follows_has_a_last_item() {
        let mut items = vec![1, 2, 3];
        assert_eq!(cut(&mut items, 3), None);
        assert_eq!(cut(&mut items, 2), Some(&2));
        assert_eq!(items, [1, 2]);
    }
}
