//! Bytes and names in a history's file.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use sha2::{Digest as _, Sha256};
use shared_events::codec::headers::Header;
use shared_events::dlq::letter;

/// A SHA-256, written in hex.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Hash(pub [u8; 32]);

impl Hash {
    pub fn of(bytes: &[u8]) -> Self {
        Self(Sha256::digest(bytes).into())
    }

    /// Of names and values, but for those that a dead letter adds.
    pub(in crate::chaos::oracle) fn of_headers(headers: &[Header]) -> Self {
        let mut hash = Sha256::new();
        for (name, value) in headers.iter().filter(|(name, _)| !letter::is_added(name)) {
            let value = value.as_deref();
            hash.update(format!("{name}={:?};", value.map(hex)));
        }
        Self(hash.finalize().into())
    }
}

impl fmt::Display for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex(&self.0))
    }
}

impl Serialize for Hash {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Hash {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let mut hash = [0; 32];
        let digits = text.as_bytes().chunks_exact(2);
        if text.len() != 64 {
            return Err(serde::de::Error::custom("a SHA-256 has 64 hex digits"));
        }
        for (byte, digits) in hash.iter_mut().zip(digits) {
            let digits = std::str::from_utf8(digits).map_err(serde::de::Error::custom)?;
            *byte = u8::from_str_radix(digits, 16).map_err(serde::de::Error::custom)?;
        }
        Ok(Self(hash))
    }
}

pub(in crate::chaos::oracle) fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    let mut text = String::with_capacity(bytes.len() * 2);
    for byte in bytes {
        // Writing to a string cannot fail.
        let _infallible = write!(text, "{byte:02x}");
    }
    text
}

/// A topic by its name.
pub(super) mod topic {
    use serde::{Deserialize as _, Deserializer, Serializer};
    use shared_events::topic::Topic;

    pub(in super::super) fn serialize<S: Serializer>(
        topic: &Topic,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(topic.name())
    }

    pub(in super::super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Topic, D::Error> {
        let name = String::deserialize(deserializer)?;
        Topic::from_name(&name)
            .ok_or_else(|| serde::de::Error::custom(format!("{name} is not one of the five topics")))
    }
}
