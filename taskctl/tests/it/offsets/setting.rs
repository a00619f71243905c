//! What a test of `taskctl offsets` works on.

use std::time::Duration;

use rdkafka::admin::{AdminClient, AdminOptions, NewTopic, TopicReplication};
use rdkafka::client::DefaultClientContext;
use rdkafka::consumer::{BaseConsumer, CommitMode, Consumer};
use rdkafka::producer::{FutureProducer, FutureRecord};
use rdkafka::util::Timeout;
use rdkafka::{ClientConfig, Offset, TopicPartitionList};
use sqlx::Connection;
use sqlx::postgres::PgConnection;

use crate::migrate::Database;
use crate::taskctl::{Run, provided, taskctl, unique};

/// Records in partition 1 of the topic; partition 0 is empty.
const RECORDS: i64 = 10;

/// A database with all migrations, a topic with some records, and a group that no other test uses.
pub(crate) struct Setting {
    pub(crate) database: Database,
    pub(crate) connection: PgConnection,
    kafka: ClientConfig,
    pub(crate) topic: String,
    pub(crate) group: String,
}

impl Setting {
    pub(crate) async fn create(service: &str) -> Self {
        let database = Database::create().await;
        database.migrate(&[]).expect_code(0);
        let mut kafka = ClientConfig::new();
        kafka.set("bootstrap.servers", provided("TEST_KAFKA_BROKERS"));
        let setting = Self {
            connection: database.connect().await,
            database,
            kafka,
            topic: format!("t{}", unique()),
            group: format!("{service}.t{}.v1", unique()),
        };
        setting.fill().await;
        setting
    }

    async fn fill(&self) {
        let admin: AdminClient<DefaultClientContext> = self.kafka.create().unwrap();
        let topic = NewTopic::new(&self.topic, 2, TopicReplication::Fixed(1));
        let created = admin.create_topics(&[topic], &AdminOptions::new()).await.unwrap();
        assert!(created[0].is_ok(), "{created:?}");
        let producer: FutureProducer = self.kafka.create().unwrap();
        for number in 0..RECORDS {
            let payload = number.to_string();
            let record = FutureRecord::<(), _>::to(&self.topic)
                .partition(1)
                .payload(&payload);
            producer
                .send(record, Timeout::After(Duration::from_secs(20)))
                .await
                .unwrap();
        }
    }

    /// The group stands at offset 3 of partition 1, stopped by dead letters.
    pub(crate) async fn stand(&mut self) {
        sqlx::query(
            "INSERT INTO outbox.consumer_offset (service, group_id, topic, partition, next_offset, last_offset,
                                                 last_hash, dead_run, window_start, window_records, window_dead, stopped)
             VALUES ('taskwire_audit_svc', $1, $2, 1, 3, 2, 'hash', 20, clock_timestamp(), 30, 20, 'too many')",
        )
        .bind(&self.group)
        .bind(&self.topic)
        .execute(&mut self.connection)
        .await
        .unwrap();
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> Run {
        let url = self.database.url();
        let variables = [
            ("DATABASE_URL", url.as_str()),
            ("KAFKA_BROKERS", &provided("TEST_KAFKA_BROKERS")),
            ("USER", "carol"),
        ];
        taskctl(arguments, &variables)
    }

    pub(crate) fn place(&self) -> String {
        format!("{}/1", self.topic)
    }

    pub(crate) fn set(&self, offset: &str, more: &[&str]) -> Run {
        let place = self.place();
        let mut arguments = vec!["offsets", "set", &self.group, &place, offset, "--json"];
        arguments.extend(["--reason", "records were lost"]);
        arguments.extend(more);
        self.run(&arguments)
    }

    pub(crate) fn resume(&self) -> Run {
        let place = self.place();
        let arguments = [
            "dlq",
            "resume",
            &self.group,
            &place,
            "--json",
            "--reason",
            "the bug is fixed",
        ];
        self.run(&arguments)
    }

    /// Next offset, what is remembered of the record before, what is counted, and why it is stopped.
    pub(crate) async fn row(&mut self) -> (i64, bool, i32, Option<String>) {
        sqlx::query_as(
            "SELECT next_offset, last_offset IS NOT NULL OR last_hash IS NOT NULL,
                    dead_run + window_records + window_dead + (window_start IS NOT NULL)::int, stopped
               FROM outbox.consumer_offset WHERE group_id = $1",
        )
        .bind(&self.group)
        .fetch_one(&mut self.connection)
        .await
        .unwrap()
    }

    /// The row as [`Self::stand`] made it.
    pub(crate) fn untouched() -> (i64, bool, i32, Option<String>) {
        (3, true, 71, Some("too many".to_owned()))
    }

    /// Event id, kind, topic, source and body of every audit record on the outbox.
    pub(crate) async fn records(&mut self) -> Vec<(String, String, String, String, String)> {
        let rows: Vec<(String, String, String, String, Vec<u8>)> = sqlx::query_as(
            "SELECT event_id::text, kind, topic, source, body FROM outbox.message ORDER BY id",
        )
        .fetch_all(&mut self.connection)
        .await
        .unwrap();
        let readable = |body: Vec<u8>| String::from_utf8_lossy(&body).into_owned();
        rows.into_iter()
            .map(|(id, kind, topic, source, body)| (id, kind, topic, source, readable(body)))
            .collect()
    }

    pub(crate) fn consumer(&self) -> BaseConsumer {
        self.kafka
            .clone()
            .set("group.id", &self.group)
            .set("enable.auto.commit", "false")
            .set("session.timeout.ms", "6000")
            .create()
            .unwrap()
    }

    pub(crate) fn commit(&self, next: i64, metadata: &str) {
        let mut list = TopicPartitionList::new();
        let mut element = list.add_partition(&self.topic, 1);
        element.set_offset(Offset::Offset(next)).unwrap();
        element.set_metadata(metadata);
        self.consumer().commit(&list, CommitMode::Sync).unwrap();
    }

    pub(crate) fn committed(&self) -> (Offset, String) {
        let mut list = TopicPartitionList::new();
        list.add_partition(&self.topic, 1);
        let list = self.consumer().committed_offsets(list, super::DEADLINE).unwrap();
        let element = list.find_partition(&self.topic, 1).unwrap();
        (element.offset(), element.metadata().to_owned())
    }

    pub(crate) async fn remove(self) {
        let admin: AdminClient<DefaultClientContext> = self.kafka.create().unwrap();
        admin
            .delete_topics(&[&self.topic], &AdminOptions::new())
            .await
            .unwrap();
        self.connection.close().await.unwrap();
        self.database.drop().await;
    }
}
