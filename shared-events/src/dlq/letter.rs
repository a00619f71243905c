//! The form of a dead letter: original key, bytes and headers, and bounded `x-dlq-*` headers that say why.

use chrono::{DateTime, SecondsFormat, Utc};

use crate::codec::headers::{Header, text};
use crate::producer::Outgoing;
use crate::record::RawRecord;
use crate::topic::{Service, Topic};

/// The headers that the runtime adds to those of the record.
pub mod name {
    /// `service/topic/partition/offset`.
    pub const ID: &str = "x-dlq-id";
    /// The service that could not apply it.
    pub const SERVICE: &str = "x-dlq-service";
    /// Where it was read.
    pub const TOPIC: &str = "x-dlq-topic";
    /// Where it was read.
    pub const PARTITION: &str = "x-dlq-partition";
    /// Where it was read.
    pub const OFFSET: &str = "x-dlq-offset";
    /// When the broker had appended it: milliseconds since the Unix epoch.
    pub const TIMESTAMP: &str = "x-dlq-timestamp";
    /// `poison`, or `exhausted` for an unknown error that lasted.
    pub const CLASS: &str = "x-dlq-class";
    /// A stable label, as metrics have it.
    pub const REASON: &str = "x-dlq-reason";
    /// In words.
    pub const ERROR: &str = "x-dlq-error";
    /// How often it was tried.
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
        let mut headers = vec![
            text(name::ID, &self.id(service)),
            text(name::SERVICE, service.name()),
            text(name::TOPIC, &self.raw.topic),
            text(name::PARTITION, &self.raw.partition.to_string()),
            text(name::OFFSET, &self.raw.offset.to_string()),
            text(name::CLASS, self.class.as_str()),
            text(name::REASON, self.reason),
            text(name::ERROR, &error),
            text(name::ATTEMPTS, &self.attempts.to_string()),
            text(name::FIRST_ERROR_AT, &rfc3339(self.first_error_at)),
            text(name::LAST_ERROR_AT, &rfc3339(self.last_error_at)),
            text(name::VERSION, env!("CARGO_PKG_VERSION")),
        ];
        if let Some(timestamp) = self.raw.timestamp {
            headers.push(text(name::TIMESTAMP, &timestamp.timestamp_millis().to_string()));
        }
        let trace = service_kit::trace::current_traceparent();
        if let Some(trace) = trace.as_deref().or_else(|| self.raw.traceparent()) {
            headers.push(text(name::TRACE, trace));
        }
        headers
    }
}

/// True for a header that the runtime added and a redrive takes off again.
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
    use crate::codec::headers;

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
}
