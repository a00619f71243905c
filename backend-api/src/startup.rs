//! What is backend-api's own: the relay, the consumer of commands, the API, and what they share.

use std::net::{SocketAddr, TcpListener};

use actix_web::web::{self, ServiceConfig};
use service_kit::frame::{CallerPort, Frame, listen};
use service_kit::health::Health;
use service_kit::lifecycle::Lifecycle;
use shared_events::consumer::{self, ConsumerConfig, ConsumerHealth, PostgresEffects};
use shared_events::copies;
use shared_events::outbox;
use shared_events::outbox::wake::Waker;
use shared_events::relay::Relay;
use shared_events::topic::{Service, Topic};
use sqlx::PgPool;

use crate::commands::Commands;
use crate::config::Config;
use crate::housekeeping;
use crate::routes::{self, Api};

/// The service's name everywhere.
pub const SERVICE: &str = Service::BackendApi.name();

/// The service, its ports bound and nothing running yet.
#[derive(Debug)]
pub struct Application {
    config: Config,
    callers: CallerPort,
    admin: TcpListener,
    pool: PgPool,
}

/// Starts the service under the lifecycle.
///
/// # Errors
/// What cannot be used as it is configured.
pub async fn start(config: Config, lifecycle: Lifecycle) -> anyhow::Result<()> {
    Application::build(config).await?.start(&lifecycle)
}

impl Application {
    /// Checks what only now can be checked, then binds the ports.
    pub async fn build(config: Config) -> anyhow::Result<Self> {
        Ok(Self {
            callers: CallerPort::bind(config.listen_addr, &config.callers).await?,
            admin: listen(config.admin_addr, "ADMIN_ADDR")?,
            pool: planned_once(&outbox::connect(&config.pg, Service::BackendApi)?),
            config,
        })
    }

    pub fn api_addr(&self) -> std::io::Result<SocketAddr> {
        self.callers.address()
    }

    pub fn admin_addr(&self) -> std::io::Result<SocketAddr> {
        self.admin.local_addr()
    }

    /// Starts every component. Readiness depends on the database and the issuer's keys: while the broker is down,
    /// changes wait in the outbox.
    pub fn start(self, lifecycle: &Lifecycle) -> anyhow::Result<()> {
        let frame = Frame::new(SERVICE, lifecycle);
        frame.watch_database(&self.pool, outbox::admit);
        housekeeping::purge_idempotency_keys(self.pool.clone(), lifecycle);
        let waker = Waker::new();
        let client_id = self.config.process.client_id(SERVICE);
        let relay = Relay::new(&self.pool, &self.config.kafka, &waker, &client_id)?
            .with_detail(frame.health().detail("outbox"));
        lifecycle.spawn("relay", relay.run(lifecycle.shutdown_token()));
        copies::watch(
            lifecycle,
            Service::BackendApi,
            (&self.config.kafka, &client_id),
            self.config.replication_override,
            frame.health().detail("topics"),
        );
        consume_commands(&frame, &self.config, &self.pool, &waker);
        frame.serve(self.callers, api(Api::new(self.pool, waker)))?;
        frame.open(self.admin)?;
        Ok(())
    }
}

/// Plans each statement once for all values: a list would otherwise be planned again each time, which takes as long as running
/// it. `tests/api/plans.rs` shows that the one plan goes by an index, whatever the values.
fn planned_once(pool: &PgPool) -> PgPool {
    let options = pool.connect_options().as_ref().clone();
    let options = options.options([("plan_cache_mode", "force_generic_plan")]);
    pool.options().clone().connect_lazy_with(options)
}

/// The routes with what they work on, which also a test serves by itself.
pub fn api(api: Api) -> impl Fn(&mut ServiceConfig) + Clone + Send + 'static {
    let api = web::Data::new(api);
    move |service| {
        service.app_data(api.clone()).configure(routes::configure);
    }
}

/// Commands that cannot be read yet are no reason to refuse requests, so that is nobody's readiness.
fn consume_commands(frame: &Frame, config: &Config, pool: &PgPool, waker: &Waker) {
    let client_id = config.process.client_id(SERVICE);
    let commands = ConsumerConfig::new(Service::BackendApi, &[Topic::TaskCommands], client_id);
    let effects = PostgresEffects::new(pool.clone(), Commands::new(waker.clone()));
    let health = ConsumerHealth {
        ready: Health::new(SERVICE).component("task-commands"),
        alive: frame.health().liveness("task-commands poll thread"),
        detail: frame.health().detail("task-commands"),
    };
    consumer::start(frame.lifecycle(), commands, &config.kafka, effects, health);
}
