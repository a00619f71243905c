//! `taskctl dlq` on a real broker.

mod closing;

use std::time::Duration;

use rdkafka::ClientConfig;
use rdkafka::admin::{AdminClient, AdminOptions, NewTopic, TopicReplication};
use rdkafka::client::DefaultClientContext;
use rdkafka::message::{Header, OwnedHeaders};
use rdkafka::producer::{FutureProducer, FutureRecord};
use rdkafka::util::Timeout;

use crate::taskctl::{Run, provided, taskctl, unique};

/// A dead-letter topic of an origin that no other test uses.
struct DeadLetters {
    origin: String,
    service: &'static str,
    admin: AdminClient<DefaultClientContext>,
    producer: FutureProducer,
}

impl DeadLetters {
    async fn create() -> Self {
        Self::create_for("audit-svc").await
    }

    async fn create_for(service: &'static str) -> Self {
        let mut config = ClientConfig::new();
        config.set("bootstrap.servers", provided("TEST_KAFKA_BROKERS"));
        let letters = Self {
            origin: format!("t{}", unique()),
            service,
            admin: config.create().unwrap(),
            producer: config.create().unwrap(),
        };
        for name in [letters.topic(), letters.retry()] {
            let topic = NewTopic::new(&name, 3, TopicReplication::Fixed(1));
            let (topics, options) = ([topic], AdminOptions::new());
            let created = letters.admin.create_topics(&topics, &options).await.unwrap();
            assert!(created[0].is_ok(), "{created:?}");
        }
        letters
    }

    fn topic(&self) -> String {
        format!("{}.{}.dlq", self.origin, self.service)
    }

    fn retry(&self) -> String {
        format!("{}.{}.retry", self.origin, self.service)
    }

    fn id(&self, offset: i64) -> String {
        format!("{}/{}/1/{offset}", self.service, self.origin)
    }

    async fn publish(&self, headers: OwnedHeaders, key: &str, value: &[u8]) {
        let topic = self.topic();
        let record = FutureRecord::to(&topic)
            .partition(1)
            .key(key)
            .payload(value)
            .headers(headers);
        self.producer
            .send(record, Timeout::After(Duration::from_secs(20)))
            .await
            .unwrap();
    }

    fn headers(&self, offset: i64, reason: &str) -> OwnedHeaders {
        self.headers_of(offset, "poison", reason)
    }

    fn headers_of(&self, offset: i64, class: &str, reason: &str) -> OwnedHeaders {
        let (id, offset) = (self.id(offset), offset.to_string());
        let pairs = [
            ("x-dlq-id", id.as_str()),
            ("x-dlq-service", self.service),
            ("x-dlq-topic", &self.origin),
            ("x-dlq-partition", "1"),
            ("x-dlq-offset", &offset),
            ("x-dlq-timestamp", "1700000000000"),
            ("x-dlq-class", class),
            ("x-dlq-reason", reason),
            ("x-dlq-error", "the first byte is 0x6e"),
            ("x-dlq-attempts", "1"),
            ("ce_type", "task.created"),
        ];
        pairs
            .into_iter()
            .fold(OwnedHeaders::new(), |headers, (key, value)| {
                headers.insert(Header {
                    key,
                    value: Some(value),
                })
            })
    }

    fn dlq(&self, arguments: &[&str]) -> Run {
        let mut all = vec!["dlq"];
        all.extend(arguments);
        taskctl(&all, &[("KAFKA_BROKERS", &provided("TEST_KAFKA_BROKERS"))])
    }

    fn list(&self, more: &[&str]) -> Vec<String> {
        let mut arguments = vec!["list", "--json", "--topic", &self.origin];
        arguments.extend(more);
        let listed = self.dlq(&arguments).expect_code(0).json();
        listed
            .as_array()
            .unwrap()
            .iter()
            .map(|letter| letter["id"].as_str().unwrap().to_owned())
            .collect()
    }

    async fn delete(self) {
        self.admin
            .delete_topics(&[&self.topic(), &self.retry()], &AdminOptions::new())
            .await
            .unwrap();
    }
}

#[tokio::test]
async fn dead_letters_are_listed_newest_first_and_filtered() {
    let letters = DeadLetters::create().await;
    assert!(letters.list(&[]).is_empty());
    letters
        .publish(letters.headers(7, "bad_magic"), "k", b"not avro")
        .await;
    letters
        .publish(letters.headers(9, "bad_avro"), "k", b"not avro")
        .await;
    let mut all = letters.list(&[]);
    all.sort();
    assert_eq!(all, [letters.id(7), letters.id(9)]);
    assert_eq!(letters.list(&["--reason", "bad_avro"]), [letters.id(9)]);
    assert_eq!(letters.list(&["--limit", "1"]), [letters.id(9)]);
    assert!(letters.list(&["--service", "recurring-svc"]).is_empty());

    let table = letters
        .dlq(&["list", "--topic", &letters.origin])
        .expect_code(0)
        .stdout;
    assert!(
        table.contains(&letters.id(7)) && table.contains("1 bad_avro (audit-svc)"),
        "{table}"
    );
    letters.delete().await;
}

#[tokio::test]
async fn a_dead_letter_is_explained_with_its_origin_and_its_bytes() {
    let letters = DeadLetters::create().await;
    letters
        .publish(letters.headers(7, "bad_magic"), "key of task", b"not avro")
        .await;
    let text = letters.dlq(&["show", &letters.id(7)]).expect_code(0).stdout;
    for expected in [
        "poison: the record itself is to blame",
        "bad_magic: the value does not begin with the Confluent frame",
        &format!(
            "{}, partition 1, offset 7, written 2023-11-14T22:13:20.000Z",
            letters.origin
        ),
        "key          key of task",
        "ce_type: task.created",
        "6e 6f 74 20 61 76 72 6f",
    ] {
        assert!(text.contains(expected), "{expected} in {text}");
    }
    let json = letters
        .dlq(&["show", &letters.id(7), "--json"])
        .expect_code(0)
        .json();
    assert_eq!(json["value"]["bytes"], 8);
    assert_eq!(json["headers"], serde_json::json!([["ce_type", "task.created"]]));
    letters.delete().await;
}

#[tokio::test]
async fn a_letter_without_an_id_is_found_by_its_place() {
    let letters = DeadLetters::create().await;
    letters.publish(OwnedHeaders::new(), "k", b"\x1b[2J").await;
    let id = letters.list(&[]).remove(0);
    assert_eq!(id, format!("{}/1/0", letters.topic()));
    let shown = letters.dlq(&["show", &id]).expect_code(0).stdout;
    assert!(!shown.contains('\x1b'), "{shown}");
    letters.delete().await;
}

#[tokio::test]
async fn what_does_not_exist_is_said_so() {
    let letters = DeadLetters::create().await;
    let run = letters.dlq(&["show", &letters.id(8)]).expect_code(1);
    assert!(run.stderr.contains(&letters.topic()), "{run:#?}");
    let run = letters.dlq(&["show", "audit-svc/nowhere/0/1"]).expect_code(1);
    assert!(run.stderr.contains("no topic nowhere.audit-svc.dlq"), "{run:#?}");
    letters.dlq(&["show", "17"]).expect_code(2);
    letters.delete().await;
}
