//! Puts the service together: the admin port, the producer of commands and the consumer.

use std::net::{SocketAddr, TcpListener};
use std::process::ExitCode;
use std::time::Duration;

use anyhow::Context as _;
use service_kit::health::Health;
use service_kit::lifecycle::Lifecycle;
use shared_events::codec::registry::Registry;
use shared_events::consumer::{self, CommandEffects, ConsumerConfig, ConsumerHealth};
use shared_events::producer::Producer;
use shared_events::topic::{Service, Topic};

use crate::config::Config;
use crate::handler::Successors;

/// The service's name everywhere.
pub const SERVICE: &str = Service::RecurringSvc.name();

/// The consumer group; another number reads everything again.
pub const GROUP: &str = "recurring-svc.successor.v1";

/// Less than the 15 s in which a stop must be over.
const DRAIN: Duration = Duration::from_secs(12);
/// A command that the broker does not take in this time is an outage: its record is read again.
const COMMAND_TIMEOUT_MS: u32 = 120_000;
/// Commands are few, and somebody waits for each.
const LINGER_MS: u32 = 0;

/// The service, its port bound and nothing running yet.
#[derive(Debug)]
pub struct Application {
    config: Config,
    admin: TcpListener,
    registry: Registry,
}

impl Application {
    /// Binds the port; neither broker nor registry need be there yet.
    pub fn build(config: Config) -> anyhow::Result<Self> {
        let registry = config.kafka.registry().context("REGISTRY_URL is not usable")?;
        let address = config.admin_addr;
        let admin = TcpListener::bind(address)
            .with_context(|| format!("cannot listen on {address}, which ADMIN_ADDR names"))?;
        Ok(Self {
            config,
            admin,
            registry,
        })
    }

    /// Where health and metrics are.
    pub fn admin_addr(&self) -> std::io::Result<SocketAddr> {
        self.admin.local_addr()
    }

    /// Runs until a signal or a death.
    pub async fn run_until_stopped(self) -> anyhow::Result<ExitCode> {
        let lifecycle = Lifecycle::new();
        self.start(&lifecycle)?;
        Ok(lifecycle.run_until_stopped(DRAIN).await)
    }

    /// Starts every component under the lifecycle.
    pub fn start(self, lifecycle: &Lifecycle) -> anyhow::Result<()> {
        tracing::info!(admin.addr = %self.admin_addr()?, "recurring-svc starts");
        let health = Health::new(SERVICE);
        // Before the admin port answers, so that it never says ready too early.
        let consumer_health = ConsumerHealth::of(&health, "consumer", "consumer poll thread");
        service_kit::health::serve_admin(self.admin, health, lifecycle)?;
        let client_id = format!("{SERVICE}-{}", self.config.instance.instance);
        let kafka = self.config.kafka;
        let producer = Producer::start(kafka.producer(&client_id, COMMAND_TIMEOUT_MS, LINGER_MS))?;
        let effects = CommandEffects::new(
            Service::RecurringSvc,
            Successors::default(),
            producer,
            self.registry,
        );
        let config = consumer_config(client_id);
        let shutdown = lifecycle.shutdown_token();
        lifecycle.spawn("consumer", async move {
            consumer::run(config, &kafka, effects, consumer_health, shutdown).await
        });
        Ok(())
    }
}

fn consumer_config(client_id: String) -> ConsumerConfig {
    ConsumerConfig {
        service: Service::RecurringSvc,
        group: GROUP,
        topics: vec![Topic::TaskEvents],
        client_id,
    }
}
