//! Every published example goes through the Rust types and Avro and comes back unchanged; today's consumers read what
//! a compatible next version would write.

use std::fs;
use std::path::{Path, PathBuf};

use apache_avro::Schema;
use apache_avro::reader::datum::GenericDatumReader;
use apache_avro::schema_compatibility::{Compatibility, SchemaCompatibility};
use apache_avro::types::Value;
use apache_avro::writer::datum::GenericDatumWriter;
use serde::Serialize;
use serde_json::{Value as Json, json};
use shared_events::codec::schema::Embedded;
use shared_events::codec::{DecodeError, avro, schema};
use shared_events::event::command::TaskCommand;
use shared_events::event::notification::NotificationEvent;
use shared_events::event::operator::OperatorAction;
use shared_events::event::reminder::ReminderEvent;
use shared_events::event::task::{
    FieldChange, FilterSnapshot, ProjectSnapshot, SeriesSnapshot, SettingsSnapshot, TagSnapshot, TaskEvent,
    TaskSnapshot,
};
use shared_events::event::update::UserUpdate;
use shared_events::event::{Event, EventMeta};
use shared_events::topic::Topic;

fn folder(topic: Topic, version: u32) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../schemas")
        .join(topic.subject())
        .join(format!("v{version}"))
}

pub(crate) fn examples(topic: Topic, version: u32) -> Vec<(String, Json)> {
    let mut examples: Vec<_> = fs::read_dir(folder(topic, version))
        .expect("examples folder")
        .map(|entry| {
            let path = entry.unwrap().path();
            let text = fs::read_to_string(&path).unwrap();
            (
                path.display().to_string(),
                serde_json::from_str(&text).expect("example is JSON"),
            )
        })
        .collect();
    examples.sort_by(|a, b| a.0.cmp(&b.0));
    assert!(!examples.is_empty(), "{topic} v{version} has no example");
    examples
}

/// What a producer of that version wrote: our types have more fields than its schema, so ours are left out by Avro's
/// resolution. `the_bytes_of_a_published_version_never_change` proves that these are the bytes of that day.
pub(crate) fn written<E: Event>(writer: &Embedded, event: &E) -> Vec<u8> {
    let current = schema::current(E::TOPIC).unwrap();
    let body = avro::encode(&current.avro, event).unwrap();
    if writer.fingerprint == current.fingerprint {
        return body;
    }
    let value = resolved(&current.avro, &writer.avro, &body);
    let writer = GenericDatumWriter::builder(&writer.avro).build().unwrap();
    writer.write_value_to_vec(value).unwrap()
}

fn resolved(writer: &Schema, reader: &Schema, body: &[u8]) -> Value {
    let reader = GenericDatumReader::builder(writer).reader_schema(reader).build();
    reader.unwrap().read_value(&mut &*body).unwrap()
}

/// What a field says that was not written.
fn is_empty(value: &Json) -> bool {
    value.is_null() || *value == json!(false) || *value == json!([])
}

/// Whatever the example says is there, and what it does not know of is empty.
pub(crate) fn assert_keeps(event: &Json, example: &Json, name: &str) {
    match (event, example) {
        (Json::Object(event), Json::Object(example)) => {
            assert!(example.keys().all(|field| event.contains_key(field)), "{name}");
            for (field, value) in event {
                match example.get(field) {
                    Some(expected) => assert_keeps(value, expected, &format!("{name}: {field}")),
                    None => assert!(is_empty(value), "{name}: {field} is {value}"),
                }
            }
        }
        (Json::Array(event), Json::Array(example)) => {
            assert_eq!(event.len(), example.len(), "{name}");
            for (value, expected) in event.iter().zip(example) {
                assert_keeps(value, expected, name);
            }
        }
        _ => assert_eq!(event, example, "{name}"),
    }
}

/// What an older reader gets is what was written, without the fields that it does not know.
fn assert_is_part(read: &Json, whole: &Json, name: &str) {
    match (read, whole) {
        (Json::Object(read), Json::Object(whole)) => {
            for (field, value) in read {
                let written = whole
                    .get(field)
                    .unwrap_or_else(|| panic!("{name}: {field} is new"));
                assert_is_part(value, written, &format!("{name}: {field}"));
            }
        }
        (Json::Array(read), Json::Array(whole)) => {
            assert_eq!(read.len(), whole.len(), "{name}");
            for (value, written) in read.iter().zip(whole) {
                assert_is_part(value, written, name);
            }
        }
        _ => assert_eq!(read, whole, "{name}"),
    }
}

/// JSON → Rust → Avro as that version wrote it → Rust → JSON.
fn check_round_trip<E: Event>() {
    for embedded in schema::all().iter().filter(|schema| schema.topic == E::TOPIC) {
        let is_current = embedded.version == schema::current(E::TOPIC).unwrap().version;
        for (name, json) in examples(E::TOPIC, embedded.version) {
            let event: E = serde_json::from_value(json.clone()).unwrap_or_else(|e| panic!("{name}: {e}"));
            let body = written(embedded, &event);
            let back: E = avro::decode(&embedded.avro, &body).unwrap_or_else(|e| panic!("{name}: {e}"));
            let back = serde_json::to_value(&back).unwrap();
            if is_current {
                assert_eq!(back, json, "{name}");
            }
            assert_keeps(&back, &json, &name);
        }
    }
}

/// Every version reads the examples of every other: what both know comes through, the rest is passed over or empty.
fn check_both_ways<E: Event>() {
    let versions: Vec<_> = schema::all().iter().filter(|it| it.topic == E::TOPIC).collect();
    for writer in &versions {
        for (name, json) in examples(E::TOPIC, writer.version) {
            let body = written(writer, &serde_json::from_value::<E>(json.clone()).unwrap());
            for reader in &versions {
                let name = format!("{name} read by v{}", reader.version);
                let value = resolved(&writer.avro, &reader.avro, &body);
                assert!(value.validate(&reader.avro), "{name}");
                let read = Json::try_from(value).unwrap();
                if reader.version < writer.version {
                    assert_is_part(&read, &json, &name);
                } else {
                    assert_keeps(&read, &json, &name);
                }
                let typed: E = avro::decode_resolved(&writer.avro, &reader.avro, &body)
                    .unwrap_or_else(|e| panic!("{name}: {e}"));
                assert_keeps(&serde_json::to_value(&typed).unwrap(), &read, &name);
            }
            // This build embeds the writer's schema, and so reads it without resolution.
            let typed: E = avro::decode(&writer.avro, &body).unwrap_or_else(|e| panic!("{name}: {e}"));
            assert_keeps(&serde_json::to_value(&typed).unwrap(), &json, &name);
        }
    }
}

#[test]
fn readers_and_writers_of_every_version_understand_each_other() {
    check_both_ways::<TaskEvent>();
    check_both_ways::<ReminderEvent>();
    check_both_ways::<NotificationEvent>();
    check_both_ways::<UserUpdate>();
    check_both_ways::<TaskCommand>();
}

#[test]
fn every_version_of_a_subject_is_fully_compatible_with_every_other() {
    for one in schema::all() {
        for other in schema::all().iter().filter(|other| other.topic == one.topic) {
            let judged = SchemaCompatibility::can_read(&one.avro, &other.avro);
            assert_eq!(
                judged.unwrap(),
                Compatibility::Full,
                "{} v{} by v{}",
                one.topic,
                one.version,
                other.version
            );
        }
    }
}

#[test]
fn every_example_survives_the_rust_types_and_avro() {
    check_round_trip::<TaskEvent>();
    check_round_trip::<ReminderEvent>();
    check_round_trip::<NotificationEvent>();
    check_round_trip::<UserUpdate>();
    check_round_trip::<TaskCommand>();
}

#[test]
fn the_bytes_of_a_published_version_never_change() {
    for embedded in schema::all() {
        for (name, json) in examples(embedded.topic, embedded.version) {
            let body = match embedded.topic {
                Topic::TaskEvents => bytes::<TaskEvent>(embedded, json),
                Topic::Reminders => bytes::<ReminderEvent>(embedded, json),
                Topic::NotificationEvents => bytes::<NotificationEvent>(embedded, json),
                Topic::TaskUpdates => bytes::<UserUpdate>(embedded, json),
                Topic::TaskCommands => bytes::<TaskCommand>(embedded, json),
            };
            let stem = Path::new(&name)
                .file_stem()
                .unwrap()
                .to_string_lossy()
                .into_owned();
            let snapshot = format!("{}-v{}-{stem}", embedded.topic.subject(), embedded.version);
            insta::assert_snapshot!(snapshot, hex(&body));
        }
    }
}

fn bytes<E: Event>(writer: &Embedded, json: Json) -> Vec<u8> {
    written(writer, &serde_json::from_value::<E>(json).unwrap())
}

fn hex(bytes: &[u8]) -> String {
    let lines = bytes
        .chunks(32)
        .map(|line| line.iter().map(|byte| format!("{byte:02x}")).collect::<String>());
    lines.collect::<Vec<_>>().join("\n")
}

/// `task-events-value` as a later version could have it: a new kind with a new body, and a new field.
fn next_version() -> Schema {
    let current = schema::current(Topic::TaskEvents).unwrap();
    let mut json: Json = serde_json::from_str(current.text).unwrap();
    json["fields"].as_array_mut().unwrap().extend([
        json!({"name": "weight", "type": "long", "default": 1}),
        json!({"name": "comment", "default": null, "type": ["null", {"type": "record", "name": "Comment", "fields": [
            {"name": "text", "type": "string"}]}]}),
    ]);
    Schema::parse(&json).unwrap()
}

/// What tomorrow's producer would write with it.
#[derive(Serialize)]
struct NextTaskEvent {
    meta: EventMeta,
    changes: Vec<FieldChange>,
    task: Option<TaskSnapshot>,
    series: Option<SeriesSnapshot>,
    tag: Option<TagSnapshot>,
    operator: Option<OperatorAction>,
    project: Option<ProjectSnapshot>,
    settings: Option<SettingsSnapshot>,
    unconditional: bool,
    filter: Option<FilterSnapshot>,
    weight: i64,
    comment: Option<Comment>,
}

#[derive(Serialize)]
struct Comment {
    text: String,
}

#[test]
fn todays_consumers_read_a_new_kind_with_a_new_body_and_a_new_field() {
    let (_, example) = examples(Topic::TaskEvents, 1).remove(0);
    let today: TaskEvent = serde_json::from_value(example).unwrap();
    let TaskEvent {
        mut meta,
        changes,
        task,
        series,
        tag,
        operator,
        project,
        settings,
        unconditional,
        filter,
    } = today;
    "comment.added".clone_into(&mut meta.kind);
    let comment = Some(Comment {
        text: "later".to_owned(),
    });
    let next = next_version();
    let body = avro::encode(
        &next,
        &NextTaskEvent {
            meta,
            changes,
            task,
            series,
            tag,
            operator,
            project,
            settings,
            unconditional,
            filter,
            weight: 7,
            comment,
        },
    )
    .unwrap();

    let ours = &schema::current(Topic::TaskEvents).unwrap().avro;
    let event: TaskEvent = avro::decode_resolved(&next, ours, &body).unwrap();

    assert_eq!(event.meta.kind, "comment.added");
    assert!(event.task.is_some());
}

#[test]
fn damaged_bodies_are_poison_with_a_reason_and_never_a_panic() {
    let current = schema::current(Topic::TaskEvents).unwrap();
    let (_, json) = examples(Topic::TaskEvents, current.version).remove(0);
    let whole = bytes::<TaskEvent>(current, json);
    let schema = &current.avro;
    for cut in 0..whole.len() {
        assert!(
            avro::decode::<TaskEvent>(schema, &whole[..cut]).is_err(),
            "cut at {cut}"
        );
    }
    let mut longer = whole.clone();
    longer.push(0);
    let error = avro::decode::<TaskEvent>(schema, &longer).unwrap_err();
    assert_eq!(error.kind(), "trailing_bytes");
    let length_of_500_mb = [0x80, 0xca, 0xb5, 0xee, 0x03];
    let error = avro::decode::<TaskEvent>(schema, &length_of_500_mb).unwrap_err();
    assert!(matches!(error, DecodeError::Poison { .. }), "{error}");
}
