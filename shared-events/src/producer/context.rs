//! What librdkafka calls back: delivery reports, fatal errors and statistics. Callbacks only send and note.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use rdkafka::config::RDKafkaLogLevel;
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::producer::{DeliveryResult, ProducerContext};
use rdkafka::{ClientContext, Message, Statistics};
use tokio::sync::{Notify, oneshot};

use super::{Acknowledged, ProducerError};
use crate::kafka::noise::ClientLog;

/// The end of one record, as the delivery report tells it.
pub(super) type Outcome = Result<Acknowledged, ProducerError>;

/// What the callbacks tell the owner of a producer.
#[derive(Debug, Default)]
pub(super) struct Signals {
    fatal: AtomicBool,
    pub(super) delivered: Notify,
}

impl Signals {
    pub(super) fn is_fatal(&self) -> bool {
        self.fatal.load(Ordering::Acquire)
    }

    /// Remembers an error that ends the client.
    pub(super) fn note(&self, error: &KafkaError) {
        if error.rdkafka_error_code() == Some(RDKafkaErrorCode::Fatal) {
            self.fatal.store(true, Ordering::Release);
        }
    }
}

/// The client context of every producer.
pub(super) struct Context {
    signals: Arc<Signals>,
    log: ClientLog,
}

impl Context {
    pub(super) fn new(signals: Arc<Signals>) -> Self {
        Self {
            signals,
            log: ClientLog::default(),
        }
    }
}

impl ClientContext for Context {
    fn error(&self, error: KafkaError, reason: &str) {
        self.signals.note(&error);
        self.log.error(&error, reason);
    }

    fn log(&self, level: RDKafkaLogLevel, facility: &str, message: &str) {
        self.log.line(level, facility, message);
    }

    /// The default prints every report at `info`.
    fn stats(&self, statistics: Statistics) {
        tracing::trace!(
            producer.queue.messages = statistics.msg_cnt,
            producer.queue.bytes = statistics.msg_size,
            "producer statistics"
        );
    }
}

impl ProducerContext for Context {
    type DeliveryOpaque = Box<oneshot::Sender<Outcome>>;

    fn delivery(&self, result: &DeliveryResult<'_>, report: Self::DeliveryOpaque) {
        let outcome = match result {
            Ok(message) => {
                self.log.heard();
                Ok(Acknowledged {
                    partition: message.partition(),
                    offset: message.offset(),
                })
            }
            Err((error, _message)) => {
                self.signals.note(error);
                Err(ProducerError::from(error.clone()))
            }
        };
        // Nobody waits any more when a relay lost its lease or a caller gave up; the report then has no reader.
        // Whoever published may have stopped waiting.
        let _ = report.send(outcome);
        self.signals.delivered.notify_waiters();
    }
}
