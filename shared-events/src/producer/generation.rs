//! One librdkafka client: from its creation to the fatal error, the rebuild or the stop that ends it.

use std::sync::Arc;
use std::time::Duration;

use rdkafka::ClientConfig;
use rdkafka::message::{Header, OwnedHeaders};
use rdkafka::producer::{BaseRecord, Producer as _, PurgeConfig};
use tokio::sync::oneshot;
use tokio_util::sync::CancellationToken;

use super::client::Client;
use super::context::{Context, Reader, Signals};
use super::{ClientNumber, Delivery, Outgoing, ProducerError, Report, ReportSender, Unflushed};

/// One librdkafka instance, from its creation to the fatal error or purge that ends it.
pub(super) struct Generation {
    pub(super) number: u64,
    pub(super) client_number: ClientNumber,
    pub(super) signals: Arc<Signals>,
    client: Option<Client>,
    reports: Option<ReportSender>,
    gone: CancellationToken,
}

impl Generation {
    pub(super) fn start(
        config: &ClientConfig,
        reports: Option<ReportSender>,
        number: u64,
    ) -> Result<Self, ProducerError> {
        let signals = Arc::new(Signals::default());
        let context = Context::new(Arc::clone(&signals), reports.clone());
        let client = Client::start(config, context)?;
        Ok(Self {
            number,
            client_number: ClientNumber::next(),
            signals,
            client: Some(client),
            reports,
            gone: CancellationToken::new(),
        })
    }

    /// The callback may come late, and the library's own word may be asked for at any time.
    pub(super) fn is_broken(&self) -> bool {
        let fatal = |client: &Client| client.client().fatal_error().is_some();
        self.signals.is_fatal() || self.client.as_ref().is_some_and(fatal)
    }

    pub(super) fn enqueue(&self, record: &Outgoing) -> Result<Delivery, ProducerError> {
        let (report, outcome) = oneshot::channel();
        self.hand_over(record, Reader::Caller(report))?;
        let gone = Box::pin(self.gone.clone().cancelled_owned());
        Ok(Delivery { outcome, gone })
    }

    pub(super) fn hand_over(&self, record: &Outgoing, reader: Reader) -> Result<(), ProducerError> {
        let client = self.client.as_ref().ok_or(ProducerError::Abandoned)?;
        let mut message =
            BaseRecord::with_opaque_to(&record.topic, Box::new(reader)).headers(headers(record));
        message.key = record.key.as_deref();
        message.payload = record.payload.as_deref();
        client.send(message).map_err(|(error, _record)| {
            self.signals.note(&error);
            ProducerError::from(error)
        })
    }

    pub(super) fn purge(&self) {
        if let Some(client) = self.client.as_ref() {
            client.purge(PurgeConfig::default().queue().inflight().non_blocking());
        }
    }

    pub(super) fn cluster_id(&self, within: Duration) -> Option<String> {
        let client = self.client.as_ref()?;
        client.client().fetch_cluster_id(within)
    }

    pub(super) fn flush(&self, within: Duration) -> Unflushed {
        let Some(client) = self.client.as_ref() else {
            return Unflushed(0);
        };
        if client.flush(within).is_ok() {
            return Unflushed(0);
        }
        let left = usize::try_from(client.in_flight_count()).unwrap_or(0);
        tracing::warn!(
            producer.unflushed = left,
            "giving up on records the broker has not acknowledged"
        );
        client.purge(PurgeConfig::default().queue().inflight());
        Unflushed(left)
    }
}

impl Drop for Generation {
    /// Destroying a librdkafka client blocks, so it happens on a thread of its own: neither a worker of the runtime nor
    /// the end of the process waits for it.
    fn drop(&mut self) {
        let Some(client) = self.client.take() else { return };
        let (gone, reports, number) = (self.gone.clone(), self.reports.take(), self.client_number);
        let destroy = move || {
            drop(client);
            gone.cancel();
            // Whoever read the reports may be gone as well.
            reports.map(|reports| reports.send(Report::Gone(number)));
        };
        let thread = std::thread::Builder::new().name("kafka-destroy".to_owned());
        if let Err(error) = thread.spawn(destroy) {
            tracing::warn!(%error, "no thread to destroy a producer on");
        }
    }
}

impl std::fmt::Debug for Generation {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("Generation")
            .field("number", &self.number)
            .finish_non_exhaustive()
    }
}

fn headers(record: &Outgoing) -> OwnedHeaders {
    let empty = OwnedHeaders::new_with_capacity(record.headers.len());
    record.headers.iter().fold(empty, |headers, (key, value)| {
        headers.insert(Header {
            key,
            value: value.as_deref(),
        })
    })
}
