//! What the log keeps of one fact: where the record lay, what it says, and a commitment to its bytes.

use chrono::{DateTime, Utc};
use sha2::{Digest as _, Sha256};
use shared_events::codec::headers;
use shared_events::event::aggregate;
use shared_events::event::fact::AnyFact;
use shared_events::ids::{ActionId, Epoch, EventId, Position, TaskId, UserId, Version};
use shared_events::record::RawRecord;

/// The entry and the payload of a fact that came in this record.
pub fn of(fact: &AnyFact, raw: &RawRecord, salt: [u8; 32]) -> (Entry, Payload) {
    let meta = fact.meta();
    let body = raw.payload.as_deref().unwrap_or_default().to_vec();
    let entry = Entry {
        event_id: meta.event_id,
        topic: raw.topic.clone(),
        partition: raw.partition,
        offset: raw.offset,
        kind: meta.kind.clone(),
        user: meta.user_id.clone(),
        aggregate: meta.aggregate.clone(),
        aggregate_id: meta.aggregate_id.clone(),
        task_id: task_of(fact),
        version: meta.version,
        previous: meta.previous,
        epoch: meta.epoch,
        position: meta.position,
        actor: meta.actor.clone(),
        intent: meta.intent.clone(),
        action_id: meta.action_id,
        causation_id: meta.causation_id,
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
fn task_of(fact: &AnyFact) -> Option<TaskId> {
    let meta = fact.meta();
    let named = || {
        (meta.aggregate == aggregate::TASK)
            .then(|| meta.aggregate_id.parse().ok())
            .flatten()
    };
    fact.task_id().or_else(named)
}

/// The part that stays for good: what the fact says about itself (see [`shared_events::event::EventMeta`]), where its
/// record lay, and a hash of the personal payload.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The key of the log.
    pub event_id: EventId,
    pub topic: String,
    pub partition: i32,
    pub offset: i64,
    /// Kinds that this build does not know are kept as well.
    pub kind: String,
    pub user: UserId,
    pub aggregate: String,
    pub aggregate_id: String,
    /// None for facts that are about no single task.
    pub task_id: Option<TaskId>,
    pub version: Version,
    pub previous: Version,
    pub epoch: Epoch,
    pub position: Position,
    pub actor: String,
    pub intent: String,
    pub action_id: ActionId,
    pub causation_id: Option<EventId>,
    pub occurred_at: DateTime<Utc>,
    /// The record's `ce_dataschema`.
    pub data_schema: Option<String>,
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
