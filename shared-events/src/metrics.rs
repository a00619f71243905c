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
    /// Seconds from the broker's append to the end of the effect's transaction, by `group` and `topic`.
    pub delay: Histogram<f64>,
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
        delay: meter
            .f64_histogram("taskwire_consumer_delay_seconds")
            .with_description("from the broker's append to the end of the effect's transaction")
            .with_boundaries(vec![0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0, 30.0])
            .build(),
    }
});

/// A label.
#[must_use]
pub fn label(key: &'static str, value: impl Into<opentelemetry::Value>) -> KeyValue {
    KeyValue::new(key, value.into())
}
