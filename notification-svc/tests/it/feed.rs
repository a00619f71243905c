//! A record on the topic becomes a notification: the consumer, the scheduler and the inbox as they are wired.

use rdkafka::mocking::MockCluster;
use shared_events::codec::headers::{name, text};
use shared_events::codec::wire::SchemaId;
use shared_events::event::reminder::ReminderEvent;
use shared_events::kafka::KafkaArgs;
use shared_events::outbox::Encoded;
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
        let partitions = if name == topic.name() {
            topic.partitions()
        } else {
            1
        };
        cluster.create_topic(&name, partitions, 1).unwrap();
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
    let mut record = Encoded::new(Name::BackendApi, event).unwrap().record(SchemaId(1));
    record.headers.push(text(name::TRACEPARENT, TRACE));
    record
}
