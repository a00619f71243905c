//! Dead letters: records that a service can never apply, kept whole with the reason, so that the partition moves on.

pub mod letter;
pub(crate) mod limit;

use crate::producer::{Producer, ProducerError};
use crate::topic::Service;
use letter::DeadLetter;

/// Publishes one service's dead letters.
#[derive(Debug, Clone)]
pub struct DeadLetters {
    service: Service,
    producer: Producer,
}

impl DeadLetters {
    /// Of `service`: its letters go to [`Topic::dead_letter`](crate::topic::Topic::dead_letter).
    #[must_use]
    pub const fn new(service: Service, producer: Producer) -> Self {
        Self { service, producer }
    }

    /// Publishes a dead letter and waits for the broker's acknowledgement: only then may the offset move.
    ///
    /// # Errors
    /// [`ProducerError`]; the record is then not dead-lettered, and the partition has to wait.
    pub async fn publish(&self, letter: &DeadLetter<'_>) -> Result<(), ProducerError> {
        let outgoing = letter.to_record(self.service);
        self.producer.publish(&outgoing).await.map(drop)
    }
}
