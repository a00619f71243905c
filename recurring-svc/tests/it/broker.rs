//! The whole service on librdkafka's mock broker, beside a registry that knows the schema of commands.

use std::time::{Duration, Instant};

use clap::Parser as _;
use rdkafka::consumer::{BaseConsumer, CommitMode, Consumer as _};
use rdkafka::mocking::MockCluster;
use rdkafka::producer::DefaultProducerContext;
use rdkafka::{Offset, TopicPartitionList};
use recurring_svc::config::Config;
use recurring_svc::startup::Application;
use service_kit::lifecycle::{Lifecycle, Outcome};
use shared_events::codec::wire::SchemaId;
use shared_events::codec::{avro, headers, schema, wire};
use shared_events::event::command::TaskCommand;
use shared_events::event::task::TaskEvent;
use shared_events::kafka::KafkaArgs;
use shared_events::outbox::Encoded;
use shared_events::producer::Producer;
use shared_events::record::RawRecord;
use shared_events::topic::{Service, Topic};
use wiremock::matchers::{method, path};
use wiremock::{Mock, MockServer, ResponseTemplate};

use crate::examples::{examples, read};

/// Everything here takes seconds, most of it the mock's group protocol; but a command whose first attempt is lost waits
/// out the producer's two minutes before it is sent again, and that is no failure of the service.
const PATIENCE: Duration = Duration::from_secs(180);

/// A broker, a registry, and the service on them.
struct World {
    cluster: MockCluster<'static, DefaultProducerContext>,
    registry: MockServer,
    producer: Producer,
}

impl World {
    async fn start() -> Self {
        let cluster = MockCluster::new(1).expect("a mock cluster");
        let dead_letters = Topic::TaskEvents.dead_letter(Service::RecurringSvc);
        let retry = Topic::TaskEvents.retry(Service::RecurringSvc);
        for topic in [
            Topic::TaskEvents.name(),
            Topic::TaskCommands.name(),
            &dead_letters,
            &retry,
        ] {
            let partitions = Topic::from_name(topic).map_or(1, Topic::partitions);
            cluster.create_topic(topic, partitions, 1).expect(topic);
        }
        let registry = registry().await;
        let kafka = KafkaArgs::plaintext(&cluster.bootstrap_servers(), &registry.uri());
        let producer = Producer::start(kafka.producer("test", 0, 0)).expect("a producer");
        Self {
            cluster,
            registry,
            producer,
        }
    }

    fn service(&self) -> Lifecycle {
        let brokers = self.cluster.bootstrap_servers();
        let config = Config::try_parse_from([
            "recurring-svc",
            "--admin-addr=127.0.0.1:0",
            &format!("--kafka-brokers={brokers}"),
            &format!("--registry-url={}", self.registry.uri()),
        ]);
        let lifecycle = Lifecycle::new();
        let application = Application::build(config.expect("a configuration")).expect("an application");
        application.start(&lifecycle).expect("the service starts");
        lifecycle
    }

    async fn publish(&self, event: &TaskEvent) {
        let encoded = Encoded::new(Service::BackendApi, event).expect("an event");
        let record = encoded.record(SchemaId(1));
        self.producer.publish(&record).await.expect("an acknowledgement");
    }

    /// The service's commit in the only partition of `task-events` that has one which says this.
    async fn committed(&self, says: &str) -> (i32, i64) {
        let since = Instant::now();
        loop {
            let consumer = self.operator();
            let mut list = TopicPartitionList::new();
            for partition in 0..Topic::TaskEvents.partitions() {
                list.add_partition(Topic::TaskEvents.name(), partition);
            }
            let list = consumer.committed_offsets(list, PATIENCE).expect("an answer");
            for element in list.elements() {
                if let (Offset::Offset(next), true) = (element.offset(), element.metadata().contains(says)) {
                    return (element.partition(), next);
                }
            }
            assert!(since.elapsed() < PATIENCE, "no commit says {says}");
        }
    }

    /// What `taskctl offsets set` does while the service is scaled to 0. The mock takes a commit from a member only.
    fn set(&self, partition: i32, next: i64) {
        let operator = self.operator();
        operator
            .subscribe(&[Topic::TaskEvents.name()])
            .expect("a subscription");
        let since = Instant::now();
        while operator.assignment().expect("an assignment").count() == 0 {
            assert!(since.elapsed() < PATIENCE, "the group gives us nothing");
            // What there is to read is nobody's concern here.
            let _ = operator.poll(Duration::from_millis(100));
        }
        let mut list = TopicPartitionList::new();
        let mut element = list.add_partition(Topic::TaskEvents.name(), partition);
        element.set_offset(Offset::Offset(next)).expect("an offset");
        element.set_metadata("taskctl");
        operator.commit(&list, CommitMode::Sync).expect("a commit");
    }

    fn operator(&self) -> BaseConsumer {
        let brokers = self.cluster.bootstrap_servers();
        let config =
            KafkaArgs::plaintext(&brokers, "http://unused").consumer("test", Service::RecurringSvc.group());
        config.create().expect("a consumer")
    }

    /// The first `count` records of the topic.
    async fn read(&self, topic: &str, count: usize) -> Vec<RawRecord> {
        let (brokers, topic) = (self.cluster.bootstrap_servers(), topic.to_owned());
        let reading = tokio::task::spawn_blocking(move || read_blocking(&brokers, &topic, count));
        reading.await.expect("no panic")
    }
}

fn read_blocking(brokers: &str, topic: &str, count: usize) -> Vec<RawRecord> {
    let config = KafkaArgs::plaintext(brokers, "http://unused").consumer("test", "test");
    let consumer: BaseConsumer = config.create().expect("a consumer");
    let mut partitions = TopicPartitionList::new();
    for partition in 0..Topic::from_name(topic).map_or(1, Topic::partitions) {
        partitions
            .add_partition_offset(topic, partition, Offset::Beginning)
            .expect("an offset");
    }
    consumer.assign(&partitions).expect("an assignment");
    let deadline = Instant::now() + PATIENCE;
    let mut records = Vec::new();
    while records.len() < count {
        assert!(
            Instant::now() < deadline,
            "{topic} has {} of {count} records",
            records.len()
        );
        if let Some(message) = consumer.poll(Duration::from_millis(100)) {
            records.push(RawRecord::detach(&message.expect("a record")));
        }
    }
    records
}

async fn registry() -> MockServer {
    let server = MockServer::start().await;
    let subject = Topic::TaskCommands.subject();
    let text = schema::current(Topic::TaskCommands).expect("a schema").text;
    let version = serde_json::json!({"subject": subject, "version": 1, "id": 7, "schema": text});
    for (suffix, body) in [("", serde_json::json!([1])), ("/1", version)] {
        Mock::given(method("GET"))
            .and(path(format!("/subjects/{subject}/versions{suffix}")))
            .respond_with(ResponseTemplate::new(200).set_body_json(body))
            .mount(&server)
            .await;
    }
    server
}

fn completed() -> TaskEvent {
    read(&examples("task-events-value", "v2").join("task-completed.json"))
}

fn decode(record: &RawRecord) -> TaskCommand {
    let payload = record.payload.as_ref().expect("a value");
    let (id, body) = wire::unframe(payload).expect("a frame");
    assert_eq!(id, SchemaId(7), "the id that the registry gave");
    avro::decode(
        &schema::current(Topic::TaskCommands).expect("a schema").avro,
        body,
    )
    .expect("a command")
}

async fn stop(lifecycle: &Lifecycle) {
    lifecycle.begin_shutdown();
    assert_eq!(lifecycle.supervise(Duration::from_secs(15)).await, Outcome::Clean);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_completion_becomes_a_command_and_a_second_delivery_the_same_bytes() {
    let world = World::start().await;
    let service = world.service();
    world.publish(&completed()).await;
    world.publish(&completed()).await;
    let records = world.read(Topic::TaskCommands.name(), 2).await;
    let command = decode(&records[0]);
    assert_eq!(
        command.create_occurrence.as_ref().expect("a body").start,
        "2026-12-02T09:00:00"
    );
    assert_eq!(
        records[0].key.as_deref(),
        Some(command.series_id.to_string().as_bytes())
    );
    assert_eq!(
        (&records[0].key, &records[0].payload),
        (&records[1].key, &records[1].payload)
    );
    stop(&service).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broken_record_is_dead_lettered_and_the_next_one_followed() {
    let world = World::start().await;
    let service = world.service();
    let mut broken = completed();
    broken.task = None;
    world.publish(&broken).await;
    world.publish(&completed()).await;
    let dead = world
        .read(&Topic::TaskEvents.dead_letter(Service::RecurringSvc), 1)
        .await;
    let reason = headers::get(&dead[0].headers, "x-dlq-reason");
    assert_eq!(reason, Some("snapshot_missing"));
    assert_eq!(
        decode(&world.read(Topic::TaskCommands.name(), 1).await[0])
            .meta
            .causation_id,
        Some(completed().meta.event_id)
    );
    stop(&service).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn after_a_restart_it_goes_on_where_it_stopped() {
    let world = World::start().await;
    let first = world.service();
    world.publish(&completed()).await;
    world.read(Topic::TaskCommands.name(), 1).await;
    stop(&first).await;
    let second = world.service();
    let mut later = completed();
    later
        .task
        .as_mut()
        .and_then(|task| task.recurrence.as_mut())
        .expect("a recurrence")
        .series_revision = 2;
    world.publish(&later).await;
    let records = world.read(Topic::TaskCommands.name(), 2).await;
    let revisions: Vec<i64> = records
        .iter()
        .filter_map(|record| decode(record).create_occurrence)
        .map(|create| create.series_revision)
        .collect();
    assert_eq!(revisions, [1, 2]);
    stop(&second).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stop_outlives_a_restart_and_ends_when_an_operator_sets_the_offset() {
    let world = World::start().await;
    let mut broken = completed();
    broken.task = None;
    for _ in 0..21 {
        world.publish(&broken).await;
    }
    world.publish(&completed()).await;
    let service = world.service();
    let (partition, next) = world.committed("records in a row").await;
    assert_eq!(next, 20, "the one too many is not passed over");
    stop(&service).await;

    let service = world.service();
    let mut redriven = completed();
    redriven
        .task
        .as_mut()
        .and_then(|task| task.recurrence.as_mut())
        .expect("a recurrence")
        .series_revision = 2;
    let encoded = Encoded::new(Service::BackendApi, &redriven).expect("an event");
    let mut record = encoded.record(SchemaId(1));
    record.topic = Topic::TaskEvents.retry(Service::RecurringSvc);
    world.producer.publish(&record).await.expect("an acknowledgement");
    let revision = |record: &RawRecord| {
        decode(record)
            .create_occurrence
            .map(|create| create.series_revision)
    };
    let commands = world.read(Topic::TaskCommands.name(), 1).await;
    assert_eq!(revision(&commands[0]), Some(2), "another partition goes on");
    stop(&service).await;
    assert_eq!(world.committed("records in a row").await, (partition, 20));

    world.set(partition, 21);
    let service = world.service();
    let commands = world.read(Topic::TaskCommands.name(), 2).await;
    assert_eq!(revision(&commands[1]), Some(1), "what lay behind the stop");
    stop(&service).await;
}
