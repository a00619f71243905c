//! A plain consumer of one topic: how long after the time that its header states each record arrived.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use chrono::{DateTime, Utc};
use rdkafka::Message as _;
use rdkafka::consumer::BaseConsumer;
use rdkafka::message::{BorrowedMessage, Headers as _};
use shared_events::codec::headers::name;
use shared_events::kafka::KafkaArgs;

use crate::kafka::at_the_end;

const POLL: Duration = Duration::from_millis(100);

/// How long the client library may take until it has asked for every partition.
const BEGIN: Duration = Duration::from_secs(1);

/// A record of which nothing but these two times is kept.
#[derive(Debug, Clone, Copy)]
pub(super) struct Arrival {
    /// What its header states.
    pub(super) made: DateTime<Utc>,
    pub(super) arrived: DateTime<Utc>,
}

impl Arrival {
    /// How long it took, in milliseconds.
    pub(super) fn took(&self) -> f64 {
        let micros = (self.arrived - self.made).num_microseconds();
        micros.unwrap_or(i64::MAX) as f64 / 1000.0
    }
}

/// Reads until stopped or dropped.
#[derive(Debug)]
pub(super) struct Follower {
    state: Arc<State>,
}

#[derive(Debug, Default)]
struct State {
    arrivals: Mutex<Vec<Arrival>>,
    count: AtomicUsize,
    stop: AtomicBool,
}

impl Follower {
    /// Follows a topic from its present end on.
    pub(super) async fn start(kafka: &KafkaArgs, topic: &str) -> anyhow::Result<Self> {
        let config = kafka.consumer("bench-follower", "bench-follower");
        let topics = [topic.to_owned()];
        let open = move || at_the_end(config.create()?, &topics);
        let consumer: BaseConsumer = tokio::task::spawn_blocking(open).await??;
        let state = Arc::new(State::default());
        let shared = Arc::clone(&state);
        // A thread, since rdkafka's poll blocks; it ends within one poll after the follower.
        std::thread::spawn(move || read(&consumer, &shared));
        // Sleeps because the client library does not tell when it has asked for every partition.
        tokio::time::sleep(BEGIN).await;
        Ok(Self { state })
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
        let Some(Ok(message)) = consumer.poll(POLL) else {
            continue;
        };
        let arrived = Utc::now();
        if let Some(made) = made(&message) {
            let mut arrivals = state.arrivals.lock().unwrap_or_else(PoisonError::into_inner);
            arrivals.push(Arrival { made, arrived });
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
