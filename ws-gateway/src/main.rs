//! `ws-gateway`: the frame around its start.

use std::process::ExitCode;

use service_kit::frame;
use ws_gateway::startup::{SERVICE, start};

#[tokio::main]
async fn main() -> ExitCode {
    shared_events::codec::avro::cap_allocation();
    frame::run(SERVICE, start).await
}
