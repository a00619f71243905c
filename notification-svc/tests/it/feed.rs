//! A record on the topic becomes a notification: the consumer, the scheduler and the inbox as they are wired.

use rdkafka::mocking::MockCluster;
use shared_events::codec::headers::{self, Attributes};
use shared_events::codec::wire::{self, SchemaId};
use shared_events::codec::{avro, schema};
use shared_events::event::Event as _;
use shared_events::event::reminder::ReminderEvent;
use shared_events::kafka::KafkaArgs;
use shared_events::producer::{Outgoing, Producer};
use shared_events::topic::{Service as Name, Topic};

use crate::service::Service;
use crate::world::{TRACE, World, scheduled};

#[tokio::test]
async fn a_record_of_topic_reminders_is_recorded_and_fires() {
    let world = World::new().await;
    let cluster = MockCluster::new(1).unwrap();
    let (topic, reader) = (Topic::Reminders, Name::NotificationSvc);
    for name in [
        topic.name().to_owned(),
        topic.dead_letter(reader),
        topic.retry(reader),
    ] {
        cluster.create_topic(&name, 1, 1).unwrap();
    }
    let brokers = cluster.bootstrap_servers();
    let service = Service::start_with_broker(&world, &brokers).await;
    let fire_at = world.now_plus(0).await;
    let reminder = world.remind_unannounced("alice", fire_at).await;
    let kafka = KafkaArgs::plaintext(&brokers, "http://127.0.0.1:9");
    let producer = Producer::start(kafka.producer("test", 30_000, 0)).unwrap();
    producer
        .publish(&record(&scheduled(&reminder, fire_at)))
        .await
        .unwrap();
    let items = service.inbox_of("alice", 1).await;
    assert_eq!(items[0]["reminder_id"], reminder.reminder_id.to_string());
}

fn record(event: &ReminderEvent) -> Outgoing {
    let embedded = schema::current(Topic::Reminders).unwrap();
    let id = event.meta.event_id.to_string();
    let attributes = Attributes {
        id: &id,
        kind: &event.meta.kind,
        source: "/taskwire/backend-api",
        time: "2026-12-01T08:00:00Z",
        traceparent: Some(TRACE),
    };
    Outgoing {
        topic: Topic::Reminders.name().to_owned(),
        key: Some(event.key().into()),
        payload: Some(wire::frame(
            SchemaId(1),
            &avro::encode(&embedded.avro, event).unwrap(),
        )),
        headers: headers::build(&attributes, embedded),
    }
}
