//! The configuration, read once at the start.

use std::net::SocketAddr;

use clap::Parser;
use service_kit::frame::{Configuration, ProcessArgs};
use shared_events::kafka::KafkaArgs;

/// Commands the next occurrence of a recurring task when one is completed, skipped or deleted.
#[derive(Debug, Clone, Parser)]
#[command(name = "recurring-svc", version)]
pub struct Config {
    /// Where health and metrics are served; port 0 takes a free one
    #[arg(long, env = "ADMIN_ADDR", default_value = "127.0.0.1:9084")]
    pub admin_addr: SocketAddr,

    #[command(flatten)]
    pub kafka: KafkaArgs,

    #[command(flatten)]
    pub process: ProcessArgs,
}

impl Configuration for Config {
    fn process(&self) -> &ProcessArgs {
        &self.process
    }
}
