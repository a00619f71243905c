//! The configuration, read once at the start.

use std::net::SocketAddr;

use clap::Parser;
use service_kit::frame::{CallerArgs, Configuration, ProcessArgs};
use service_kit::pg::PgArgs;
use shared_events::kafka::KafkaArgs;

/// Keeps every event of Taskwire in an append-only log and answers what happened to a task.
#[derive(Debug, Clone, Parser)]
#[command(name = "audit-svc", version)]
pub struct Config {
    /// Where the API is served; port 0 takes a free one
    #[arg(long, env = "LISTEN_ADDR", default_value = "127.0.0.1:8082")]
    pub listen_addr: SocketAddr,

    /// Where health and metrics are served; port 0 takes a free one
    #[arg(long, env = "ADMIN_ADDR", default_value = "127.0.0.1:9082")]
    pub admin_addr: SocketAddr,

    #[command(flatten)]
    pub pg: PgArgs,

    #[command(flatten)]
    pub kafka: KafkaArgs,

    #[command(flatten)]
    pub callers: CallerArgs,

    #[command(flatten)]
    pub process: ProcessArgs,
}

impl Configuration for Config {
    fn process(&self) -> &ProcessArgs {
        &self.process
    }
}
