//! From a row whose turn it is to the broker's answer, and what that answer makes of the row.

use std::sync::Arc;
use std::time::Duration;

use tracing::Instrument;

use super::database::{Job, Park};
use super::metrics;
use super::order::{AfterFailure, Failure, Sending};
use super::schema_ids::SchemaKey;
use super::session::{LeaseSession, full_jitter};
use crate::codec::wire::SchemaId;
use crate::outbox::{Encoded, Lane};
use crate::producer::{Acknowledged, FailureKind, ProducerError};

/// How long sending pauses when the producer's queue is full, unless an acknowledgement comes first.
const QUEUE_FULL: Duration = Duration::from_millis(10);

/// How long a row waits for its schema's id, unless the id comes first.
const SCHEMA_WAIT: Duration = Duration::from_secs(30);

/// The fate of one record.
pub(super) struct Delivered {
    id: i64,
    row: Arc<Encoded>,
    sent_at: Duration,
    result: Result<Acknowledged, ProducerError>,
}

impl LeaseSession<'_> {
    /// Sends every row whose turn it is; asks before each whether the lease still holds.
    pub(super) fn send_ready(&mut self) {
        let now = self.now();
        if self.stop_by.is_some() || self.paused_until.is_some_and(|until| now < until) {
            return;
        }
        self.paused_until = None;
        if let Err(error) = self.relay.producers.rebuild_broken() {
            tracing::error!(%error, "cannot rebuild the producer, trying on");
            self.paused_until = Some(now + full_jitter(5));
        }
        while self.may_send() && self.held.holds() {
            match self.schedule.queues.next(now) {
                Some(sending) => self.send(sending),
                None => return,
            }
        }
    }

    fn send(&mut self, sending: Sending<Arc<Encoded>>) {
        let Sending { id, payload: row, .. } = sending;
        let Some(schema_id) = self.schema_id(&row) else {
            let later = self.now() + SCHEMA_WAIT;
            self.schedule.queues.failed(id, Failure::Outage, |_| later);
            return;
        };
        let record = row.record(schema_id);
        let span = send_span(id, &row);
        let sent_at = self.now();
        match span.in_scope(|| self.relay.producers.enqueue(&record)) {
            Ok(delivery) => {
                let delivered = async move {
                    Delivered {
                        id,
                        row,
                        sent_at,
                        result: delivery.await,
                    }
                };
                self.deliveries.push(Box::pin(delivered.instrument(span)));
            }
            Err(error) => self.undelivered(id, &row, &error),
        }
    }

    fn schema_id(&mut self, row: &Encoded) -> Option<SchemaId> {
        // The table's CHECK allows 32 bytes only.
        let fingerprint = row.fingerprint.as_slice().try_into().ok()?;
        self.schema_ids.get(SchemaKey {
            subject: row.subject(),
            fingerprint,
        })
    }

    pub(super) fn delivered(&mut self, delivered: Delivered) {
        let now = self.now();
        self.paused_until = None;
        match delivered.result {
            // Here and nowhere else a row becomes one to delete: the broker has it.
            Ok(_) => {
                self.schedule.acknowledged(delivered.id, now);
                let after = now.saturating_sub(delivered.sent_at);
                metrics::acknowledged(&delivered.row.topic, after);
            }
            Err(error) => self.undelivered(delivered.id, &delivered.row, &error),
        }
    }

    fn undelivered(&mut self, id: i64, row: &Encoded, error: &ProducerError) {
        let now = self.now();
        metrics::failed(&row.topic, error.kind());
        let failure = match error.kind() {
            FailureKind::QueueFull => {
                self.schedule.queues.returned(id);
                self.paused_until = Some(now + QUEUE_FULL);
                return;
            }
            FailureKind::Record => Failure::Record,
            FailureKind::Outage | FailureKind::Purged | FailureKind::Fatal => Failure::Outage,
        };
        let retry_at = |tries| now + full_jitter(tries);
        match self.schedule.queues.failed(id, failure, retry_at) {
            AfterFailure::Retried => {
                // All rows of a topic fail for the same reason, and each with every try.
                let reason = format!("{} {error}", row.topic);
                if let Some(left_out) = self.relay.failures.pass(&reason) {
                    let topic = &row.topic;
                    tracing::warn!(%error, outbox.id = id, topic, left_out, "record not delivered, trying again");
                }
            }
            AfterFailure::Parked(lane) => self.park(lane, id, row, error),
        }
    }

    fn park(&mut self, lane: Lane, id: i64, row: &Encoded, error: &ProducerError) {
        const REFUSED: &str = "the broker refuses a record for good, what its source writes under its key is parked: \
                               see `taskctl outbox list`, and `taskctl outbox retry` once the cause is removed";
        if self.relay.told_parked.is_new(&lane) {
            tracing::error!(
                %error, outbox.id = id, event.id = %row.event_id, topic = row.topic, key = row.key, "{REFUSED}"
            );
        } else {
            tracing::warn!(
                %error, outbox.id = id, topic = row.topic, key = row.key, "still refused, the lane is parked again"
            );
        }
        self.urgent_jobs.push(Job::Park(Park {
            lane,
            id,
            error: error.to_string(),
        }));
    }
}

/// The span of one record, from here to the broker's answer, in the trace of the request that made the change.
fn send_span(id: i64, row: &Encoded) -> tracing::Span {
    let span = tracing::info_span!(
        "outbox send",
        otel.kind = "producer",
        messaging.destination.name = row.topic,
        messaging.message.id = %row.event_id,
        outbox.id = id,
    );
    if let Some(traceparent) = &row.traceparent {
        service_kit::trace::set_parent(&span, traceparent);
    }
    span
}
