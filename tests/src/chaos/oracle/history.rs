//! Everything that one run left behind, owned: what the rules judge, and what is kept to be judged again.

mod bytes;
mod file;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use shared_events::event::EventMeta;
use shared_events::topic::Topic;
use uuid::Uuid;

pub use self::bytes::Hash;
pub(super) use self::bytes::hex;
use super::evidence::Place;
use crate::chaos::load::Entry;
use crate::chaos::observations::Observations;
use crate::chaos::screen::Model;

/// What people were promised, what they saw, and what is on the topics and in the database when nothing moves any more.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct History {
    pub entries: Vec<Entry>,
    pub screens: Vec<Seen>,
    pub observations: Observations,
    /// The records of the five topics that can be read, by topic, partition and offset.
    pub records: Vec<Record>,
    /// Records of the five topics that cannot be read, or that a fault put there.
    pub strangers: Vec<Raw>,
    /// The records of the dead-letter topics.
    pub letters: Vec<Raw>,
    /// The records of the retry topics.
    pub retries: Vec<Raw>,
    /// The next offset of every partition of every topic.
    pub ends: BTreeMap<(String, i32), i64>,
    /// What the groups have committed in Kafka.
    pub commits: Vec<Commit>,
    pub rows: BTreeMap<Table, Vec<Value>>,
    pub audit: Vec<AuditEntry>,
    /// What is left over where nothing should be: name and count.
    pub leftovers: Vec<(String, i64)>,
}

/// What one person's screen showed in the end.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Seen {
    pub user: String,
    pub model: Model,
}

/// A record that can be read. Bytes are kept as their hash: that they are the same is all that is asked of them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Record {
    #[serde(with = "bytes::topic")]
    pub topic: Topic,
    pub partition: i32,
    pub offset: i64,
    /// When the broker appended it: milliseconds since the Unix epoch.
    pub at: i64,
    pub key: String,
    /// Who wrote it: with topic and key, its lane.
    pub source: String,
    pub value: Hash,
    /// Of all headers but those that a dead letter adds.
    pub headers: Hash,
    pub meta: EventMeta,
    /// Without what is in `meta`, and without what is null.
    pub body: Value,
}

/// A record as it lies there, whether anybody can read it or not.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Raw {
    pub topic: String,
    pub partition: i32,
    pub offset: i64,
    /// When the broker appended it: milliseconds since the Unix epoch.
    pub at: i64,
    /// In hex.
    pub key: Option<String>,
    pub value: Hash,
    /// Of all headers but those that a dead letter adds.
    pub headers: Hash,
    /// Those that a dead letter adds, as text.
    pub letter: BTreeMap<String, String>,
    /// The event's id, where the headers name one.
    pub event_id: Option<String>,
    /// Why it cannot be read.
    pub why: Option<String>,
}

/// What a group has committed in Kafka.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Commit {
    pub group: String,
    pub topic: String,
    pub partition: i32,
    pub offset: i64,
}

/// An entry of the audit log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, sqlx::FromRow)]
pub struct AuditEntry {
    pub event_id: Uuid,
    pub topic: String,
    pub partition: i32,
    pub offset: i64,
    pub user_id: String,
    pub aggregate: String,
    pub aggregate_id: String,
    pub version: i64,
    pub previous: i64,
    pub epoch: i64,
    /// Milliseconds since the Unix epoch.
    pub recorded_at: i64,
    /// SHA-256 of the payload's body, in hex.
    pub body: String,
    /// Whether the entry's hash commits to its payload.
    pub commits: bool,
}

/// A table, as rows of JSON.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Table {
    Task,
    Series,
    /// What was announced of each reminder.
    Reminder,
    /// Positions of the stream `tasks`.
    TaskPosition,
    /// What notification-svc knows of each reminder.
    Schedule,
    Inbox,
    /// Positions of the stream `notifications`.
    InboxPosition,
    Delivery,
    Attempt,
    ConsumerOffset,
    /// Dead letters that are neither redriven nor dropped.
    Hole,
}

impl Table {
    pub const ALL: [Self; 11] = [
        Self::Task,
        Self::Series,
        Self::Reminder,
        Self::TaskPosition,
        Self::Schedule,
        Self::Inbox,
        Self::InboxPosition,
        Self::Delivery,
        Self::Attempt,
        Self::ConsumerOffset,
        Self::Hole,
    ];
}

impl History {
    pub fn rows(&self, table: Table) -> &[Value] {
        self.rows.get(&table).map_or(&[], Vec::as_slice)
    }

    /// The next offset of a partition.
    pub(super) fn end(&self, topic: &str, partition: i32) -> i64 {
        let place = (topic.to_owned(), partition);
        self.ends.get(&place).copied().unwrap_or(0)
    }
}

impl Record {
    pub(super) fn place(&self) -> Place {
        Place::new(self.topic.name(), self.partition, self.offset)
    }
}

impl Raw {
    pub(super) fn place(&self) -> Place {
        Place::new(&self.topic, self.partition, self.offset)
    }
}

impl AuditEntry {
    pub(super) fn place(&self) -> Place {
        Place::new(&self.topic, self.partition, self.offset)
    }
}
