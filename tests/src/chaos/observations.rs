//! What a run wrote down while it went on, for the checkers that judge it afterwards.
//!
//! Rows, topics and screens tell how things ended; these tell what was seen in between: which fault lasted from when
//! to when, what each process said of itself, how processes ended, and what strangers were answered.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use clap::ValueEnum;
use serde::{Deserialize, Serialize};

/// Everything that was seen; times count from the run's beginning.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Observations {
    pub faults: Vec<FaultSpan>,
    pub samples: Vec<Sample>,
    pub database: Vec<DatabaseSample>,
    pub ends: Vec<ProcessEnd>,
    pub probes: Vec<Probe>,
    pub repeats: Vec<Repeat>,
    pub injected: Vec<Injected>,
}

/// One fault, from its first moment to its healing.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FaultSpan {
    pub fault: Fault,
    /// What it was done to: a service, `kafka-1`, `postgres`, `registry`, or `task-events/3`.
    pub target: String,
    pub from: Duration,
    /// When it was healed: whatever was away is there again, though perhaps not ready yet.
    pub until: Duration,
}

/// Faults, by the number that they have in the fault matrix.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub enum Fault {
    /// 1: SIGKILL of a service.
    Kill,
    /// 2: SIGTERM of a service.
    Stop,
    /// 3: SIGSTOP of a service, then SIGCONT.
    Freeze,
    /// 4: SIGKILL of a broker, and its start a while later.
    BrokerKill,
    /// 10: SIGKILL of Postgres, postmaster and all, and its start a while later.
    DatabaseKill,
    /// 15: records that nobody can read.
    Poison,
    /// 18: a registry that is away, answers errors, hangs, or has other ids.
    Registry,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let value = self.to_possible_value();
        f.write_str(value.as_ref().map_or("", |value| value.get_name()))
    }
}

/// What one process said of itself at one moment.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Sample {
    pub at: Duration,
    pub service: String,
    pub slot: usize,
    /// Distinguishes the processes that had this place one after the other.
    pub pid: i32,
    pub resident_bytes: u64,
    /// What `/readyz` answered; none when there was no answer.
    pub is_ready: Option<bool>,
    /// What `/healthz` answered.
    pub is_alive: Option<bool>,
    /// Every sample of `/metrics` that begins with `taskwire_`, histograms left out: name with labels, and value.
    pub metrics: BTreeMap<String, f64>,
}

/// What the database said at one moment; nothing is sampled while it is away.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DatabaseSample {
    pub at: Duration,
    pub outbox_rows: i64,
    /// Of the oldest pending row, in seconds.
    pub outbox_oldest: f64,
    pub lease_token: i64,
    /// `outbox.consumer_offset`: group, topic, partition, and the next offset.
    pub offsets: Vec<(String, String, i32, i64)>,
}

/// How a process of a service ended.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ProcessEnd {
    pub at: Duration,
    pub service: String,
    pub slot: usize,
    pub pid: i32,
    pub cause: EndCause,
    /// The exit code; none when a signal ended it.
    pub code: Option<i32>,
    /// From the signal to the end.
    pub took: Duration,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum EndCause {
    Killed,
    Stopped,
    /// Nobody asked it to.
    ByItself,
    /// It was asked to stop, did not within its grace period, and was killed.
    Hung,
}

/// A request of one user for what is another's, and the answer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Probe {
    pub at: Duration,
    pub user: String,
    pub owner: String,
    /// `PATCH /v1/tasks/018f…`.
    pub request: String,
    pub status: u16,
    /// Titles and ids of the owner that the answer contains: there must be none.
    pub leaked: Vec<String>,
}

/// A change that was answered once and asked for again with the same Idempotency-Key.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Repeat {
    pub at: Duration,
    pub user: String,
    pub key: String,
    /// Status, version, position and a SHA-256 of the body.
    pub first: (u16, i64, i64, String),
    pub second: (u16, i64, i64, String),
}

/// A record that a fault put on a topic, past every producer of ours.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Injected {
    pub at: Duration,
    pub topic: String,
    pub partition: i32,
    pub offset: i64,
    /// What is wrong with it: `random-bytes`, `wrong-magic`, `truncated`, `deep`, `large`, `unknown-schema`.
    pub kind: String,
    pub key: Vec<u8>,
    /// SHA-256 of the value, in hex.
    pub value_sha256: String,
    /// Whether it is to end in the dead-letter topic of every group that reads the topic.
    pub is_poison: bool,
}
