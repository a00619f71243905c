//! What librdkafka calls back: delivery reports, fatal errors and statistics. Callbacks only send and note.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use rdkafka::config::RDKafkaLogLevel;
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::producer::{DeliveryResult, ProducerContext};
use rdkafka::{ClientContext, Message, Statistics};
use tokio::sync::{Notify, oneshot};

use super::{Acknowledged, ProducerError, Report, ReportSender};
use crate::kafka::noise::ClientLog;

/// The end of one record, as the delivery report tells it.
pub(super) type Outcome = Result<Acknowledged, ProducerError>;

/// Who is told of a record's end.
pub(super) enum Reader {
    Caller(oneshot::Sender<Outcome>),
    /// Whoever reads the reports; this is the record's tag.
    Reports(u64),
}

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
    reports: Option<ReportSender>,
    log: ClientLog,
}

impl Context {
    pub(super) fn new(signals: Arc<Signals>, reports: Option<ReportSender>) -> Self {
        Self {
            signals,
            reports,
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
    type DeliveryOpaque = Box<Reader>;

    fn delivery(&self, result: &DeliveryResult<'_>, reader: Self::DeliveryOpaque) {
        let outcome = match result {
            Ok(message) => {
                self.log.heard();
                acknowledged(message.partition(), message.offset())
            }
            Err((error, _message)) => {
                self.signals.note(error);
                Err(ProducerError::from(error.clone()))
            }
        };
        // Nobody may wait any more: a relay lost its lease, or a caller gave up.
        match (*reader, &self.reports) {
            (Reader::Caller(caller), _) => drop(caller.send(outcome)),
            (Reader::Reports(tag), Some(reports)) => drop(reports.send(Report::Ended { tag, outcome })),
            (Reader::Reports(_), None) => {}
        }
        self.signals.delivered.notify_waiters();
    }
}

/// What the broker said of a record itself has the offset at which it put it. Without one, librdkafka concludes from the
/// acknowledgement of a later record that this one arrived too, and that is no proof: see
/// `docs/adr/0029-an-acknowledgement-has-an-offset.md`.
fn acknowledged(partition: i32, offset: i64) -> Outcome {
    if offset < 0 {
        return Err(ProducerError::Unconfirmed);
    }
    Ok(Acknowledged { partition, offset })
}
