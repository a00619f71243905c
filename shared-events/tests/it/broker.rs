//! A mock cluster, and what can be read from it.

use std::collections::HashSet;
use std::time::{Duration, Instant};

use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::mocking::MockCluster;
use rdkafka::producer::DefaultProducerContext;
use rdkafka::{ClientConfig, Offset, TopicPartitionList};
use shared_events::codec::headers;
use shared_events::record::RawRecord;

use crate::wait::DEADLINE;

const PARTITIONS: i32 = 4;

/// A broker in this process.
pub(crate) struct Broker {
    pub(crate) cluster: MockCluster<'static, DefaultProducerContext>,
    topics: Vec<String>,
}

impl Broker {
    pub(crate) fn start(topics: &[&str]) -> Self {
        let cluster = MockCluster::new(1).expect("a mock cluster");
        for topic in topics {
            cluster.create_topic(topic, PARTITIONS, 1).expect("a topic");
        }
        let topics = topics.iter().map(ToString::to_string).collect();
        Self { cluster, topics }
    }

    pub(crate) fn bootstrap(&self) -> String {
        self.cluster.bootstrap_servers()
    }

    /// How many records were ever written.
    pub(crate) fn written(&self) -> i64 {
        let consumer: BaseConsumer = ClientConfig::new()
            .set("bootstrap.servers", self.bootstrap())
            .create()
            .expect("a consumer");
        let partitions = self
            .topics
            .iter()
            .flat_map(|topic| (0..PARTITIONS).map(move |p| (topic, p)));
        let high = |(topic, partition): (&String, i32)| {
            tokio::task::block_in_place(|| consumer.fetch_watermarks(topic, partition, DEADLINE))
                .expect("watermarks")
                .1
        };
        partitions.map(high).sum()
    }

    /// What is remembered with the group's offset in the topic's first partition.
    pub(crate) fn committed(&self, group: &str, topic: &str) -> Option<String> {
        let consumer: BaseConsumer = ClientConfig::new()
            .set("bootstrap.servers", self.bootstrap())
            .set("group.id", group)
            .create()
            .expect("a consumer");
        let mut list = TopicPartitionList::new();
        list.add_partition(topic, 0);
        let list =
            tokio::task::block_in_place(|| consumer.committed_offsets(list, DEADLINE)).expect("an answer");
        let element = list.find_partition(topic, 0).expect("the partition");
        (element.offset() != Offset::Invalid).then(|| element.metadata().to_owned())
    }

    /// A reader that sees everything from the beginning.
    pub(crate) fn reader(&self) -> Reader {
        let consumer: BaseConsumer = ClientConfig::new()
            .set("bootstrap.servers", self.bootstrap())
            .set("group.id", "reader")
            .set("enable.auto.commit", "false")
            .set("fetch.wait.max.ms", "20")
            .set("reconnect.backoff.max.ms", "100")
            .create()
            .expect("a consumer");
        let mut partitions = TopicPartitionList::new();
        for topic in &self.topics {
            for partition in 0..PARTITIONS {
                partitions
                    .add_partition_offset(topic, partition, Offset::Beginning)
                    .expect("a partition");
            }
        }
        consumer.assign(&partitions).expect("an assignment");
        Reader {
            consumer,
            records: Vec::new(),
            events: HashSet::new(),
        }
    }
}

/// Reads what is published, and remembers it.
pub(crate) struct Reader {
    consumer: BaseConsumer,
    pub(crate) records: Vec<RawRecord>,
    events: HashSet<String>,
}

impl Reader {
    /// Reads on until so many different events have arrived.
    pub(crate) fn until_arrived(&mut self, events: usize) {
        let started = Instant::now();
        while self.events.len() < events {
            let arrived = self.events.len();
            assert!(
                started.elapsed() < DEADLINE,
                "only {arrived} of {events} events have arrived"
            );
            let polled = tokio::task::block_in_place(|| self.consumer.poll(Duration::from_millis(50)));
            if let Some(Ok(message)) = polled {
                self.remember(RawRecord::detach(&message));
            }
        }
    }

    fn remember(&mut self, record: RawRecord) {
        let id = headers::get(&record.headers, headers::name::ID).expect("an event id");
        self.events.insert(id.to_owned());
        self.records.push(record);
    }
}
