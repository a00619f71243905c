//! What the log keeps of one fact: where the record lay, what it says, and a commitment to its bytes.

use chrono::{DateTime, Utc};
use sha2::{Digest as _, Sha256};
use shared_events::codec::headers;
use shared_events::event::aggregate;
use shared_events::event::fact::AnyFact;
use shared_events::record::RawRecord;
use uuid::Uuid;

/// The entry and the payload of a fact that came in this record.
pub fn of(fact: &AnyFact, raw: &RawRecord, salt: [u8; 32]) -> (Entry, Payload) {
    let meta = fact.meta();
    let body = raw.payload.as_deref().unwrap_or_default().to_vec();
    let entry = Entry {
        event_id: meta.event_id.as_uuid(),
        topic: raw.topic.clone(),
        partition: raw.partition,
        offset: raw.offset,
        kind: meta.kind.clone(),
        user_id: meta.user_id.as_str().to_owned(),
        aggregate: meta.aggregate.clone(),
        aggregate_id: meta.aggregate_id.clone(),
        task_id: task_of(fact),
        version: meta.version.get(),
        previous: meta.previous.get(),
        epoch: meta.epoch.get(),
        position: meta.position.get(),
        actor: meta.actor.clone(),
        intent: meta.intent.clone(),
        action_id: meta.action_id.as_uuid(),
        causation_id: meta.causation_id.map(|id| id.as_uuid()),
        occurred_at: meta.occurred_at.at(),
        data_schema: headers::get(&raw.headers, headers::name::DATA_SCHEMA).map(str::to_owned),
        traceparent: raw.traceparent().map(str::to_owned),
        payload_hash: commitment(&salt, &body),
    };
    (entry, Payload { salt, body })
}

/// SHA-256 of salt and body: what stays when both are shredded.
pub fn commitment(salt: &[u8; 32], body: &[u8]) -> [u8; 32] {
    Sha256::new()
        .chain_update(salt)
        .chain_update(body)
        .finalize()
        .into()
}

/// The task a fact belongs to; a kind that this build does not know may lack the snapshot that names it.
fn task_of(fact: &AnyFact) -> Option<Uuid> {
    let meta = fact.meta();
    let named = || {
        (meta.aggregate == aggregate::TASK)
            .then(|| meta.aggregate_id.parse().ok())
            .flatten()
    };
    fact.task_id().map(|id| id.as_uuid()).or_else(named)
}

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
