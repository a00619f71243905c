//! Logs, traces and metrics of a process: one call at its start, one flush at its end.

use std::io::IsTerminal;
use std::sync::{LazyLock, Once};
use std::time::Duration;

use clap::{Args, ValueEnum};
use opentelemetry::metrics::{Meter, MeterProvider};
use opentelemetry::trace::TracerProvider;
use opentelemetry::{KeyValue, global};
use opentelemetry_otlp::WithExportConfig;
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::metrics::SdkMeterProvider;
use opentelemetry_sdk::propagation::TraceContextPropagator;
use opentelemetry_sdk::trace::SdkTracerProvider;
use prometheus::{Encoder, Registry, TextEncoder};
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::registry::LookupSpan;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{EnvFilter, Layer};

/// Upper bounds, in seconds, for histograms of latency: fine around the aims of 20 and 100 ms.
pub const LATENCY_BUCKETS: [f64; 16] = [
    0.001, 0.002, 0.005, 0.01, 0.015, 0.02, 0.03, 0.05, 0.075, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0, 60.0,
];

/// Everything from info up, without what actix says of its workers and sockets at each start.
const DEFAULT_FILTER: &str = "info,actix_server=warn";

const EXPORT_TIMEOUT: Duration = Duration::from_secs(5);

/// What is logged, how, and where traces go.
#[derive(Debug, Clone, Args)]
pub struct TelemetryArgs {
    /// Log filter, as in `info,rdkafka=warn`
    #[arg(long, env = "LOG", default_value = DEFAULT_FILTER, value_parser = parse_filter)]
    pub log: String,

    /// Log format; auto is pretty on a terminal and JSON elsewhere
    #[arg(long, env = "LOG_FORMAT", default_value = "auto")]
    pub log_format: LogFormat,

    /// Where traces are sent as OTLP over HTTP, as in http://collector:4318 [default: nowhere]
    #[arg(long, env = "OTEL_EXPORTER_OTLP_ENDPOINT", value_parser = parse_endpoint)]
    pub otel_exporter_otlp_endpoint: Option<url::Url>,
}

/// How log lines look.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
    /// Pretty on a terminal, JSON elsewhere.
    Auto,
    /// One JSON object a line.
    Json,
    /// For people.
    Pretty,
}

/// Why telemetry could not be started.
#[derive(Debug, thiserror::Error)]
pub enum TelemetryError {
    /// The OTLP exporter could not be built.
    #[error("cannot build the trace exporter for OTEL_EXPORTER_OTLP_ENDPOINT: {0}")]
    Exporter(#[from] opentelemetry_otlp::ExporterBuildError),
    /// Something else has installed a subscriber.
    #[error("telemetry is already installed in this process: {0}")]
    AlreadyInstalled(#[from] tracing_subscriber::util::TryInitError),
}

/// Installs logging, tracing and the metrics of this process.
///
/// Trace ids exist, and travel, with or without an exporter. The `log` crate is bridged: rdkafka logs there.
pub fn init(
    args: &TelemetryArgs,
    service: &'static str,
    instance: &str,
) -> Result<TelemetryGuard, TelemetryError> {
    global::set_text_map_propagator(TraceContextPropagator::new());
    global::set_meter_provider(METRICS.provider.clone());
    let traces = tracer_provider(args, service, instance)?;
    let guard = TelemetryGuard {
        traces: traces.clone(),
    };
    tracing_subscriber::registry()
        .with(log_layer(args.log_format).with_filter(filter(&args.log)))
        .with(trace_layer(&traces, service))
        .try_init()?;
    Ok(guard)
}

/// What is logged. actix reports as an error each client that sends what is no HTTP, or goes away, and sqlx's pool each
/// connection that is refused until a start of Postgres is confirmed: the one is nothing that is wrong here, the other
/// is told by whoever asked for the connection, and by readiness. Who wants to see them names the target.
fn filter(log: &str) -> EnvFilter {
    EnvFilter::try_new(format!(
        "actix_http::h1::dispatcher=off,sqlx_core::pool::inner=off,{log}"
    ))
    .unwrap_or_else(|_| EnvFilter::new("info"))
}

/// Flushes what is not yet exported when it is dropped or shut down.
#[derive(Debug)]
#[must_use = "dropping the guard ends the export of traces"]
pub struct TelemetryGuard {
    traces: SdkTracerProvider,
}

impl TelemetryGuard {
    /// Flushes and ends the export; the same happens on drop.
    pub fn shutdown(self) {}
}

impl Drop for TelemetryGuard {
    fn drop(&mut self) {
        if let Err(error) = self.traces.shutdown_with_timeout(EXPORT_TIMEOUT) {
            tracing::warn!(%error, "could not flush all traces");
        }
    }
}

/// Where instruments are made; they may be made before [`init`].
#[must_use]
pub fn meter() -> Meter {
    METRICS.provider.meter("taskwire")
}

/// All metrics of this process in the Prometheus text format.
#[must_use]
pub fn prometheus_text() -> String {
    let mut text = Vec::new();
    if let Err(error) = TextEncoder::new().encode(&METRICS.registry.gather(), &mut text) {
        tracing::error!(%error, "cannot encode the metrics");
    }
    String::from_utf8(text).unwrap_or_default()
}

struct Metrics {
    registry: Registry,
    provider: SdkMeterProvider,
}

static METRICS: LazyLock<Metrics> = LazyLock::new(|| {
    let registry = Registry::new();
    let exporter = opentelemetry_prometheus::exporter()
        .with_registry(registry.clone())
        .scope_info_enabled(false)
        .without_target_info()
        .build();
    let builder = SdkMeterProvider::builder();
    let provider = match exporter {
        Ok(exporter) => builder.with_reader(exporter).build(),
        Err(_) => builder.build(),
    };
    install_process_metrics(&provider);
    Metrics { registry, provider }
});

fn install_process_metrics(provider: &SdkMeterProvider) {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let _gauge = provider
            .meter("taskwire")
            .u64_observable_gauge("process_resident_memory_bytes")
            .with_description("resident memory of this process")
            .with_callback(|observer| {
                if let Some(bytes) = resident_memory() {
                    observer.observe(bytes, &[]);
                }
            })
            .build();
    });
}

fn resident_memory() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmRSS:"))?;
    let kilobytes: u64 = line.split_whitespace().nth(1)?.parse().ok()?;
    Some(kilobytes * 1024)
}

fn tracer_provider(
    args: &TelemetryArgs,
    service: &'static str,
    instance: &str,
) -> Result<SdkTracerProvider, TelemetryError> {
    let resource = Resource::builder()
        .with_service_name(service)
        .with_attribute(KeyValue::new("service.instance.id", instance.to_owned()))
        .build();
    let builder = SdkTracerProvider::builder().with_resource(resource);
    let Some(endpoint) = &args.otel_exporter_otlp_endpoint else {
        return Ok(builder.build());
    };
    let exporter = opentelemetry_otlp::SpanExporter::builder()
        .with_http()
        .with_endpoint(format!("{}/v1/traces", endpoint.as_str().trim_end_matches('/')))
        .with_timeout(EXPORT_TIMEOUT)
        .build()?;
    Ok(builder.with_batch_exporter(exporter).build())
}

fn log_layer<S>(format: LogFormat) -> Box<dyn Layer<S> + Send + Sync>
where
    S: tracing::Subscriber + for<'span> LookupSpan<'span>,
{
    let pretty = match format {
        LogFormat::Auto => std::io::stdout().is_terminal(),
        LogFormat::Json => false,
        LogFormat::Pretty => true,
    };
    if pretty {
        tracing_subscriber::fmt::layer().boxed()
    } else {
        tracing_subscriber::fmt::layer()
            .json()
            .flatten_event(true)
            .with_span_list(false)
            .boxed()
    }
}

/// Spans are recorded whatever the log filter says, so that trace ids do not depend on it.
fn trace_layer<S>(traces: &SdkTracerProvider, service: &'static str) -> impl Layer<S>
where
    S: tracing::Subscriber + for<'span> LookupSpan<'span>,
{
    let spans = Targets::new()
        .with_default(LevelFilter::INFO)
        // The exporter's own client must not trace itself.
        .with_targets([
            ("hyper", LevelFilter::OFF),
            ("hyper_util", LevelFilter::OFF),
            ("h2", LevelFilter::OFF),
        ]);
    tracing_opentelemetry::layer()
        .with_tracer(traces.tracer(service))
        .with_filter(spans)
}

fn parse_filter(value: &str) -> Result<String, String> {
    EnvFilter::try_new(value)
        .map(|_| value.to_owned())
        .map_err(|error| error.to_string())
}

fn parse_endpoint(value: &str) -> Result<url::Url, String> {
    let url: url::Url = value
        .parse()
        .map_err(|error: url::ParseError| error.to_string())?;
    match url.scheme() {
        "http" | "https" => Ok(url),
        other => Err(format!("the scheme must be http or https, not {other}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instruments_appear_in_the_prometheus_text() {
        meter()
            .u64_counter("kit_test_things")
            .with_description("things seen")
            .build()
            .add(3, &[]);
        let text = prometheus_text();
        assert!(text.contains("kit_test_things_total 3"), "{text}");
        assert!(text.contains("process_resident_memory_bytes "), "{text}");
    }

    #[test]
    fn latency_buckets_are_usable_as_boundaries() {
        let histogram = meter()
            .f64_histogram("kit_test_latency_seconds")
            .with_boundaries(LATENCY_BUCKETS.to_vec())
            .build();
        histogram.record(0.018, &[]);
        assert!(prometheus_text().contains(r#"kit_test_latency_seconds_bucket{le="0.02"} 1"#));
    }

    #[test]
    fn a_wrong_filter_or_endpoint_is_refused() {
        assert_eq!(parse_filter(DEFAULT_FILTER).as_deref(), Ok(DEFAULT_FILTER));
        assert!(parse_filter("info,=,").is_err());
        assert!(parse_endpoint("collector:4318").is_err());
        assert!(parse_endpoint("http://collector:4318").is_ok());
    }

    #[test]
    fn a_client_that_sends_no_http_is_no_error_of_ours() {
        let subscriber = |log| tracing_subscriber::registry().with(filter(log));
        tracing::subscriber::with_default(subscriber("info"), || {
            assert!(!tracing::enabled!(target: "actix_http::h1::dispatcher", tracing::Level::ERROR));
            assert!(!tracing::enabled!(target: "sqlx_core::pool::inner", tracing::Level::ERROR));
            assert!(tracing::enabled!(target: "actix_http::h1", tracing::Level::ERROR));
        });
        tracing::subscriber::with_default(subscriber("actix_http::h1::dispatcher=info"), || {
            assert!(tracing::enabled!(target: "actix_http::h1::dispatcher", tracing::Level::ERROR));
        });
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn spans_are_sent_to_the_collector_when_one_is_configured() {
        use opentelemetry::trace::{Span, Tracer};
        let collector = wiremock::MockServer::start().await;
        let accepts = wiremock::matchers::path("/v1/traces");
        let answer = wiremock::ResponseTemplate::new(200);
        wiremock::Mock::given(accepts)
            .respond_with(answer)
            .expect(1)
            .mount(&collector)
            .await;
        let args = TelemetryArgs {
            log: "info".to_owned(),
            log_format: LogFormat::Json,
            otel_exporter_otlp_endpoint: Some(collector.uri().parse().expect("a url")),
        };
        let traces = tracer_provider(&args, "kit-test", "kit-test-1").expect("an exporter");
        traces.tracer("test").start("work").end();
        drop(TelemetryGuard { traces });
        collector.verify().await;
    }
}
