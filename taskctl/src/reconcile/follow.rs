//! Reading the topics that tell of changes, from their first record to where they end, and on from there.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use chrono::{DateTime, Utc};
use rdkafka::consumer::Consumer;
use rdkafka::error::KafkaError;
use rdkafka::{Offset, TopicPartitionList};
use shared_events::record::RawRecord;
use shared_events::topic::Topic;
use tokio::sync::mpsc;

use crate::kafka::{Connection, KafkaArgs, TIMEOUT, is_transient};

/// The topics on which a change is told.
pub(crate) const TOPICS: [Topic; 4] = [
    Topic::TaskEvents,
    Topic::Reminders,
    Topic::NotificationEvents,
    Topic::TaskUpdates,
];

/// How long the broker may pause between two records.
const PATIENCE: Duration = Duration::from_secs(30);
/// How many records are handed over at once.
const BATCH: usize = 500;

pub(crate) struct Follower {
    connection: Arc<Connection>,
    partitions: BTreeMap<(Topic, i32), Partition>,
}

/// Records that are being read, by a thread of its own.
pub(crate) struct Reading {
    stretches: Vec<Stretch>,
    batches: mpsc::Receiver<Vec<RawRecord>>,
    reader: tokio::task::JoinHandle<anyhow::Result<()>>,
}

/// How far a partition was read, and where it began.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Partition {
    next: i64,
    /// The offset of the first record that was there when the reading began; what came before is gone.
    low: i64,
    /// When that record was appended.
    first_at: Option<DateTime<Utc>>,
}

/// A stretch of a partition that is to be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Stretch {
    topic: Topic,
    partition: i32,
    low: i64,
    from: i64,
    end: i64,
}

impl Follower {
    pub(crate) fn connect(kafka: &KafkaArgs) -> anyhow::Result<Self> {
        Ok(Self {
            connection: Arc::new(kafka.connect_to_follow("taskctl.reconcile")?),
            partitions: BTreeMap::new(),
        })
    }

    pub(crate) async fn cluster_id(&self) -> anyhow::Result<Option<String>> {
        let connection = Arc::clone(&self.connection);
        let asked = tokio::task::spawn_blocking(move || {
            connection.metadata()?;
            anyhow::Ok(connection.cluster_id())
        });
        asked.await.context("the thread that asked the broker died")?
    }

    /// Begins to read what was added since the last time, up to where the topics end now.
    pub(crate) async fn begin(&self) -> anyhow::Result<Reading> {
        let (connection, known) = (Arc::clone(&self.connection), self.partitions.clone());
        let stretches = tokio::task::spawn_blocking(move || plan(&connection, &known)).await;
        let stretches = stretches.context("the thread that measures the topics died")??;
        let (sender, batches) = mpsc::channel(2);
        let (connection, wanted) = (Arc::clone(&self.connection), stretches.clone());
        let reader = tokio::task::spawn_blocking(move || read(&connection, &wanted, &sender));
        Ok(Reading {
            stretches,
            batches,
            reader,
        })
    }

    /// The next records; none when there are no more, and then the reading is to be ended.
    pub(crate) async fn next(&mut self, reading: &mut Reading) -> Option<Vec<RawRecord>> {
        let batch = reading.batches.recv().await?;
        for record in &batch {
            self.note_first(record);
        }
        Some(batch)
    }

    /// Ends a reading, which may have failed.
    pub(crate) async fn end(&mut self, reading: Reading) -> anyhow::Result<()> {
        reading
            .reader
            .await
            .context("the thread that reads the topics died")??;
        for stretch in reading.stretches {
            let key = (stretch.topic, stretch.partition);
            let partition = self.partitions.entry(key).or_insert(Partition {
                next: stretch.from,
                low: stretch.low,
                first_at: None,
            });
            partition.next = stretch.end;
        }
        Ok(())
    }

    /// Since when every record of a topic must still be there, if `retention` is kept: with some time to spare, as the
    /// record was made before the broker took it.
    pub(crate) fn complete_since(
        &self,
        topic: Topic,
        now: DateTime<Utc>,
        retention: chrono::TimeDelta,
        spare: chrono::TimeDelta,
    ) -> DateTime<Utc> {
        let of_topic = self.partitions.iter().filter(|((of, _), _)| *of == topic);
        let truncated = of_topic.filter(|(_, partition)| partition.low > 0);
        let first = truncated.filter_map(|(_, partition)| partition.first_at).max();
        first.map_or(now - retention, |first| first.max(now - retention)) + spare
    }

    fn note_first(&mut self, record: &RawRecord) {
        let Some(topic) = Topic::from_name(&record.topic) else {
            return;
        };
        self.partitions
            .entry((topic, record.partition))
            .or_insert(Partition {
                next: record.offset,
                low: record.offset,
                first_at: record.timestamp,
            });
    }
}

fn plan(connection: &Connection, known: &BTreeMap<(Topic, i32), Partition>) -> anyhow::Result<Vec<Stretch>> {
    let metadata = connection.metadata()?;
    let mut stretches = Vec::new();
    for topic in TOPICS {
        let found = metadata
            .topics()
            .iter()
            .find(|found| found.name() == topic.name());
        let found = found.filter(|found| !found.partitions().is_empty());
        let found = found.with_context(|| {
            format!("the broker has no topic {topic}, or does not show it: see `taskctl topics plan`")
        })?;
        for partition in found.partitions() {
            let partition = partition.id();
            let (low, end) = connection
                .consumer
                .fetch_watermarks(topic.name(), partition, TIMEOUT)
                .with_context(|| format!("cannot tell how long {topic}/{partition} is"))?;
            let from = known.get(&(topic, partition)).map_or(low, |known| known.next);
            if from > end || from < low {
                bail!(
                    "{topic}/{partition} was read up to {from}, and holds {low} to {end} now: it was made anew, or \
                     retention was faster; look again from the beginning"
                );
            }
            stretches.push(Stretch {
                topic,
                partition,
                low,
                from,
                end,
            });
        }
    }
    Ok(stretches)
}

fn read(
    connection: &Connection,
    stretches: &[Stretch],
    sender: &mpsc::Sender<Vec<RawRecord>>,
) -> anyhow::Result<()> {
    let mut open = BTreeMap::new();
    let mut assignment = TopicPartitionList::new();
    for stretch in stretches.iter().filter(|stretch| stretch.from < stretch.end) {
        let (name, from) = (stretch.topic.name(), Offset::Offset(stretch.from));
        assignment.add_partition_offset(name, stretch.partition, from)?;
        open.insert((name.to_owned(), stretch.partition), stretch.end);
    }
    connection
        .consumer
        .assign(&assignment)
        .context("cannot read the topics")?;
    let mut deadline = Instant::now() + PATIENCE;
    let mut batch = Vec::with_capacity(BATCH);
    while !open.is_empty() {
        match connection.consumer.poll(Duration::from_millis(200)) {
            Some(Ok(message)) => {
                deadline = Instant::now() + PATIENCE;
                let record = RawRecord::detach(&message);
                let place = (record.topic.clone(), record.partition);
                let Some(end) = open.get(&place).copied() else {
                    continue;
                };
                if record.offset + 1 >= end {
                    open.remove(&place);
                }
                if record.offset < end {
                    batch.push(record);
                }
            }
            Some(Err(KafkaError::PartitionEOF(_))) | None => {}
            Some(Err(error)) if is_transient(&error) => {}
            Some(Err(error)) => return Err(error).context("cannot read the topics"),
        }
        if Instant::now() > deadline {
            bail!("the broker sent nothing for {PATIENCE:?} while records were left to read");
        }
        let is_full = batch.len() >= BATCH || open.is_empty();
        if is_full && sender.blocking_send(std::mem::take(&mut batch)).is_err() {
            // Whoever took them has failed, and says why.
            return Ok(());
        }
    }
    connection.consumer.unassign().context("cannot stop reading")?;
    Ok(())
}
