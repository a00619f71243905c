//! `fill`: records of changes that nobody made, for `cargo xtask bench reconcile`.

use std::time::Duration;

use anyhow::Context as _;
use chrono::Utc;
use clap::Parser;
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::message::{Header, OwnedHeaders};
use rdkafka::producer::{BaseRecord, DefaultProducerContext, Producer as _, ThreadedProducer};
use shared_events::codec::wire::SchemaId;
use shared_events::event::task::{FieldChange, TaskEvent, kind};
use shared_events::event::update::{UserUpdate, stream};
use shared_events::event::{Event, EventMeta, Timestamp, aggregate, intent, user_actor};
use shared_events::ids::{ActionId, Epoch, EventId, Position, UserId, Version};
use shared_events::kafka::KafkaArgs;
use shared_events::outbox::Encoded;
use shared_events::topic::Service;
use uuid::Uuid;

const WAIT: Duration = Duration::from_secs(60);

/// Writes the second change of task after task onto task-events and task-updates, as if backend-api had made it.
///
/// Task number i belongs to user number i modulo the number of users and is that user's next change. Its id and that of
/// its event are made from i.
#[derive(Debug, Parser)]
#[command(name = "fill", version)]
struct Arguments {
    /// How many tasks there are
    #[arg(long)]
    tasks: u32,

    /// How many users they belong to
    #[arg(long)]
    users: u32,

    /// How many of the users have records
    #[arg(long)]
    told: u32,

    #[command(flatten)]
    kafka: KafkaArgs,
}

type Producer = ThreadedProducer<DefaultProducerContext>;

fn main() -> anyhow::Result<()> {
    let Arguments {
        tasks,
        users,
        told,
        kafka,
    } = Arguments::parse();
    let producer: Producer = kafka.producer("taskwire-fill", 60_000, 20).create()?;
    for number in (0..tasks).filter(|number| number % users < told) {
        let meta = meta(number, users)?;
        let of_update = EventMeta {
            event_id: EventId::new(),
            ..meta.clone()
        };
        let update = UserUpdate::new(of_update, stream::TASKS);
        let fact = TaskEvent {
            changes: vec![FieldChange {
                field: "title".to_owned(),
                before: Some("\"Water the plants\"".to_owned()),
                after: Some(format!(
                    "\"Water the plants, {number} times{}\"",
                    " and again".repeat(40)
                )),
            }],
            ..TaskEvent::new(meta)
        };
        send(&producer, &fact)?;
        send(&producer, &update)?;
    }
    producer.flush(WAIT).context("the broker did not take everything")
}

fn meta(number: u32, users: u32) -> anyhow::Result<EventMeta> {
    let user = UserId::parse(&format!("bench-{:06}", number % users))?;
    let id = |kind: u16| Uuid::from_u128((u128::from(kind) << 64) | u128::from(number));
    Ok(EventMeta {
        event_id: EventId::from_uuid(id(0x7002)),
        kind: kind::TASK_UPDATED.to_owned(),
        occurred_at: Timestamp::new(Utc::now()),
        actor: user_actor(&user),
        user_id: user,
        action_id: ActionId::new(),
        causation_id: None,
        intent: intent::EDIT.to_owned(),
        aggregate: aggregate::TASK.to_owned(),
        aggregate_id: id(0x7000).to_string(),
        version: Version(2),
        previous: Version(1),
        epoch: Epoch(1),
        position: Position(i64::from(number / users) + 1),
    })
}

fn send<E: Event>(producer: &Producer, event: &E) -> anyhow::Result<()> {
    let record = Encoded::new(Service::BackendApi, event)?.record(SchemaId(1));
    let mut headers = OwnedHeaders::new();
    for (name, value) in &record.headers {
        let value = value.as_deref();
        headers = headers.insert(Header { key: name, value });
    }
    let mut outgoing = BaseRecord::to(&record.topic)
        .key(record.key.as_deref().unwrap_or_default())
        .payload(record.payload.as_deref().unwrap_or_default())
        .headers(headers);
    loop {
        match producer.send(outgoing) {
            Ok(()) => return Ok(()),
            Err((KafkaError::MessageProduction(RDKafkaErrorCode::QueueFull), back)) => {
                outgoing = back;
                // Waits until the queue is empty, which takes the broker's answers.
                producer.flush(WAIT)?;
            }
            Err((error, _)) => return Err(error.into()),
        }
    }
}
