//! A dead letter: what its `x-dlq-*` headers say about a record that a service could not handle. Pure.

use chrono::{DateTime, SecondsFormat, Utc};
use serde::Serialize;
use shared_events::codec::headers;
use shared_events::dlq::letter::name;
use shared_events::record::RawRecord;

/// What is known of a dead letter without looking into its value.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Letter {
    /// `service/topic/partition/offset` of the record that died, on its retry topic if it died again, or the letter's own place if it names none.
    pub(crate) id: String,
    pub(crate) class: Option<String>,
    pub(crate) reason: Option<String>,
    pub(crate) error: Option<String>,
    pub(crate) attempts: Option<u32>,
    pub(crate) first_error_at: Option<String>,
    pub(crate) last_error_at: Option<String>,
    pub(crate) service: Option<String>,
    pub(crate) service_version: Option<String>,
    pub(crate) trace: Option<String>,
    pub(crate) origin: Origin,
    /// Where the letter itself lies.
    pub(crate) place: LetterPosition,
}

/// Where the record was when it first died.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Origin {
    pub(crate) topic: Option<String>,
    pub(crate) partition: Option<i32>,
    pub(crate) offset: Option<i64>,
    pub(crate) at: Option<String>,
}

/// Where a letter lies in its dead-letter topic.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct LetterPosition {
    pub(crate) topic: String,
    pub(crate) partition: i32,
    pub(crate) offset: i64,
    pub(crate) at: Option<DateTime<Utc>>,
}

impl Letter {
    /// Reads the headers; a letter that was not written by our services has few of them.
    pub(crate) fn of(record: &RawRecord) -> Self {
        let header = |name: &str| headers::get(&record.headers, name).map(str::to_owned);
        let number = |name: &str| header(name).and_then(|text| text.parse::<i64>().ok());
        let place = LetterPosition {
            topic: record.topic.clone(),
            partition: record.partition,
            offset: record.offset,
            at: record.timestamp,
        };
        Self {
            id: header(name::ID)
                .unwrap_or_else(|| format!("{}/{}/{}", place.topic, place.partition, place.offset)),
            class: header(name::CLASS),
            reason: header(name::REASON),
            error: header(name::ERROR),
            attempts: number(name::ATTEMPTS).and_then(|number| u32::try_from(number).ok()),
            first_error_at: header(name::FIRST_ERROR_AT).map(readable_time),
            last_error_at: header(name::LAST_ERROR_AT).map(readable_time),
            service: header(name::SERVICE),
            service_version: header(name::VERSION),
            trace: header(name::TRACE),
            origin: Origin {
                topic: header(name::TOPIC),
                partition: number(name::PARTITION).and_then(|number| i32::try_from(number).ok()),
                offset: number(name::OFFSET),
                at: header(name::TIMESTAMP).map(readable_time),
            },
            place,
        }
    }

    /// When it died: the broker's clock, else what the service says.
    pub(crate) fn died_at(&self) -> Option<String> {
        self.place.at.map(readable).or_else(|| self.last_error_at.clone())
    }
}

/// Milliseconds since 1970 become a date; a date stays as it is.
fn readable_time(text: String) -> String {
    text.parse()
        .ok()
        .and_then(DateTime::from_timestamp_millis)
        .map_or(text, readable)
}

fn readable(time: DateTime<Utc>) -> String {
    time.to_rfc3339_opts(SecondsFormat::Millis, true)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(pairs: &[(&str, &str)]) -> RawRecord {
        RawRecord {
            topic: "task-events.audit-svc.dlq".to_owned(),
            partition: 3,
            offset: 5,
            timestamp: DateTime::from_timestamp_millis(1_700_000_000_000),
            key: None,
            payload: None,
            headers: pairs
                .iter()
                .map(|(name, value)| headers::text(name, value))
                .collect(),
        }
    }

    #[test]
    fn the_headers_say_where_it_came_from_and_why_it_died() {
        let letter = Letter::of(&record(&[
            ("x-dlq-id", "audit-svc/task-events/3/17"),
            ("x-dlq-class", "poison"),
            ("x-dlq-reason", "bad_magic"),
            ("x-dlq-offset", "17"),
            ("x-dlq-timestamp", "1700000000000"),
            ("x-dlq-attempts", "1"),
        ]));
        assert_eq!(letter.id, "audit-svc/task-events/3/17");
        assert_eq!(letter.reason.as_deref(), Some("bad_magic"));
        assert_eq!(letter.origin.offset, Some(17));
        assert_eq!(letter.origin.at.as_deref(), Some("2023-11-14T22:13:20.000Z"));
        assert_eq!(letter.attempts, Some(1));
    }

    #[test]
    fn a_letter_without_headers_is_known_by_its_place() {
        let letter = Letter::of(&record(&[]));
        assert_eq!(letter.id, "task-events.audit-svc.dlq/3/5");
        assert_eq!(letter.died_at().as_deref(), Some("2023-11-14T22:13:20.000Z"));
    }
}
