//! What operators do to the system, told on `task-events` so that the audit log keeps it.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::task::TaskEvent;
use super::{EventMeta, Timestamp, aggregate, intent, operator_actor};
use crate::ids::{ActionId, Epoch, EventId, Position, UserId, Version};

/// Kinds of an operator's actions, as written in [`EventMeta::kind`].
pub mod kind {
    /// A consumer group goes on from another offset.
    pub const OFFSETS_SET: &str = "operator.offsets_set";
    /// A consumer group goes on from an offset that somebody committed in Kafka, without `taskctl`.
    pub const OFFSETS_ADOPTED: &str = "operator.offsets_adopted";
    /// A partition that its dead-letter limit had stopped goes on.
    pub const DLQ_RESUMED: &str = "operator.dlq_resumed";
    /// A dead letter was given back to the service that could not handle it.
    pub const DLQ_REDRIVEN: &str = "operator.dlq_redriven";
    /// A dead letter is wanted by nobody.
    pub const DLQ_DROPPED: &str = "operator.dlq_dropped";
    /// A parked lane of the outbox is tried again.
    pub const OUTBOX_RETRIED: &str = "operator.outbox_retried";
    /// Another epoch of the database begins.
    pub const EPOCH_RAISED: &str = "operator.epoch_raised";
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OperatorAction {
    /// Who.
    pub operator: String,
    /// The command, for example `offsets set`.
    pub command: String,
    /// What it was done to, for example `audit-svc.log.v1 task-events/3`.
    pub subject: String,
    /// In words, with the values before and after.
    pub detail: String,
}

impl OperatorAction {
    /// The fact of this action. It changes nobody's data: its user is [`UserId::operator`], and it has no position.
    #[must_use]
    pub fn event(self, kind: &str, epoch: Epoch, at: Timestamp) -> TaskEvent {
        let meta = EventMeta {
            event_id: EventId::new(),
            kind: kind.to_owned(),
            occurred_at: at,
            user_id: UserId::operator(),
            actor: operator_actor(&self.operator),
            action_id: ActionId::new(),
            causation_id: None,
            intent: intent::OPERATE.to_owned(),
            aggregate: aggregate::OPERATOR.to_owned(),
            aggregate_id: Uuid::now_v7().to_string(),
            version: Version(1),
            previous: Version(0),
            epoch,
            position: Position(0),
        };
        TaskEvent {
            operator: Some(self),
            ..TaskEvent::new(meta)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::outbox::Encoded;
    use crate::topic::Service;

    #[test]
    fn each_action_is_the_only_fact_of_an_aggregate_of_its_own() {
        let action = OperatorAction {
            operator: "carol".to_owned(),
            command: "offsets set".to_owned(),
            subject: "audit-svc.log.v1 task-events/3".to_owned(),
            detail: "next offset 17 instead of 12".to_owned(),
        };
        let at = Timestamp::new("2026-12-01T08:00:00Z".parse().unwrap());
        let event = action.clone().event(kind::OFFSETS_SET, Epoch(2), at);
        let other = action.clone().event(kind::OFFSETS_SET, Epoch(2), at);
        assert_ne!(event.meta.aggregate_id, other.meta.aggregate_id);
        assert_eq!(event.meta.actor, "operator:carol");
        assert_eq!(event.operator, Some(action));
        assert!(Encoded::new(Service::BackendApi, &event).is_ok());
    }
}
