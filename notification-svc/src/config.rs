//! The configuration: every field is a flag and an environment variable, described by `--help`.

use std::net::SocketAddr;

use clap::Parser;
use service_kit::frame::{CallerArgs, Configuration, ProcessArgs};
use service_kit::pg::PgArgs;
use shared_events::kafka::KafkaArgs;

use crate::domain::allow_list::AllowList;

/// Holds the reminder schedule, fires reminders when they are due, and delivers them to inbox and webhooks.
#[derive(Debug, Clone, Parser)]
#[command(name = "notification-svc", version)]
pub struct Config {
    /// Where the API is served; port 0 takes a free one
    #[arg(long, env = "LISTEN_ADDR", default_value = "127.0.0.1:8081")]
    pub listen_addr: SocketAddr,

    /// Where health and metrics are served; port 0 takes a free one
    #[arg(long, env = "ADMIN_ADDR", default_value = "127.0.0.1:9081")]
    pub admin_addr: SocketAddr,

    /// What webhooks may call although it is not HTTPS on the public Internet: networks like 10.0.0.0/8, hosts like
    /// hooks.internal or hooks.internal:8080, comma separated [default: nothing]
    #[arg(
        long,
        env = "WEBHOOK_ALLOW_LIST",
        default_value = "",
        hide_default_value = true
    )]
    pub webhook_allow_list: AllowList,

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
