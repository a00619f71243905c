//! Records on the wire: Confluent framing, Avro bodies, CloudEvents headers, and the registry that names schemas.

pub mod avro;
pub mod headers;
pub mod registry;
pub mod schema;
pub mod wire;

use crate::event::Event;
use crate::event::fact::AnyFact;
use crate::record::RawRecord;
use crate::topic::Topic;
use registry::{Registry, RegistryError};

/// Why a record could not be turned into an event.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DecodeError {
    /// The record itself is to blame: it will never decode.
    #[error("{reason}: {detail}")]
    Poison {
        /// A stable label: see `kind()`.
        reason: &'static str,
        /// Without the record's content.
        detail: String,
    },
    /// Something else is to blame: try again later.
    #[error("schema registry: {0}")]
    Outage(String),
}

impl DecodeError {
    pub(crate) fn poison(reason: &'static str, detail: impl Into<String>) -> Self {
        Self::Poison {
            reason,
            detail: detail.into(),
        }
    }

    /// A stable label for metrics and dead letters.
    #[must_use]
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Poison { reason, .. } => reason,
            Self::Outage(_) => "registry_outage",
        }
    }
}

impl From<RegistryError> for DecodeError {
    fn from(error: RegistryError) -> Self {
        match error {
            RegistryError::Unknown { id } => Self::poison(
                "unknown_schema",
                format!("the registry knows no schema with id {id}"),
            ),
            RegistryError::Unreadable { id, why } => Self::poison(
                "unreadable_schema",
                format!("schema {id} is not valid Avro: {why}"),
            ),
            RegistryError::Outage(why) => Self::Outage(why),
        }
    }
}

/// Turns raw records into events. Cheap to clone; all clones share the registry's cache.
#[derive(Debug, Clone)]
pub struct Decoder {
    registry: Registry,
}

impl Decoder {
    /// A decoder that asks this registry for schemas that are not embedded.
    #[must_use]
    pub const fn new(registry: Registry) -> Self {
        Self { registry }
    }

    /// Reads the frame, finds the writer schema and decodes the body.
    ///
    /// A record whose `ce_dataschema` names an embedded schema is decoded without the registry; any other is decoded
    /// with the schema that the registry holds under the frame's id.
    ///
    /// # Errors
    /// [`DecodeError::Poison`] when the record can never decode, [`DecodeError::Outage`] when the registry cannot be
    /// reached or contradicts a fingerprint that we know.
    pub async fn decode<E: Event>(&self, raw: &RawRecord) -> Result<E, DecodeError> {
        let payload = raw
            .payload
            .as_deref()
            .ok_or_else(|| DecodeError::poison("no_value", "the record has no value"))?;
        if payload.len() > avro::MAX_PAYLOAD_BYTES {
            let detail = format!(
                "{} bytes are more than the {} allowed",
                payload.len(),
                avro::MAX_PAYLOAD_BYTES
            );
            return Err(DecodeError::poison("too_large", detail));
        }
        let (id, body) = wire::unframe(payload).map_err(|e| DecodeError::poison(e.kind(), e.to_string()))?;
        let claimed = headers::schema_fingerprint(&raw.headers);
        if let Some(embedded) = claimed.and_then(|fingerprint| schema::by_fingerprint(E::TOPIC, &fingerprint))
        {
            return avro::decode(&embedded.avro, body);
        }
        let writer = match (self.registry.schema_by_id(id).await, claimed) {
            // A schema of which only the registry has not heard (it was rebuilt, or the record is ahead of it) comes with
            // time; one that the record does not even name never does.
            (Err(RegistryError::Unknown { id }), Some(_)) => {
                return Err(DecodeError::Outage(format!(
                    "the registry knows no schema with id {id}, and this build not the one that the record names"
                )));
            }
            (found, _) => found?,
        };
        if let Some(fingerprint) = claimed
            && fingerprint != writer.fingerprint
        {
            // The id is known and says another schema than the producer used: the registry was rebuilt.
            return Err(DecodeError::Outage(format!(
                "schema {id} has another fingerprint than the record names"
            )));
        }
        match schema::current(E::TOPIC) {
            Some(ours) if ours.fingerprint != writer.fingerprint => {
                avro::decode_resolved(&writer.avro, &ours.avro, body)
            }
            _ => avro::decode(&writer.avro, body),
        }
    }
}

/// What a consumer can receive: an event of one topic, or one of several.
#[async_trait::async_trait]
pub trait FromRecord: Sized + Send + Sync + 'static {
    /// Decodes a record that came from `topic` or from one of its retry topics.
    ///
    /// # Errors
    /// As [`Decoder::decode`].
    async fn from_record(decoder: &Decoder, topic: Topic, raw: &RawRecord) -> Result<Self, DecodeError>;

    /// What the record says about itself.
    fn meta(&self) -> &crate::event::EventMeta;
}

#[async_trait::async_trait]
impl<E: Event> FromRecord for E {
    async fn from_record(decoder: &Decoder, topic: Topic, raw: &RawRecord) -> Result<Self, DecodeError> {
        if topic != E::TOPIC {
            return Err(DecodeError::poison(
                "wrong_topic",
                format!("{topic} is not what this handler reads"),
            ));
        }
        decoder.decode(raw).await
    }

    fn meta(&self) -> &crate::event::EventMeta {
        Event::meta(self)
    }
}

#[async_trait::async_trait]
impl FromRecord for AnyFact {
    async fn from_record(decoder: &Decoder, topic: Topic, raw: &RawRecord) -> Result<Self, DecodeError> {
        match topic {
            Topic::TaskEvents => Ok(Self::Task(Box::new(decoder.decode(raw).await?))),
            Topic::Reminders => Ok(Self::Reminder(Box::new(decoder.decode(raw).await?))),
            Topic::NotificationEvents => Ok(Self::Notification(Box::new(decoder.decode(raw).await?))),
            Topic::TaskUpdates | Topic::TaskCommands => Err(DecodeError::poison(
                "wrong_topic",
                format!("{topic} carries no facts"),
            )),
        }
    }

    fn meta(&self) -> &crate::event::EventMeta {
        Self::meta(self)
    }
}
