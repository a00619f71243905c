//! A worker whose poll thread is the test: what it does when the broker's client passes over records.

use std::sync::mpsc::{Receiver as Requests, channel};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use rdkafka::consumer::BaseConsumer;
use rdkafka::mocking::MockCluster;
use rdkafka::producer::DefaultProducerContext;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use super::super::context::Context;
use super::super::cursor::{NextOffset, TopicPartition};
use super::super::effects::{Adopted, ApplyError, Checkpoint, Effects, Step};
use super::super::expected::ExpectedPartitions;
use super::super::handler::{HandlerError, Record, Verdict};
use super::super::poller::{Finished, PollRequest};
use super::super::progress::GroupProgress;
use super::super::queue::{Budget, Sender};
use super::super::shared::{Client, Shared};
use super::super::start::Stored;
use super::Worker;
use crate::codec::{DecodeError, Decoder, FromRecord};
use crate::dlq::DeadLetters;
use crate::event::EventMeta;
use crate::kafka::KafkaArgs;
use crate::producer::{Outgoing, Producer};
use crate::record::RawRecord;
use crate::topic::{Service, Topic};

const DEADLINE: Duration = Duration::from_secs(60);

/// The record itself, undecoded.
struct Raw;

#[async_trait]
impl FromRecord for Raw {
    async fn from_record(_: &Decoder, _: Topic, _: &RawRecord) -> Result<Self, DecodeError> {
        Ok(Self)
    }

    fn meta(&self) -> &EventMeta {
        unreachable!("nothing asks for it")
    }
}

#[derive(Default)]
struct State {
    next: Option<NextOffset>,
    last: Option<(i64, Vec<u8>)>,
    stopped: Option<String>,
    applied: Vec<i64>,
}

/// Effects that remember which offsets were applied.
#[derive(Clone, Default)]
struct Remembered(Arc<Mutex<State>>);

impl Remembered {
    fn applied(&self) -> Vec<i64> {
        self.0.lock().unwrap().applied.clone()
    }

    fn stopped(&self) -> Option<String> {
        self.0.lock().unwrap().stopped.clone()
    }

    fn checkpoint(&self) -> Checkpoint {
        let state = self.0.lock().unwrap();
        let next = state.next.map_or(Stored::Nothing, Stored::At);
        Checkpoint {
            last: state.last.clone(),
            stopped: state.stopped.clone(),
            ..Checkpoint::of(next, DateTime::<Utc>::UNIX_EPOCH)
        }
    }
}

#[async_trait]
impl Effects for Remembered {
    type Message = Raw;
    const MAX_BATCH: usize = 100;

    async fn pin_cluster(&self, _: &str) -> Result<(), HandlerError> {
        Ok(())
    }

    async fn load(&self, _: &str, _: &TopicPartition) -> Result<Checkpoint, HandlerError> {
        Ok(self.checkpoint())
    }

    async fn begin_at(
        &self,
        _: &str,
        _: &TopicPartition,
        _: Stored,
        next: NextOffset,
    ) -> Result<bool, HandlerError> {
        self.0.lock().unwrap().next = Some(next);
        Ok(true)
    }

    async fn adopt(
        &self,
        _: &str,
        _: &TopicPartition,
        _: Stored,
        _: NextOffset,
    ) -> Result<Adopted, HandlerError> {
        unreachable!("no operator is here")
    }

    async fn apply(&self, batch: &[Record<Raw>], step: Step<'_>) -> Result<Vec<Verdict>, ApplyError> {
        let mut state = self.0.lock().unwrap();
        assert_eq!(state.next, Some(step.expected));
        state.applied.extend(batch.iter().map(|record| record.raw.offset));
        state.next = Some(step.next());
        state.last = Some((step.last_offset, step.last_hash.to_vec()));
        Ok(vec![Verdict::Applied; batch.len()])
    }

    async fn pass_over(&self, _: &RawRecord, _: &str, _: Step<'_>) -> Result<(), ApplyError> {
        unreachable!("nothing is dead-lettered here")
    }

    async fn stop(
        &self,
        _: &str,
        _: &TopicPartition,
        expected: NextOffset,
        why: &str,
    ) -> Result<bool, HandlerError> {
        let mut state = self.0.lock().unwrap();
        assert_eq!(state.next, Some(expected));
        state.stopped = Some(why.to_owned());
        Ok(true)
    }

    async fn stored(&self, _: &str) -> Result<Vec<(TopicPartition, NextOffset)>, HandlerError> {
        Ok(Vec::new())
    }

    async fn holes(&self, _: &str) -> Result<Vec<(TopicPartition, i64)>, HandlerError> {
        Ok(Vec::new())
    }
}

/// A worker at work, and what it asks of its poll thread.
struct Bench {
    effects: Remembered,
    requests: Requests<PollRequest>,
    progress: Arc<GroupProgress>,
    partition: TopicPartition,
    _cancel: tokio_util::sync::DropGuard,
    _worker: JoinSet<()>,
    _consumer: Arc<BaseConsumer<Context>>,
    _cluster: MockCluster<'static, DefaultProducerContext>,
}

impl Bench {
    /// The topic holds ten records, so that every offset up to 10 is a place to begin.
    async fn new() -> Self {
        Self::with_partitions(1).await
    }

    /// Its topic is declared with so many partitions.
    async fn with_partitions(partitions: i32) -> Self {
        let topic = Topic::TaskCommands.name();
        let cluster = MockCluster::new(1).unwrap();
        cluster.create_topic(topic, 1, 1).unwrap();
        let kafka = KafkaArgs::plaintext(&cluster.bootstrap_servers(), "http://127.0.0.1:9");
        let producer = Producer::start(kafka.producer("test", 30_000, 0)).unwrap();
        for _ in 0..10 {
            let record = Outgoing {
                topic: topic.to_owned(),
                ..Outgoing::default()
            };
            producer.publish(&record).await.unwrap();
        }
        let (events, _inbox) = tokio::sync::mpsc::unbounded_channel();
        let client = kafka.consumer("test", "test");
        let consumer = client
            .create_with_context::<_, BaseConsumer<_>>(Context::new(events.clone()))
            .unwrap();
        let consumer = Arc::new(consumer);
        let (sender, requests) = channel();
        let (effects, progress) = (Remembered::default(), GroupProgress::register("test"));
        let partition = TopicPartition {
            topic: topic.to_owned(),
            partition: 0,
        };
        progress.add(&partition);
        let shared = Arc::new(Shared {
            service: Service::BackendApi,
            group: "test".to_owned(),
            effects: effects.clone(),
            decoder: Decoder::new(kafka.registry().unwrap()),
            dead_letters: DeadLetters::new(Service::BackendApi, producer),
            client: Client::of(&consumer),
            events,
            requests: sender,
            finished: Finished::default(),
            progress: Arc::clone(&progress),
            expected: ExpectedPartitions::of([(topic.to_owned(), partitions)]),
            budget: Budget::default(),
            longest_wait: Duration::from_millis(20),
            reread_stopped: Duration::from_millis(20),
        });
        let cancel = CancellationToken::new();
        let mut worker = JoinSet::new();
        worker.spawn(Worker::new(shared, partition.clone(), cancel.clone()).run());
        Self {
            effects,
            requests,
            progress,
            partition,
            _cancel: cancel.drop_guard(),
            _worker: worker,
            _consumer: consumer,
            _cluster: cluster,
        }
    }

    /// Waits for the worker to ask for its partition; it must ask for this offset.
    fn begun(&self, from: i64) -> Sender {
        loop {
            match self.requests.recv_timeout(DEADLINE).expect("a request") {
                PollRequest::StartReading(_, next, sender) => {
                    assert_eq!(next, NextOffset(from));
                    return sender;
                }
                PollRequest::StopReading(_) => {}
                other => panic!("unexpected: {other:?}"),
            }
        }
    }

    fn stopped_reading(&self) {
        match self.requests.recv_timeout(DEADLINE).expect("a request") {
            PollRequest::StopReading(_) => {}
            other => panic!("unexpected: {other:?}"),
        }
    }

    fn record(&self, offset: i64) -> RawRecord {
        RawRecord {
            topic: self.partition.topic.clone(),
            partition: 0,
            offset,
            timestamp: None,
            key: None,
            payload: Some(offset.to_string().into()),
            headers: Vec::new(),
        }
    }

    fn deliver(&self, sender: &Sender, offsets: impl IntoIterator<Item = i64>) {
        for offset in offsets {
            // The worker may have left already, as after a gap.
            let _left = sender.put(self.record(offset));
        }
    }

    async fn until(&self, what: &str, is: impl Fn(&Self) -> bool) {
        let since = std::time::Instant::now();
        while !is(self) {
            assert!(since.elapsed() < DEADLINE, "{what}");
            tokio::task::yield_now().await;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_record_beyond_the_next_one_is_never_applied_and_is_looked_for_again() {
    let bench = Bench::new().await;
    let queue = bench.begun(0);
    bench.deliver(&queue, [0, 1, 2, 5, 6]);
    bench.stopped_reading();
    let again = bench.begun(2);
    assert_eq!(
        bench.effects.applied(),
        [0, 1, 2],
        "what comes before the gap is applied"
    );

    bench.deliver(&again, 2..=6);

    bench
        .until("the missing records are applied", |bench| {
            bench.effects.applied().len() == 7
        })
        .await;
    assert_eq!(bench.effects.applied(), (0..=6).collect::<Vec<_>>());
    assert_eq!(bench.effects.stopped(), None);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_gap_that_stays_stops_the_partition_and_names_the_range_until_an_operator_moves_it() {
    let bench = Bench::new().await;
    let queue = bench.begun(0);
    bench.deliver(&queue, [0, 4]);
    for _look in 0..2 {
        bench.stopped_reading();
        // The last applied record comes first, to be compared.
        let queue = bench.begun(0);
        bench.deliver(&queue, [0, 4]);
    }
    bench
        .until("the partition stops", |bench| bench.effects.stopped().is_some())
        .await;
    let why = bench.effects.stopped().unwrap();
    assert!(why.starts_with("offsets 1 to 3 are missing"), "{why}");
    assert_eq!(bench.effects.applied(), [0]);
    bench
        .until("the metrics tell", |bench| {
            let (_, progress) = bench.progress.list()[0].clone();
            progress.is_stopped && progress.missing == 3
        })
        .await;

    let moved = {
        let mut state = bench.effects.0.lock().unwrap();
        (state.next, state.last, state.stopped) = (Some(NextOffset(4)), None, None);
        NextOffset(4)
    };

    bench.stopped_reading();
    let queue = bench.begun(moved.0);
    bench.deliver(&queue, [4, 5]);
    bench
        .until("it goes on", |bench| bench.effects.applied().len() == 3)
        .await;
    assert_eq!(bench.effects.applied(), [0, 4, 5]);
    bench
        .until("the metrics tell", |bench| {
            let (_, progress) = bench.progress.list()[0].clone();
            !progress.is_stopped && progress.missing == 0
        })
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_partition_that_was_added_to_its_topic_is_not_read_and_shows_as_stopped() {
    let bench = Bench::with_partitions(0).await;
    bench
        .until("the metrics tell", |bench| bench.progress.list()[0].1.is_stopped)
        .await;
    assert!(bench.requests.try_recv().is_err(), "nobody asks for its records");
}

#[tokio::test(flavor = "multi_thread")]
async fn another_record_at_our_offset_stops_the_partition_at_once() {
    let bench = Bench::new().await;
    let queue = bench.begun(0);
    bench.deliver(&queue, [0]);
    bench
        .until("it is applied", |bench| !bench.effects.applied().is_empty())
        .await;
    drop(queue);
    bench.stopped_reading();
    let queue = bench.begun(0);
    let mut other = bench.record(0);
    other.payload = Some("another topic's".into());
    queue.put(other).unwrap();

    bench
        .until("the partition stops", |bench| bench.effects.stopped().is_some())
        .await;
    assert!(bench.effects.stopped().unwrap().contains("re-created"));
    assert_eq!(bench.effects.applied(), [0]);
}
