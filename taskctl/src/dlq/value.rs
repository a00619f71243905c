//! The value of a dead letter, decoded as far as it goes.

use std::fmt::Write as _;
use std::panic::{AssertUnwindSafe, catch_unwind};

use apache_avro::Schema;
use apache_avro::reader::datum::GenericDatumReader;
use clap::Args;
use serde::Serialize;
use serde_json::Value as Json;
use shared_events::codec::registry::Registry;
use shared_events::codec::{headers, schema, wire};
use shared_events::record::RawRecord;

use crate::ending::BadConfiguration;

/// How many bytes of an unreadable value are shown.
const SHOWN_BYTES: usize = 256;

/// Where to ask for schemas that are not built in.
#[derive(Debug, Args)]
pub(crate) struct RegistryArgs {
    /// The registry to ask for schemas that are not built in.
    #[arg(
        long,
        env = "REGISTRY_URL",
        value_name = "REGISTRY_URL",
        hide_env_values = true
    )]
    registry_url: Option<String>,
}

impl RegistryArgs {
    pub(crate) fn connect(&self) -> anyhow::Result<Option<Registry>> {
        let registry = self.registry_url.as_deref().map(Registry::new).transpose();
        let registry = registry.map_err(|error| BadConfiguration(format!("REGISTRY_URL: {error}")))?;
        Ok(registry)
    }
}

/// What can be said about a value.
#[derive(Debug, Serialize)]
pub(crate) struct Explained {
    pub(crate) bytes: Option<usize>,
    /// The registry's id in the value's frame.
    pub(crate) schema_id: Option<u32>,
    /// The schema the value was, or should have been, decoded with.
    pub(crate) schema: Option<String>,
    pub(crate) decoded: Option<Json>,
    /// Why it could not be decoded.
    pub(crate) obstacle: Option<String>,
    /// Its first bytes, when it could not be decoded.
    pub(crate) hex: Option<String>,
}

/// Decodes with the schema that the record names, else with the registry's, where there is one.
pub(crate) async fn explain(record: &RawRecord, registry: Option<&Registry>) -> Explained {
    let payload = record.payload.as_deref();
    let mut explained = Explained {
        bytes: payload.map(<[u8]>::len),
        schema_id: None,
        schema: None,
        decoded: None,
        obstacle: None,
        hex: None,
    };
    match decode(record, registry, &mut explained).await {
        Ok(decoded) => explained.decoded = Some(decoded),
        Err(obstacle) => {
            explained.obstacle = Some(obstacle);
            explained.hex = payload.map(hex_dump);
        }
    }
    explained
}

async fn decode(
    record: &RawRecord,
    registry: Option<&Registry>,
    explained: &mut Explained,
) -> Result<Json, String> {
    let payload = record.payload.as_deref().ok_or("there is no value")?;
    let (id, body) = wire::unframe(payload).map_err(|error| error.to_string())?;
    explained.schema_id = Some(id.0);
    let claimed = headers::schema_fingerprint(&record.headers);
    if let Some(embedded) = claimed.as_ref().and_then(|fingerprint| schema::find(fingerprint)) {
        explained.schema = Some(format!("{} v{}", embedded.topic.subject(), embedded.version));
        return to_json(&embedded.avro, body);
    }
    let registry =
        registry.ok_or("its schema is not built in: set REGISTRY_URL to ask the registry for it")?;
    let writer = registry
        .schema_by_id(id)
        .await
        .map_err(|error| error.to_string())?;
    explained.schema = Some(match schema::find(&writer.fingerprint) {
        Some(known) => format!("{} v{}", known.topic.subject(), known.version),
        None => format!("id {id} of the registry, which this taskctl does not know"),
    });
    to_json(&writer.avro, body)
}

/// Whatever the schema says, since a dead letter may be of any; the bytes are not to be trusted.
fn to_json(schema: &Schema, body: &[u8]) -> Result<Json, String> {
    let decoded = catch_unwind(AssertUnwindSafe(|| {
        let mut rest = body;
        let value = GenericDatumReader::builder(schema)
            .build()?
            .read_value(&mut rest)?;
        Ok::<_, apache_avro::Error>((Json::try_from(value)?, rest.len()))
    }));
    match decoded {
        Ok(Ok((json, 0))) => Ok(json),
        Ok(Ok((_, rest))) => Err(format!("{rest} bytes follow the value")),
        Ok(Err(error)) => Err(error.to_string()),
        Err(_) => Err("the Avro decoder panicked".to_owned()),
    }
}

/// Sixteen bytes a line, with the readable ones beside them.
fn hex_dump(bytes: &[u8]) -> String {
    let mut text = String::new();
    for line in bytes.chunks(16).take(SHOWN_BYTES / 16) {
        let hex: Vec<String> = line.iter().map(|byte| format!("{byte:02x}")).collect();
        let readable: String = line
            .iter()
            .map(|&byte| {
                if byte.is_ascii_graphic() || byte == b' ' {
                    char::from(byte)
                } else {
                    '.'
                }
            })
            .collect();
        // Writing to a string does not fail.
        let _ = writeln!(text, "{:<47}  {readable}", hex.join(" "));
    }
    if bytes.len() > SHOWN_BYTES {
        let _ = writeln!(text, "… and {} bytes more", bytes.len() - SHOWN_BYTES);
    }
    text
}

#[cfg(test)]
mod tests {
    use shared_events::codec::avro;
    use shared_events::event::command::TaskCommand;
    use shared_events::topic::Topic;

    use super::*;

    fn record(payload: &[u8], headers: Vec<headers::Header>) -> RawRecord {
        RawRecord {
            topic: "task-commands.backend-api.dlq".to_owned(),
            partition: 0,
            offset: 0,
            timestamp: None,
            key: None,
            payload: Some(payload.to_vec().into()),
            headers,
        }
    }

    fn command() -> (Vec<u8>, Vec<headers::Header>) {
        let embedded = schema::current(Topic::TaskCommands).unwrap();
        let example = include_str!("../../../schemas/task-commands-value/v2/create-occurrence.json");
        let command: TaskCommand = serde_json::from_str(example).unwrap();
        let body = avro::encode(&embedded.avro, &command).unwrap();
        let named = headers::text(headers::name::DATA_SCHEMA, &headers::data_schema(embedded));
        (wire::frame(wire::SchemaId(7), &body).to_vec(), vec![named])
    }

    #[tokio::test]
    async fn a_value_of_a_built_in_schema_is_decoded_without_a_registry() {
        let (payload, headers) = command();
        let explained = explain(&record(&payload, headers), None).await;
        assert_eq!(explained.obstacle, None);
        assert_eq!(explained.schema.as_deref(), Some("task-commands-value v2"));
        assert_eq!(explained.schema_id, Some(7));
        assert_eq!(explained.decoded.unwrap()["meta"]["user_id"], "alice");
    }

    #[tokio::test]
    async fn a_cut_off_value_is_shown_as_bytes_with_its_schema() {
        let (payload, headers) = command();
        let explained = explain(&record(&payload[..20], headers), None).await;
        assert!(explained.decoded.is_none() && explained.obstacle.is_some());
        assert_eq!(explained.schema.as_deref(), Some("task-commands-value v2"));
        assert!(explained.hex.unwrap().starts_with("00 00 00 00 07"));
    }

    #[tokio::test]
    async fn text_is_shown_as_text() {
        let explained = explain(&record(b"not avro", Vec::new()), None).await;
        assert!(explained.hex.unwrap().ends_with("not avro\n"));
        assert!(explained.obstacle.unwrap().contains("0x6e"));
    }
}
