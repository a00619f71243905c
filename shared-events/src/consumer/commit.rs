//! What goes to Kafka with a committed offset.
//!
//! A service with a database keeps everything there, and its commits only say that they are ours. One without keeps in
//! the metadata of its commits what has to outlive it: why a partition is stopped, and the dead letters counted.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::cursor::OUR_COMMIT;
use crate::dlq::limit::Limit;

/// Characters of a reason that are kept: the broker takes 4,096 bytes of metadata.
const REASON_CHARS: usize = 500;

/// An offset to commit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Commit {
    pub(super) next: i64,
    pub(super) metadata: String,
}

/// True for the runtime's own commit; any other was made by an operator.
#[must_use]
pub fn is_ours(metadata: &str) -> bool {
    metadata.starts_with(OUR_COMMIT)
}

/// What is remembered of a partition in Kafka.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Memory {
    /// Why the partition is stopped.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stopped: Option<String>,
    dead_run: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    window_start: Option<DateTime<Utc>>,
    window_records: u32,
    window_dead: u32,
}

impl Memory {
    /// What one of our own commits says; nothing where it says nothing that can be read.
    #[must_use]
    pub fn read(metadata: &str) -> Self {
        let text = metadata.strip_prefix(OUR_COMMIT).unwrap_or_default();
        serde_json::from_str(text).unwrap_or_default()
    }

    pub(super) fn of(limit: &Limit, stopped: Option<&str>) -> Self {
        Self {
            stopped: stopped.map(|why| why.chars().take(REASON_CHARS).collect()),
            dead_run: limit.run,
            window_start: limit.window_start,
            window_records: limit.window_records,
            window_dead: limit.window_dead,
        }
    }

    pub(super) fn write(&self) -> String {
        serde_json::to_string(self)
            .map_or_else(|_| OUR_COMMIT.to_owned(), |text| format!("{OUR_COMMIT} {text}"))
    }

    pub(super) const fn limit(&self) -> Limit {
        Limit {
            run: self.dead_run,
            window_start: self.window_start,
            window_records: self.window_records,
            window_dead: self.window_dead,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_with_a_commit_is_read_from_it() {
        let limit = Limit {
            run: 20,
            window_start: DateTime::from_timestamp(1_800_000_000, 0),
            window_records: 50,
            window_dead: 9,
        };
        let metadata = Memory::of(&limit, Some("more than 20 records")).write();
        assert!(is_ours(&metadata));
        let memory = Memory::read(&metadata);
        assert_eq!(memory.stopped.as_deref(), Some("more than 20 records"));
        assert_eq!(memory.limit(), limit);
        let long = Memory::of(&limit, Some(&"\u{1}".repeat(5_000))).write();
        assert!(long.len() < 4_096, "{} bytes", long.len());
    }

    #[test]
    fn a_commit_that_says_only_that_it_is_ours_is_remembered_as_nothing() {
        assert_eq!(Memory::read(OUR_COMMIT), Memory::default());
        assert!(is_ours(OUR_COMMIT));
        for operators in ["", "rpk", "taskctl"] {
            assert!(!is_ours(operators), "{operators}");
        }
    }
}
