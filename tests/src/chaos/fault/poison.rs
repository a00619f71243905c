//! Records that nobody can read, put on the topics past every producer of ours.

use std::time::Duration;

use anyhow::Context as _;
use rand::rngs::StdRng;
use rand::seq::SliceRandom as _;
use rand::{Rng as _, RngExt as _};
use rdkafka::message::{Header, OwnedHeaders};
use rdkafka::producer::{FutureProducer, FutureRecord};
use shared_events::codec::wire::{SchemaId, frame};
use shared_events::codec::{headers, schema};
use shared_events::kafka::KafkaArgs;
use shared_events::topic::Topic;

use crate::chaos::load::Ledger;
use crate::chaos::observations::Injected;
use crate::chaos::recorder::{Recorder, sha256};

/// Long enough for a broker that stands still for a moment.
const SEND: Duration = Duration::from_secs(60);
/// No registry has given out as many ids.
const UNKNOWN: SchemaId = SchemaId(2_000_000_000);
/// What a topic takes is 1 MiB with key and headers.
const LARGE: usize = 1_000_000;
const DEEP: usize = 64 * 1024;
/// Changes whose tasks and people are met.
const RECENT: u64 = 20;

/// What is wrong with a record. All of them are poison: each names a schema that is known, or none at all. A record that
/// names a schema which nobody knows yet would be an outage instead, which ends when somebody registers it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    RandomBytes,
    WrongMagic,
    UnknownSchema,
    Truncated,
    Deep,
    Large,
}

const KINDS: [Kind; 6] = [
    Kind::RandomBytes,
    Kind::WrongMagic,
    Kind::UnknownSchema,
    Kind::Truncated,
    Kind::Deep,
    Kind::Large,
];

impl Kind {
    const fn name(self) -> &'static str {
        match self {
            Self::RandomBytes => "random-bytes",
            Self::WrongMagic => "wrong-magic",
            Self::UnknownSchema => "unknown-schema",
            Self::Truncated => "truncated",
            Self::Deep => "deep",
            Self::Large => "large",
        }
    }

    fn value(self, rng: &mut StdRng) -> Vec<u8> {
        let known = SchemaId(1);
        match self {
            // The first byte of what has a frame is zero.
            Self::RandomBytes => [vec![0xff], random(64, rng)].concat(),
            Self::WrongMagic => [vec![1], random(40, rng)].concat(),
            Self::UnknownSchema => frame(UNKNOWN, &random(40, rng)).to_vec(),
            // A text of 36 bytes, of which 10 are there.
            Self::Truncated => frame(known, &[&[72_u8][..], b"018f018f-0"].concat()).to_vec(),
            // Each byte opens a list of one, or the second branch of a union, or is a text of one byte.
            Self::Deep => frame(known, &[2; DEEP]).to_vec(),
            Self::Large => frame(known, &random(LARGE, rng)).to_vec(),
        }
    }

    /// Whether the record names the schema that the topic's records are written with.
    const fn names_its_schema(self) -> bool {
        matches!(self, Self::Truncated | Self::Deep | Self::Large)
    }
}

/// Puts every kind on every topic once, in any order, in front of what real users do next.
pub(super) async fn put(
    kafka: &KafkaArgs,
    ledger: &Ledger,
    recorder: &Recorder,
    rng: &mut StdRng,
) -> anyhow::Result<usize> {
    let timeout = u32::try_from(SEND.as_millis())?;
    let mut config = kafka.producer("taskwire-poison", timeout, 0);
    // Under another partitioner a key would be on two partitions.
    let producer: FutureProducer = config.set("compression.type", "none").create()?;
    let mut places: Vec<(Topic, Kind)> = Vec::new();
    for topic in Topic::ALL {
        places.extend(KINDS.map(|kind| (topic, kind)));
    }
    places.shuffle(rng);
    ledger.more(RECENT.saturating_sub(ledger.made()), SEND).await;
    for (topic, kind) in &places {
        let (user, task) = ledger
            .task(rng.random_range(0..usize::try_from(RECENT)?))
            .context("somebody has made a change")?;
        let key = match topic {
            Topic::TaskUpdates => user,
            _ => task,
        };
        let value = kind.value(rng);
        let mut record = FutureRecord::to(topic.name()).key(&key).payload(&value);
        if kind.names_its_schema() {
            let schema = schema::current(*topic).context("a topic has a schema")?;
            let named = headers::data_schema(schema);
            record = record.headers(OwnedHeaders::new().insert(Header {
                key: headers::name::DATA_SCHEMA,
                value: Some(&named),
            }));
        }
        let sent = producer.send(record, SEND).await.map_err(|(error, _)| error);
        let sent = sent.with_context(|| format!("the broker did not take {} on {topic}", kind.name()))?;
        recorder.injected(Injected {
            at: recorder.now(),
            topic: topic.name().to_owned(),
            partition: sent.partition,
            offset: sent.offset,
            kind: kind.name().to_owned(),
            key: key.clone().into_bytes(),
            value_sha256: sha256(&value),
            is_poison: true,
        });
    }
    Ok(places.len())
}

fn random(length: usize, rng: &mut StdRng) -> Vec<u8> {
    let mut bytes = vec![0; length];
    rng.fill_bytes(&mut bytes);
    bytes
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng as _;
    use serde_json::json;
    use shared_events::codec::registry::Registry;
    use shared_events::codec::{DecodeError, Decoder};
    use shared_events::event::Event;
    use shared_events::event::command::TaskCommand;
    use shared_events::event::notification::NotificationEvent;
    use shared_events::event::reminder::ReminderEvent;
    use shared_events::event::task::TaskEvent;
    use shared_events::event::update::UserUpdate;
    use shared_events::record::RawRecord;
    use wiremock::matchers::method;
    use wiremock::{Mock, MockServer, ResponseTemplate};

    use super::*;

    /// Whatever a record's kind, a consumer that can reach the registry says at once that it can never be read.
    #[tokio::test]
    async fn every_kind_is_poison_on_every_topic() {
        let registry = MockServer::start().await;
        let unknown = json!({"error_code": 40403, "message": "Schema not found"});
        Mock::given(method("GET"))
            .respond_with(ResponseTemplate::new(404).set_body_json(unknown))
            .mount(&registry)
            .await;
        let decoder = Decoder::new(Registry::new(&registry.uri()).unwrap());
        for kind in KINDS {
            is_poison::<TaskEvent>(&decoder, kind).await;
            is_poison::<ReminderEvent>(&decoder, kind).await;
            is_poison::<NotificationEvent>(&decoder, kind).await;
            is_poison::<UserUpdate>(&decoder, kind).await;
            is_poison::<TaskCommand>(&decoder, kind).await;
        }
    }

    async fn is_poison<E: Event>(decoder: &Decoder, kind: Kind) {
        let schema = schema::current(E::TOPIC).unwrap();
        let named = headers::text(headers::name::DATA_SCHEMA, &headers::data_schema(schema));
        let record = RawRecord {
            topic: E::TOPIC.name().to_owned(),
            partition: 0,
            offset: 0,
            timestamp: None,
            key: None,
            payload: Some(kind.value(&mut StdRng::seed_from_u64(1)).into()),
            headers: Vec::from_iter(kind.names_its_schema().then_some(named)),
        };
        let decoded = decoder.decode::<E>(&record).await;
        let topic = E::TOPIC;
        assert!(
            matches!(decoded, Err(DecodeError::Poison { .. })),
            "{kind:?} on {topic}"
        );
    }
}
