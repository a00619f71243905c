//! What is recurring-svc's own: the consumer and the producer of commands.

use std::net::TcpListener;
use std::time::Duration;

use service_kit::config::BadConfiguration;
use service_kit::frame::{Frame, listen};
use service_kit::lifecycle::Lifecycle;
use shared_events::codec::registry::Registry;
use shared_events::consumer::{self, CommandEffects, ConsumerConfig, ConsumerHealth};
use shared_events::producer::Producer;
use shared_events::topic::{Service, Topic};

use crate::config::Config;
use crate::handler::Successors;

pub const SERVICE: &str = Service::RecurringSvc.name();

/// A command that the broker does not take in this time is an outage: its record is read again.
const COMMAND_TIMEOUT_MS: u32 = 120_000;
/// Commands are few, and somebody waits for each.
const LINGER_MS: u32 = 0;
/// Most facts close no task. Those that do may wait for so long, and one fetch of many costs far less than many of one.
const GATHER: Duration = Duration::from_millis(20);

/// The service, its port bound and nothing running yet.
#[derive(Debug)]
pub struct Application {
    config: Config,
    admin: TcpListener,
    registry: Registry,
}

/// Starts the service under the lifecycle.
///
/// # Errors
/// What cannot be used as it is configured.
pub async fn start(config: Config, lifecycle: Lifecycle) -> anyhow::Result<()> {
    Application::build(config)?.start(&lifecycle)
}

impl Application {
    /// Binds the port; neither broker nor registry need be there yet.
    pub fn build(config: Config) -> anyhow::Result<Self> {
        let registry = config.kafka.registry();
        Ok(Self {
            registry: registry.map_err(|error| BadConfiguration::new("REGISTRY_URL", error))?,
            admin: listen(config.admin_addr, "ADMIN_ADDR")?,
            config,
        })
    }

    pub fn start(self, lifecycle: &Lifecycle) -> anyhow::Result<()> {
        let frame = Frame::new(SERVICE, lifecycle);
        let client_id = self.config.process.client_id(SERVICE);
        let kafka = self.config.kafka;
        let producer = Producer::start(kafka.producer(&client_id, COMMAND_TIMEOUT_MS, LINGER_MS))?;
        let effects = CommandEffects::new(
            Service::RecurringSvc,
            Successors::default(),
            producer,
            self.registry,
        );
        let facts =
            ConsumerConfig::new(Service::RecurringSvc, &[Topic::TaskEvents], client_id).gathering(GATHER);
        let health = ConsumerHealth::of(frame.health(), "consumer", "consumer poll thread");
        consumer::start(lifecycle, facts, &kafka, effects, health);
        frame.open(self.admin)?;
        Ok(())
    }
}
