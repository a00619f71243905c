//! What the workers of all partitions share, and how one finds out where its partition stands.

use std::sync::Arc;
use std::sync::mpsc::Sender;
use std::time::Duration;

use rdkafka::consumer::{BaseConsumer, Consumer as _};
use rdkafka::error::KafkaError;
use rdkafka::{Offset, TopicPartitionList};
use tracing::warn;

use super::BROKER_DEADLINE;
use super::context::Context;
use super::cursor::{self, Committed, NextOffset, Place, Start, Stored, Watermarks};
use super::effects::{Effects, Memory};
use super::handler::HandlerError;
use super::poller::{Command, Finished};
use crate::codec::Decoder;
use crate::dlq::DeadLetters;
use crate::topic::Service;

/// What the workers of all partitions share.
pub(super) struct Shared<E: Effects> {
    pub(super) service: Service,
    pub(super) group: String,
    pub(super) effects: E,
    pub(super) decoder: Decoder,
    pub(super) dead_letters: DeadLetters,
    pub(super) consumer: Arc<BaseConsumer<Context>>,
    pub(super) commands: Sender<Command>,
    pub(super) finished: Finished,
    pub(super) longest_wait: Duration,
}

/// Where a partition begins.
pub(super) struct Begin {
    pub(super) next: NextOffset,
    pub(super) low: i64,
    pub(super) memory: Memory,
}

/// Why it does not begin yet.
pub(super) enum BeginError {
    Outage(String),
    Stopped(String),
}

impl<E: Effects> Shared<E> {
    pub(super) fn send(&self, command: Command) {
        // The poll thread is gone only when the process ends.
        let _unheard = self.commands.send(command);
    }

    /// Finds out where the partition stands and remembers it.
    pub(super) async fn begin(self: &Arc<Self>, place: &Place) -> Result<Begin, BeginError> {
        let outage = |error: HandlerError| BeginError::Outage(error.to_string());
        let memory = self.effects.load(&self.group, place).await.map_err(outage)?;
        let asked = (Arc::clone(self), place.clone());
        let held = tokio::task::spawn_blocking(move || asked.0.ask_broker(&asked.1)).await;
        let (held, committed) = held
            .map_err(|e| BeginError::Outage(e.to_string()))?
            .map_err(|e| BeginError::Outage(format!("broker: {e}")))?;
        let next = match cursor::start(memory.next, committed.as_ref(), held) {
            Start::Resume(next) => {
                if let Some(why) = memory.stopped {
                    return Err(BeginError::Stopped(why));
                }
                return Ok(Begin {
                    next,
                    low: held.low,
                    memory,
                });
            }
            Start::Fresh(next) => next,
            Start::Adopt(next) => {
                warn!(partition = %place, offset = %next, "following an offset that an operator committed");
                next
            }
            Start::OutOfRange { wanted, held } => {
                return Err(BeginError::Stopped(format!(
                    "offset {wanted} is not on the broker, which has {} to {}",
                    held.low, held.high
                )));
            }
        };
        self.effects
            .begin_at(&self.group, place, next)
            .await
            .map_err(outage)?;
        let memory = Memory::of(Stored::At(next), memory.now);
        Ok(Begin {
            next,
            low: held.low,
            memory,
        })
    }

    fn ask_broker(&self, place: &Place) -> Result<(Watermarks, Option<Committed>), KafkaError> {
        let (low, high) = self
            .consumer
            .fetch_watermarks(&place.topic, place.partition, BROKER_DEADLINE)?;
        let mut list = TopicPartitionList::new();
        list.add_partition(&place.topic, place.partition);
        let list = self.consumer.committed_offsets(list, BROKER_DEADLINE)?;
        let element = list.find_partition(&place.topic, place.partition);
        let committed = element.and_then(|element| match element.offset() {
            Offset::Offset(next) => Some(Committed {
                next: NextOffset(next),
                metadata: element.metadata().to_owned(),
            }),
            _ => None,
        });
        Ok((Watermarks { low, high }, committed))
    }
}
