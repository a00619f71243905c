//! What is notification-svc's own: the scheduler, the sender, the consumer, the API, and what they share.

use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;

use actix_web::web;
use anyhow::Context as _;
use service_kit::frame::{CallerPort, Frame, listen};
use service_kit::http::JsonLimit;
use service_kit::lifecycle::Lifecycle;
use shared_events::consumer::{self, ConsumerConfig, ConsumerHealth, PostgresEffects};
use shared_events::outbox::{self, Notifier};
use shared_events::topic::{Service, Topic};
use sqlx::PgPool;
use tokio::sync::Notify;

use crate::channel::webhook::Sender;
use crate::channel::webhook::client::WebhookClient;
use crate::config::Config;
use crate::handler::ScheduleHandler;
use crate::routes::{self, State};
use crate::schedule::Scheduler;

/// The service's name everywhere.
pub const SERVICE: &str = Service::NotificationSvc.name();

/// The largest request has one URL in it.
const MAX_BODY_BYTES: usize = 16 * 1_024;

/// The service, its ports bound and nothing running yet.
#[derive(Debug)]
pub struct Application {
    config: Config,
    callers: CallerPort,
    admin: TcpListener,
    pool: PgPool,
    webhooks: WebhookClient,
    scheduler: Arc<Notify>,
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
        let allow_list = Arc::new(config.webhook_allow_list.clone());
        Ok(Self {
            webhooks: WebhookClient::new(allow_list).context("cannot prepare the webhook client")?,
            callers: CallerPort::bind(config.listen_addr, &config.callers).await?,
            admin: listen(config.admin_addr, "ADMIN_ADDR")?,
            pool: outbox::connect(&config.pg, Service::NotificationSvc)?,
            scheduler: Arc::default(),
            config,
        })
    }

    pub fn api_addr(&self) -> std::io::Result<SocketAddr> {
        self.callers.address()
    }

    pub fn admin_addr(&self) -> std::io::Result<SocketAddr> {
        self.admin.local_addr()
    }

    /// What the consumer applies: each record wakes this application's scheduler.
    pub fn handler(&self) -> ScheduleHandler {
        ScheduleHandler {
            scheduler: Arc::clone(&self.scheduler),
        }
    }

    pub fn start(self, lifecycle: &Lifecycle) -> anyhow::Result<()> {
        let frame = Frame::new(SERVICE, lifecycle);
        self.consume(&frame);
        self.start_in(frame)
    }

    /// Starts everything but the consumer, for tests that hand their records to [`Application::handler`] themselves.
    pub fn start_without_consumer(self, lifecycle: &Lifecycle) -> anyhow::Result<()> {
        self.start_in(Frame::new(SERVICE, lifecycle))
    }

    fn start_in(self, frame: Frame) -> anyhow::Result<()> {
        frame.watch_database(&self.pool, outbox::admit);
        let state = State {
            pool: self.pool.clone(),
            allow_list: Arc::new(self.config.webhook_allow_list.clone()),
            relay: Notifier::spawn(frame.lifecycle(), self.pool),
            sender: Arc::default(),
        };
        fire(&frame, &state, self.scheduler);
        send(frame.lifecycle(), &state, self.webhooks);
        let state = web::Data::new(state);
        frame.serve(self.callers, move |service| {
            service
                .app_data(state.clone())
                .app_data(JsonLimit(MAX_BODY_BYTES))
                .configure(routes::configure);
        })?;
        frame.open(self.admin)?;
        Ok(())
    }

    /// The consumer: what becomes known of reminders, it records.
    fn consume(&self, frame: &Frame) {
        let client_id = self.config.process.client_id(SERVICE);
        let reminders = ConsumerConfig::new(Service::NotificationSvc, &[Topic::Reminders], client_id);
        let effects = PostgresEffects::new(self.pool.clone(), self.handler());
        let health = ConsumerHealth::of(frame.health(), "reminders", "reminders poll thread");
        let kafka = &self.config.kafka;
        consumer::start(frame.lifecycle(), reminders, kafka, effects, health);
    }
}

/// The scheduler: what the handler records, it fires.
fn fire(frame: &Frame, state: &State, wake: Arc<Notify>) {
    let scheduler = Scheduler {
        pool: state.pool.clone(),
        wake,
        sender: Arc::clone(&state.sender),
        relay: state.relay.clone(),
        health: frame.health().component("scheduler"),
    };
    let shutdown = frame.lifecycle().shutdown_token();
    frame.lifecycle().spawn("scheduler", scheduler.run(shutdown));
}

/// The sender: what the scheduler plans, it calls.
fn send(lifecycle: &Lifecycle, state: &State, client: WebhookClient) {
    let sender = Sender {
        pool: state.pool.clone(),
        client,
        wake: Arc::clone(&state.sender),
        relay: state.relay.clone(),
    };
    lifecycle.spawn("webhook sender", sender.run(lifecycle.shutdown_token()));
}
