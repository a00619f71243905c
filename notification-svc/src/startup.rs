//! Puts the service together: the API, the admin port, the scheduler, the sender, the consumer, and what they share.

use std::net::{SocketAddr, TcpListener};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use actix_web::dev::Server;
use actix_web::middleware::from_fn;
use actix_web::{App, HttpServer, web};
use anyhow::Context as _;
use service_kit::auth::Verifier;
use service_kit::config::exit_bad_configuration;
use service_kit::health::{Health, serve_admin};
use service_kit::http::{self, JsonLimit, Origin};
use service_kit::lifecycle::Lifecycle;
use service_kit::pg;
use shared_events::consumer::{self, ConsumerConfig, ConsumerHealth, PostgresEffects};
use shared_events::topic::{Service, Topic};
use sqlx::PgPool;
use tokio::sync::Notify;

use crate::channel::webhook::Sender;
use crate::channel::webhook::client::WebhookClient;
use crate::config::Config;
use crate::handler::{GROUP, ScheduleHandler};
use crate::routes::{self, State};
use crate::schedule::Scheduler;
use shared_events::outbox::{self, Notifier};

/// The service's name everywhere.
pub const SERVICE: &str = "notification-svc";

/// Less than the 15 s in which a stop must be over, more than a webhook call may take.
const DRAIN: Duration = Duration::from_secs(14);
const FINISH_REQUESTS_SECONDS: u64 = 8;
const API_WORKERS: usize = 2;

/// The largest request has one URL in it.
const MAX_BODY_BYTES: usize = 16 * 1_024;

/// The service, its ports bound and nothing running yet.
#[derive(Debug)]
pub struct Application {
    lifecycle: Lifecycle,
    config: Config,
    api: TcpListener,
    admin: TcpListener,
    pool: PgPool,
    verifier: Verifier,
    webhooks: WebhookClient,
    scheduler: Arc<Notify>,
    health: Health,
}

impl Application {
    /// Checks what only now can be checked (the key file; the process ends if it is wrong), then binds the ports.
    pub async fn build(config: Config) -> anyhow::Result<Self> {
        // First of all, so that a stop asked for during the build is a clean one.
        let lifecycle = Lifecycle::new();
        let verifier = Verifier::new(&config.auth).await;
        let verifier = verifier.unwrap_or_else(|error| exit_bad_configuration("JWKS", &error));
        let pool = pg::connect(&config.pg, SERVICE)
            .await
            .context("DATABASE_URL is not usable")?;
        let allow_list = Arc::new(config.webhook_allow_list.clone());
        let webhooks = WebhookClient::new(allow_list).context("cannot prepare the webhook client")?;
        let api = bind(config.listen_addr, "LISTEN_ADDR")?;
        let admin = bind(config.admin_addr, "ADMIN_ADDR")?;
        Ok(Self {
            lifecycle,
            config,
            api,
            admin,
            pool: with_epoch(&pool),
            verifier,
            webhooks,
            scheduler: Arc::default(),
            health: Health::new(SERVICE),
        })
    }

    /// Where the API is.
    pub fn api_addr(&self) -> std::io::Result<SocketAddr> {
        self.api.local_addr()
    }

    /// Where health and metrics are.
    pub fn admin_addr(&self) -> std::io::Result<SocketAddr> {
        self.admin.local_addr()
    }

    /// What the consumer applies: each record wakes this application's scheduler.
    pub fn handler(&self) -> ScheduleHandler {
        ScheduleHandler {
            scheduler: Arc::clone(&self.scheduler),
        }
    }

    /// Runs until a signal, a death, or the lifecycle's own token says stop.
    pub async fn run_until_stopped(self) -> anyhow::Result<ExitCode> {
        let lifecycle = self.lifecycle.clone();
        self.start(&lifecycle)?;
        Ok(lifecycle.run_until_stopped(DRAIN).await)
    }

    /// Starts every component under the lifecycle.
    pub fn start(self, lifecycle: &Lifecycle) -> anyhow::Result<()> {
        self.consume(lifecycle);
        self.start_without_consumer(lifecycle)
    }

    /// Starts everything but the consumer, for tests that hand their records to [`Application::handler`] themselves.
    pub fn start_without_consumer(self, lifecycle: &Lifecycle) -> anyhow::Result<()> {
        tracing::info!(api.addr = %self.api_addr()?, admin.addr = %self.admin_addr()?, "notification-svc starts");
        serve_admin(self.admin, self.health.clone(), lifecycle)?;
        let state = State {
            pool: self.pool.clone(),
            allow_list: Arc::new(self.config.webhook_allow_list.clone()),
            relay: Notifier::spawn(lifecycle, self.pool.clone()),
            sender: Arc::default(),
        };
        fire(lifecycle, &self.health, &state, self.scheduler);
        send(lifecycle, &state, self.webhooks);
        refresh_keys(lifecycle, &self.verifier);
        let origins = self.config.cors.cors_allowed_origins;
        http::serve(lifecycle, "api", serve(self.api, state, self.verifier, origins)?);
        Ok(())
    }

    /// The consumer: what becomes known of reminders, it records.
    fn consume(&self, lifecycle: &Lifecycle) {
        let consumer = ConsumerConfig {
            service: Service::NotificationSvc,
            group: GROUP,
            topics: vec![Topic::Reminders],
            client_id: format!("{SERVICE}-{}", self.config.instance.instance),
        };
        let effects = PostgresEffects::new(self.pool.clone(), self.handler());
        let kafka = self.config.kafka.clone();
        let health = ConsumerHealth::of(&self.health, "reminders", "reminders poll thread");
        let shutdown = lifecycle.shutdown_token();
        lifecycle.spawn("reminders", async move {
            consumer::run(consumer, &kafka, effects, health, shutdown).await
        });
    }
}

/// The scheduler: what the handler records, it fires.
fn fire(lifecycle: &Lifecycle, health: &Health, state: &State, wake: Arc<Notify>) {
    let scheduler = Scheduler {
        pool: state.pool.clone(),
        wake,
        sender: Arc::clone(&state.sender),
        relay: state.relay.clone(),
        health: health.component("postgres"),
    };
    lifecycle.spawn("scheduler", scheduler.run(lifecycle.shutdown_token()));
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

/// The same pool, whose new connections first find out whether the database was restored or promoted meanwhile.
fn with_epoch(pool: &PgPool) -> PgPool {
    let options = pool.options().clone().after_connect(|connection, _| {
        Box::pin(async move { outbox::verify_epoch(connection).await.map(drop) })
    });
    options.connect_lazy_with(pool.connect_options().as_ref().clone())
}

fn refresh_keys(lifecycle: &Lifecycle, verifier: &Verifier) {
    let (verifier, shutdown) = (verifier.clone(), lifecycle.shutdown_token());
    lifecycle.spawn_helper(
        "jwks refresh",
        async move { verifier.refresh_loop(shutdown).await },
    );
}

fn serve(
    listener: TcpListener,
    state: State,
    verifier: Verifier,
    origins: Vec<Origin>,
) -> std::io::Result<Server> {
    let (state, verifier) = (web::Data::new(state), web::Data::new(verifier));
    let server = HttpServer::new(move || {
        App::new()
            .wrap(http::cors(&origins))
            .wrap(from_fn(http::trace))
            .app_data(state.clone())
            .app_data(verifier.clone())
            .app_data(JsonLimit(MAX_BODY_BYTES))
            .app_data(http::query_config())
            .app_data(http::path_config())
            .configure(routes::configure)
            .default_service(web::to(http::not_found))
    });
    let server = server
        .workers(API_WORKERS)
        .disable_signals()
        .shutdown_timeout(FINISH_REQUESTS_SECONDS);
    Ok(server.listen(listener)?.run())
}

fn bind(address: SocketAddr, variable: &str) -> anyhow::Result<TcpListener> {
    TcpListener::bind(address).with_context(|| format!("cannot listen on {address}, which {variable} names"))
}
