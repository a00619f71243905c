//! The gateway's process: configuration, telemetry, build, run.

use std::{process::ExitCode, time::Duration};

use service_kit::{config, telemetry};
use ws_gateway::{config::Config, startup::Application};

/// Sockets are closed over five seconds; what is not done after twelve is left behind.
const DRAIN: Duration = Duration::from_secs(12);

#[tokio::main]
async fn main() -> ExitCode {
    shared_events::codec::avro::cap_allocation();
    let config: Config = config::parse();
    let _telemetry = match telemetry::init(&config.telemetry, "ws-gateway", &config.instance.instance) {
        Ok(guard) => guard,
        Err(error) => return config::report_failure(&error),
    };
    match Application::build(config).await {
        Ok(application) => application.run_until_stopped(DRAIN).await,
        Err(error) => config::report_failure(error.as_ref()),
    }
}
