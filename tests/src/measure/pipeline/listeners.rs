//! Open sockets that only note what arrives and when: it is read once the load is over, as it would slow the load down.

use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use chrono::{DateTime, Utc};
use futures_util::StreamExt as _;
use serde_json::Value;
use tokio_tungstenite::tungstenite::{Message, Utf8Bytes};

use crate::background::Background;
use crate::measure::load::next_in;
use crate::socket::{self, Stream, kind_of};
use crate::world::{Person, World};

/// A socket of each person, until dropped.
#[derive(Debug)]
pub(super) struct Listeners {
    noted: Arc<Noted>,
    _readers: Vec<Background>,
}

#[derive(Debug, Default)]
struct Noted {
    messages: Mutex<Vec<(DateTime<Utc>, Utf8Bytes)>>,
    count: AtomicUsize,
}

/// When what became known.
#[derive(Debug, Default)]
pub(super) struct Heard {
    changes: HashMap<(String, String), DateTime<Utc>>,
    next: HashMap<String, DateTime<Utc>>,
}

impl Listeners {
    pub(super) async fn open(world: &World, people: &[&Person]) -> anyhow::Result<Self> {
        let noted = Arc::new(Noted::default());
        let mut readers = Vec::with_capacity(people.len());
        for person in people {
            let (stream, _) = socket::connect(&world.environment.ws_url, &person.token, None).await?;
            readers.push(Background::run(note(stream, Arc::clone(&noted))));
        }
        Ok(Self {
            noted,
            _readers: readers,
        })
    }

    /// How many messages have arrived.
    pub(super) fn count(&self) -> usize {
        self.noted.count.load(Ordering::Relaxed)
    }

    pub(super) fn heard(self) -> anyhow::Result<Heard> {
        let mut heard = Heard::default();
        let messages =
            std::mem::take(&mut *self.noted.messages.lock().unwrap_or_else(PoisonError::into_inner));
        for (arrived, text) in messages {
            heard.add(arrived, &serde_json::from_str(&text)?);
        }
        Ok(heard)
    }
}

impl Heard {
    fn add(&mut self, arrived: DateTime<Utc>, message: &Value) {
        let task = message.pointer("/event/task/id").and_then(Value::as_str);
        if let (Some(kind), Some(task)) = (kind_of(message), task) {
            let change = (task.to_owned(), kind.to_owned());
            self.changes.entry(change).or_insert(arrived);
        }
        if let Some(series) = next_in(message) {
            self.next.entry(series.to_owned()).or_insert(arrived);
        }
    }

    pub(super) fn change(&self, task: &str, kind: &str) -> Option<DateTime<Utc>> {
        self.changes.get(&(task.to_owned(), kind.to_owned())).copied()
    }

    /// When a series' second occurrence became known.
    pub(super) fn next(&self, series: &str) -> Option<DateTime<Utc>> {
        self.next.get(series).copied()
    }
}

async fn note(mut stream: Stream, noted: Arc<Noted>) {
    while let Some(Ok(message)) = stream.next().await {
        if let Message::Text(text) = message {
            let mut messages = noted.messages.lock().unwrap_or_else(PoisonError::into_inner);
            messages.push((Utc::now(), text));
            noted.count.store(messages.len(), Ordering::Relaxed);
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_change_and_a_next_occurrence_are_found_again() {
        let mut heard = Heard::default();
        let at = DateTime::UNIX_EPOCH;
        let task = json!({"id": "t", "series_id": "s", "ordinal": 2});
        heard.add(
            at,
            &json!({"type": "event", "event": {"kind": "task.created", "task": task}}),
        );
        assert_eq!(heard.change("t", "task.created"), Some(at));
        assert_eq!(heard.change("t", "task.updated"), None);
        assert_eq!(heard.next("s"), Some(at));
    }
}
