//! Record headers: CloudEvents 1.0, Kafka protocol binding, binary content mode, and W3C Trace Context.

use std::fmt::Write as _;

use bytes::Bytes;

use super::schema::Embedded;

/// One record header; a header may have no value.
pub type Header = (String, Option<Bytes>);

/// Names of headers.
pub mod name {
    /// Of CloudEvents.
    pub const SPEC_VERSION: &str = "ce_specversion";
    /// The event id.
    pub const ID: &str = "ce_id";
    /// The event kind.
    pub const TYPE: &str = "ce_type";
    /// The service that made the fact.
    pub const SOURCE: &str = "ce_source";
    /// When it happened, RFC 3339.
    pub const TIME: &str = "ce_time";
    /// Subject, version and fingerprint of the writer schema.
    pub const DATA_SCHEMA: &str = "ce_dataschema";
    /// Media type of the value.
    pub const CONTENT_TYPE: &str = "content-type";
    /// W3C Trace Context.
    pub const TRACEPARENT: &str = "traceparent";
}

/// Media type of a framed Avro value.
pub const CONTENT_TYPE: &str = "application/avro";

/// `urn:taskwire:schema:<subject>:<version>#sha256=<hex>`.
#[must_use]
pub fn data_schema(schema: &Embedded) -> String {
    let named = format!("{}:{}", schema.topic.subject(), schema.version);
    data_schema_of(&named, &schema.fingerprint)
}

/// `urn:taskwire:schema:<subject>#sha256=<hex>`: a schema that this build does not embed, so that its version is
/// unknown here.
#[must_use]
pub(crate) fn data_schema_unversioned(subject: &str, fingerprint: &[u8]) -> String {
    data_schema_of(subject, fingerprint)
}

fn data_schema_of(named: &str, fingerprint: &[u8]) -> String {
    let mut text = format!("urn:taskwire:schema:{named}#sha256=");
    for byte in fingerprint {
        // A string takes whatever is written to it.
        let _ = write!(text, "{byte:02x}");
    }
    text
}

/// A header with text.
#[must_use]
pub fn text(name: &str, value: &str) -> Header {
    (name.to_owned(), Some(Bytes::copy_from_slice(value.as_bytes())))
}

/// The first header with this name, as text; none if it is absent or not UTF-8.
#[must_use]
pub fn get<'a>(headers: &'a [Header], name: &str) -> Option<&'a str> {
    let value = headers.iter().find(|(key, _)| key == name)?.1.as_deref()?;
    std::str::from_utf8(value).ok()
}

/// The fingerprint that `ce_dataschema` names, if it is there and well formed.
#[must_use]
pub fn schema_fingerprint(headers: &[Header]) -> Option<[u8; 32]> {
    let (_, hex) = get(headers, name::DATA_SCHEMA)?.split_once("#sha256=")?;
    if hex.len() != 64 || !hex.is_ascii() {
        return None;
    }
    let mut fingerprint = [0; 32];
    for (byte, digits) in fingerprint.iter_mut().zip(hex.as_bytes().chunks_exact(2)) {
        *byte = u8::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()?;
    }
    Some(fingerprint)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codec::schema;
    use crate::topic::Topic;

    #[test]
    fn the_fingerprint_survives_its_header() {
        let embedded = schema::current(Topic::TaskEvents).unwrap();
        let headers = [text(name::DATA_SCHEMA, &data_schema(embedded))];
        assert_eq!(schema_fingerprint(&headers), Some(embedded.fingerprint));
    }

    #[test]
    fn a_broken_fingerprint_is_no_fingerprint() {
        for broken in [
            "",
            "urn:x",
            "urn:x#sha256=zz",
            &format!("urn:x#sha256={}", "g".repeat(64)),
        ] {
            assert_eq!(
                schema_fingerprint(&[text(name::DATA_SCHEMA, broken)]),
                None,
                "{broken}"
            );
        }
    }
}
