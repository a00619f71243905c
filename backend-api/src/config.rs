//! The configuration, read once at the start.

use std::net::SocketAddr;

use clap::Parser;
use service_kit::frame::{CallerArgs, Configuration, ProcessArgs};
use service_kit::pg::PgArgs;
use shared_events::kafka::KafkaArgs;

/// Serves tasks over REST, relays the outbox to the broker and applies task-commands.
#[derive(Debug, Clone, Parser)]
#[command(name = "backend-api", version)]
pub struct Config {
    /// Where the API is served; port 0 takes a free one
    #[arg(long, env = "LISTEN_ADDR", default_value = "127.0.0.1:8080")]
    pub listen_addr: SocketAddr,

    /// Where health and metrics are served; port 0 takes a free one
    #[arg(long, env = "ADMIN_ADDR", default_value = "127.0.0.1:9080")]
    pub admin_addr: SocketAddr,

    #[command(flatten)]
    pub pg: PgArgs,

    #[command(flatten)]
    pub kafka: KafkaArgs,

    /// So many copies of each topic instead of the declared number; 1 for a broker that is meant to be alone
    #[arg(long, env = "REPLICATION_OVERRIDE", value_name = "COPIES", value_parser = clap::value_parser!(i32).range(1..))]
    pub replication_override: Option<i32>,

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
