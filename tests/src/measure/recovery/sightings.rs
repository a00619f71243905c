//! Who sees changes: a consumer of their topic, and sockets that come back when they are cut off.

use std::collections::HashSet;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use chrono::{DateTime, Utc};
use rdkafka::consumer::BaseConsumer;
use reqwest::Url;
use serde_json::Value;
use shared_events::codec::headers::{self, name};
use shared_events::kafka::KafkaArgs;
use shared_events::record::RawRecord;

use crate::background::Background;
use crate::kafka::at_the_end;
use crate::socket;
use crate::world::Person;

const POLL: Duration = Duration::from_millis(100);
/// Between a socket's end and the next attempt.
const PAUSE: Duration = Duration::from_millis(100);

/// Everything that somebody has seen; clones are the same.
#[derive(Debug, Clone, Default)]
pub(super) struct Sightings(Arc<Mutex<Vec<Sighting>>>);

#[derive(Debug)]
struct Sighting {
    task: String,
    /// When the change was made, as it says.
    made: DateTime<Utc>,
    seen: DateTime<Utc>,
}

impl Sightings {
    /// When a change that was made after this moment was first seen.
    pub(super) fn first_made_after(&self, moment: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let sightings = self.lock();
        let later = sightings.iter().filter(|sighting| sighting.made > moment);
        later.map(|sighting| sighting.seen).min()
    }

    /// Those of the tasks of which nothing has been seen.
    pub(super) fn missing(&self, tasks: &[String]) -> Vec<String> {
        let sightings = self.lock();
        let seen: HashSet<&String> = sightings.iter().map(|sighting| &sighting.task).collect();
        tasks
            .iter()
            .filter(|task| !seen.contains(task))
            .cloned()
            .collect()
    }

    fn note(&self, task: &str, made: &str) {
        let seen = Utc::now();
        if let Ok(made) = made.parse() {
            let task = task.to_owned();
            self.lock().push(Sighting { task, made, seen });
        }
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Sighting>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Reads until dropped.
#[derive(Debug)]
pub(super) struct Consumer {
    stop: Arc<AtomicBool>,
}

/// Follows a topic of tasks from its present end on.
pub(super) async fn consume(
    kafka: &KafkaArgs,
    topic: &str,
    sightings: Sightings,
) -> anyhow::Result<Consumer> {
    let config = kafka.consumer("bench-recovery", "bench-recovery");
    let topics = [topic.to_owned()];
    let open = move || at_the_end(config.create()?, &topics);
    let consumer: BaseConsumer = tokio::task::spawn_blocking(open).await??;
    let stop = Arc::new(AtomicBool::new(false));
    let stopped = Arc::clone(&stop);
    // A thread, since rdkafka's poll blocks; it ends within one poll after the consumer is dropped.
    std::thread::spawn(move || {
        while !stopped.load(Ordering::Relaxed) {
            // An error is an outage, after which the client goes on by itself.
            if let Some(Ok(message)) = consumer.poll(POLL) {
                let record = RawRecord::detach(&message);
                let task = record.key.as_deref().map(String::from_utf8_lossy);
                if let (Some(task), Some(made)) = (task, headers::get(&record.headers, name::TIME)) {
                    sightings.note(&task, made);
                }
            }
        }
    });
    Ok(Consumer { stop })
}

impl Drop for Consumer {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
    }
}

/// Keeps a socket of each person open, until dropped.
pub(super) fn listen(gateway: &Url, people: &[Person], sightings: &Sightings) -> Vec<Background> {
    let listening = people.iter().map(|person| {
        let (gateway, token, sightings) = (gateway.clone(), person.token.clone(), sightings.clone());
        Background::run(async move {
            loop {
                // That it is cut off is what this is about.
                let _cut_off = watch(&gateway, &token, &sightings).await;
                // Sleeps because whoever comes back at once for ever does nothing else.
                tokio::time::sleep(PAUSE).await;
            }
        })
    });
    listening.collect()
}

async fn watch(gateway: &Url, token: &str, sightings: &Sightings) -> anyhow::Result<()> {
    let (mut stream, _) = socket::connect(gateway, token, None).await?;
    while let Some(message) = socket::next_json(&mut stream).await {
        let text = |pointer| message.pointer(pointer).and_then(Value::as_str);
        if let (Some(task), Some(made)) = (text("/event/task/id"), text("/event/task/updated_at")) {
            sightings.note(task, made);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(second, 0).unwrap()
    }

    #[test]
    fn a_change_made_earlier_does_not_count_however_late_it_is_seen() {
        let sightings = Sightings::default();
        for (task, made, seen) in [("a", 1, 9), ("b", 6, 12), ("c", 7, 11)] {
            let (task, made, seen) = (task.to_owned(), at(made), at(seen));
            sightings.lock().push(Sighting { task, made, seen });
        }
        assert_eq!(sightings.first_made_after(at(5)), Some(at(11)));
        assert_eq!(sightings.first_made_after(at(7)), None);
    }

    #[test]
    fn a_task_that_nobody_has_seen_is_missing() {
        let sightings = Sightings::default();
        sightings.note("a", "2026-11-22T10:00:00Z");
        sightings.note("b", "no time");
        let tasks = ["a", "b", "c"].map(str::to_owned);
        assert_eq!(sightings.missing(&tasks), ["b", "c"]);
    }
}
