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

/// Reads a bare datum with the schema that it was written with; fields that the type does not know are passed over.
///
/// # Errors
/// [`DecodeError::Poison`] when the bytes do not fit the schema, have a rest, or make the decoder panic.
pub fn decode<T: DeserializeOwned>(writer: &Schema, body: &[u8]) -> Result<T, DecodeError> {
    let outcome = catch_unwind(AssertUnwindSafe(|| {
        let mut rest = body;
        let reader = GenericDatumReader::builder(writer).build()?;
        let value = reader.read_deser::<T>(&mut rest)?;
        Ok::<_, apache_avro::Error>((value, rest.len()))
    }));
    match outcome {
        Ok(Ok((value, 0))) => Ok(value),
        Ok(Ok((_, rest))) => Err(DecodeError::poison(
            "trailing_bytes",
            format!("{rest} bytes follow the value"),
        )),
        Ok(Err(error)) => Err(DecodeError::poison("bad_avro", bounded(&error.to_string()))),
        Err(_) => Err(DecodeError::poison("decoder_panic", "the Avro decoder panicked")),
    }
}

fn bounded(text: &str) -> String {
    text.chars().take(500).collect()
}
