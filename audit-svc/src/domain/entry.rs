//! What the log keeps of one fact: where the record lay, what it says, and a commitment to its bytes.

use chrono::{DateTime, Utc};
use uuid::Uuid;

/// The part that stays for good; no personal payload in it, only a hash of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The fact's event id, the key of the log.
    pub event_id: Uuid,
    /// Where the record lay.
    pub topic: String,
    /// Where the record lay.
    pub partition: i32,
    /// Where the record lay.
    pub offset: i64,
    /// What happened; kinds that this build does not know are kept as well.
    pub kind: String,
    /// Whose fact it is.
    pub user_id: String,
    /// What it happened to: task, series, reminder, notification.
    pub aggregate: String,
    /// Which one of them.
    pub aggregate_id: String,
    /// The task it belongs to, where there is one.
    pub task_id: Option<Uuid>,
    /// The aggregate's version after it.
    pub version: i64,
    /// The aggregate's version in its previous fact on the same topic; 0 if none.
    pub previous: i64,
    /// The life of the database it was committed in.
    pub epoch: i64,
    /// The user's position it took.
    pub position: i64,
    /// Who did it.
    pub actor: String,
    /// What they meant to do.
    pub intent: String,
    /// Shared by all facts of one user action.
    pub action_id: Uuid,
    /// The event that caused it, if one did.
    pub causation_id: Option<Uuid>,
    /// When, by the clock of the database that committed it.
    pub occurred_at: DateTime<Utc>,
    /// The record's `ce_dataschema`.
    pub data_schema: Option<String>,
    /// The record's `traceparent`.
    pub traceparent: Option<String>,
    /// SHA-256 of salt and body.
    pub payload_hash: [u8; 32],
}

/// The part that can be shredded later: the record's value and the salt that hides it from guessing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Payload {
    /// Random, so that a short body cannot be found again by trying.
    pub salt: [u8; 32],
    /// The record's value, byte for byte.
    pub body: Vec<u8>,
}
