//! Reading dead-letter topics: partitions assigned by hand, nothing committed.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use rdkafka::consumer::Consumer;
use rdkafka::error::KafkaError;
use rdkafka::{Offset, TopicPartitionList};
use shared_events::record::RawRecord;

use crate::dlq::place::DeadLetterTopic;
use crate::kafka::{Connection, KafkaArgs, TIMEOUT, is_transient};

/// How long the broker may pause between two records.
const PATIENCE: Duration = Duration::from_secs(30);

pub(crate) struct Reader {
    connection: Connection,
    topics: Vec<(DeadLetterTopic, i32)>,
}

impl Reader {
    /// Connects, and finds the dead-letter topics that `wanted` accepts.
    pub(crate) fn connect(
        kafka: &KafkaArgs,
        wanted: impl Fn(&DeadLetterTopic) -> bool,
    ) -> anyhow::Result<Self> {
        let connection = kafka.connect()?;
        let metadata = connection.metadata()?;
        let mut topics = Vec::new();
        for topic in metadata.topics() {
            if let Some(name) = DeadLetterTopic::parse(topic.name()).filter(&wanted) {
                topics.push((name, i32::try_from(topic.partitions().len())?));
            }
        }
        topics.sort();
        Ok(Self { connection, topics })
    }

    pub(crate) fn topics(&self) -> impl Iterator<Item = &DeadLetterTopic> {
        self.topics.iter().map(|(topic, _)| topic)
    }

    /// The connection, for questions about the cluster.
    pub(crate) fn connection(&self) -> &Connection {
        &self.connection
    }

    /// Begins to read the letters that exist now; with `newest`, no more than so many of each partition.
    pub(crate) fn begin(&self, newest: Option<i64>) -> anyhow::Result<Reading<'_>> {
        Ok(Reading {
            open: self.assign(newest)?,
            reader: self,
        })
    }

    /// Assigns every partition that is not empty, and returns each with its end.
    fn assign(&self, newest: Option<i64>) -> anyhow::Result<BTreeSet<PartitionEnd>> {
        let mut open = BTreeSet::new();
        let mut assignment = TopicPartitionList::new();
        for (topic, partitions) in &self.topics {
            for partition in 0..*partitions {
                let (low, high) = self.extent(&topic.name, partition)?;
                if low >= high {
                    continue;
                }
                let start = newest.map_or(low, |newest| low.max(high - newest));
                assignment.add_partition_offset(&topic.name, partition, Offset::Offset(start))?;
                open.insert(PartitionEnd {
                    topic: topic.name.clone(),
                    partition,
                    offset: high,
                });
            }
        }
        self.connection
            .consumer
            .assign(&assignment)
            .context("cannot read the dead-letter topics")?;
        Ok(open)
    }

    /// The first offset of a partition and the one after its last; a leader that is just moving gets some time.
    fn extent(&self, topic: &str, partition: i32) -> anyhow::Result<(i64, i64)> {
        let deadline = Instant::now() + TIMEOUT;
        loop {
            match self
                .connection
                .consumer
                .fetch_watermarks(topic, partition, TIMEOUT)
            {
                Ok(extent) => return Ok(extent),
                Err(error) if is_transient(&error) && Instant::now() < deadline => {
                    std::thread::sleep(Duration::from_millis(100));
                }
                Err(error) => {
                    return Err(error)
                        .with_context(|| format!("cannot tell how long {topic}, partition {partition} is"));
                }
            }
        }
    }
}

/// The letters that existed when the reading began, partition by partition in their order.
pub(crate) struct Reading<'a> {
    reader: &'a Reader,
    open: BTreeSet<PartitionEnd>,
}

impl Reading<'_> {
    /// The next letter; none when all are read.
    pub(crate) fn next(&mut self) -> anyhow::Result<Option<RawRecord>> {
        let mut deadline = Instant::now() + PATIENCE;
        while !self.open.is_empty() {
            match self.reader.connection.consumer.poll(Duration::from_millis(500)) {
                Some(Ok(message)) => {
                    deadline = Instant::now() + PATIENCE;
                    let record = RawRecord::detach(&message);
                    if self.is_of_the_beginning(&record) {
                        return Ok(Some(record));
                    }
                }
                // All of a fetch's ends come without a topic's name: the position tells which partition is read.
                Some(Err(KafkaError::PartitionEOF(_))) => self.close_read()?,
                Some(Err(error)) if !is_transient(&error) => {
                    return Err(error).context("cannot read dead letters");
                }
                Some(Err(_)) | None => {}
            }
            if Instant::now() > deadline {
                bail!("the broker sent nothing for {PATIENCE:?} while dead letters were left to read");
            }
        }
        Ok(None)
    }

    /// A letter that is redriven while the others are read may die again meanwhile: it is not one of these.
    fn is_of_the_beginning(&mut self, record: &RawRecord) -> bool {
        let end = self
            .open
            .iter()
            .find(|end| end.topic == record.topic && end.partition == record.partition)
            .cloned();
        let Some(end) = end else { return false };
        if record.offset.saturating_add(1) >= end.offset {
            self.open.remove(&end);
        }
        record.offset < end.offset
    }

    fn close_read(&mut self) -> anyhow::Result<()> {
        let positions = self
            .reader
            .connection
            .consumer
            .position()
            .context("cannot tell how far dead letters are read")?;
        self.open.retain(|end| {
            let position = positions
                .find_partition(&end.topic, end.partition)
                .map(|found| found.offset());
            !matches!(position, Some(Offset::Offset(offset)) if offset >= end.offset)
        });
        Ok(())
    }
}

/// Where a partition ended when the reading began.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct PartitionEnd {
    topic: String,
    partition: i32,
    offset: i64,
}
