//! The schemas that this build knows: every published version of every subject, embedded.

use std::sync::LazyLock;

use apache_avro::Schema;
use sha2::{Digest, Sha256};

use crate::topic::Topic;

/// SHA-256 of a schema's Parsing Canonical Form (Avro 1.12, "Transforming into Parsing Canonical Form").
pub type Fingerprint = [u8; 32];

/// A published schema, compiled in.
#[derive(Debug)]
#[expect(missing_docs, reason = "the names say it")]
pub struct Embedded {
    pub topic: Topic,
    /// Its version in `schemas/<subject>/`.
    pub version: u32,
    /// The file as published.
    pub text: &'static str,
    pub avro: Schema,
    pub fingerprint: Fingerprint,
}

macro_rules! published {
    ($($topic:ident $version:literal $path:literal;)+) => {
        const PUBLISHED: &[(Topic, u32, &str)] =
            &[$((Topic::$topic, $version, include_str!(concat!("../../../schemas/", $path)))),+];
    };
}

// Versions of one topic in ascending order: the last is what we write.
published! {
    TaskEvents 1 "task-events-value/v1.avsc";
    TaskEvents 2 "task-events-value/v2.avsc";
    TaskEvents 3 "task-events-value/v3.avsc";
    TaskEvents 4 "task-events-value/v4.avsc";
    TaskEvents 5 "task-events-value/v5.avsc";
    TaskEvents 6 "task-events-value/v6.avsc";
    Reminders 1 "reminders-value/v1.avsc";
    NotificationEvents 1 "notification-events-value/v1.avsc";
    TaskUpdates 1 "task-updates-value/v1.avsc";
    TaskUpdates 2 "task-updates-value/v2.avsc";
    TaskUpdates 3 "task-updates-value/v3.avsc";
    TaskUpdates 4 "task-updates-value/v4.avsc";
    TaskUpdates 5 "task-updates-value/v5.avsc";
    TaskUpdates 6 "task-updates-value/v6.avsc";
    TaskUpdates 7 "task-updates-value/v7.avsc";
    TaskCommands 1 "task-commands-value/v1.avsc";
    TaskCommands 2 "task-commands-value/v2.avsc";
}

static EMBEDDED: LazyLock<Vec<Embedded>> = LazyLock::new(|| {
    PUBLISHED
        .iter()
        .filter_map(|&(topic, version, text)| {
            // A test parses every file, so that none is ever left out here.
            let avro = Schema::parse_str(text).ok()?;
            let fingerprint = fingerprint(&avro);
            Some(Embedded {
                topic,
                version,
                text,
                avro,
                fingerprint,
            })
        })
        .collect()
});

/// See [`Fingerprint`].
#[must_use]
pub fn fingerprint(schema: &Schema) -> Fingerprint {
    Sha256::digest(schema.canonical_form().as_bytes()).into()
}

/// Every published schema, versions of one topic in ascending order.
#[must_use]
pub fn all() -> &'static [Embedded] {
    &EMBEDDED
}

/// The schema that we write this topic's values with.
#[must_use]
pub fn current(topic: Topic) -> Option<&'static Embedded> {
    EMBEDDED.iter().rfind(|schema| schema.topic == topic)
}

/// The published schema of this topic with this fingerprint.
#[must_use]
pub fn by_fingerprint(topic: Topic, fingerprint: &Fingerprint) -> Option<&'static Embedded> {
    EMBEDDED
        .iter()
        .find(|schema| schema.topic == topic && schema.fingerprint == *fingerprint)
}

/// The published schema with this fingerprint, of whichever topic.
#[must_use]
pub fn find(fingerprint: &[u8]) -> Option<&'static Embedded> {
    EMBEDDED.iter().find(|schema| schema.fingerprint == fingerprint)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_published_schema_parses_and_every_topic_has_one() {
        assert_eq!(all().len(), PUBLISHED.len());
        for topic in Topic::ALL {
            let schema = current(topic).expect("no schema");
            assert!(std::ptr::eq(
                by_fingerprint(topic, &schema.fingerprint).unwrap(),
                schema
            ));
        }
    }
}
