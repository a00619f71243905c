//! The poll thread on a mock cluster; the test is its coordinator, its worker and its watch.

use std::sync::Arc;
use std::sync::mpsc::{Sender as Requests, channel};
use std::time::{Duration, Instant};

use rdkafka::consumer::{BaseConsumer, Consumer as _};
use rdkafka::mocking::MockCluster;
use rdkafka::producer::DefaultProducerContext;
use service_kit::health::Health;
use tokio::sync::mpsc::UnboundedReceiver;
use tokio::sync::oneshot;
use tokio::task::JoinSet;

use super::super::context::{Context, GroupEvent};
use super::super::cursor::{NextOffset, TopicPartition};
use super::super::progress::GroupProgress;
use super::super::queue::{Budget, Receiver, queue};
use super::super::shared::Heartbeat;
use super::super::watch::watch_poll_thread;
use super::{Finished, PollRequest, Poller};
use crate::kafka::KafkaArgs;
use crate::producer::{Outgoing, Producer};

const DEADLINE: Duration = Duration::from_secs(60);
const TOPIC: &str = "task-commands";

struct Bench {
    cluster: MockCluster<'static, DefaultProducerContext>,
    partition: TopicPartition,
    producer: Producer,
    requests: Requests<PollRequest>,
    events: UnboundedReceiver<GroupEvent>,
    heartbeat: Arc<Heartbeat>,
    _left: oneshot::Receiver<()>,
}

impl Bench {
    /// The group has given us the only partition; it is not read yet.
    async fn new() -> Self {
        let cluster = MockCluster::new(1).unwrap();
        cluster.create_topic(TOPIC, 1, 1).unwrap();
        let kafka = KafkaArgs::plaintext(&cluster.bootstrap_servers(), "http://127.0.0.1:9");
        let (events, inbox) = tokio::sync::mpsc::unbounded_channel();
        let mut client = kafka.consumer("test", "test");
        client.set("session.timeout.ms", "45000");
        let consumer: BaseConsumer<Context> = client.create_with_context(Context::new(events)).unwrap();
        consumer.subscribe(&[TOPIC]).unwrap();
        let (requests, requested) = channel();
        let heartbeat = Arc::<Heartbeat>::default();
        let (ended, left) = oneshot::channel();
        let mut poller = Poller::new(
            Arc::new(consumer),
            requested,
            Finished::default(),
            Arc::clone(&heartbeat),
            GroupProgress::register("poller.test"),
            ended,
        );
        poller.stalled_after = Duration::from_millis(500);
        std::thread::spawn(move || poller.run());
        let mut bench = Self {
            cluster,
            partition: TopicPartition {
                topic: TOPIC.to_owned(),
                partition: 0,
            },
            producer: Producer::start(kafka.producer("test", 60_000, 0)).unwrap(),
            requests,
            events: inbox,
            heartbeat,
            _left: left,
        };
        bench
            .event("the assignment", |event| matches!(event, GroupEvent::Assigned(_)))
            .await;
        bench
    }

    async fn event(&mut self, what: &str, is: impl Fn(&GroupEvent) -> bool) {
        let search = async {
            while let Some(event) = self.events.recv().await {
                if is(&event) {
                    return;
                }
            }
            panic!("the poll thread ended before {what}");
        };
        tokio::time::timeout(DEADLINE, search)
            .await
            .unwrap_or_else(|_| panic!("not in time: {what}"));
    }

    fn read_from(&self, next: i64) -> Receiver {
        let (sender, receiver) = queue(&Budget::default());
        let request = PollRequest::StartReading(self.partition.clone(), NextOffset(next), sender);
        self.requests.send(request).unwrap();
        receiver
    }

    fn record() -> Outgoing {
        Outgoing {
            topic: TOPIC.to_owned(),
            ..Outgoing::default()
        }
    }
}

/// How often partitions of this topic were assigned again.
fn stalls() -> f64 {
    let text = service_kit::telemetry::prometheus_text();
    let name = format!("taskwire_consumer_stalls_total{{topic=\"{TOPIC}\"");
    let line = text.lines().find(|line| line.starts_with(&name));
    line.map_or(0.0, |line| line.rsplit(' ').next().unwrap().parse().unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fetch_that_stalls_is_given_up_counted_and_begun_again() {
    let mut bench = Bench::new().await;
    let mut queue = bench.read_from(0);
    bench.producer.publish(&Bench::record()).await.unwrap();
    assert_eq!(queue.recv().await.unwrap().offset, 0);
    let before = stalls();

    // The broker takes the next record; what it answers to anybody is on its way for seconds.
    bench
        .cluster
        .broker_round_trip_time(1, Duration::from_secs(5))
        .unwrap();
    let _delivery = bench.producer.send(&Bench::record()).await.unwrap();
    let watch = async {
        let mut ticks = tokio::time::interval(Duration::from_millis(100));
        loop {
            ticks.tick().await;
            let highs = vec![(bench.partition.clone(), 2)];
            bench.requests.send(PollRequest::HighWatermarks(highs)).unwrap();
        }
    };
    let ended = tokio::select! {
        ended = queue.recv() => ended,
        () = watch => unreachable!("it has no end"),
    };
    assert!(ended.is_none(), "the worker is told to begin again");
    assert!(stalls() > before);
    bench
        .event(
            "the stall is told",
            |event| matches!(event, GroupEvent::Stalled(partitions) if partitions.len() == 1),
        )
        .await;

    bench.cluster.broker_round_trip_time(1, Duration::ZERO).unwrap();
    let mut queue = bench.read_from(1);
    let again = tokio::time::timeout(DEADLINE, queue.recv())
        .await
        .expect("in time");
    assert_eq!(again.unwrap().offset, 1, "the record that stalled");
    bench
        .event(
            "all is well again",
            |event| matches!(event, GroupEvent::Stalled(partitions) if partitions.is_empty()),
        )
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_poll_thread_that_hangs_makes_the_process_not_alive_until_it_moves() {
    let bench = Bench::new().await;
    let health = Health::new("test");
    let (alive, heartbeat) = (health.liveness("poll thread"), Arc::clone(&bench.heartbeat));
    let mut watch = JoinSet::new();
    watch.spawn(async move {
        let (every, wedged_after) = (Duration::from_millis(50), Duration::from_secs(1));
        watch_poll_thread(&heartbeat, &alive, every, wedged_after).await;
    });
    let until = async |what: &str, expected: bool| {
        let since = Instant::now();
        while health.is_alive() != expected {
            assert!(since.elapsed() < DEADLINE, "not yet: {what}");
            tokio::task::yield_now().await;
        }
    };
    until("it polls", true).await;

    let (release, until_released) = channel();
    bench.requests.send(PollRequest::Hang(until_released)).unwrap();
    until("it hangs", false).await;
    drop(release);
    until("it moves again", true).await;
}
