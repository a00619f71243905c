//! From an event to the record on its topic, by way of a row of the outbox.

use bytes::Bytes;
use chrono::{DateTime, SecondsFormat, Utc};
use uuid::Uuid;

use super::{EnqueueError, MAX_BODY_BYTES};
use crate::codec::avro::{self, EncodeError};
use crate::codec::headers::{self, name, text};
use crate::codec::schema;
use crate::codec::wire::{self, SchemaId};
use crate::event::Event;
use crate::producer::Outgoing;
use crate::topic::Service;

/// An event ready for the outbox: encoded and measured before the transaction commits, so that what cannot be sent
/// becomes an error of the request and never a stuck row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Encoded {
    pub(crate) topic: String,
    pub(crate) key: String,
    pub(crate) event_id: Uuid,
    pub(crate) kind: String,
    pub(crate) source: String,
    pub(crate) fingerprint: Vec<u8>,
    pub(crate) body: Vec<u8>,
    pub(crate) occurred_at: DateTime<Utc>,
    pub(crate) traceparent: Option<String>,
}

/// The arguments of the function `outbox.enqueue`, in their order, for a statement that writes events along with other
/// rows.
#[derive(Debug)]
#[expect(missing_docs, reason = "the names say it")]
pub struct Columns<'e> {
    pub topics: Vec<&'e str>,
    pub keys: Vec<&'e str>,
    pub event_ids: Vec<Uuid>,
    pub kinds: Vec<&'e str>,
    pub sources: Vec<&'e str>,
    pub fingerprints: Vec<&'e [u8]>,
    pub bodies: Vec<&'e [u8]>,
    pub times: Vec<DateTime<Utc>>,
    pub traces: Vec<Option<&'e str>>,
}

impl<'e> From<&'e [Encoded]> for Columns<'e> {
    fn from(events: &'e [Encoded]) -> Self {
        Self {
            topics: events.iter().map(|event| event.topic.as_str()).collect(),
            keys: events.iter().map(|event| event.key.as_str()).collect(),
            event_ids: events.iter().map(|event| event.event_id).collect(),
            kinds: events.iter().map(|event| event.kind.as_str()).collect(),
            sources: events.iter().map(|event| event.source.as_str()).collect(),
            fingerprints: events.iter().map(|event| event.fingerprint.as_slice()).collect(),
            bodies: events.iter().map(|event| event.body.as_slice()).collect(),
            times: events.iter().map(|event| event.occurred_at).collect(),
            traces: events.iter().map(|event| event.traceparent.as_deref()).collect(),
        }
    }
}

impl Encoded {
    /// Encodes an event that `source` makes, in the current trace.
    ///
    /// # Errors
    /// [`EnqueueError::Encode`] or [`EnqueueError::TooLarge`].
    pub fn new<E: Event>(source: Service, event: &E) -> Result<Self, EnqueueError> {
        Self::by(source.name(), event)
    }

    pub(super) fn by<E: Event>(source: &str, event: &E) -> Result<Self, EnqueueError> {
        let schema = schema::current(E::TOPIC)
            .ok_or_else(|| EncodeError(format!("no schema is embedded for {}", E::TOPIC)))?;
        let body = avro::encode(&schema.avro, event)?;
        if body.len() > MAX_BODY_BYTES {
            return Err(EnqueueError::TooLarge(body.len()));
        }
        let meta = event.meta();
        Ok(Self {
            topic: E::TOPIC.name().to_owned(),
            key: event.key(),
            event_id: meta.event_id.as_uuid(),
            kind: meta.kind.clone(),
            source: format!("/taskwire/{source}"),
            fingerprint: schema.fingerprint.to_vec(),
            body,
            occurred_at: meta.occurred_at.at(),
            traceparent: service_kit::trace::current_traceparent(),
        })
    }

    /// The record to publish, always the same, so that a duplicate is one byte for byte. The id is that of the schema
    /// in the registry.
    #[must_use]
    pub fn record(&self, schema_id: SchemaId) -> Outgoing {
        let time = self.occurred_at.to_rfc3339_opts(SecondsFormat::Micros, true);
        let mut headers = vec![
            text(name::SPEC_VERSION, "1.0"),
            text(name::ID, &self.event_id.to_string()),
            text(name::TYPE, &self.kind),
            text(name::SOURCE, &self.source),
            text(name::TIME, &time),
            text(name::DATA_SCHEMA, &self.data_schema()),
            text(name::CONTENT_TYPE, headers::CONTENT_TYPE),
        ];
        headers.extend(
            self.traceparent
                .as_ref()
                .map(|trace| text(name::TRACEPARENT, trace)),
        );
        Outgoing {
            topic: self.topic.clone(),
            key: Some(Bytes::copy_from_slice(self.key.as_bytes())),
            payload: Some(wire::frame(schema_id, &self.body)),
            headers,
        }
    }

    /// The subject of the topic's values (TopicNameStrategy).
    pub(crate) fn subject(&self) -> String {
        format!("{}-value", self.topic)
    }

    /// A newer replica may write with a schema that this build does not embed; the fingerprint says all that matters.
    fn data_schema(&self) -> String {
        match schema::find(&self.fingerprint) {
            Some(embedded) => headers::data_schema(embedded),
            None => headers::data_schema_unversioned(&self.subject(), &self.fingerprint),
        }
    }
}
