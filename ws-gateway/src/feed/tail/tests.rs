//! What the reader passes on, and where it goes on.

use std::sync::LazyLock;

use clap::Parser;
use futures_util::FutureExt as _;
use rdkafka::mocking::MockCluster;
use rdkafka::producer::{FutureProducer, FutureRecord};
use service_kit::health::Health;
use tokio::runtime::Runtime;

use super::super::{Receiver, queue, topic};
use super::*;
use crate::config::Config;

/// Where the thread waits for room.
static RUNTIME: LazyLock<Runtime> = LazyLock::new(|| Runtime::new().unwrap());

struct Bench {
    tail: Tail,
    items: Receiver,
}

impl Bench {
    fn new(brokers: &str) -> Self {
        let arguments = [
            "ws-gateway",
            r#"--jwt-issuers=[{"issuer":"me","jwks":"/nowhere","algorithms":["EdDSA"]}]"#,
            "--jwt-audience=you",
            "--registry-url=http://127.0.0.1:1",
        ];
        let config = Config::parse_from(
            arguments
                .into_iter()
                .chain([format!("--kafka-brokers={brokers}").as_str()]),
        );
        let (sender, items) = queue(1 << 20);
        let tail = Tail {
            kafka: config.kafka,
            client_id: "test".to_owned(),
            window: Duration::from_secs(600),
            items: sender,
            runtime: RUNTIME.handle().clone(),
            state: State::new(&Health::new("test")),
            draining: CancellationToken::new(),
            stop: CancellationToken::new(),
        };
        Self { tail, items }
    }

    fn pass(&self, offset: i64, continuity: &mut Continuity) -> Result<(), RunEnd> {
        self.tail
            .pass(record(offset), continuity, &Shared::new(&begin(0)))
    }

    /// What was passed on: offsets, and reasons to come back.
    fn passed(&mut self) -> Vec<String> {
        let items = std::iter::from_fn(|| self.items.recv().now_or_never().flatten());
        items
            .map(|item| match item {
                Item::Record(record) => record.offset.to_string(),
                Item::Lost(why) | Item::Resync(why) => why.to_owned(),
                Item::CaughtUp => "caught up".to_owned(),
            })
            .collect()
    }
}

fn begin(offset: i64) -> Vec<Begin> {
    vec![Begin { partition: 0, offset }]
}

fn record(offset: i64) -> RawRecord {
    RawRecord {
        topic: topic().to_owned(),
        partition: 0,
        offset,
        timestamp: None,
        key: None,
        payload: None,
        headers: Vec::new(),
    }
}

#[test]
fn a_gap_is_read_again_and_what_the_log_lacks_is_passed_over_aloud() {
    let mut bench = Bench::new("127.0.0.1:1");
    let mut continuity = Continuity::default();
    continuity.assigned(&begin(5));
    assert!(bench.pass(5, &mut continuity).is_ok());
    let end = bench.pass(8, &mut continuity).expect_err("a gap");
    assert!(matches!(end, RunEnd::Resync(_)), "{end:?}");
    assert_eq!(bench.passed(), ["5"]);
    continuity.assigned(&begin(5));
    for offset in [5, 8, 9] {
        assert!(bench.pass(offset, &mut continuity).is_ok());
    }
    assert_eq!(bench.passed(), ["5", "updates are missing for good", "8", "9"]);
}

#[test]
fn a_record_that_comes_again_is_a_reason_to_read_again() {
    let mut bench = Bench::new("127.0.0.1:1");
    let mut continuity = Continuity::default();
    continuity.assigned(&begin(5));
    assert!(bench.pass(5, &mut continuity).is_ok());
    let end = bench.pass(5, &mut continuity).expect_err("it was there before");
    assert!(matches!(end, RunEnd::Resync(_)), "{end:?}");
    assert_eq!(bench.passed(), ["5"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn after_a_stall_another_client_goes_on_where_the_first_one_stood() {
    let cluster = MockCluster::new(1).unwrap();
    cluster.create_topic(topic(), 1, 1).unwrap();
    let brokers = cluster.bootstrap_servers();
    let producer: FutureProducer = ClientConfig::new()
        .set("bootstrap.servers", &brokers)
        .create()
        .unwrap();
    for key in ["a", "b", "c"] {
        let outgoing = FutureRecord::to(topic()).key(key).payload("x");
        producer.send(outgoing, Duration::from_secs(20)).await.unwrap();
    }
    let Bench { tail, mut items } = Bench::new(&brokers);
    let stop = tail.stop.clone();
    let reading = std::thread::spawn(move || {
        let mut continuity = Continuity::default();
        continuity.assigned(&begin(1));
        tail.tail_once(&mut continuity, true)
    });
    for offset in [1, 2] {
        match items.recv().await {
            Some(Item::Record(record)) => assert_eq!(record.offset, offset),
            other => panic!("expected the record {offset}, not {other:?}"),
        }
    }
    stop.cancel();
    let end = reading.join().unwrap();
    assert!(matches!(end, RunEnd::Stopped), "{end:?}");
}
