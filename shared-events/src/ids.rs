//! Identities and counters: one newtype each, so that a task's id can never be handed over as a series' id.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use uuid::Uuid;

pub use service_kit::auth::{InvalidUserId, UserId};

/// Says which identifier or number could not be read, and why.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{what} is not valid: {why}")]
pub struct InvalidId {
    /// The kind of identifier, for example `task id`.
    pub what: &'static str,
    /// What is wrong with the text.
    pub why: String,
}

macro_rules! uuid_ids {
    ($($(#[$doc:meta])* $name:ident = $what:literal;)+) => {$(
        $(#[$doc])*
        ///
        /// A UUID (RFC 9562), written as lower-case hyphenated text on every wire. Fresh ones are version 7: they
        /// are identity, never order.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, sqlx::Type)]
        #[sqlx(transparent)]
        pub struct $name(Uuid);

        impl $name {
            /// A fresh version 7 identifier.
            #[expect(clippy::new_without_default, reason = "every call gives another value, which Default must not")]
            #[must_use]
            pub fn new() -> Self {
                Self(Uuid::now_v7())
            }

            /// Takes an identifier that something else decided.
            #[must_use]
            pub const fn from_uuid(uuid: Uuid) -> Self {
                Self(uuid)
            }

            /// The bare UUID, for a database bind.
            #[must_use]
            pub const fn as_uuid(&self) -> Uuid {
                self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.hyphenated().fmt(f)
            }
        }

        impl From<Uuid> for $name {
            fn from(uuid: Uuid) -> Self {
                Self(uuid)
            }
        }

        impl FromStr for $name {
            type Err = InvalidId;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                Uuid::parse_str(text).map(Self).map_err(|e| InvalidId { what: $what, why: e.to_string() })
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = String::deserialize(deserializer)?;
                text.parse().map_err(serde::de::Error::custom)
            }
        }
    )+};
}

uuid_ids! {
    /// A task, which may be one occurrence of a series.
    TaskId = "task id";
    SeriesId = "series id";
    TagId = "tag id";
    ProjectId = "project id";
    SettingsId = "settings id";
    /// A filter that was saved.
    FilterId = "filter id";
    ReminderId = "reminder id";
    /// One firing of a reminder, as its user sees it.
    NotificationId = "notification id";
    /// What a channel has to deliver to one target: a notification, or a test event.
    DeliveryId = "delivery id";
    /// Where a user wants to be called.
    WebhookEndpointId = "webhook endpoint id";
    /// An event: the same for every delivery of the same fact.
    EventId = "event id";
    /// One action of a user: shared by every event that it caused.
    ActionId = "action id";
}

impl SeriesId {
    /// The id of the series' occurrence with this ordinal: version 5 (name based), so that whoever creates it, and
    /// however often, creates the same task.
    #[must_use]
    pub fn occurrence(&self, ordinal: i32) -> TaskId {
        TaskId(Uuid::new_v5(&self.0, format!("occurrence:{ordinal}").as_bytes()))
    }

    /// The id of the copy of `origin`, a sub-task of the occurrence before, that the occurrence with this ordinal has:
    /// version 5, like that of the occurrence itself.
    #[must_use]
    pub fn sub_task(&self, ordinal: i32, origin: TaskId) -> TaskId {
        let name = format!("occurrence:{ordinal}:sub-task:{origin}");
        TaskId(Uuid::new_v5(&self.0, name.as_bytes()))
    }
}

impl TaskId {
    /// The id of this task's reminder with the given canonical specification (`before:PT1H`, `at:…`): name based, so
    /// that moving the task's due time moves the reminder instead of replacing it.
    #[must_use]
    pub fn reminder(&self, specification: &str) -> ReminderId {
        ReminderId(Uuid::new_v5(
            &self.0,
            format!("reminder:{specification}").as_bytes(),
        ))
    }
}

impl SettingsId {
    /// The id of a user's settings, of which there is one: version 5, so that it is known before they are written.
    #[must_use]
    pub fn of(user: &UserId) -> Self {
        // Made up once, for this alone.
        const SPACE: Uuid = Uuid::from_u128(0x5c1b_f0a4_8d2e_4b7a_9f63_1e0d_a7c4_52b8);
        Self(Uuid::new_v5(&SPACE, user.as_str().as_bytes()))
    }
}

impl EventId {
    /// A name-based id inside another id's space, for facts that must be the same however often they are computed.
    #[must_use]
    pub fn derived(space: Uuid, name: &str) -> Self {
        Self(Uuid::new_v5(&space, name.as_bytes()))
    }
}

macro_rules! counters {
    ($($(#[$doc:meta])* $name:ident;)+) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub i64);

        impl $name {
            /// The bare number.
            #[must_use]
            pub const fn get(self) -> i64 {
                self.0
            }

            /// The next one; the largest number stays as it is.
            #[must_use]
            pub const fn next(self) -> Self {
                Self(self.0.saturating_add(1))
            }
        }

        impl From<i64> for $name {
            fn from(number: i64) -> Self {
                Self(number)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }
    )+};
}

counters! {
    /// Rises by exactly 1 with every change of one aggregate.
    Version;
    /// Rises by exactly 1 per changed aggregate of one user: sync token, resume point, completeness check.
    Position;
    /// Which life of the database this is: raised on restore and promotion. Order is (epoch, position).
    Epoch;
}

/// How far a client has come with a stream of changes: `17`, or with its epoch `1.17`. What a sync asks for with `since`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SyncToken {
    /// The life of the database that the position belongs to; the current one if it is not named.
    pub epoch: Option<Epoch>,
    /// The last position that the client has.
    pub position: Position,
}

impl FromStr for SyncToken {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        const EXPECTED: &str = "must be a position like 17, or epoch and position like 1.17";
        let number = |text: &str| {
            text.parse::<i64>()
                .ok()
                .filter(|number| *number >= 0)
                .ok_or(EXPECTED)
        };
        let (epoch, position) = match text.split_once('.') {
            Some((epoch, position)) => (Some(number(epoch)?), position),
            None => (None, text),
        };
        Ok(Self {
            epoch: epoch.map(Epoch),
            position: Position(number(position)?),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sync_token_is_a_position_with_or_without_its_epoch() {
        let token = |text: &str| text.parse::<SyncToken>();
        let at = |epoch, position| SyncToken {
            epoch,
            position: Position(position),
        };
        assert_eq!(token("17"), Ok(at(None, 17)));
        assert_eq!(token("1.17"), Ok(at(Some(Epoch(1)), 17)));
        for text in [
            "",
            "x",
            "-1",
            "1.",
            ".1",
            "1.2.3",
            "1.-2",
            "-1.2",
            "99999999999999999999",
        ] {
            assert!(token(text).is_err(), "{text}");
        }
    }

    #[test]
    fn an_occurrence_has_the_same_id_whoever_computes_it() {
        let series: SeriesId = "018f4e6e-0000-7000-8000-000000000001".parse().unwrap();
        assert_eq!(series.occurrence(2), series.occurrence(2));
        assert_ne!(series.occurrence(2), series.occurrence(3));
        assert_eq!(series.occurrence(2).as_uuid().get_version_num(), 5);
    }

    #[test]
    fn ids_are_text_on_the_wire() {
        let id = TaskId::new();
        assert_eq!(serde_json::to_string(&id).unwrap(), format!("\"{id}\""));
        assert_eq!(id, id.to_string().parse().unwrap());
    }
}
