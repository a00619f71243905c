//! `recurring-svc`: configuration, telemetry, build, run.

use std::process::ExitCode;

use recurring_svc::config::Config;
use recurring_svc::startup::{Application, SERVICE};
use service_kit::{config, telemetry};

#[tokio::main]
async fn main() -> anyhow::Result<ExitCode> {
    shared_events::codec::avro::cap_allocation();
    let config: Config = config::parse();
    let _telemetry = telemetry::init(&config.telemetry, SERVICE, &config.instance.instance)?;
    let application = Application::build(config)?;
    application.run_until_stopped().await
}
