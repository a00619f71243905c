//! A plain consumer of one topic: how long after the time that its header states each record arrived.

use std::collections::HashSet;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use chrono::{DateTime, Utc};
use rdkafka::Message as _;
use rdkafka::consumer::{BaseConsumer, Consumer as _};
use rdkafka::error::KafkaError;
use rdkafka::message::{BorrowedMessage, Headers as _};
use shared_events::codec::headers::name;
use shared_events::kafka::KafkaArgs;

use crate::kafka::at_the_end;
use crate::wait::wait_until;

const POLL: Duration = Duration::from_millis(100);

/// How long it may take until every partition was read up to its end.
const BEGIN: Duration = Duration::from_secs(30);

/// What is kept of a record.
#[derive(Debug, Clone)]
pub(super) struct Arrival {
    pub(super) key: String,
    /// What its header states.
    pub(super) made: DateTime<Utc>,
    pub(super) arrived: DateTime<Utc>,
}

/// In milliseconds.
pub(super) fn between(from: DateTime<Utc>, until: DateTime<Utc>) -> f64 {
    let micros = (until - from).num_microseconds();
    micros.unwrap_or(i64::MAX) as f64 / 1000.0
}

/// Reads until stopped or dropped.
#[derive(Debug)]
pub(super) struct Follower {
    state: Arc<State>,
}

#[derive(Debug, Default)]
struct State {
    arrivals: Mutex<Vec<Arrival>>,
    /// Partitions that were read up to their end.
    ends: Mutex<HashSet<i32>>,
    count: AtomicUsize,
    stop: AtomicBool,
}

impl Follower {
    /// Follows a topic from its present end on.
    pub(super) async fn start(kafka: &KafkaArgs, topic: &str) -> anyhow::Result<Self> {
        let mut config = kafka.consumer("bench-follower", "bench-follower");
        config.set("enable.partition.eof", "true");
        let topics = [topic.to_owned()];
        let open = move || at_the_end(config.create()?, &topics);
        let consumer: BaseConsumer = tokio::task::spawn_blocking(open).await??;
        let partitions = consumer.assignment()?.count();
        let state = Arc::new(State::default());
        let shared = Arc::clone(&state);
        // A thread, since rdkafka's poll blocks; it ends within one poll after the follower.
        std::thread::spawn(move || read(&consumer, &shared));
        let follower = Self { state };
        wait_until(BEGIN, "that every partition is followed", async || {
            let followed = follower.partitions();
            Ok(if followed < partitions {
                Err(format!("{followed} of {partitions} are"))
            } else {
                Ok(())
            })
        })
        .await?;
        Ok(follower)
    }

    /// How many partitions were read up to their end.
    fn partitions(&self) -> usize {
        let ends = self.state.ends.lock();
        ends.unwrap_or_else(PoisonError::into_inner).len()
    }

    /// How many records have arrived.
    pub(super) fn count(&self) -> usize {
        self.state.count.load(Ordering::Relaxed)
    }

    pub(super) fn stop(self) -> Vec<Arrival> {
        std::mem::take(&mut *self.state.arrivals.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Drop for Follower {
    fn drop(&mut self) {
        self.state.stop.store(true, Ordering::Relaxed);
    }
}

fn read(consumer: &BaseConsumer, state: &State) {
    while !state.stop.load(Ordering::Relaxed) {
        let message = match consumer.poll(POLL) {
            Some(Ok(message)) => message,
            Some(Err(KafkaError::PartitionEOF(partition))) => {
                let mut ends = state.ends.lock().unwrap_or_else(PoisonError::into_inner);
                ends.insert(partition);
                continue;
            }
            _ => continue,
        };
        let arrived = Utc::now();
        if let Some(made) = made(&message) {
            let mut arrivals = state.arrivals.lock().unwrap_or_else(PoisonError::into_inner);
            let key = String::from_utf8_lossy(message.key().unwrap_or_default()).into_owned();
            arrivals.push(Arrival { key, made, arrived });
            state.count.store(arrivals.len(), Ordering::Relaxed);
        }
    }
}

fn made(message: &BorrowedMessage<'_>) -> Option<DateTime<Utc>> {
    let header = message
        .headers()?
        .iter()
        .find(|header| header.key == name::TIME)?;
    std::str::from_utf8(header.value?).ok()?.parse().ok()
}
