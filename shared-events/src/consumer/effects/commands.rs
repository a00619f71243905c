//! Effects of a service without a database: commands, acknowledged by the broker before the offset is committed.

use async_trait::async_trait;
use chrono::Utc;
use tracing::Instrument as _;

use super::{Adopted, ApplyError, Checkpoint, Effects, Step};
use crate::codec::registry::Registry;
use crate::codec::schema::{self, Embedded};
use crate::codec::wire::SchemaId;
use crate::consumer::commit::Memory;
use crate::consumer::cursor::{NextOffset, TopicPartition};
use crate::consumer::handler::{CommandHandler, HandlerError, Record, Verdict};
use crate::consumer::span;
use crate::consumer::start::Stored;
use crate::dlq::limit::Limit;
use crate::outbox::Encoded;
use crate::producer::{Delivery, FailureKind, Outgoing, Producer, ProducerError};
use crate::record::RawRecord;
use crate::topic::{Service, Topic};

/// Effects of a [`CommandHandler`] on `task-commands`.
#[derive(Debug)]
pub struct CommandEffects<H> {
    service: Service,
    handler: H,
    producer: Producer,
    registry: Registry,
    schema_id: tokio::sync::OnceCell<SchemaId>,
}

impl<H: CommandHandler> CommandEffects<H> {
    /// Commands of `handler`, sent in the name of `service`.
    #[must_use]
    pub fn new(service: Service, handler: H, producer: Producer, registry: Registry) -> Self {
        Self {
            service,
            handler,
            producer,
            registry,
            schema_id: tokio::sync::OnceCell::new(),
        }
    }

    async fn send(&self, record: &Record<H::Message>) -> Result<(Verdict, Vec<Delivery>), HandlerError> {
        let commands = self.handler.handle(record).await?;
        if commands.is_empty() {
            return Ok((Verdict::Skipped("asks for no command"), Vec::new()));
        }
        let mut deliveries = Vec::with_capacity(commands.len());
        for command in commands {
            let encoded = Encoded::new(self.service, &command)?;
            let outgoing = self.outgoing(&encoded).await?;
            deliveries.push(self.producer.send(&outgoing).await.map_err(|e| refused(&e))?);
        }
        Ok((Verdict::Applied, deliveries))
    }

    async fn outgoing(&self, encoded: &Encoded) -> Result<Outgoing, HandlerError> {
        let schema = schema::current(Topic::TaskCommands)
            .ok_or_else(|| HandlerError::Outage("no schema is embedded for task-commands".to_owned()))?;
        let id = *self.schema_id.get_or_try_init(|| self.registered(schema)).await?;
        Ok(encoded.record(id))
    }

    async fn registered(&self, schema: &Embedded) -> Result<SchemaId, HandlerError> {
        let subject = schema.topic.subject();
        let id = self.registry.id_of(subject, &schema.fingerprint).await;
        id.map_err(|e| HandlerError::Outage(e.to_string()))?
            .ok_or_else(|| {
                HandlerError::Outage(format!("{subject} is not registered: run taskctl schemas apply"))
            })
    }
}

#[async_trait]
impl<H: CommandHandler> Effects for CommandEffects<H> {
    type Message = H::Message;
    const MAX_BATCH: usize = 100;

    async fn pin_cluster(&self, _cluster_id: &str) -> Result<(), HandlerError> {
        Ok(())
    }

    fn way_out_of_a_stop(group: &str, partition: &TopicPartition) -> String {
        format!(
            "while the service is scaled to 0, `taskctl offsets set {group} {partition} OFFSET --reason TEXT` lets it go \
             on: with the offset where it stands, from here"
        )
    }

    fn remember(limit: &Limit, stopped: Option<&str>) -> Option<String> {
        Some(Memory::of(limit, stopped).write())
    }

    fn recall(checkpoint: &mut Checkpoint, metadata: &str) {
        let memory = Memory::read(metadata);
        checkpoint.limit = memory.limit();
        checkpoint.stopped = memory.stopped;
    }

    async fn load(&self, _group: &str, _partition: &TopicPartition) -> Result<Checkpoint, HandlerError> {
        // Without a database this host's clock must do; it only dates errors in dead letters.
        Ok(Checkpoint::of(Stored::InKafka, Utc::now()))
    }

    async fn begin_at(
        &self,
        _group: &str,
        _partition: &TopicPartition,
        _expected: Stored,
        _next: NextOffset,
    ) -> Result<bool, HandlerError> {
        Ok(true)
    }

    async fn adopt(
        &self,
        _group: &str,
        _partition: &TopicPartition,
        _expected: Stored,
        _next: NextOffset,
    ) -> Result<Adopted, HandlerError> {
        Ok(Adopted::Unaudited)
    }

    async fn apply(
        &self,
        batch: &[Record<Self::Message>],
        _step: Step<'_>,
    ) -> Result<Vec<Verdict>, ApplyError> {
        let mut verdicts = Vec::with_capacity(batch.len());
        let mut deliveries = Vec::new();
        for (index, record) in batch.iter().enumerate() {
            let sent = self.send(record).instrument(span(&record.raw)).await;
            let (verdict, sent) = sent.map_err(|error| ApplyError::Record(index, error))?;
            verdicts.push(verdict);
            deliveries.extend(sent.into_iter().map(|delivery| (index, delivery)));
        }
        for (index, delivery) in deliveries {
            delivery
                .await
                .map_err(|e| ApplyError::Record(index, refused(&e)))?;
        }
        Ok(verdicts)
    }

    async fn pass_over(&self, _raw: &RawRecord, _reason: &str, _step: Step<'_>) -> Result<(), ApplyError> {
        Ok(())
    }

    async fn stop(
        &self,
        _group: &str,
        _partition: &TopicPartition,
        _expected: NextOffset,
        _why: &str,
    ) -> Result<bool, HandlerError> {
        Ok(true)
    }

    async fn stored(&self, _group: &str) -> Result<Vec<(TopicPartition, NextOffset)>, HandlerError> {
        // Kafka takes another offset only while the group is empty, so nothing moves under a running process.
        Ok(Vec::new())
    }

    async fn holes(&self, _group: &str) -> Result<Vec<(TopicPartition, i64)>, HandlerError> {
        // Without a database nothing remembers them; the dead-letter topic does.
        Ok(Vec::new())
    }
}

fn refused(error: &ProducerError) -> HandlerError {
    match error.kind() {
        FailureKind::Record => HandlerError::Poison {
            reason: "command_refused",
            detail: error.to_string(),
        },
        _ => HandlerError::Outage(format!("broker: {error}")),
    }
}
