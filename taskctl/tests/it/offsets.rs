//! `taskctl offsets` and `taskctl dlq resume` on a real database and broker.

use std::time::{Duration, Instant};

use rdkafka::admin::{AdminClient, AdminOptions, NewTopic, TopicReplication};
use rdkafka::client::DefaultClientContext;
use rdkafka::consumer::{BaseConsumer, CommitMode, Consumer};
use rdkafka::producer::{FutureProducer, FutureRecord};
use rdkafka::util::Timeout;
use rdkafka::{ClientConfig, Offset, TopicPartitionList};
use sqlx::postgres::{PgConnectOptions, PgConnection};
use sqlx::{ConnectOptions, Connection, Executor};

use crate::migrate::Database;
use crate::taskctl::{Run, provided, taskctl, unique};

const DEADLINE: Duration = Duration::from_secs(60);
/// Records in partition 1 of the topic; partition 0 is empty.
const RECORDS: i64 = 10;

/// A database with all migrations, a topic with some records, and a group that no other test uses.
struct Setting {
    database: Database,
    connection: PgConnection,
    kafka: ClientConfig,
    topic: String,
    group: String,
}

impl Setting {
    async fn create(service: &str) -> Self {
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
    async fn stand(&mut self) {
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

    fn run(&self, arguments: &[&str]) -> Run {
        let url = self.database.url();
        let variables = [
            ("DATABASE_URL", url.as_str()),
            ("KAFKA_BROKERS", &provided("TEST_KAFKA_BROKERS")),
            ("USER", "carol"),
        ];
        taskctl(arguments, &variables)
    }

    fn place(&self) -> String {
        format!("{}/1", self.topic)
    }

    fn set(&self, offset: &str, more: &[&str]) -> Run {
        let place = self.place();
        let mut arguments = vec!["offsets", "set", &self.group, &place, offset, "--json"];
        arguments.extend(["--reason", "records were lost"]);
        arguments.extend(more);
        self.run(&arguments)
    }

    fn resume(&self) -> Run {
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
    async fn row(&mut self) -> (i64, bool, i32, Option<String>) {
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
    fn untouched() -> (i64, bool, i32, Option<String>) {
        (3, true, 71, Some("too many".to_owned()))
    }

    /// Event id, kind, topic, source and body of every audit record on the outbox.
    async fn records(&mut self) -> Vec<(String, String, String, String, String)> {
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

    fn consumer(&self) -> BaseConsumer {
        self.kafka
            .clone()
            .set("group.id", &self.group)
            .set("enable.auto.commit", "false")
            .set("session.timeout.ms", "6000")
            .create()
            .unwrap()
    }

    fn commit(&self, next: i64, metadata: &str) {
        let mut list = TopicPartitionList::new();
        let mut element = list.add_partition(&self.topic, 1);
        element.set_offset(Offset::Offset(next)).unwrap();
        element.set_metadata(metadata);
        self.consumer().commit(&list, CommitMode::Sync).unwrap();
    }

    fn committed(&self) -> (Offset, String) {
        let mut list = TopicPartitionList::new();
        list.add_partition(&self.topic, 1);
        let list = self.consumer().committed_offsets(list, DEADLINE).unwrap();
        let element = list.find_partition(&self.topic, 1).unwrap();
        (element.offset(), element.metadata().to_owned())
    }

    async fn remove(self) {
        let admin: AdminClient<DefaultClientContext> = self.kafka.create().unwrap();
        admin
            .delete_topics(&[&self.topic], &AdminOptions::new())
            .await
            .unwrap();
        self.connection.close().await.unwrap();
        self.database.drop().await;
    }
}

#[tokio::test]
async fn an_offset_is_set_in_the_row_together_with_its_audit_record() {
    let mut setting = Setting::create("audit-svc").await;
    setting.stand().await;
    let done = setting.set("7", &[]).expect_code(0).json();
    assert_eq!((&done["from"], &done["to"]), (&3.into(), &7.into()));
    assert_eq!((&done["passed_over"], &done["repeated"]), (&4.into(), &0.into()));
    assert_eq!(setting.row().await, (7, false, 0, None));

    let records = setting.records().await;
    let [(id, kind, topic, source, body)] = records.as_slice() else {
        panic!("{records:?}");
    };
    assert_eq!(done["event_id"], *id);
    assert_eq!(
        (kind.as_str(), topic.as_str(), source.as_str()),
        ("operator.offsets_set", "task-events", "/taskwire/taskctl")
    );
    let subject = format!("{} {}", setting.group, setting.place());
    for told in [
        "carol",
        &subject,
        "next offset 7 instead of 3",
        "reason: records were lost",
    ] {
        assert!(body.contains(told), "{told} in {body}");
    }

    let again = setting.set("7", &[]).expect_code(0).json();
    assert_eq!(again["event_id"], serde_json::Value::Null);
    assert_eq!(
        setting.records().await.len(),
        1,
        "what changes nothing is no action"
    );
    setting.remove().await;
}

#[tokio::test]
async fn an_offset_and_its_audit_record_are_kept_or_lost_together() {
    let mut setting = Setting::create("audit-svc").await;
    setting.stand().await;
    let refuse_record =
        "ALTER TABLE outbox.message ADD CONSTRAINT refused CHECK (kind NOT LIKE 'operator.%')";
    setting.connection.execute(refuse_record).await.unwrap();
    setting.set("7", &[]).expect_code(1);
    setting.resume().expect_code(1);
    assert_eq!(setting.row().await, Setting::untouched());

    let refuse_commit = "ALTER TABLE outbox.message DROP CONSTRAINT refused;
        CREATE FUNCTION public.refuse() RETURNS trigger LANGUAGE plpgsql AS
            $$ BEGIN RAISE EXCEPTION 'refused at the commit'; END $$;
        CREATE CONSTRAINT TRIGGER refused AFTER UPDATE ON outbox.consumer_offset
            DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION public.refuse()";
    sqlx::raw_sql(refuse_commit)
        .execute(&mut setting.connection)
        .await
        .unwrap();
    let run = setting.set("7", &[]).expect_code(1);
    assert!(run.stderr.contains("refused at the commit"), "{run:#?}");
    setting.resume().expect_code(1);
    assert_eq!(setting.row().await, Setting::untouched());
    assert!(setting.records().await.is_empty());
    setting.remove().await;
}

#[tokio::test]
async fn a_dry_run_says_what_it_means_and_changes_nothing() {
    let mut setting = Setting::create("audit-svc").await;
    setting.stand().await;
    let place = setting.place();
    let text = |offset: &str| {
        let arguments = [
            "offsets",
            "set",
            &setting.group,
            &place,
            offset,
            "--reason",
            "to see",
            "--dry-run",
        ];
        setting.run(&arguments).expect_code(0).stdout
    };
    let forwards = text("latest");
    assert!(
        forwards.contains("next offset 10 instead of 3") && forwards.contains("7 offsets are passed over"),
        "{forwards}"
    );
    let backwards = text("earliest");
    assert!(backwards.contains("3 records are read again"), "{backwards}");
    assert_eq!(setting.row().await, Setting::untouched());
    assert!(setting.records().await.is_empty());
    setting.remove().await;
}

#[tokio::test]
async fn what_cannot_be_set_is_refused_by_name_and_nothing_is_changed() {
    let mut setting = Setting::create("audit-svc").await;
    setting.stand().await;
    let (group, topic) = (setting.group.clone(), setting.topic.clone());
    let cases = [
        (
            group.as_str(),
            format!("{topic}/1"),
            "11",
            1,
            "0 (earliest) to 10 (latest)",
        ),
        (&group, format!("{topic}/2"), "0", 1, "has the partitions 0 to 1"),
        (&group, format!("{topic}/0"), "0", 1, "has never stood in"),
        (&group, format!("{topic}x/1"), "0", 1, "the broker has no topic"),
        (
            "audit-svc.nobody.v1",
            format!("{topic}/1"),
            "0",
            1,
            group.as_str(),
        ),
        (&group, topic.clone(), "0", 2, "TOPIC/PARTITION"),
        (&group, format!("{topic}/1"), "-1", 2, "-1"),
        (&group, format!("{topic}/1"), "end", 2, "earliest or latest"),
    ];
    for (group, place, offset, code, said) in cases {
        let arguments = ["offsets", "set", group, &place, offset, "--reason", "a test"];
        let run = setting.run(&arguments).expect_code(code);
        assert!(run.stderr.contains(said), "{said} in {run:#?}");
    }
    let place = setting.place();
    let run = setting
        .run(&["offsets", "set", &group, &place, "7"])
        .expect_code(2);
    assert!(run.stderr.contains("--reason"), "{run:#?}");
    assert_eq!(setting.row().await, Setting::untouched());
    assert!(setting.records().await.is_empty());
    setting.remove().await;
}

#[tokio::test]
async fn an_order_in_kafka_that_the_service_would_follow_is_not_overruled() {
    let mut setting = Setting::create("audit-svc").await;
    setting.stand().await;
    setting.commit(5, "");
    let run = setting.set("7", &[]).expect_code(1);
    assert!(run.stderr.contains("an operator has committed 5"), "{run:#?}");
    assert_eq!(setting.row().await, Setting::untouched());
    setting.commit(3, "taskwire");
    setting.set("7", &[]).expect_code(0);
    setting.remove().await;
}

#[tokio::test]
async fn a_stopped_partition_is_resumed_where_it_stands_with_an_audit_record() {
    let mut setting = Setting::create("audit-svc").await;
    setting.stand().await;
    let done = setting.resume().expect_code(0).json();
    assert_eq!(
        (&done["next"], &done["was_stopped"]),
        (&3.into(), &"too many".into())
    );
    assert_eq!(
        setting.row().await,
        (3, true, 0, None),
        "the record before is still known"
    );
    let records = setting.records().await;
    assert_eq!(records.len(), 1, "{records:?}");
    assert_eq!(
        (&records[0].0, records[0].1.as_str()),
        (
            &done["event_id"].as_str().unwrap().to_owned(),
            "operator.dlq_resumed"
        )
    );
    assert!(
        records[0].4.contains("too many; reason: the bug is fixed"),
        "{records:?}"
    );

    let again = setting.resume().expect_code(0).json();
    assert_eq!(again["event_id"], serde_json::Value::Null);
    assert_eq!(setting.records().await.len(), 1);
    setting.remove().await;
}

#[tokio::test]
async fn what_is_stopped_and_how_far_behind_is_shown() {
    let mut setting = Setting::create("audit-svc").await;
    setting.stand().await;
    let table = setting
        .run(&["offsets", "show", &setting.group])
        .expect_code(0)
        .stdout;
    let line = table
        .lines()
        .find(|line| line.contains(&setting.place()))
        .unwrap();
    let cells: Vec<&str> = line.split_whitespace().collect();
    assert_eq!(
        cells[2..],
        ["3", "7", "postgres", "stopped:", "too", "many"],
        "{table}"
    );
    let run = setting
        .run(&["offsets", "show", "audit-svc.nobody.v1"])
        .expect_code(1);
    assert!(run.stderr.contains("audit-svc.nobody.v1"), "{run:#?}");
    setting.remove().await;
}

#[tokio::test]
async fn a_group_that_lives_in_kafka_is_set_while_nobody_reads_in_it() {
    let mut setting = Setting::create("recurring-svc").await;
    setting.commit(2, "taskwire");
    let done = setting.set("5", &[]).expect_code(0).json();
    assert_eq!(done["kept_in"], "kafka");
    assert_eq!(
        setting.committed(),
        (Offset::Offset(5), "taskctl".to_owned()),
        "the runtime's own mark would not be followed"
    );
    let records = setting.records().await;
    assert_eq!(
        (records.len(), records[0].1.as_str()),
        (1, "operator.offsets_set")
    );

    let member = setting.consumer();
    member.subscribe(&[&setting.topic]).unwrap();
    let since = Instant::now();
    while member.assignment().unwrap().count() == 0 {
        assert!(since.elapsed() < DEADLINE, "nothing was assigned");
        let _ = member.poll(Duration::from_millis(100));
    }
    let run = setting.set("8", &[]).expect_code(1);
    assert!(
        run.stderr.contains("1 active members") && run.stderr.contains("scale its service to 0"),
        "{run:#?}"
    );
    assert_eq!(setting.committed().0, Offset::Offset(5));
    assert_eq!(setting.records().await.len(), 1);
    drop(member);
    setting.remove().await;
}

#[tokio::test]
async fn a_role_that_sees_no_offsets_is_named_and_does_not_find_nothing() {
    let mut setting = Setting::create("audit-svc").await;
    setting.stand().await;
    let password = unique();
    setting
        .database
        .migrate(&[("TASKWIRE_AUDIT_SVC_PASSWORD", &password)])
        .expect_code(0);
    let url: PgConnectOptions = setting.database.url().parse().unwrap();
    let url = url.username("taskwire_audit_svc").password(&password);
    let variables = [
        ("DATABASE_URL", url.to_url_lossy().to_string()),
        ("KAFKA_BROKERS", provided("TEST_KAFKA_BROKERS")),
    ];
    let variables = variables.each_ref().map(|(name, value)| (*name, value.as_str()));
    let run = taskctl(&["offsets", "show"], &variables).expect_code(2);
    assert!(run.stderr.contains("BYPASSRLS"), "{run:#?}");
    setting.remove().await;
}

/// On the running stack: from the outbox over the relay and the broker into the log.
#[tokio::test]
async fn an_operators_action_is_an_entry_of_the_audit_log() {
    let url = provided("DATABASE_URL");
    let mut connection = PgConnection::connect(&url).await.unwrap();
    let (group, topic) = ("audit-svc.log.v1", "reminders.audit-svc.retry");
    // Nothing is ever written to that partition here, so its reader takes no notice.
    let stopped = sqlx::query(
        "UPDATE outbox.consumer_offset SET stopped = 'a test' WHERE group_id = $1 AND topic = $2",
    )
    .bind(group)
    .bind(topic)
    .execute(&mut connection)
    .await
    .unwrap();
    assert_eq!(stopped.rows_affected(), 1);
    let place = format!("{topic}/0");
    let arguments = ["dlq", "resume", group, &place, "--reason", "a test", "--json"];
    let done = taskctl(&arguments, &[("DATABASE_URL", &url), ("USER", "carol")])
        .expect_code(0)
        .json();
    let event_id = done["event_id"].as_str().unwrap();

    let since = Instant::now();
    loop {
        let entry: Option<(String, String)> =
            sqlx::query_as("SELECT kind, actor FROM audit.entry WHERE event_id = $1::uuid")
                .bind(event_id)
                .fetch_optional(&mut connection)
                .await
                .unwrap();
        if let Some((kind, actor)) = entry {
            assert_eq!(
                (kind.as_str(), actor.as_str()),
                ("operator.dlq_resumed", "operator:carol")
            );
            break;
        }
        assert!(since.elapsed() < DEADLINE, "no entry of {event_id}");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    connection.close().await.unwrap();
}
