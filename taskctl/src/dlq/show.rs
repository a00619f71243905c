//! `taskctl dlq show`.

use anyhow::bail;
use clap::Args;
use serde::Serialize;
use shared_events::dlq::letter::is_added;
use shared_events::record::RawRecord;

use crate::dlq::explain;
use crate::dlq::letter::Letter;
use crate::dlq::place::LetterId;
use crate::dlq::read::Reader;
use crate::dlq::value::{self, Explained, RegistryArgs};
use crate::ending::Ending;
use crate::kafka::KafkaArgs;
use crate::output::Output;

#[derive(Debug, Args)]
pub(crate) struct ShowArgs {
    /// The dead letter, as `taskctl dlq list` names it: service/topic/partition/offset.
    id: LetterId,

    #[command(flatten)]
    kafka: KafkaArgs,

    #[command(flatten)]
    registry: RegistryArgs,
}

/// Finds one dead letter and says everything about it.
pub(crate) async fn run(args: &ShowArgs, output: &Output) -> anyhow::Result<Ending> {
    let registry = args.registry.connect()?;
    let record = find(args)?;
    let shown = Shown {
        letter: Letter::of(&record),
        key: record.key.as_deref().map(readable),
        headers: original_headers(&record),
        value: value::explain(&record, registry.as_ref()).await,
    };
    output.answer(&shown, Shown::to_text)?;
    Ok(Ending::Done)
}

fn find(args: &ShowArgs) -> anyhow::Result<RawRecord> {
    let topic = args.id.topic();
    let reader = Reader::connect(&args.kafka, |candidate| candidate.name == topic)?;
    if reader.topics().next().is_none() {
        bail!("the broker has no topic {topic}; `taskctl topics plan` shows what is missing");
    }
    let mut reading = reader.begin(None)?;
    while let Some(record) = reading.next()? {
        if args.id.is_of(&Letter::of(&record)) {
            return Ok(record);
        }
    }
    bail!("{topic} holds no such dead letter (any more: they are kept for 30 days); see `taskctl dlq list`")
}

/// Everything known of one dead letter.
#[derive(Debug, Serialize)]
struct Shown {
    #[serde(flatten)]
    letter: Letter,
    key: Option<String>,
    headers: Vec<(String, Option<String>)>,
    value: Explained,
}

impl Shown {
    fn to_text(&self) -> String {
        let mut text = Lines::default();
        self.why(&mut text);
        self.origin(&mut text);
        self.record(&mut text);
        text.0
    }

    fn why(&self, text: &mut Lines) {
        let letter = &self.letter;
        text.line("dead letter", &letter.id);
        if let Some(class) = &letter.class {
            text.line("class", &format!("{class}: {}", explain::class(class)));
        }
        if let Some(reason) = &letter.reason {
            let meaning = explain::reason(reason)
                .map(|meaning| format!(": {meaning}"))
                .unwrap_or_default();
            text.line("reason", &format!("{reason}{meaning}"));
        }
        text.optional("error", letter.error.as_deref());
        text.optional(
            "attempts",
            letter.attempts.map(|attempts| attempts.to_string()).as_deref(),
        );
        text.optional("first error", letter.first_error_at.as_deref());
        text.optional("last error", letter.last_error_at.as_deref());
        let version = letter
            .service_version
            .as_deref()
            .map(|version| format!(" {version}"))
            .unwrap_or_default();
        text.optional(
            "service",
            letter
                .service
                .as_deref()
                .map(|service| format!("{service}{version}"))
                .as_deref(),
        );
        text.optional("trace", letter.trace.as_deref());
    }

    fn origin(&self, text: &mut Lines) {
        let origin = &self.letter.origin;
        if let (Some(topic), Some(partition), Some(offset)) = (&origin.topic, origin.partition, origin.offset)
        {
            let at = origin
                .at
                .as_deref()
                .map(|at| format!(", written {at}"))
                .unwrap_or_default();
            text.line(
                "origin",
                &format!("{topic}, partition {partition}, offset {offset}{at}"),
            );
        }
        let place = &self.letter.place;
        text.line(
            "found in",
            &format!(
                "{}, partition {}, offset {}",
                place.topic, place.partition, place.offset
            ),
        );
    }

    fn record(&self, text: &mut Lines) {
        text.line("key", self.key.as_deref().unwrap_or("none"));
        for (name, value) in &self.headers {
            text.line(
                "header",
                &format!("{name}: {}", value.as_deref().unwrap_or_default()),
            );
        }
        let value = &self.value;
        let id = value.schema_id.map(|id| format!("id {id}"));
        let schema = [id, value.schema.clone()]
            .into_iter()
            .flatten()
            .collect::<Vec<_>>()
            .join(", ");
        text.optional(
            "schema",
            Some(schema.as_str()).filter(|schema| !schema.is_empty()),
        );
        match (&value.decoded, value.bytes) {
            (Some(decoded), _) => {
                text.line("value", "");
                text.block(&serde_json::to_string_pretty(decoded).unwrap_or_else(|_| decoded.to_string()));
            }
            (None, bytes) => {
                let obstacle = value.obstacle.as_deref().unwrap_or_default();
                text.line(
                    "value",
                    &format!("{} bytes, not decoded: {obstacle}", bytes.unwrap_or(0)),
                );
                text.block(value.hex.as_deref().unwrap_or_default());
            }
        }
    }
}

#[derive(Default)]
struct Lines(String);

impl Lines {
    fn line(&mut self, label: &str, text: &str) {
        self.0.push_str(format!("{label:<13}{text}").trim_end());
        self.0.push('\n');
    }

    fn optional(&mut self, label: &str, text: Option<&str>) {
        if let Some(text) = text {
            self.line(label, text);
        }
    }

    fn block(&mut self, text: &str) {
        for line in text.lines() {
            self.0.push_str(&format!("  {line}\n"));
        }
    }
}

/// The headers the record came with, without those that dead-lettering added.
fn original_headers(record: &RawRecord) -> Vec<(String, Option<String>)> {
    record
        .headers
        .iter()
        .filter(|(name, _)| !is_added(name))
        .map(|(name, value)| (name.clone(), value.as_deref().map(readable)))
        .collect()
}

/// Text where it is text, hexadecimal digits where it is not; a terminal must not be steered by a record.
fn readable(bytes: &[u8]) -> String {
    match std::str::from_utf8(bytes) {
        Ok(text) if !text.chars().any(char::is_control) => text.to_owned(),
        _ => bytes.iter().map(|byte| format!("{byte:02x}")).collect(),
    }
}
