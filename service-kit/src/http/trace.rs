//! One span and one measurement per request.

use std::sync::LazyLock;
use std::time::{Duration, Instant};

use actix_web::Error;
use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::Method;
use actix_web::http::header::{HeaderName, HeaderValue};
use actix_web::middleware::Next;
use opentelemetry::KeyValue;
use opentelemetry::metrics::Histogram;
use tracing::field::Empty;
use tracing::{Instrument, Span};
use uuid::Uuid;

use crate::{telemetry, trace as w3c};

static DURATION: LazyLock<Histogram<f64>> = LazyLock::new(|| {
    telemetry::meter()
        .f64_histogram("http_server_request_duration_seconds")
        .with_description("time from a request to its response")
        .with_boundaries(telemetry::LATENCY_BUCKETS.to_vec())
        .build()
});

/// What a request is called in answers and logs: the caller's name for it, or one of ours.
const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// The longest name of a caller that is taken over.
const MAX_REQUEST_ID: usize = 128;

/// A middleware for `App::wrap(from_fn(trace))`: a span per request, continuing the caller's `traceparent`, and a request id.
pub async fn trace(
    request: ServiceRequest,
    next: Next<impl MessageBody>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    let began = Instant::now();
    let method = known_method(request.method());
    let route = request.match_pattern().unwrap_or_else(|| "(no route)".to_owned());
    let request_id = request_id(&request);
    let span = request_span(&request, method, &route, &request_id);
    let mut result = next.call(request).instrument(span.clone()).await;
    if let Ok(response) = &mut result {
        response.headers_mut().insert(REQUEST_ID, request_id);
    }
    let status = match &result {
        Ok(response) => response.status(),
        Err(error) => error.as_response_error().status_code(),
    };
    finish(&span, method, route, status.as_u16(), began.elapsed());
    result
}

/// Visible ASCII alone is taken over, since it is written to logs.
fn request_id(request: &ServiceRequest) -> HeaderValue {
    let given = request.headers().get(REQUEST_ID).filter(|value| {
        let bytes = value.as_bytes();
        (1..=MAX_REQUEST_ID).contains(&bytes.len()) && bytes.iter().all(u8::is_ascii_graphic)
    });
    let ours =
        || HeaderValue::from_str(&Uuid::now_v7().to_string()).unwrap_or(HeaderValue::from_static("none"));
    given.cloned().unwrap_or_else(ours)
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

fn request_span(request: &ServiceRequest, method: &str, route: &str, request_id: &HeaderValue) -> Span {
    let span = tracing::info_span!(
        "http.request",
        otel.name = %format_args!("{method} {route}"),
        otel.kind = "server",
        http.request.method = method,
        http.route = route,
        request.id = request_id.to_str().unwrap_or_default(),
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
