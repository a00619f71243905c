//! What is found missing, as the report names it, and the ways out.

use chrono::{DateTime, Utc};
use shared_events::topic::{Service, Topic};
use uuid::Uuid;

use super::suspects::VersionSuspect;
use crate::reconcile::records::Unaudited;
use crate::reconcile::report::{Finding, Kind, State};
use crate::reconcile::store::{SeriesRow, StoredEntry};

pub(super) fn audit_finding(event: &Uuid, record: &Unaudited, state: State) -> Finding {
    Finding {
        state,
        kind: Kind::Audit,
        user: record.user.to_string(),
        what: record.aggregate.to_string(),
        id: record.aggregate_id.to_string(),
        version: Some(record.version),
        positions: None,
        event_id: Some(event.to_string()),
        place: Some(record.place()),
        missing: "its entry in the audit log".to_owned(),
        since: record.at,
        way_out: String::new(),
    }
}

pub(super) fn version_finding(suspect: &VersionSuspect, version: i64, kind: Kind, state: State) -> Finding {
    Finding {
        state,
        kind,
        user: suspect.row.user_id.clone(),
        what: suspect.aggregate.name().to_owned(),
        id: suspect.row.id.to_string(),
        version: Some(version),
        positions: None,
        event_id: None,
        place: None,
        missing: String::new(),
        since: Some(suspect.row.changed_at),
        way_out: String::new(),
    }
}

pub(super) fn series_finding(
    row: &SeriesRow,
    state: State,
    next: String,
    since: DateTime<Utc>,
    closing: Option<&StoredEntry>,
    way_out: String,
) -> Finding {
    Finding {
        state,
        kind: Kind::Successor,
        user: row.user_id.clone(),
        what: "series".to_owned(),
        id: row.id.to_string(),
        version: None,
        positions: None,
        event_id: None,
        place: closing.map(place_of),
        missing: next,
        since: Some(since),
        way_out,
    }
}

pub(super) fn place_of(entry: &StoredEntry) -> String {
    format!("{}/{}@{}", entry.topic, entry.partition, entry.offset)
}

pub(super) fn set_back(service: Service, topic: Topic, partition: i32, offset: i64) -> String {
    let group = service.group();
    format!("`taskctl offsets set {group} {topic}/{partition} {offset} --reason TEXT`")
}

pub(super) fn retry(topic: Topic, key: &str) -> String {
    format!("parked: `taskctl outbox retry --topic {topic} --key {key} --reason TEXT`")
}
