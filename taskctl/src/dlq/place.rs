//! Names of dead-letter topics, and ids of dead letters. Pure.

use std::fmt;
use std::str::FromStr;

use serde::Serialize;

use crate::dlq::letter::Letter;

/// A dead-letter topic: `<origin>.<service>.dlq`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub(crate) struct DeadLetterTopic {
    pub(crate) name: String,
    pub(crate) origin: String,
    pub(crate) service: String,
}

impl DeadLetterTopic {
    /// Takes a topic's name apart; `None` for a topic of another kind.
    pub(crate) fn parse(name: &str) -> Option<Self> {
        let (origin, service) = name.strip_suffix(".dlq")?.rsplit_once('.')?;
        Some(Self {
            name: name.to_owned(),
            origin: origin.to_owned(),
            service: service.to_owned(),
        })
    }

    /// Where its letters go to be read again, by that service alone.
    pub(crate) fn retry(&self) -> String {
        format!("{}.{}.retry", self.origin, self.service)
    }
}

/// Which dead letter is meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum LetterId {
    /// `service/topic/partition/offset` of the record that died: its `x-dlq-id`.
    Origin { id: String, dead_letter_topic: String },
    /// `dead-letter-topic/partition/offset` of the letter itself, for one that came without an id.
    Place {
        topic: String,
        partition: i32,
        offset: i64,
    },
}

impl LetterId {
    /// The dead-letter topic that holds it.
    pub(crate) fn topic(&self) -> &str {
        match self {
            Self::Origin {
                dead_letter_topic, ..
            } => dead_letter_topic,
            Self::Place { topic, .. } => topic,
        }
    }

    /// Whether this letter is meant.
    pub(crate) fn is_of(&self, letter: &Letter) -> bool {
        match self {
            Self::Origin { id, .. } => letter.id == *id,
            Self::Place {
                topic,
                partition,
                offset,
            } => {
                let place = &letter.place;
                place.topic == *topic && place.partition == *partition && place.offset == *offset
            }
        }
    }
}

impl fmt::Display for LetterId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Origin { id, .. } => formatter.write_str(id),
            Self::Place {
                topic,
                partition,
                offset,
            } => write!(formatter, "{topic}/{partition}/{offset}"),
        }
    }
}

/// Text that is neither kind of id.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct NotAnId;

impl fmt::Display for NotAnId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(
            "not a dead letter's id: service/topic/partition/offset, as `taskctl dlq list` prints it",
        )
    }
}

impl std::error::Error for NotAnId {}

impl FromStr for LetterId {
    type Err = NotAnId;

    fn from_str(text: &str) -> Result<Self, NotAnId> {
        let parts: Vec<&str> = text.split('/').collect();
        match parts.as_slice() {
            [service, topic, partition, offset]
                if number(partition).is_some() && number(offset).is_some() =>
            {
                // A record of a retry topic dies into the dead-letter topic of its origin.
                let origin = topic.strip_suffix(&format!(".{service}.retry")).unwrap_or(topic);
                Ok(Self::Origin {
                    id: text.to_owned(),
                    dead_letter_topic: format!("{origin}.{service}.dlq"),
                })
            }
            [topic, partition, offset] => {
                let partition = number(partition)
                    .and_then(|number| i32::try_from(number).ok())
                    .ok_or(NotAnId)?;
                let offset = number(offset).ok_or(NotAnId)?;
                let topic = DeadLetterTopic::parse(topic).ok_or(NotAnId)?.name;
                Ok(Self::Place {
                    topic,
                    partition,
                    offset,
                })
            }
            _ => Err(NotAnId),
        }
    }
}

fn number(text: &str) -> Option<i64> {
    text.parse().ok().filter(|number| *number >= 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dead_letter_topic_names_origin_and_service() {
        let topic = DeadLetterTopic::parse("task-events.audit-svc.dlq").unwrap();
        assert_eq!(
            (topic.origin.as_str(), topic.service.as_str()),
            ("task-events", "audit-svc")
        );
        for other in ["task-events", "task-events.audit-svc.retry", "x.dlq"] {
            assert_eq!(DeadLetterTopic::parse(other), None, "{other}");
        }
    }

    #[test]
    fn an_id_leads_to_its_topic() {
        let topic_of = |id: &str| match id.parse().unwrap() {
            LetterId::Origin {
                dead_letter_topic, ..
            } => dead_letter_topic,
            LetterId::Place { topic, .. } => topic,
        };
        assert_eq!(
            topic_of("audit-svc/task-events/3/17"),
            "task-events.audit-svc.dlq"
        );
        assert_eq!(
            topic_of("audit-svc/task-events.audit-svc.retry/3/17"),
            "task-events.audit-svc.dlq"
        );
        assert_eq!(
            topic_of("task-events.audit-svc.dlq/3/17"),
            "task-events.audit-svc.dlq"
        );
    }

    #[test]
    fn what_is_no_id_is_refused() {
        for text in [
            "",
            "17",
            "a/b/c/d",
            "task-events/1/2",
            "a/b/1",
            "audit-svc/task-events/3/-1",
        ] {
            assert_eq!(text.parse::<LetterId>(), Err(NotAnId), "{text}");
        }
    }
}
