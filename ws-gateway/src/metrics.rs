//! Every metric of the gateway, once.

use std::sync::LazyLock;
use std::time::Duration;

use opentelemetry::KeyValue;
use opentelemetry::metrics::{Counter, Gauge, Histogram, UpDownCounter};
use service_kit::telemetry::{LATENCY_BUCKETS, meter};

static OPEN_SOCKETS: LazyLock<UpDownCounter<i64>> = LazyLock::new(|| {
    meter()
        .i64_up_down_counter("taskwire_ws_gateway_open_sockets")
        .with_description("sockets that are connected")
        .build()
});

static PUSHED: LazyLock<Counter<u64>> = LazyLock::new(|| {
    meter()
        .u64_counter("taskwire_ws_gateway_pushed_events")
        .with_description("events written to sockets")
        .build()
});

static COMMIT_TO_PUSH: LazyLock<Histogram<f64>> = LazyLock::new(|| {
    meter()
        .f64_histogram("taskwire_ws_gateway_commit_to_push_seconds")
        .with_description("time from the change to its event being written to a socket")
        .with_boundaries(LATENCY_BUCKETS.to_vec())
        .build()
});

static CLOSES: LazyLock<Counter<u64>> = LazyLock::new(|| {
    meter()
        .u64_counter("taskwire_ws_gateway_closes")
        .with_description("sockets that ended, by close code")
        .build()
});

static REFUSED: LazyLock<Counter<u64>> = LazyLock::new(|| {
    meter()
        .u64_counter("taskwire_ws_gateway_refused_handshakes")
        .with_description("handshakes refused, by HTTP status")
        .build()
});

static RECORDS: LazyLock<Counter<u64>> = LazyLock::new(|| {
    meter()
        .u64_counter("taskwire_ws_gateway_feed_records")
        .with_description("records of task-updates, by what became of them")
        .build()
});

/// What is done about a gap.
pub const READ_AGAIN: &str = "read again";
pub const PASSED_OVER: &str = "passed over";

static FEED_GAPS: LazyLock<Counter<u64>> = LazyLock::new(|| {
    meter()
        .u64_counter("taskwire_ws_gateway_feed_gaps")
        .with_description(
            "records of task-updates that were not the next one of their partition, by what was done",
        )
        .build()
});

static FEED_STALLS: LazyLock<Counter<u64>> = LazyLock::new(|| {
    meter()
        .u64_counter("taskwire_ws_gateway_feed_stalls")
        .with_description(
            "new assignments of task-updates because nothing was delivered although there was more",
        )
        .build()
});

static RECOVERIES: LazyLock<Counter<u64>> = LazyLock::new(|| {
    meter()
        .u64_counter("taskwire_ws_gateway_recoveries")
        .with_description("streams of sockets that came back, by success")
        .build()
});

static WINDOW_BYTES: LazyLock<Gauge<u64>> = LazyLock::new(|| {
    meter()
        .u64_gauge("taskwire_ws_gateway_window_bytes")
        .with_description("memory held for sockets that come back")
        .build()
});

static UNREAD_BYTES: LazyLock<Gauge<u64>> = LazyLock::new(|| {
    meter()
        .u64_gauge("taskwire_ws_gateway_unread_bytes")
        .with_description("what all sockets together have not read yet, at most ALL_SOCKETS_BYTES")
        .build()
});

static FEED_QUEUE_BYTES: LazyLock<Gauge<u64>> = LazyLock::new(|| {
    meter()
        .u64_gauge("taskwire_ws_gateway_feed_queue_bytes")
        .with_description("memory of updates that are read and not decoded yet, at most FEED_BYTES")
        .build()
});

pub fn socket_opened() {
    OPEN_SOCKETS.add(1, &[]);
}

pub fn socket_closed() {
    OPEN_SOCKETS.add(-1, &[]);
}

/// An event was written to a socket; live ones tell how long they took.
pub fn pushed(latency: Option<Duration>) {
    PUSHED.add(1, &[]);
    if let Some(latency) = latency {
        COMMIT_TO_PUSH.record(latency.as_secs_f64(), &[]);
    }
}

/// A socket ended: with our code, or 0 when the peer just went.
pub fn closed(code: u16) {
    CLOSES.add(1, &[KeyValue::new("code", i64::from(code))]);
}

pub fn refused(status: u16) {
    REFUSED.add(1, &[KeyValue::new("status", i64::from(status))]);
}

pub fn record(result: &'static str) {
    RECORDS.add(1, &[KeyValue::new("result", result)]);
}

/// What an alarm watches is there at zero before it rises.
pub fn begin() {
    for done in [READ_AGAIN, PASSED_OVER] {
        FEED_GAPS.add(0, &[KeyValue::new("done", done)]);
    }
    FEED_STALLS.add(0, &[]);
}

/// A record was not the next one.
pub fn feed_gap(done: &'static str) {
    FEED_GAPS.add(1, &[KeyValue::new("done", done)]);
}

/// The broker's client delivered nothing although there was more.
pub fn feed_stalled() {
    FEED_STALLS.add(1, &[]);
}

/// A socket came back.
pub fn recovery(recovered: bool) {
    RECOVERIES.add(1, &[KeyValue::new("recovered", recovered)]);
}

pub fn window_bytes(bytes: usize) {
    gauge(&WINDOW_BYTES, bytes);
}

pub fn unread_bytes(bytes: usize) {
    gauge(&UNREAD_BYTES, bytes);
}

pub fn feed_queue_bytes(bytes: usize) {
    gauge(&FEED_QUEUE_BYTES, bytes);
}

fn gauge(gauge: &Gauge<u64>, bytes: usize) {
    gauge.record(u64::try_from(bytes).unwrap_or(u64::MAX), &[]);
}
