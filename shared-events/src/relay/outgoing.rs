//! From a row of the outbox to the record on the topic.

use bytes::Bytes;
use chrono::SecondsFormat;

use crate::codec::headers::{self, Attributes};
use crate::codec::schema;
use crate::codec::wire::{self, SchemaId};
use crate::outbox::store::relay::OutboxRow;
use crate::producer::Outgoing;

/// The same row always becomes the same record, so that a duplicate is one byte for byte.
pub(super) fn record(row: &OutboxRow, schema_id: SchemaId) -> Outgoing {
    let id = row.event_id.to_string();
    let time = row.occurred_at.to_rfc3339_opts(SecondsFormat::Micros, true);
    let attributes = Attributes {
        id: &id,
        kind: &row.kind,
        source: &row.source,
        time: &time,
        traceparent: row.traceparent.as_deref(),
    };
    Outgoing {
        topic: row.topic.clone(),
        key: Some(Bytes::copy_from_slice(row.key.as_bytes())),
        payload: Some(wire::frame(schema_id, &row.body)),
        headers: headers::build_with(&attributes, &data_schema(row)),
    }
}

/// A newer replica may write with a schema that this build does not embed; the fingerprint says all that matters.
fn data_schema(row: &OutboxRow) -> String {
    match schema::find(&row.fingerprint) {
        Some(embedded) => headers::data_schema(embedded),
        None => headers::data_schema_unversioned(&subject(&row.topic), &row.fingerprint),
    }
}

/// The subject of a topic's values (TopicNameStrategy).
pub(super) fn subject(topic: &str) -> String {
    format!("{topic}-value")
}
