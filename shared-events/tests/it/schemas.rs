//! Every published example goes through the Rust types and Avro and comes back unchanged; today's consumers read what
//! a compatible next version would write.

use std::fs;
use std::path::{Path, PathBuf};

use apache_avro::Schema;
use serde::Serialize;
use serde_json::{Value as Json, json};
use shared_events::codec::{DecodeError, avro, schema};
use shared_events::event::command::TaskCommand;
use shared_events::event::notification::NotificationEvent;
use shared_events::event::reminder::ReminderEvent;
use shared_events::event::task::{FieldChange, SeriesSnapshot, TaskEvent, TaskSnapshot};
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

/// JSON → Rust → Avro with the schema of that version → Rust → JSON.
fn check_round_trip<E: Event>() {
    for embedded in schema::all().iter().filter(|schema| schema.topic == E::TOPIC) {
        for (name, json) in examples(E::TOPIC, embedded.version) {
            let event: E = serde_json::from_value(json.clone()).unwrap_or_else(|e| panic!("{name}: {e}"));
            let body = avro::encode(&embedded.avro, &event).unwrap_or_else(|e| panic!("{name}: {e}"));
            let back: E = avro::decode(&embedded.avro, &body).unwrap_or_else(|e| panic!("{name}: {e}"));
            assert_eq!(serde_json::to_value(&back).unwrap(), json, "{name}");
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
fn the_bytes_of_version_1_never_change() {
    for embedded in schema::all() {
        for (name, json) in examples(embedded.topic, embedded.version) {
            let body = match embedded.topic {
                Topic::TaskEvents => bytes::<TaskEvent>(&embedded.avro, json),
                Topic::Reminders => bytes::<ReminderEvent>(&embedded.avro, json),
                Topic::NotificationEvents => bytes::<NotificationEvent>(&embedded.avro, json),
                Topic::TaskUpdates => bytes::<UserUpdate>(&embedded.avro, json),
                Topic::TaskCommands => bytes::<TaskCommand>(&embedded.avro, json),
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

fn bytes<E: Event>(schema: &Schema, json: Json) -> Vec<u8> {
    avro::encode(schema, &serde_json::from_value::<E>(json).unwrap()).unwrap()
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
    let schema = &schema::current(Topic::TaskEvents).unwrap().avro;
    let (_, json) = examples(Topic::TaskEvents, 1).remove(0);
    let whole = bytes::<TaskEvent>(schema, json);
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
