//! `notification-svc`: configuration, telemetry, build, run.

use std::process::ExitCode;

use notification_svc::config::Config;
use notification_svc::startup::{Application, SERVICE};
use service_kit::{config, telemetry};

#[tokio::main]
async fn main() -> anyhow::Result<ExitCode> {
    shared_events::codec::avro::cap_allocation();
    let config: Config = config::parse();
    let _telemetry = telemetry::init(&config.telemetry, SERVICE, &config.instance.instance)?;
    let application = Application::build(config).await?;
    application.run_until_stopped().await
}
