//! The facts and commands that travel: one envelope record per topic, whose optional bodies say what the kind needs.
//!
//! The Rust types mirror the newest `schemas/<subject>/v<N>.avsc` field by field. Kinds are plain strings, so that an old consumer
//! can read a record of a kind that it does not know, and every later field has a default. `apache-avro` insists that
//! serde's name of a struct is its record's, hence the renames.

#![expect(
    missing_docs,
    reason = "schemas/*.avsc and the HTTP documents describe the fields; comments here say what else is to be known"
)]

pub mod command;
pub mod fact;
pub mod notification;
pub mod operator;
pub mod reminder;
pub mod task;
pub mod update;
pub mod view;

use chrono::{DateTime, SubsecRound, Utc};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::ids::{ActionId, Epoch, EventId, Position, UserId, Version};
use crate::topic::Topic;

/// What every record says about itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EventMeta {
    /// The same in every delivery of the fact.
    pub event_id: EventId,
    /// What happened, for example `task.created`.
    pub kind: String,
    /// By Postgres' clock, after the user's lock was taken.
    pub occurred_at: Timestamp,
    /// Whose data changed.
    pub user_id: UserId,
    /// Who did it: `user:<id>`, `service:<name>` or `operator:<name>`.
    pub actor: String,
    /// Shared by all events of one user action.
    pub action_id: ActionId,
    /// The event that made a service do this, where one did.
    #[serde(default)]
    pub causation_id: Option<EventId>,
    /// See [`intent`].
    pub intent: String,
    /// See [`aggregate`].
    pub aggregate: String,
    pub aggregate_id: String,
    /// The aggregate's version after the change.
    pub version: Version,
    /// The version of this aggregate's previous event on the same topic; 0 if this is its first.
    pub previous: Version,
    /// What `version` and `position` belong to; see [`Epoch`].
    pub epoch: Epoch,
    /// The user's position of this change; 0 where the topic has none.
    pub position: Position,
}

/// Values of [`EventMeta::intent`].
pub mod intent {
    /// A person created or edited something.
    pub const EDIT: &str = "edit";
    /// A person completed, skipped or reopened a task.
    pub const COMPLETE: &str = "complete";
    /// recurring-svc had the next occurrence created.
    pub const RECUR: &str = "recur";
    pub const BULK: &str = "bulk";
    pub const IMPORT: &str = "import";
    pub const REMIND: &str = "remind";
    pub const OPERATE: &str = "operate";
}

/// Values of [`EventMeta::aggregate`].
pub mod aggregate {
    pub const TASK: &str = "task";
    pub const SERIES: &str = "series";
    pub const TAG: &str = "tag";
    pub const PROJECT: &str = "project";
    pub const SETTINGS: &str = "settings";
    pub const FILTER: &str = "filter";
    pub const REMINDER: &str = "reminder";
    pub const NOTIFICATION: &str = "notification";
    pub const OPERATOR: &str = "operator";
}

/// The `actor` of something that a person did.
#[must_use]
pub fn user_actor(user: &UserId) -> String {
    format!("user:{user}")
}

/// The `actor` of something that a service did by itself.
#[must_use]
pub fn service_actor(service: crate::topic::Service) -> String {
    format!("service:{service}")
}

/// The `actor` of something that an operator did.
#[must_use]
pub fn operator_actor(name: &str) -> String {
    format!("operator:{name}")
}

/// A record of one of our topics.
pub trait Event: Serialize + DeserializeOwned + Send + Sync + 'static {
    const TOPIC: Topic;

    fn meta(&self) -> &EventMeta;

    /// The record's key, which decides its partition and so its order.
    fn key(&self) -> String;
}

/// A moment with microsecond precision (Avro `timestamp-micros`): whole microseconds since the Unix epoch on the wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(DateTime<Utc>);

impl Timestamp {
    /// Takes a moment, cutting it to microseconds as Postgres does.
    #[must_use]
    pub fn new(at: DateTime<Utc>) -> Self {
        Self(at.trunc_subsecs(6))
    }

    #[must_use]
    pub const fn at(&self) -> DateTime<Utc> {
        self.0
    }

    /// Whole microseconds since the Unix epoch.
    #[must_use]
    pub const fn micros(&self) -> i64 {
        self.0.timestamp_micros()
    }
}

impl From<DateTime<Utc>> for Timestamp {
    fn from(at: DateTime<Utc>) -> Self {
        Self::new(at)
    }
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_i64(self.micros())
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let micros = i64::deserialize(deserializer)?;
        DateTime::from_timestamp_micros(micros).map(Self).ok_or_else(|| {
            serde::de::Error::custom(format!("{micros} microseconds since 1970 is out of range"))
        })
    }
}
