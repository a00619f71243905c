//! Every metric of this crate, named once.

use std::sync::LazyLock;

use opentelemetry::KeyValue;
use opentelemetry::metrics::{Counter, Gauge, Histogram};

/// Instruments of the consumer runtime.
#[derive(Debug)]
pub struct ConsumerMetrics {
    /// Records finished, by `group`, `topic` and `outcome` (applied, superseded, skipped, dead_lettered).
    pub records: Counter<u64>,
    /// Attempts that failed for a reason outside the record, by `group` and `topic`.
    pub outages: Counter<u64>,
    /// 1 while a partition is stopped and waits for an operator, by `group`, `topic` and `partition`.
    pub stopped: Gauge<u64>,
}

/// The consumer runtime's instruments.
pub static CONSUMER: LazyLock<ConsumerMetrics> = LazyLock::new(|| {
    let meter = service_kit::telemetry::meter();
    ConsumerMetrics {
        records: meter
            .u64_counter("taskwire_consumer_records")
            .with_description("records finished, by group, topic and outcome")
            .build(),
        outages: meter
            .u64_counter("taskwire_consumer_outages")
            .with_description("attempts that failed for a reason outside the record")
            .build(),
        stopped: meter
            .u64_gauge("taskwire_consumer_partition_stopped")
            .with_description("1 while a partition is stopped and waits for an operator")
            .build(),
    }
});

/// Instruments of the outbox relay.
#[derive(Debug)]
pub struct RelayMetrics {
    /// 1 while this replica holds the lease.
    pub leading: Gauge<u64>,
    /// Rows that wait to be published, counted up to 100,000.
    pub pending: Gauge<u64>,
    /// Age of the oldest of them.
    pub oldest: Gauge<f64>,
    /// Keys set aside for a record that cannot be published.
    pub parked: Gauge<u64>,
    /// Rows held in memory: waiting, in flight, or to be deleted.
    pub in_memory: Gauge<u64>,
    /// Records the broker acknowledged, by `topic`.
    pub published: Counter<u64>,
    /// Records that were not acknowledged, by `topic` and `kind`.
    pub failures: Counter<u64>,
    /// Seconds from the producer to the acknowledgement, by `topic`.
    pub acknowledged_after: Histogram<f64>,
}

/// The relay's instruments.
pub static RELAY: LazyLock<RelayMetrics> = LazyLock::new(|| {
    let meter = service_kit::telemetry::meter();
    RelayMetrics {
        leading: meter
            .u64_gauge("taskwire_outbox_relay_leading")
            .with_description("1 while this replica holds the relay's lease")
            .build(),
        pending: meter
            .u64_gauge("taskwire_outbox_pending_rows")
            .with_description("rows that wait to be published, counted up to 100000")
            .build(),
        oldest: meter
            .f64_gauge("taskwire_outbox_oldest_pending_seconds")
            .with_description("age of the oldest row that waits to be published")
            .build(),
        parked: meter
            .u64_gauge("taskwire_outbox_parked_keys")
            .with_description("keys set aside for a record that cannot be published; alarm unless 0")
            .build(),
        in_memory: meter
            .u64_gauge("taskwire_outbox_relay_rows_in_memory")
            .with_description("rows the relay holds: waiting, in flight, or to be deleted")
            .build(),
        published: meter
            .u64_counter("taskwire_outbox_published")
            .with_description("records the broker acknowledged")
            .build(),
        failures: meter
            .u64_counter("taskwire_outbox_publish_failures")
            .with_description("records that were not acknowledged, by topic and kind of failure")
            .build(),
        acknowledged_after: meter
            .f64_histogram("taskwire_outbox_acknowledged_seconds")
            .with_description("from handing a record to the producer to the broker's acknowledgement")
            .with_boundaries(vec![
                0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0, 30.0,
            ])
            .build(),
    }
});

/// A label.
#[must_use]
pub fn label(key: &'static str, value: impl Into<opentelemetry::Value>) -> KeyValue {
    KeyValue::new(key, value.into())
}
