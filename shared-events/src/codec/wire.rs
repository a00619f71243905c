//! The Confluent wire format: a zero byte, the schema's registry id as a big-endian 32-bit number, the Avro datum.

use bytes::{BufMut, Bytes, BytesMut};

/// Bytes before the datum.
pub const FRAME_BYTES: usize = 5;
const MAGIC: u8 = 0;

/// The registry's number of a schema.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SchemaId(pub u32);

impl std::fmt::Display for SchemaId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

/// Why bytes are not in the Confluent wire format.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum WireError {
    /// Too short to hold a frame.
    #[error("{0} bytes are too short for the 5-byte frame")]
    Short(usize),
    /// The first byte is not zero.
    #[error("the first byte is {0:#04x} where the Confluent wire format has 0x00")]
    Magic(u8),
    /// An id that no registry gives out: they are positive 32-bit signed numbers.
    #[error("schema id {0} is beyond 2147483647, the largest that a registry gives out")]
    Id(u32),
}

impl WireError {
    /// A stable label for metrics and dead letters.
    #[must_use]
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Short(_) => "short_frame",
            Self::Magic(_) => "bad_magic",
            Self::Id(_) => "bad_schema_id",
        }
    }
}

/// Puts the frame before a datum.
#[must_use]
pub fn frame(id: SchemaId, body: &[u8]) -> Bytes {
    let mut framed = BytesMut::with_capacity(FRAME_BYTES.saturating_add(body.len()));
    framed.put_u8(MAGIC);
    framed.put_u32(id.0);
    framed.put_slice(body);
    framed.freeze()
}

/// Takes the frame off.
///
/// # Errors
/// [`WireError`] when there is none.
pub fn unframe(payload: &[u8]) -> Result<(SchemaId, &[u8]), WireError> {
    let Some((&[magic, a, b, c, d], body)) = payload.split_first_chunk::<FRAME_BYTES>() else {
        return Err(WireError::Short(payload.len()));
    };
    if magic != MAGIC {
        return Err(WireError::Magic(magic));
    }
    let id = u32::from_be_bytes([a, b, c, d]);
    // Asked for such an id, registries answer with anything but "there is no such schema".
    if i32::try_from(id).is_err() {
        return Err(WireError::Id(id));
    }
    Ok((SchemaId(id), body))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_frame_is_zero_then_the_id_then_the_body() {
        assert_eq!(frame(SchemaId(258), b"x").as_ref(), [0, 0, 0, 1, 2, b'x']);
    }

    #[test]
    fn what_is_not_framed_is_named() {
        assert_eq!(unframe(b"\0\0"), Err(WireError::Short(2)));
        assert_eq!(unframe(b"{\"a\":1}"), Err(WireError::Magic(b'{')));
        assert_eq!(unframe(b"\0\xff\xff\xff\x7fx"), Err(WireError::Id(0xffff_ff7f)));
    }

    proptest! {
        #[test]
        fn unframe_undoes_frame(id in 0..=i32::MAX.cast_unsigned(), body in any::<Vec<u8>>()) {
            let framed = frame(SchemaId(id), &body);
            prop_assert_eq!(unframe(&framed), Ok((SchemaId(id), body.as_slice())));
        }

        #[test]
        fn any_bytes_are_read_without_panic(bytes: Vec<u8>) {
            let _unused = unframe(&bytes);
        }
    }
}
