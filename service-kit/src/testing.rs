//! What integration tests of every service need: throw-away databases, a token issuer, and the documents.

#![expect(missing_docs, reason = "the names say it")]

mod database;
mod document;
mod issuer;
mod openapi;
#[cfg(target_os = "linux")]
mod servers;

use std::sync::Once;

use opentelemetry::trace::TracerProvider;
use opentelemetry_sdk::trace::SdkTracerProvider;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

pub use database::{Database, Migrations};
pub use document::{Document, pretty};
pub use issuer::TestIssuer;
pub use openapi::{expect_kept_openapi, expect_valid_openapi};
#[cfg(target_os = "linux")]
pub use servers::PostgresServers;

/// Installs tracing once for all tests of a binary, so that trace ids exist; nothing is printed.
pub fn telemetry() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let provider = SdkTracerProvider::builder().build();
        let layer = tracing_opentelemetry::layer().with_tracer(provider.tracer("test"));
        let installed = tracing_subscriber::registry().with(layer).try_init();
        installed.expect("no other subscriber in this test binary");
    });
}
