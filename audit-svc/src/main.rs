//! `audit-svc`: the frame around its start.

use std::process::ExitCode;

use audit_svc::startup::{SERVICE, start};
use service_kit::frame;

#[tokio::main]
async fn main() -> ExitCode {
    shared_events::codec::avro::cap_allocation();
    frame::run(SERVICE, start).await
}
