//! The consumer tests' workbench: a mock cluster, a database of its own, a handler that can be told to fail.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use chrono::DateTime;

use rdkafka::consumer::{BaseConsumer, Consumer as _};
use rdkafka::mocking::MockCluster;
use rdkafka::producer::DefaultProducerContext;
use rdkafka::{Message as _, Offset, TopicPartitionList};
use service_kit::health::{Detail, Health};
use service_kit::testing::{Database, Migrations};
use shared_events::codec::wire::{self, SchemaId};
use shared_events::codec::{avro, schema};
use shared_events::consumer::{
    self, ConsumerConfig, ConsumerError, ConsumerHealth, Effects, ExpectedPartitions, PostgresEffects, Tuning,
};
use shared_events::event::command::{CreateOccurrence, TaskCommand};
use shared_events::event::{EventMeta, Timestamp};
use shared_events::ids::{ActionId, Epoch, EventId, Position, SeriesId, TaskId, UserId, Version};
use shared_events::kafka::KafkaArgs;
use shared_events::outbox::Encoded;
use shared_events::producer::{Outgoing, Producer};
use shared_events::record::RawRecord;
use shared_events::topic::{Service, Topic};
use sqlx::PgPool;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use super::numbers::Numbers;

pub(crate) const TOPIC: Topic = Topic::TaskCommands;
pub(crate) const SERVICE: Service = Service::BackendApi;
pub(crate) const GROUP: &str = "backend-api.test.v1";
const DEADLINE: Duration = Duration::from_secs(60);

/// What a handler does with its next records instead of applying them.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Trouble {
    Outage,
    Unknown,
    Panic,
    /// It never returns.
    Hang,
}

pub(crate) struct Bench {
    pub(crate) cluster: MockCluster<'static, DefaultProducerContext>,
    pub(crate) kafka: KafkaArgs,
    pub(crate) pool: PgPool,
    pub(crate) trouble: Arc<Mutex<VecDeque<Trouble>>>,
    pub(crate) calls: Arc<AtomicUsize>,
    pub(crate) group: &'static str,
    pub(crate) partitions: ExpectedPartitions,
    producer: Producer,
    pub(crate) database: Database,
}

impl Bench {
    pub(crate) async fn new(partitions: i32) -> Self {
        let cluster = MockCluster::new(3).unwrap();
        for topic in [
            TOPIC.name().to_owned(),
            TOPIC.dead_letter(SERVICE),
            TOPIC.retry(SERVICE),
        ] {
            cluster.create_topic(&topic, partitions, 1).unwrap();
        }
        let kafka = KafkaArgs::plaintext(&cluster.bootstrap_servers(), "http://127.0.0.1:9");
        let database = Database::create(&[Migrations {
            schema: "outbox",
            migrator: &shared_events::MIGRATOR,
        }])
        .await;
        let pool = database.pool().await;
        sqlx::raw_sql(
            "CREATE TABLE public.effect (n bigint PRIMARY KEY, at bigint GENERATED ALWAYS AS IDENTITY)",
        )
        .execute(&pool)
        .await
        .unwrap();
        let producer = Producer::start(kafka.producer("test", 30_000, 0)).unwrap();
        let trouble = Arc::default();
        Self {
            cluster,
            kafka,
            pool,
            trouble,
            calls: Arc::default(),
            group: GROUP,
            partitions: ExpectedPartitions::of([
                (TOPIC.name().to_owned(), partitions),
                (TOPIC.retry(SERVICE), partitions),
            ]),
            producer,
            database,
        }
    }

    /// Starts a consumer; it stops when the returned handle is stopped.
    pub(crate) fn consume(&self) -> Running {
        self.consume_with(PostgresEffects::new(self.pool.clone(), self.handler()))
    }

    /// A consumer as [`Bench::consume`] starts it, whose handler counts its own calls.
    pub(crate) fn consume_counting(&self, calls: &Arc<AtomicUsize>) -> Running {
        let handler = Numbers {
            trouble: Arc::clone(&self.trouble),
            calls: Arc::clone(calls),
        };
        self.consume_with(PostgresEffects::new(self.pool.clone(), handler))
    }

    /// From here on a number that is applied twice is written twice.
    pub(crate) async fn let_doubles_show(&self) {
        sqlx::raw_sql("ALTER TABLE public.effect DROP CONSTRAINT effect_pkey")
            .execute(&self.pool)
            .await
            .unwrap();
    }

    /// The handler that writes each number once.
    pub(crate) fn handler(&self) -> Numbers {
        Numbers {
            trouble: Arc::clone(&self.trouble),
            calls: Arc::clone(&self.calls),
        }
    }

    /// Starts a consumer with effects of its own.
    pub(crate) fn consume_with<E: Effects>(&self, effects: E) -> Running {
        let config = ConsumerConfig {
            service: SERVICE,
            group: self.group,
            topics: vec![TOPIC],
            client_id: "test".to_owned(),
            gather: Duration::ZERO,
        };
        let mut client = self.kafka.consumer("test", self.group);
        client
            .set("session.timeout.ms", "6000")
            .set("heartbeat.interval.ms", "500");
        let tuning = Tuning {
            client,
            partitions: self.partitions.clone(),
            longest_wait: Duration::from_millis(500),
            reread_stopped: Duration::from_millis(200),
        };
        let kafka = self.kafka.clone();
        let shutdown = CancellationToken::new();
        let token = shutdown.clone();
        let health = Health::new("test");
        let told = ConsumerHealth::of(&health, "consumer", "poll thread");
        let detail = told.detail.clone();
        let mut task = JoinSet::new();
        task.spawn(async move { consumer::run_with(config, tuning, &kafka, effects, told, token).await });
        Running {
            shutdown,
            task,
            health,
            detail,
        }
    }

    pub(crate) fn expect_trouble(&self, trouble: &[Trouble]) {
        self.trouble.lock().unwrap().extend(trouble);
    }

    pub(crate) async fn send(&self, numbers: impl IntoIterator<Item = i32>) {
        for number in numbers {
            self.send_raw(command(number)).await;
        }
    }

    /// Sends without waiting for one before the next.
    pub(crate) async fn send_many(&self, records: impl IntoIterator<Item = Outgoing>) {
        let mut deliveries = Vec::new();
        for record in records {
            deliveries.push(self.producer.send(&record).await.unwrap());
        }
        for delivery in deliveries {
            delivery.await.unwrap();
        }
    }

    pub(crate) async fn send_raw(&self, record: Outgoing) {
        self.producer.publish(&record).await.unwrap();
    }

    /// The numbers applied so far, in the order of their application.
    pub(crate) async fn applied(&self) -> Vec<i64> {
        sqlx::query_scalar("SELECT n FROM public.effect ORDER BY at")
            .fetch_all(&self.pool)
            .await
            .unwrap()
    }

    pub(crate) async fn wait_applied(&self, count: usize) -> Vec<i64> {
        let since = Instant::now();
        loop {
            let applied = self.applied().await;
            if applied.len() >= count {
                return applied;
            }
            assert!(
                since.elapsed() < DEADLINE,
                "only {} of {count} were applied",
                applied.len()
            );
            look_again().await;
        }
    }

    pub(crate) async fn wait_calls(&self, count: usize) {
        self.wait_until(&format!("the handler was called {count} times"), async || {
            self.calls.load(Ordering::SeqCst) >= count
        })
        .await;
    }

    pub(crate) async fn wait_until(&self, what: &str, mut holds: impl AsyncFnMut() -> bool) {
        let since = Instant::now();
        while !holds().await {
            assert!(since.elapsed() < DEADLINE, "not yet: {what}");
            look_again().await;
        }
    }

    /// Everything on a topic so far, read to the end of each partition.
    pub(crate) fn read_all(&self, topic: &str, partitions: i32) -> Vec<RawRecord> {
        let consumer: BaseConsumer = self.kafka.consumer("reader", "reader").create().unwrap();
        let mut list = TopicPartitionList::new();
        let mut expected = 0;
        for partition in 0..partitions {
            let (low, high) = consumer.fetch_watermarks(topic, partition, DEADLINE).unwrap();
            expected += high - low;
            list.add_partition_offset(topic, partition, Offset::Offset(low))
                .unwrap();
        }
        consumer.assign(&list).unwrap();
        let since = Instant::now();
        let mut records = Vec::new();
        while (records.len() as i64) < expected {
            assert!(
                since.elapsed() < DEADLINE,
                "{topic}: only {} of {expected} records",
                records.len()
            );
            if let Some(Ok(message)) = consumer.poll(Duration::from_millis(100)) {
                assert_eq!(message.topic(), topic);
                records.push(RawRecord::detach(&message));
            }
        }
        records
    }

    pub(crate) fn dead_letters(&self) -> Vec<RawRecord> {
        self.read_all(&TOPIC.dead_letter(SERVICE), 1)
    }
}

pub(crate) struct Running {
    shutdown: CancellationToken,
    task: JoinSet<Result<(), ConsumerError>>,
    pub(crate) health: Health,
    pub(crate) detail: Detail,
}

impl Running {
    pub(crate) async fn stop(mut self) -> Result<(), ConsumerError> {
        self.shutdown.cancel();
        tokio::time::timeout(DEADLINE, self.task.join_next())
            .await
            .expect("it stops")
            .unwrap()
            .unwrap()
    }

    /// Waits for the consumer to end by itself.
    pub(crate) async fn result(mut self) -> Result<(), ConsumerError> {
        tokio::time::timeout(DEADLINE, self.task.join_next())
            .await
            .expect("it ends")
            .unwrap()
            .unwrap()
    }
}

/// A command that carries a number.
pub(crate) fn command(number: i32) -> Outgoing {
    large_command(number, 0)
}

/// A command that carries a number and so many bytes more.
pub(crate) fn large_command(number: i32, bytes: usize) -> Outgoing {
    let series_id = SeriesId::new();
    let mut event = TaskCommand {
        meta: EventMeta {
            event_id: EventId::new(),
            kind: "create_occurrence".to_owned(),
            occurred_at: Timestamp::new(DateTime::from_timestamp(1_796_112_000, 0).unwrap()),
            user_id: UserId::parse("alice").unwrap(),
            actor: "service:recurring-svc".to_owned(),
            action_id: ActionId::new(),
            causation_id: None,
            intent: "recur".to_owned(),
            aggregate: "series".to_owned(),
            aggregate_id: series_id.to_string(),
            version: Version(2),
            previous: Version(1),
            epoch: Epoch(1),
            position: Position(0),
        },
        series_id,
        create_occurrence: Some(CreateOccurrence {
            predecessor: TaskId::new(),
            ordinal: number,
            start: "2026-12-02T09:00:00".to_owned(),
            series_revision: 1,
            closed_at: None,
        }),
    };
    let mut record = Encoded::new(Service::RecurringSvc, &event)
        .unwrap()
        .record(SchemaId(1));
    // What is larger than the outbox takes.
    event.create_occurrence.as_mut().unwrap().start += &" ".repeat(bytes);
    let body = avro::encode(&schema::current(TOPIC).unwrap().avro, &event).unwrap();
    record.payload = Some(wire::frame(SchemaId(1), &body));
    record
}

/// The pause between two looks at a condition that has a deadline.
pub(crate) async fn look_again() {
    let mut ticks = tokio::time::interval(Duration::from_millis(20));
    ticks.tick().await;
    ticks.tick().await;
}

/// The sum of a consumer metric over what a group has, where its labels say this too.
pub(crate) fn metric(name: &str, group: &str, labels: &[&str]) -> f64 {
    let text = service_kit::telemetry::prometheus_text();
    let (plain, counter) = (
        format!("taskwire_consumer_{name}{{"),
        format!("taskwire_consumer_{name}_total{{"),
    );
    let group = format!("group=\"{group}\"");
    let lines = text.lines().filter(|line| {
        let named = line.starts_with(&plain) || line.starts_with(&counter);
        named && line.contains(&group) && labels.iter().all(|label| line.contains(label))
    });
    lines
        .map(|line| line.rsplit(' ').next().unwrap().parse::<f64>().unwrap())
        .sum()
}
