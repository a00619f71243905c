//! Avro bodies: bounded, never panicking, written and read through the serde datum interface of `apache-avro`.

use std::panic::{AssertUnwindSafe, catch_unwind};

use apache_avro::Schema;
use apache_avro::reader::datum::GenericDatumReader;
use apache_avro::writer::datum::GenericDatumWriter;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::DecodeError;

/// Payloads above this are refused before they are decoded.
pub const MAX_PAYLOAD_BYTES: usize = 1024 * 1024;
/// The most that one decoded length may make us allocate.
pub const MAX_ALLOCATION_BYTES: usize = 4 * 1024 * 1024;

/// Sets the process-wide allocation cap. To be called first thing in `main`: the first decode would fix the library's
/// default of 512 MiB.
pub fn cap_allocation() {
    apache_avro::util::max_allocation_bytes(MAX_ALLOCATION_BYTES);
}

/// Why a value could not be written.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("value does not fit its schema: {0}")]
pub struct EncodeError(pub String);

/// Writes a value as a bare datum.
///
/// # Errors
/// [`EncodeError`] when the value does not fit the schema.
pub fn encode<T: Serialize>(schema: &Schema, value: &T) -> Result<Vec<u8>, EncodeError> {
    let writer = GenericDatumWriter::builder(schema)
        .build()
        .map_err(|e| EncodeError(e.to_string()))?;
    writer
        .write_ser_to_vec(value)
        .map_err(|e| EncodeError(e.to_string()))
}

/// Reads a bare datum with the schema that it was written with, which must be one that the type was made for: fields
/// that the schema lacks take the type's defaults.
///
/// # Errors
/// [`DecodeError::Poison`] when the bytes do not fit the schema, have a rest, or make the decoder panic.
pub fn decode<T: DeserializeOwned>(writer: &Schema, body: &[u8]) -> Result<T, DecodeError> {
    guarded(body, |rest| {
        GenericDatumReader::builder(writer).build()?.read_deser::<T>(rest)
    })
}

/// Reads a bare datum that was written with a schema which we do not know, by Avro's schema resolution: fields that
/// only the writer has are passed over, fields that only we have take our defaults.
///
/// This is the slower way, through a generic value: the serde reader of `apache-avro` 0.22 cannot pass over a field
/// whose type is a record.
///
/// # Errors
/// As [`decode`], and when the schemas do not resolve.
pub fn decode_resolved<T: DeserializeOwned>(
    writer: &Schema,
    ours: &Schema,
    body: &[u8],
) -> Result<T, DecodeError> {
    guarded(body, |rest| {
        let value = GenericDatumReader::builder(writer)
            .reader_schema(ours)
            .build()?
            .read_value(rest)?;
        apache_avro::from_value::<T>(&value)
    })
}

fn guarded<T>(
    body: &[u8],
    read: impl FnOnce(&mut &[u8]) -> Result<T, apache_avro::Error>,
) -> Result<T, DecodeError> {
    let outcome = catch_unwind(AssertUnwindSafe(|| {
        let mut rest = body;
        let value = read(&mut rest)?;
        Ok::<_, apache_avro::Error>((value, rest.len()))
    }));
    match outcome {
        Ok(Ok((value, 0))) => Ok(value),
        Ok(Ok((_, rest))) => Err(DecodeError::poison(
            "trailing_bytes",
            format!("{rest} bytes follow the value"),
        )),
        Ok(Err(error)) => Err(DecodeError::poison("bad_avro", explain(&error.to_string()))),
        Err(_) => Err(DecodeError::poison("decoder_panic", "the Avro decoder panicked")),
    }
}

/// The library's messages repeat the whole schema before they come to the point: keep both ends.
fn explain(message: &str) -> String {
    const HEAD: usize = 120;
    const TAIL: usize = 280;
    let chars: Vec<char> = message.chars().collect();
    if chars.len() <= HEAD + TAIL {
        return message.to_owned();
    }
    let (head, rest) = chars.split_at(HEAD);
    let (_, tail) = rest.split_at(rest.len().saturating_sub(TAIL));
    head.iter()
        .chain(" … ".chars().collect::<Vec<_>>().iter())
        .chain(tail)
        .collect()
}
