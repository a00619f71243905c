//! The form of a dead letter: original key, bytes and headers, and bounded `x-dlq-*` headers that say why.

use chrono::{DateTime, SecondsFormat, Utc};

use crate::codec::headers::{self, Header, text};
use crate::consumer::cursor::TopicPartition;
use crate::producer::Outgoing;
use crate::record::RawRecord;
use crate::topic::{Service, Topic};

/// The headers that the runtime adds to those of the record.
pub mod name {
    /// `service/topic/partition/offset` of where it was read when it died: the retry topic, for one that died again.
    pub const ID: &str = "x-dlq-id";
    /// The service that could not apply it.
    pub const SERVICE: &str = "x-dlq-service";
    /// Where it was read when it first died, however often it was redriven since.
    pub const TOPIC: &str = "x-dlq-topic";
    /// Where it was read when it first died.
    pub const PARTITION: &str = "x-dlq-partition";
    /// Where it was read when it first died.
    pub const OFFSET: &str = "x-dlq-offset";
    /// When the broker had appended it there: milliseconds since the Unix epoch.
    pub const TIMESTAMP: &str = "x-dlq-timestamp";
    /// `poison`, or `exhausted` for an unknown error that lasted.
    pub const CLASS: &str = "x-dlq-class";
    /// A stable label, as metrics have it.
    pub const REASON: &str = "x-dlq-reason";
    /// In words.
    pub const ERROR: &str = "x-dlq-error";
    /// How often it was tried, redriven or not.
    pub const ATTEMPTS: &str = "x-dlq-attempts";
    /// When it first failed, RFC 3339.
    pub const FIRST_ERROR_AT: &str = "x-dlq-first-error-at";
    /// When it last failed, RFC 3339.
    pub const LAST_ERROR_AT: &str = "x-dlq-last-error-at";
    /// The version of the service.
    pub const VERSION: &str = "x-dlq-version";
    /// The trace of the failure.
    pub const TRACE: &str = "x-dlq-trace";

    /// What all of them begin with.
    pub const PREFIX: &str = "x-dlq-";
}

/// The most characters of an error's text that are kept.
const MAX_ERROR_CHARS: usize = 1000;

/// A record and why it is dead.
#[derive(Debug, Clone, Copy)]
#[expect(missing_docs, reason = "the names say it")]
pub struct DeadLetter<'a> {
    pub raw: &'a RawRecord,
    /// The topic that it belongs to, also when it came from a retry topic.
    pub origin: Topic,
    pub class: Class,
    /// A stable label, as metrics have it.
    pub reason: &'a str,
    /// In words.
    pub error: &'a str,
    /// How often it was tried.
    pub attempts: u32,
    /// When it first failed.
    pub first_error_at: DateTime<Utc>,
    /// When it last failed.
    pub last_error_at: DateTime<Utc>,
}

/// How sure we are that the record is to blame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Class {
    /// It cannot be decoded, or fails validation.
    Poison,
    /// An unknown error that lasted over every attempt.
    Exhausted,
}

impl Class {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Poison => "poison",
            Self::Exhausted => "exhausted",
        }
    }
}

impl DeadLetter<'_> {
    /// `service/topic/partition/offset`.
    #[must_use]
    pub fn id(&self, service: Service) -> String {
        format!(
            "{service}/{}/{}/{}",
            self.raw.topic, self.raw.partition, self.raw.offset
        )
    }

    /// The record for the dead-letter topic. Headers of an earlier death are replaced, so that they cannot pile up.
    #[must_use]
    pub fn to_record(&self, service: Service) -> Outgoing {
        let own = self
            .raw
            .headers
            .iter()
            .filter(|(key, _)| !key.starts_with(name::PREFIX))
            .cloned();
        Outgoing {
            topic: self.origin.dead_letter(service),
            key: self.raw.key.clone(),
            payload: self.raw.payload.clone(),
            headers: own.chain(self.headers(service)).collect(),
        }
    }

    fn headers(&self, service: Service) -> Vec<Header> {
        let error: String = self.error.chars().take(MAX_ERROR_CHARS).collect();
        let first = FirstDeath::of(self);
        let mut headers = vec![
            text(name::ID, &self.id(service)),
            text(name::SERVICE, service.name()),
            text(name::TOPIC, first.topic),
            text(name::PARTITION, &first.partition.to_string()),
            text(name::OFFSET, &first.offset.to_string()),
            text(name::CLASS, self.class.as_str()),
            text(name::REASON, self.reason),
            text(name::ERROR, &error),
            text(
                name::ATTEMPTS,
                &self.attempts.saturating_add(first.attempts).to_string(),
            ),
            text(name::FIRST_ERROR_AT, &rfc3339(first.error_at)),
            text(name::LAST_ERROR_AT, &rfc3339(self.last_error_at)),
            text(name::VERSION, env!("CARGO_PKG_VERSION")),
        ];
        if let Some(timestamp) = first.timestamp {
            headers.push(text(name::TIMESTAMP, &timestamp.timestamp_millis().to_string()));
        }
        let trace = service_kit::trace::current_traceparent();
        if let Some(trace) = trace.as_deref().or_else(|| self.raw.traceparent()) {
            headers.push(text(name::TRACE, trace));
        }
        headers
    }
}

/// What stays of a record's first death, however often it is redriven and dies again.
struct FirstDeath<'a> {
    topic: &'a str,
    partition: i32,
    offset: i64,
    timestamp: Option<DateTime<Utc>>,
    /// Attempts before this death.
    attempts: u32,
    error_at: DateTime<Utc>,
}

impl<'a> FirstDeath<'a> {
    /// A redriven record brings the headers of its letter with it; whatever they leave out is as of now. On its own
    /// topic a record has no death behind it, whatever its headers say.
    fn of(letter: &'a DeadLetter<'_>) -> Self {
        let raw = letter.raw;
        let now = Self {
            topic: &raw.topic,
            partition: raw.partition,
            offset: raw.offset,
            timestamp: raw.timestamp,
            attempts: 0,
            error_at: letter.first_error_at,
        };
        if raw.topic == letter.origin.name() {
            return now;
        }
        let header = |name: &str| headers::get(&raw.headers, name);
        let topic = header(name::TOPIC).filter(|topic| *topic == letter.origin.name());
        let partition = header(name::PARTITION).and_then(|text| text.parse().ok());
        let offset = header(name::OFFSET).and_then(|text| text.parse().ok());
        let (Some(topic), Some(partition), Some(offset)) = (topic, partition, offset) else {
            return now;
        };
        let timestamp = header(name::TIMESTAMP).and_then(|text| text.parse().ok());
        let error_at = header(name::FIRST_ERROR_AT).and_then(|text| DateTime::parse_from_rfc3339(text).ok());
        Self {
            topic,
            partition,
            offset,
            timestamp: timestamp.and_then(DateTime::from_timestamp_millis),
            attempts: header(name::ATTEMPTS)
                .and_then(|text| text.parse().ok())
                .unwrap_or(0),
            error_at: error_at.map_or(now.error_at, |at| at.to_utc()),
        }
    }
}

/// Where the hole is that a record's redrive closes: the place in its `x-dlq-id`. None for a record that was not
/// redriven, or not as a dead letter of the service whose group this is.
#[must_use]
pub fn closed_hole(raw: &RawRecord, group: &str) -> Option<(TopicPartition, i64)> {
    let origin = raw.origin()?;
    if raw.topic == origin.name() {
        return None;
    }
    let (service, place) = headers::get(&raw.headers, name::ID)?.split_once('/')?;
    if group.split('.').next() != Some(service) {
        return None;
    }
    let (place, offset) = place.rsplit_once('/')?;
    let (topic, partition) = place.rsplit_once('/')?;
    let partition = TopicPartition {
        topic: topic.to_owned(),
        partition: partition.parse().ok()?,
    };
    Some((partition, offset.parse().ok()?))
}

/// True for a header that the runtime added and replaces when the record dies again.
#[must_use]
pub fn is_added(header: &str) -> bool {
    header.starts_with(name::PREFIX)
}

fn rfc3339(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Millis, true)
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;

    fn raw() -> RawRecord {
        RawRecord {
            topic: "task-events.audit-svc.retry".to_owned(),
            partition: 3,
            offset: 42,
            timestamp: DateTime::from_timestamp_millis(1_796_112_000_123),
            key: Some(Bytes::from_static(b"key")),
            payload: Some(Bytes::from_static(b"\xff\x00garbage")),
            headers: vec![
                text("ce_id", "7"),
                text(name::REASON, "an earlier one"),
                ("empty".to_owned(), None),
            ],
        }
    }

    #[test]
    fn key_bytes_and_headers_are_kept_and_earlier_reasons_replaced() {
        let raw = raw();
        let at = DateTime::from_timestamp(1_800_000_000, 0).unwrap();
        let letter = DeadLetter {
            raw: &raw,
            origin: Topic::TaskEvents,
            class: Class::Poison,
            reason: "bad_magic",
            error: &"x".repeat(5000),
            attempts: 1,
            first_error_at: at,
            last_error_at: at,
        };
        let record = letter.to_record(Service::AuditSvc);
        assert_eq!(record.topic, "task-events.audit-svc.dlq");
        assert_eq!(
            (record.key, record.payload),
            (raw.key.clone(), raw.payload.clone())
        );
        assert_eq!(headers::get(&record.headers, "ce_id"), Some("7"));
        assert_eq!(headers::get(&record.headers, name::REASON), Some("bad_magic"));
        assert_eq!(
            headers::get(&record.headers, name::ID),
            Some("audit-svc/task-events.audit-svc.retry/3/42")
        );
        assert_eq!(
            headers::get(&record.headers, name::TIMESTAMP),
            Some("1796112000123")
        );
        assert_eq!(headers::get(&record.headers, name::ERROR).unwrap().len(), 1000);
        assert!(record.headers.contains(&("empty".to_owned(), None)));
    }

    fn letter(raw: &RawRecord) -> Outgoing {
        let at = DateTime::from_timestamp(1_800_000_000, 0).unwrap();
        let letter = DeadLetter {
            raw,
            origin: Topic::TaskEvents,
            class: Class::Exhausted,
            reason: "unknown_error",
            error: "still",
            attempts: 10,
            first_error_at: at,
            last_error_at: at,
        };
        letter.to_record(Service::AuditSvc)
    }

    /// A letter as it comes back on the retry topic.
    fn redriven(letter: Outgoing, offset: i64) -> RawRecord {
        RawRecord {
            topic: "task-events.audit-svc.retry".to_owned(),
            partition: 0,
            offset,
            timestamp: DateTime::from_timestamp_millis(1_900_000_000_000),
            key: letter.key,
            payload: letter.payload,
            headers: letter.headers,
        }
    }

    #[test]
    fn a_record_that_dies_again_keeps_its_origin_and_its_headers_do_not_grow() {
        let mut raw = raw();
        raw.topic = "task-events".to_owned();
        let first = letter(&raw);
        let mut again = first.clone();
        for death in 0..50 {
            again = letter(&redriven(again, death));
        }
        assert_eq!(again.headers.len(), first.headers.len());
        let header = |name| headers::get(&again.headers, name);
        assert_eq!(
            header(name::ID),
            Some("audit-svc/task-events.audit-svc.retry/0/49")
        );
        assert_eq!(header(name::TOPIC), Some("task-events"));
        assert_eq!(header(name::PARTITION), Some("3"));
        assert_eq!(header(name::OFFSET), Some("42"));
        assert_eq!(header(name::TIMESTAMP), Some("1796112000123"));
        assert_eq!(header(name::ATTEMPTS), Some("510"));
        assert_eq!((again.key, again.payload), (raw.key, raw.payload));
    }

    #[test]
    fn headers_of_a_death_are_believed_on_a_retry_topic_alone_and_only_whole() {
        let mut raw = raw();
        raw.headers.extend([
            text(name::TOPIC, "task-events"),
            text(name::PARTITION, "7"),
            text(name::OFFSET, "no number"),
            text(name::ATTEMPTS, "9"),
        ]);
        let half = letter(&raw);
        assert_eq!(
            headers::get(&half.headers, name::TOPIC),
            Some("task-events.audit-svc.retry")
        );
        assert_eq!(headers::get(&half.headers, name::ATTEMPTS), Some("10"));
        raw.headers.push(text(name::ID, "audit-svc/task-events/7/8"));
        assert_eq!(closed_hole(&raw, "audit-svc.log.v1").unwrap().1, 8);
        assert_eq!(closed_hole(&raw, "recurring-svc.successor.v1"), None);
        raw.topic = "task-events".to_owned();
        assert_eq!(closed_hole(&raw, "audit-svc.log.v1"), None);
        assert_eq!(headers::get(&letter(&raw).headers, name::PARTITION), Some("3"));
    }
}
