//! Why a record was not published, and whose fault that was.

use rdkafka::error::{KafkaError, RDKafkaErrorCode};

/// What an error of the producer means for the record and for those after it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum FailureKind {
    /// The record itself is refused; sending it again cannot help.
    Record,
    /// The broker, the network or a missing topic; sending it again later helps. It may have arrived all the same.
    Outage,
    /// The local queue is full; there is room again after the next delivery.
    QueueFull,
    /// The record was forgotten on purpose, or with its producer; it may have arrived all the same.
    Purged,
    /// The producer is beyond repair and must be rebuilt.
    Fatal,
}

impl FailureKind {
    /// Every kind.
    pub const ALL: [Self; 5] = [
        Self::Record,
        Self::Outage,
        Self::QueueFull,
        Self::Purged,
        Self::Fatal,
    ];

    /// The name used in metrics and logs.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Record => "record",
            Self::Outage => "outage",
            Self::QueueFull => "queue_full",
            Self::Purged => "purged",
            Self::Fatal => "fatal",
        }
    }

    /// Everything not known to be the record's own fault counts as an outage, so that nothing is given up by mistake.
    fn of(code: RDKafkaErrorCode) -> Self {
        match code {
            RDKafkaErrorCode::MessageSizeTooLarge
            | RDKafkaErrorCode::InvalidRecord
            | RDKafkaErrorCode::InvalidTimestamp => Self::Record,
            RDKafkaErrorCode::QueueFull => Self::QueueFull,
            RDKafkaErrorCode::PurgeQueue | RDKafkaErrorCode::PurgeInflight => Self::Purged,
            RDKafkaErrorCode::Fatal => Self::Fatal,
            _ => Self::Outage,
        }
    }
}

/// A record that was not published, or a producer that could not be started.
#[derive(Debug, Clone, thiserror::Error)]
pub enum ProducerError {
    /// librdkafka refused, or reported that the broker did.
    #[error("{0}")]
    Kafka(#[from] KafkaError),
    /// The producer was destroyed before the record's fate was known.
    #[error("the producer was closed before the broker answered")]
    Abandoned,
    /// librdkafka takes the record for delivered, and no broker said so of it. It may have arrived all the same.
    #[error("the broker did not say at which offset it put the record")]
    Unconfirmed,
}

impl ProducerError {
    /// What the error means for the record.
    #[must_use]
    pub fn kind(&self) -> FailureKind {
        match self {
            Self::Kafka(error) => error
                .rdkafka_error_code()
                .map_or(FailureKind::Outage, FailureKind::of),
            Self::Abandoned => FailureKind::Purged,
            Self::Unconfirmed => FailureKind::Outage,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kind(code: RDKafkaErrorCode) -> FailureKind {
        ProducerError::from(KafkaError::MessageProduction(code)).kind()
    }

    #[test]
    fn only_a_refused_record_is_the_records_fault() {
        assert_eq!(kind(RDKafkaErrorCode::MessageSizeTooLarge), FailureKind::Record);
        assert_eq!(kind(RDKafkaErrorCode::InvalidRecord), FailureKind::Record);
        for code in [
            RDKafkaErrorCode::UnknownTopicOrPartition,
            RDKafkaErrorCode::UnknownTopic,
            RDKafkaErrorCode::TopicAuthorizationFailed,
            RDKafkaErrorCode::MessageTimedOut,
            RDKafkaErrorCode::InvalidMessage,
            RDKafkaErrorCode::NotEnoughReplicas,
        ] {
            assert_eq!(kind(code), FailureKind::Outage, "{code}");
        }
    }

    #[test]
    fn a_purged_record_may_have_arrived() {
        assert_eq!(kind(RDKafkaErrorCode::PurgeInflight), FailureKind::Purged);
        assert_eq!(ProducerError::Abandoned.kind(), FailureKind::Purged);
    }
}
