//! W3C Trace Context: the thread that joins a REST call to the socket message it causes.

use std::collections::HashMap;

use opentelemetry::propagation::TextMapPropagator;
use opentelemetry::trace::TraceContextExt;
use opentelemetry_sdk::propagation::TraceContextPropagator;
use tracing::Span;
use tracing_opentelemetry::OpenTelemetrySpanExt;

/// The header's name, in HTTP and in Kafka records alike.
pub const TRACEPARENT: &str = "traceparent";

/// The `traceparent` of the current span; `None` outside of any span or without telemetry.
#[must_use]
pub fn current_traceparent() -> Option<String> {
    traceparent_of(&Span::current())
}

/// The `traceparent` of a given span.
#[must_use]
pub fn traceparent_of(span: &Span) -> Option<String> {
    let context = span.context();
    context.span().span_context().is_valid().then_some(())?;
    let mut carrier = HashMap::new();
    TraceContextPropagator::new().inject_context(&context, &mut carrier);
    carrier.remove(TRACEPARENT)
}

/// Makes `span` a child of the remote span that `traceparent` names; anything malformed is ignored.
///
/// Must be called before the span is first entered.
pub fn set_parent(span: &Span, traceparent: &str) {
    let carrier = HashMap::from([(TRACEPARENT.to_owned(), traceparent.to_owned())]);
    let context = TraceContextPropagator::new().extract(&carrier);
    if context.span().span_context().is_valid() {
        // A span that is filtered out, or already started, keeps the parent it has.
        let _ = span.set_parent(context);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const REMOTE: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

    #[test]
    fn a_span_continues_the_trace_of_its_remote_parent() {
        crate::testing::telemetry();
        let span = tracing::info_span!("child");
        set_parent(&span, REMOTE);
        let traceparent = span.in_scope(current_traceparent).expect("a traceparent");
        assert!(
            traceparent.starts_with("00-0af7651916cd43dd8448eb211c80319c-"),
            "{traceparent}"
        );
        assert_ne!(traceparent, REMOTE);
    }

    #[test]
    fn a_malformed_parent_is_ignored() {
        crate::testing::telemetry();
        let span = tracing::info_span!("child");
        set_parent(&span, "00-not-a-trace");
        assert!(span.in_scope(current_traceparent).is_some());
    }
}
