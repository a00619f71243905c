//! Every metric of this service, with its name in one place.

use std::sync::LazyLock;
use std::time::Duration;

use opentelemetry::KeyValue;
use opentelemetry::metrics::{Counter, Histogram};
use service_kit::telemetry::meter;

use crate::schedule::Settled;

static LATENESS: LazyLock<Histogram<f64>> = LazyLock::new(|| {
    meter()
        .f64_histogram("taskwire_notification_svc_reminder_lateness_seconds")
        .with_description("time from a reminder's fire_at to its firing, on the database's clock")
        .with_boundaries(vec![
            0.001, 0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 60.0, 600.0, 3_600.0,
        ])
        .build()
});

static REMINDERS: LazyLock<Counter<u64>> = LazyLock::new(|| {
    meter()
        .u64_counter("taskwire_notification_svc_reminders")
        .with_description("reminders that came due, by what became of them")
        .build()
});

static CALLS: LazyLock<Histogram<f64>> = LazyLock::new(|| {
    meter()
        .f64_histogram("taskwire_notification_svc_webhook_call_seconds")
        .with_description("duration of webhook calls, by outcome")
        .with_boundaries(vec![
            0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0,
        ])
        .build()
});

/// A reminder that came due was settled.
pub(crate) fn reminder_settled(settled: &Settled) {
    let outcome = match settled {
        Settled::Fired { late: false, .. } => "fired",
        Settled::Fired { late: true, .. } => "late",
        Settled::Repeated => "repeated",
        Settled::Retimed => "retimed",
        Settled::Suppressed => "suppressed",
        Settled::Postponed => "postponed",
    };
    REMINDERS.add(1, &[KeyValue::new("outcome", outcome)]);
    if let Settled::Fired { lateness, .. } = settled {
        LATENESS.record(lateness.to_std().unwrap_or_default().as_secs_f64(), &[]);
    }
}

/// A webhook call ended.
pub(crate) fn webhook_called(outcome: &'static str, took: Duration) {
    CALLS.record(took.as_secs_f64(), &[KeyValue::new("outcome", outcome)]);
}
