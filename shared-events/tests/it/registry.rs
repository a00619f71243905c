//! Examples through a real registry, and a registry that misbehaves.

use std::time::Duration;

use bytes::Bytes;
use serde_json::json;
use shared_events::codec::headers::{self, text};
use shared_events::codec::registry::Registry;
use shared_events::codec::wire::{self, SchemaId};
use shared_events::codec::{DecodeError, Decoder, avro, schema};
use shared_events::event::Event;
use shared_events::event::command::TaskCommand;
use shared_events::event::notification::NotificationEvent;
use shared_events::event::reminder::ReminderEvent;
use shared_events::event::task::TaskEvent;
use shared_events::event::update::UserUpdate;
use shared_events::record::RawRecord;
use shared_events::topic::Topic;
use wiremock::matchers::path;
use wiremock::{Mock, MockServer, ResponseTemplate};

use crate::schemas::{assert_keeps, examples, written};
use crate::wait::eventually;

fn record(topic: Topic, id: SchemaId, body: &[u8]) -> RawRecord {
    RawRecord {
        topic: topic.name().to_owned(),
        partition: 0,
        offset: 0,
        timestamp: None,
        key: None,
        payload: Some(wire::frame(id, body)),
        headers: Vec::new(),
    }
}

fn first_example() -> (Vec<u8>, TaskCommand) {
    let embedded = schema::current(Topic::TaskCommands).unwrap();
    let (_, json) = examples(Topic::TaskCommands, 1).remove(0);
    let event: TaskCommand = serde_json::from_value(json).unwrap();
    (avro::encode(&embedded.avro, &event).unwrap(), event)
}

/// The registry of the test stack, where `taskctl schemas apply` has registered what is in `schemas/`.
#[expect(
    clippy::disallowed_methods,
    reason = "cargo xtask test says in the environment what it started"
)]
fn real_registry() -> Registry {
    let url = std::env::var("TEST_REGISTRY_URL").expect("TEST_REGISTRY_URL: run `cargo xtask test`");
    Registry::new(&url).unwrap()
}

async fn check_through_registry<E: Event>(registry: &Registry) {
    let decoder = Decoder::new(registry.clone());
    for embedded in schema::all().iter().filter(|schema| schema.topic == E::TOPIC) {
        let id = registry
            .id_of(E::TOPIC.subject(), &embedded.fingerprint)
            .await
            .unwrap();
        let id = id.unwrap_or_else(|| panic!("{} is not registered", E::TOPIC.subject()));
        for (name, json) in examples(E::TOPIC, embedded.version) {
            let event: E = serde_json::from_value(json.clone()).unwrap();
            let body = written(embedded, &event);
            // Without headers, as another producer writes: the registry alone says what this is.
            let back: E = decoder.decode(&record(E::TOPIC, id, &body)).await.unwrap();
            assert_keeps(&serde_json::to_value(&back).unwrap(), &json, &name);
        }
    }
}

#[tokio::test]
async fn every_example_survives_the_registry() {
    let registry = real_registry();
    check_through_registry::<TaskEvent>(&registry).await;
    check_through_registry::<ReminderEvent>(&registry).await;
    check_through_registry::<NotificationEvent>(&registry).await;
    check_through_registry::<UserUpdate>(&registry).await;
    check_through_registry::<TaskCommand>(&registry).await;
}

#[tokio::test]
async fn an_id_that_the_real_registry_does_not_know_is_poison() {
    let (body, _) = first_example();
    let decoder = Decoder::new(real_registry());
    let unknown = record(Topic::TaskCommands, SchemaId(2_000_000_000), &body);
    let error = decoder.decode::<TaskCommand>(&unknown).await.unwrap_err();
    assert_eq!(error.kind(), "unknown_schema", "{error}");
}

async fn registry_that_answers(status: u16, body: serde_json::Value) -> (MockServer, Decoder) {
    let server = MockServer::start().await;
    let answer = ResponseTemplate::new(status).set_body_json(body);
    Mock::given(path("/schemas/ids/7"))
        .respond_with(answer)
        .mount(&server)
        .await;
    let decoder = Decoder::new(Registry::new(&server.uri()).unwrap());
    (server, decoder)
}

#[tokio::test]
async fn every_answer_but_no_such_schema_is_an_outage_that_ends() {
    let (body, event) = first_example();
    let raw = record(Topic::TaskCommands, SchemaId(7), &body);
    for (status, answer) in [
        (500, json!({"error_code": 50001, "message": "backend"})),
        (429, json!({"error_code": 42901, "message": "slow down"})),
        (401, json!({"error_code": 40101, "message": "who are you"})),
        (404, json!({"message": "a proxy's page"})),
        (200, json!({"unexpected": true})),
    ] {
        let (server, decoder) = registry_that_answers(status, answer).await;
        let error = decoder.decode::<TaskCommand>(&raw).await.unwrap_err();
        assert!(matches!(error, DecodeError::Outage(_)), "{status}: {error}");

        server.reset().await;
        let good = json!({"schema": schema::current(Topic::TaskCommands).unwrap().text});
        let good = ResponseTemplate::new(200).set_body_json(good);
        Mock::given(path("/schemas/ids/7"))
            .respond_with(good)
            .mount(&server)
            .await;
        assert_eq!(
            decoder.decode::<TaskCommand>(&raw).await.unwrap(),
            event,
            "{status} was remembered"
        );
    }
}

/// How long the slow id takes; nothing in the test waits for it.
const SLOW: Duration = Duration::from_secs(4);

#[tokio::test]
async fn an_id_that_takes_long_keeps_no_other_waiting() {
    let server = MockServer::start().await;
    let schema = json!({"schema": schema::current(Topic::TaskCommands).unwrap().text});
    let answer = ResponseTemplate::new(200).set_body_json(schema);
    for (id, answer) in [(7, answer.clone().set_delay(SLOW)), (8, answer)] {
        Mock::given(path(format!("/schemas/ids/{id}")))
            .respond_with(answer)
            .mount(&server)
            .await;
    }
    let registry = Registry::new(&server.uri()).unwrap();
    let slow = registry.schema_by_id(SchemaId(7));
    let quick = async {
        eventually("the slow id was asked for", async || {
            !server.received_requests().await.unwrap().is_empty()
        })
        .await;
        registry.schema_by_id(SchemaId(8)).await
    };
    tokio::select! {
        biased;
        quick = quick => assert!(quick.is_ok()),
        _ = slow => panic!("the quick id waited for the slow one"),
    }
}

#[tokio::test]
async fn a_burst_of_one_id_is_one_request_also_when_it_fails() {
    for status in [200, 500] {
        let body = json!({"schema": schema::current(Topic::TaskCommands).unwrap().text});
        let server = MockServer::start().await;
        let answer = ResponseTemplate::new(status)
            .set_body_json(body)
            .set_delay(Duration::from_millis(300));
        Mock::given(path("/schemas/ids/7"))
            .respond_with(answer)
            .mount(&server)
            .await;
        let registry = Registry::new(&server.uri()).unwrap();
        let burst = (0..20).map(|_| registry.schema_by_id(SchemaId(7)));
        let answers = futures_util::future::join_all(burst).await;
        assert!(
            answers.iter().all(|answer| answer.is_ok() == (status == 200)),
            "{answers:?}"
        );
        assert_eq!(server.received_requests().await.unwrap().len(), 1, "{status}");
        let _ = registry.schema_by_id(SchemaId(7)).await;
        let expected = if status == 200 { 1 } else { 2 };
        assert_eq!(
            server.received_requests().await.unwrap().len(),
            expected,
            "{status}"
        );
    }
}

#[tokio::test]
async fn a_registry_that_was_rebuilt_with_other_ids_is_an_outage_and_no_poison() {
    let (body, _) = first_example();
    let other = json!({"schema": schema::current(Topic::TaskEvents).unwrap().text});
    let (_server, decoder) = registry_that_answers(200, other).await;
    let mut raw = record(Topic::TaskCommands, SchemaId(7), &body);
    let unknown_to_us = format!(
        "urn:taskwire:schema:task-commands-value:9#sha256={}",
        "ab".repeat(32)
    );
    raw.headers.push(text(headers::name::DATA_SCHEMA, &unknown_to_us));
    let error = decoder.decode::<TaskCommand>(&raw).await.unwrap_err();
    assert!(matches!(error, DecodeError::Outage(_)), "{error}");
}

#[tokio::test]
async fn an_id_that_nobody_knows_is_an_outage_when_the_record_names_its_schema() {
    let (body, _) = first_example();
    let unknown = json!({"error_code": 40403, "message": "Schema not found"});
    let (_server, decoder) = registry_that_answers(404, unknown).await;
    let mut raw = record(Topic::TaskCommands, SchemaId(7), &body);
    let error = decoder.decode::<TaskCommand>(&raw).await.unwrap_err();
    assert_eq!(error.kind(), "unknown_schema", "it names none: {error}");

    let ahead_of_us = format!(
        "urn:taskwire:schema:task-commands-value:9#sha256={}",
        "ab".repeat(32)
    );
    raw.headers.push(text(headers::name::DATA_SCHEMA, &ahead_of_us));
    let error = decoder.decode::<TaskCommand>(&raw).await.unwrap_err();
    assert!(matches!(error, DecodeError::Outage(_)), "{error}");
}

#[tokio::test]
async fn a_record_of_a_schema_that_we_embed_needs_no_registry() {
    let (body, event) = first_example();
    let decoder = Decoder::new(Registry::new("http://127.0.0.1:9").unwrap());
    let mut raw = record(Topic::TaskCommands, SchemaId(7), &body);
    let known = headers::data_schema(schema::current(Topic::TaskCommands).unwrap());
    raw.headers.push(text(headers::name::DATA_SCHEMA, &known));
    assert_eq!(decoder.decode::<TaskCommand>(&raw).await.unwrap(), event);
}

#[tokio::test]
async fn what_is_no_record_of_ours_is_poison_with_a_reason() {
    let decoder = Decoder::new(Registry::new("http://127.0.0.1:9").unwrap());
    let mut raw = record(Topic::TaskCommands, SchemaId(7), b"");
    for (payload, reason) in [
        (None, "no_value"),
        (Some(Bytes::from_static(b"\0\0")), "short_frame"),
        (Some(Bytes::from_static(b"{\"a\": 1}")), "bad_magic"),
        (Some(vec![0; 1024 * 1024 + 1].into()), "too_large"),
    ] {
        raw.payload = payload;
        assert_eq!(
            decoder.decode::<TaskCommand>(&raw).await.unwrap_err().kind(),
            reason
        );
    }
}
