//! `taskctl dlq redrive` and `drop` on a real broker and database.

use std::time::{Duration, Instant};

use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::{ClientConfig, Offset, TopicPartitionList};
use serde_json::{Value, json};
use shared_events::record::RawRecord;
use sqlx::postgres::PgConnection;

use super::DeadLetters;
use crate::migrate::Database;
use crate::taskctl::{Run, provided, taskctl};

const DEADLINE: Duration = Duration::from_secs(60);

/// Dead letters of an origin of their own, and a database that knows the holes of some.
struct Case {
    letters: DeadLetters,
    database: Database,
    connection: PgConnection,
}

impl Case {
    /// Letters at the offsets 7 and 9 (poison), and 11 (exhausted).
    async fn create(service: &'static str) -> Self {
        let letters = DeadLetters::create_for(service).await;
        for (offset, reason) in [(7, "bad_magic"), (9, "bad_avro")] {
            let value = format!("value {offset}");
            let headers = letters.headers(offset, reason);
            letters.publish(headers, "key", value.as_bytes()).await;
        }
        let exhausted = letters.headers_of(11, "exhausted", "unknown_error");
        letters.publish(exhausted, "key", b"value 11").await;
        let database = Database::create().await;
        database.migrate(&[]).expect_code(0);
        Self {
            connection: database.connect().await,
            database,
            letters,
        }
    }

    /// What audit-svc wrote when these died.
    async fn open_holes(&mut self, offsets: &[i64]) {
        for offset in offsets {
            sqlx::query(
                r#"INSERT INTO outbox.hole (service, group_id, topic, partition, "offset", reason)
                   VALUES ('taskwire_audit_svc', 'audit-svc.log.v1', $1, 1, $2, 'bad_magic')"#,
            )
            .bind(&self.letters.origin)
            .bind(offset)
            .execute(&mut self.connection)
            .await
            .unwrap();
        }
    }

    async fn execute(&mut self, statement: &'static str) {
        sqlx::query(statement)
            .bind(&self.letters.origin)
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
        taskctl(&[&["dlq"], arguments, &["--json"]].concat(), &variables)
    }

    /// `redrive` or `drop` of the letters of this origin that `more` says.
    fn close(&self, command: &str, more: &[&str]) -> Run {
        let select = [
            command,
            "--topic",
            &self.letters.origin,
            "--reason",
            "the bug is fixed",
        ];
        self.run(&[&select[..], more].concat())
    }

    /// Offset of each letter's origin, and its state, by offset.
    fn states(&self) -> Vec<(i64, Value)> {
        let listed = self.run(&["list", "--topic", &self.letters.origin]);
        let listed = listed.expect_code(0).json();
        let mut states: Vec<_> = listed
            .as_array()
            .unwrap()
            .iter()
            .map(|letter| {
                (
                    letter["origin"]["offset"].as_i64().unwrap(),
                    letter["state"].clone(),
                )
            })
            .collect();
        states.sort_by_key(|(offset, _)| *offset);
        states
    }

    /// State and operator of each hole, by offset.
    async fn holes(&mut self) -> Vec<(i64, String, Option<String>)> {
        sqlx::query_as(
            r#"SELECT "offset", state, operator FROM outbox.hole WHERE topic = $1 AND partition = 1
                ORDER BY "offset""#,
        )
        .bind(&self.letters.origin)
        .fetch_all(&mut self.connection)
        .await
        .unwrap()
    }

    /// Kind and body of every audit record on the outbox.
    async fn audited(&mut self) -> Vec<(String, String)> {
        let rows: Vec<(String, Vec<u8>)> =
            sqlx::query_as("SELECT kind, body FROM outbox.message ORDER BY id")
                .fetch_all(&mut self.connection)
                .await
                .unwrap();
        rows.into_iter()
            .map(|(kind, body)| (kind, String::from_utf8_lossy(&body).into_owned()))
            .collect()
    }

    fn on_topic(&self, topic: &str) -> Vec<RawRecord> {
        let mut config = ClientConfig::new();
        config
            .set("bootstrap.servers", provided("TEST_KAFKA_BROKERS"))
            .set("group.id", "taskctl.test");
        let consumer: BaseConsumer = config.create().unwrap();
        let mut assignment = TopicPartitionList::new();
        let mut expected = 0;
        for partition in 0..3 {
            let (low, high) = consumer.fetch_watermarks(topic, partition, DEADLINE).unwrap();
            expected += high - low;
            assignment
                .add_partition_offset(topic, partition, Offset::Offset(low))
                .unwrap();
        }
        consumer.assign(&assignment).unwrap();
        let since = Instant::now();
        let mut records = Vec::new();
        while (records.len() as i64) < expected {
            assert!(since.elapsed() < DEADLINE, "only {} of {expected}", records.len());
            if let Some(Ok(message)) = consumer.poll(Duration::from_millis(100)) {
                records.push(RawRecord::detach(&message));
            }
        }
        records
    }

    fn redriven(&self) -> Vec<RawRecord> {
        self.on_topic(&self.letters.retry())
    }

    async fn drop(self) {
        self.letters.delete().await;
        self.database.drop().await;
    }
}

#[tokio::test]
async fn a_letter_is_redriven_whole_marked_and_audited() {
    let mut case = Case::create("audit-svc").await;
    case.open_holes(&[7, 9]).await;
    let id = case.letters.id(7);
    let report = case.close("redrive", &[&id]).expect_code(0).json();
    assert_eq!((&report["done"], &report["ids"]), (&json!(1), &json!([id])));

    let letters = case.on_topic(&case.letters.topic());
    let letter = letters
        .iter()
        .find(|letter| letter.payload.as_deref() == Some(b"value 7"))
        .unwrap();
    let redriven = case.redriven();
    assert_eq!(redriven.len(), 1);
    assert_eq!(
        (&redriven[0].key, &redriven[0].payload, &redriven[0].headers),
        (&letter.key, &letter.payload, &letter.headers)
    );
    let carol = Some("carol".to_owned());
    assert_eq!(
        case.holes().await,
        [(7, "redriven".to_owned(), carol), (9, "open".to_owned(), None)]
    );
    assert_eq!(
        case.states(),
        [(7, json!("redriven")), (9, json!("open")), (11, Value::Null)]
    );
    let audited = case.audited().await;
    assert_eq!(audited.len(), 1);
    let (kind, body) = &audited[0];
    assert_eq!(kind, "operator.dlq_redriven");
    for told in [
        id.as_str(),
        "carol",
        "the bug is fixed",
        "bad_magic",
        &case.letters.retry(),
    ] {
        assert!(body.contains(told), "{told} in {body}");
    }
    case.drop().await;
}

#[tokio::test]
async fn what_was_redriven_is_redriven_again_only_when_that_is_said() {
    let mut case = Case::create("audit-svc").await;
    case.open_holes(&[7]).await;
    case.close("redrive", &["--cause", "bad_magic"]).expect_code(0);
    let second = case
        .close("redrive", &["--cause", "bad_magic"])
        .expect_code(0)
        .json();
    assert_eq!((&second["done"], &second["already"]), (&json!(0), &json!(1)));
    assert_eq!((case.redriven().len(), case.audited().await.len()), (1, 1));
    let third = case.close("redrive", &["--cause", "bad_magic", "--again"]);
    assert_eq!(third.expect_code(0).json()["done"], 1);
    assert_eq!((case.redriven().len(), case.audited().await.len()), (2, 2));
    case.drop().await;
}

#[tokio::test]
async fn letters_are_selected_by_range_class_and_count() {
    let case = Case::create("audit-svc").await;
    let range = format!("{}/1/8-10", case.letters.origin);
    let by_range = case
        .close("redrive", &["--range", &range, "--dry-run"])
        .expect_code(0)
        .json();
    assert_eq!(by_range["planned"][0]["id"], case.letters.id(9));
    assert_eq!(by_range["planned"].as_array().unwrap().len(), 1);
    assert_eq!(
        by_range["planned"][0]["to"],
        format!("would go to {}", case.letters.retry())
    );
    assert!(case.redriven().is_empty(), "a dry run changes nothing");

    let exhausted = case
        .close("redrive", &["--class", "exhausted"])
        .expect_code(0)
        .json();
    assert_eq!(exhausted["ids"], json!([case.letters.id(11)]));
    for (round, id) in [7, 9].into_iter().enumerate() {
        let next = case.close("redrive", &["--limit", "1"]).expect_code(0).json();
        assert_eq!(next["ids"], json!([case.letters.id(id)]), "round {round}");
    }
    let values: Vec<_> = case
        .redriven()
        .into_iter()
        .filter_map(|record| record.payload)
        .collect();
    assert_eq!(
        values,
        ["value 11", "value 7", "value 9"],
        "in the order of the commands"
    );
    case.drop().await;
}

#[tokio::test]
async fn what_nobody_wants_is_dropped_and_stays_where_it_is() {
    let mut case = Case::create("audit-svc").await;
    case.open_holes(&[7, 9, 11]).await;
    let dropped = case.close("drop", &["--class", "poison"]).expect_code(0).json();
    assert_eq!(dropped["done"], 2);
    assert_eq!(
        case.states(),
        [(7, json!("dropped")), (9, json!("dropped")), (11, json!("open"))]
    );
    let kinds: Vec<_> = case.audited().await.into_iter().map(|(kind, _)| kind).collect();
    assert_eq!(kinds, ["operator.dlq_dropped"; 2]);
    assert!(case.redriven().is_empty());
    assert_eq!(case.on_topic(&case.letters.topic()).len(), 3);
    case.drop().await;
}

#[tokio::test]
async fn a_stopped_partition_gets_nothing_back_unless_that_is_said() {
    let mut case = Case::create("audit-svc").await;
    case.open_holes(&[7, 9, 11]).await;
    case.execute(
        "INSERT INTO outbox.consumer_offset (service, group_id, topic, partition, next_offset, stopped)
         VALUES ('taskwire_audit_svc', 'audit-svc.log.v1', $1, 1, 12, 'too many')",
    )
    .await;
    let refused = case.close("redrive", &[]).expect_code(4).json();
    assert_eq!(
        (&refused["done"], &refused["left"][0]["count"]),
        (&json!(0), &json!(3))
    );
    let why = refused["left"][0]["why"].as_str().unwrap();
    let way_out = format!(
        "taskctl dlq resume audit-svc.log.v1 {}/1 --reason TEXT",
        case.letters.origin
    );
    assert!(why.contains(&way_out), "{why}");
    assert!(case.redriven().is_empty() && case.audited().await.is_empty());
    let forced = case
        .close("redrive", &["--even-if-stopped"])
        .expect_code(0)
        .json();
    assert_eq!(forced["done"], 3);
    case.drop().await;
}

/// The broker has the letter and the service has applied it, and `taskctl` was ended before it wrote that down.
#[tokio::test]
async fn a_letter_that_came_back_by_itself_only_gets_its_audit_record() {
    let mut case = Case::create("audit-svc").await;
    case.open_holes(&[7]).await;
    case.execute("UPDATE outbox.hole SET state = 'redriven', closed_at = clock_timestamp() WHERE topic = $1")
        .await;
    let noted = case
        .close("redrive", &["--cause", "bad_magic"])
        .expect_code(0)
        .json();
    assert_eq!((&noted["done"], &noted["noted"]), (&json!(0), &json!(1)));
    assert!(case.redriven().is_empty());
    assert_eq!(case.audited().await.len(), 1);
    assert_eq!(
        case.holes().await,
        [(7, "redriven".to_owned(), Some("carol".to_owned()))]
    );
    case.drop().await;
}

#[tokio::test]
async fn a_service_without_a_database_has_its_letters_written_down_when_they_are_closed() {
    let mut case = Case::create("recurring-svc").await;
    assert_eq!(
        case.states(),
        [(7, json!("open")), (9, json!("open")), (11, json!("open"))]
    );
    case.close("redrive", &["--cause", "bad_magic"]).expect_code(0);
    case.close("drop", &["--cause", "bad_avro"]).expect_code(0);
    assert_eq!(
        case.states(),
        [(7, json!("redriven")), (9, json!("dropped")), (11, json!("open"))]
    );
    assert_eq!((case.redriven().len(), case.audited().await.len()), (1, 2));
    case.drop().await;
}

#[tokio::test]
async fn a_selection_of_nothing_says_the_way_out() {
    let case = Case::create("audit-svc").await;
    let none = case.close("redrive", &["--cause", "of_joy"]).expect_code(1);
    assert!(none.stderr.contains("taskctl dlq list"), "{none:#?}");
    let missing = case.close("drop", &[&case.letters.id(8)]).expect_code(1);
    assert!(missing.stderr.contains(&case.letters.id(8)), "{missing:#?}");
    let all = case.run(&["drop", "--reason", "none"]).expect_code(2);
    assert!(all.stderr.contains("--all"), "{all:#?}");
    case.drop().await;
}
