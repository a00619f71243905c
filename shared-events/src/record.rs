//! A Kafka record as it came, detached from the client that fetched it.

use bytes::Bytes;
use chrono::{DateTime, Utc};
use rdkafka::Message;
use rdkafka::message::Headers;
use sha2::{Digest as _, Sha256};

use crate::codec::headers::{self, Header};
use crate::topic::Topic;

/// What a record costs in memory besides its bytes.
const OVERHEAD_BYTES: usize = 256;

/// A record with its place, key, value and headers, owned.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names say it")]
pub struct RawRecord {
    /// The topic that it was read from, which may be a retry topic.
    pub topic: String,
    pub partition: i32,
    pub offset: i64,
    /// When the broker appended it (LogAppendTime), where the broker says.
    pub timestamp: Option<DateTime<Utc>>,
    pub key: Option<Bytes>,
    /// The value's bytes; none for a tombstone.
    pub payload: Option<Bytes>,
    pub headers: Vec<Header>,
}

impl RawRecord {
    /// Copies a message out of the client's memory.
    pub fn detach(message: &impl Message) -> Self {
        let headers = message.headers().map(|headers| {
            headers
                .iter()
                .map(|h| (h.key.to_owned(), h.value.map(Bytes::copy_from_slice)))
                .collect()
        });
        Self {
            topic: message.topic().to_owned(),
            partition: message.partition(),
            offset: message.offset(),
            timestamp: message
                .timestamp()
                .to_millis()
                .and_then(DateTime::from_timestamp_millis),
            key: message.key().map(Bytes::copy_from_slice),
            payload: message.payload().map(Bytes::copy_from_slice),
            headers: headers.unwrap_or_default(),
        }
    }

    /// The trace that the record belongs to.
    #[must_use]
    pub fn traceparent(&self) -> Option<&str> {
        headers::get(&self.headers, headers::name::TRACEPARENT)
    }

    /// The topic that it belongs to: where it was read from, or the origin of that retry topic.
    #[must_use]
    pub fn origin(&self) -> Option<Topic> {
        Topic::origin_of(&self.topic)
    }

    /// True where an operator sent it back from the dead letters.
    #[must_use]
    pub fn is_redriven(&self) -> bool {
        self.topic.ends_with(".retry")
    }

    /// SHA-256 of key and value, by which the record is known again.
    #[must_use]
    pub fn fingerprint(&self) -> Vec<u8> {
        let mut hash = Sha256::new();
        for part in [&self.key, &self.payload] {
            let bytes = part.as_deref().unwrap_or_default();
            hash.update(u64::try_from(bytes.len()).unwrap_or(u64::MAX).to_be_bytes());
            hash.update(bytes);
        }
        hash.finalize().to_vec()
    }

    /// What it weighs in a bounded queue, in bytes.
    #[must_use]
    pub fn weight(&self) -> usize {
        let bytes = |value: &Option<Bytes>| value.as_ref().map_or(0, Bytes::len);
        let headers: usize = self
            .headers
            .iter()
            .map(|(name, value)| name.len().saturating_add(bytes(value)))
            .sum();
        OVERHEAD_BYTES
            .saturating_add(bytes(&self.key))
            .saturating_add(bytes(&self.payload))
            .saturating_add(headers)
    }
}
