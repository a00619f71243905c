//! One span and one measurement per request.

use std::sync::LazyLock;
use std::time::{Duration, Instant};

use actix_web::Error;
use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::Method;
use actix_web::middleware::Next;
use opentelemetry::KeyValue;
use opentelemetry::metrics::Histogram;
use tracing::field::Empty;
use tracing::{Instrument, Span};

use crate::{telemetry, trace as w3c};

static DURATION: LazyLock<Histogram<f64>> = LazyLock::new(|| {
    telemetry::meter()
        .f64_histogram("http_server_request_duration_seconds")
        .with_description("time from a request to its response")
        .with_boundaries(telemetry::LATENCY_BUCKETS.to_vec())
        .build()
});

/// A middleware for `App::wrap(from_fn(trace))`: a span per request, continuing the caller's `traceparent`.
pub async fn trace(
    request: ServiceRequest,
    next: Next<impl MessageBody>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    let began = Instant::now();
    let method = known_method(request.method());
    let route = request.match_pattern().unwrap_or_else(|| "(no route)".to_owned());
    let span = request_span(&request, method, &route);
    let result = next.call(request).instrument(span.clone()).await;
    let status = match &result {
        Ok(response) => response.status(),
        Err(error) => error.as_response_error().status_code(),
    };
    finish(&span, method, route, status.as_u16(), began.elapsed());
    result
}

/// Clients may send any method; metrics keep to these.
fn known_method(method: &Method) -> &'static str {
    const KNOWN: [&str; 7] = ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"];
    KNOWN
        .iter()
        .find(|known| **known == method.as_str())
        .copied()
        .unwrap_or("OTHER")
}

fn request_span(request: &ServiceRequest, method: &str, route: &str) -> Span {
    let span = tracing::info_span!(
        "http.request",
        otel.name = %format_args!("{method} {route}"),
        otel.kind = "server",
        http.request.method = method,
        http.route = route,
        http.response.status_code = Empty,
        otel.status_code = Empty,
    );
    let parent = request
        .headers()
        .get(w3c::TRACEPARENT)
        .and_then(|value| value.to_str().ok());
    if let Some(parent) = parent {
        w3c::set_parent(&span, parent);
    }
    span
}

fn finish(span: &Span, method: &'static str, route: String, status: u16, took: Duration) {
    span.record("http.response.status_code", status);
    if status >= 500 {
        span.record("otel.status_code", "error");
    }
    span.in_scope(|| {
        tracing::debug!(http.route = %route, http.response.status_code = status, took_ms = took.as_millis(), "request served");
    });
    DURATION.record(
        took.as_secs_f64(),
        &[
            KeyValue::new("method", method),
            KeyValue::new("route", route),
            KeyValue::new("status", i64::from(status)),
        ],
    );
}
