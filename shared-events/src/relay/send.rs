//! From a row whose turn it is to the broker's answer, and what that answer makes of the row.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use tracing::Span;

use super::database::{Job, Park};
use super::metrics;
use super::order::{AfterFailure, Failure, Sending};
use super::schema_ids::SchemaKey;
use super::session::{LeaseSession, full_jitter};
use crate::codec::wire::SchemaId;
use crate::outbox::{Encoded, Lane};
use crate::producer::{Acknowledged, ClientNumber, FailureKind, ProducerError, Report};

/// How long sending pauses when the producer's queue is full, unless an acknowledgement comes first.
const QUEUE_FULL: Duration = Duration::from_millis(10);

/// How long a row waits for its schema's id, unless the id comes first.
const SCHEMA_WAIT: Duration = Duration::from_secs(30);

/// A record that was handed to a producer.
pub(super) struct Sent {
    id: i64,
    row: Arc<Encoded>,
    at: Duration,
    client: ClientNumber,
    /// Ends with the broker's answer.
    _span: Span,
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
        let Sending {
            id,
            payload: row,
            is_backlog,
        } = sending;
        let Some(schema_id) = self.schema_id(&row) else {
            let later = self.now() + SCHEMA_WAIT;
            self.schedule.queues.failed(id, Failure::Outage, |_| later);
            return;
        };
        let record = row.record(schema_id);
        let span = send_span(id, &row);
        let at = self.now();
        let tag = self.relay.tags.fetch_add(1, Ordering::Relaxed);
        match span.in_scope(|| self.relay.producers.enqueue(&record, tag, is_backlog)) {
            Ok(client) => {
                let sent = Sent {
                    id,
                    row,
                    at,
                    client,
                    _span: span,
                };
                self.sent.insert(tag, sent);
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

    /// Brings every record that was reported to its end. One that an earlier lease sent is not known here.
    pub(super) fn take_reports(&mut self) {
        for report in std::mem::take(&mut self.reported) {
            match report {
                Report::Ended { tag, outcome } => {
                    if let Some(sent) = self.sent.remove(&tag) {
                        self.ended(&sent, outcome);
                    }
                }
                Report::Gone(client) => self.abandon(client),
            }
        }
    }

    /// What this client has not reported it never will.
    fn abandon(&mut self, client: ClientNumber) {
        let abandoned: Vec<Sent> = self
            .sent
            .extract_if(|_, sent| sent.client == client)
            .map(|(_, sent)| sent)
            .collect();
        for sent in abandoned {
            self.ended(&sent, Err(ProducerError::Abandoned));
        }
    }

    fn ended(&mut self, sent: &Sent, outcome: Result<Acknowledged, ProducerError>) {
        let now = self.now();
        self.paused_until = None;
        match outcome {
            // Here and nowhere else a row becomes one to delete: the broker has it.
            Ok(_) => {
                self.schedule.acknowledged(sent.id, now);
                metrics::acknowledged(&sent.row.topic, now.saturating_sub(sent.at));
            }
            Err(error) => self.undelivered(sent.id, &sent.row, &error),
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
fn send_span(id: i64, row: &Encoded) -> Span {
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
