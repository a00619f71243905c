//! Puts the service together: the API, the admin port, the relay, the consumer of commands, and what they share.

use std::net::{SocketAddr, TcpListener};
use std::process::ExitCode;
use std::time::Duration;

use actix_web::dev::Server;
use actix_web::middleware::from_fn;
use actix_web::{App, HttpServer, web};
use anyhow::Context as _;
use service_kit::auth::Verifier;
use service_kit::config::exit_bad_configuration;
use service_kit::health::{Component, Health, serve_admin};
use service_kit::http::{self, Origin};
use service_kit::lifecycle::Lifecycle;
use service_kit::pg::{self, PgArgs};
use shared_events::consumer::{self, ConsumerConfig, ConsumerHealth, PostgresEffects};
use shared_events::kafka::KafkaArgs;
use shared_events::outbox;
use shared_events::outbox::wake::Waker;
use shared_events::relay::Relay;
use shared_events::topic::{Service, Topic};
use sqlx::PgPool;

use crate::commands::{self, Commands};
use crate::config::Config;
use crate::routes::{self, Api};
use crate::{health, housekeeping};

/// The service's name everywhere.
pub const SERVICE: &str = Service::BackendApi.name();

/// Less than the 15 s in which a stop must be over.
const DRAIN: Duration = Duration::from_secs(12);
const FINISH_REQUESTS_SECONDS: u64 = 8;
const API_WORKERS: usize = 2;

/// The service, its ports bound and nothing running yet.
#[derive(Debug)]
pub struct Application {
    lifecycle: Lifecycle,
    config: Config,
    api: TcpListener,
    admin: TcpListener,
    pool: PgPool,
    verifier: Verifier,
}

impl Application {
    /// Checks what only now can be checked (the key file; the process ends if it is wrong), then binds the ports.
    pub async fn build(config: Config) -> anyhow::Result<Self> {
        // First of all, so that a stop asked for during the build is a clean one.
        let lifecycle = Lifecycle::new();
        let verifier = Verifier::new(&config.auth).await;
        let verifier = verifier.unwrap_or_else(|error| exit_bad_configuration("JWKS", &error));
        let pool = connect(&config.pg).await.context("DATABASE_URL is not usable")?;
        let api = bind(config.listen_addr, "LISTEN_ADDR")?;
        let admin = bind(config.admin_addr, "ADMIN_ADDR")?;
        Ok(Self {
            lifecycle,
            config,
            api,
            admin,
            pool,
            verifier,
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

    /// Runs until a signal, a death, or the lifecycle's own token says stop.
    pub async fn run_until_stopped(self) -> anyhow::Result<ExitCode> {
        let lifecycle = self.lifecycle.clone();
        self.start(&lifecycle)?;
        Ok(lifecycle.run_until_stopped(DRAIN).await)
    }

    /// Starts every component under the lifecycle. Readiness depends on the database alone: while the broker is down,
    /// changes wait in the outbox.
    pub fn start(self, lifecycle: &Lifecycle) -> anyhow::Result<()> {
        tracing::info!(api.addr = %self.api_addr()?, admin.addr = %self.admin_addr()?, "backend-api starts");
        let health = Health::new(SERVICE);
        // Before the admin port answers, so that it never says ready too early.
        health::watch_database(self.pool.clone(), health.component("postgres"), lifecycle);
        let reader = health.liveness("task-commands poll thread");
        serve_admin(self.admin, health, lifecycle)?;
        refresh_keys(lifecycle, &self.verifier);
        housekeeping::purge_idempotency_keys(self.pool.clone(), lifecycle);
        let waker = Waker::new();
        let client_id = format!("{SERVICE}-{}", self.config.instance.instance);
        let relay = Relay::new(&self.pool, &self.config.kafka, &waker, &client_id)?;
        lifecycle.spawn("relay", relay.run(lifecycle.shutdown_token()));
        let effects = PostgresEffects::new(self.pool.clone(), Commands::new(waker.clone()));
        consume_commands(lifecycle, self.config.kafka, client_id, effects, reader);
        let api = Api::new(self.pool, waker);
        let server = serve(
            self.api,
            api,
            self.verifier,
            self.config.cors.cors_allowed_origins,
        )?;
        http::serve(lifecycle, "api", server);
        Ok(())
    }
}

/// The HTTP server, which also a test runs by itself.
pub fn serve(
    listener: TcpListener,
    api: Api,
    verifier: Verifier,
    origins: Vec<Origin>,
) -> std::io::Result<Server> {
    let (api, verifier) = (web::Data::new(api), web::Data::new(verifier));
    let server = HttpServer::new(move || {
        App::new()
            .wrap(http::cors(&origins))
            .wrap(from_fn(http::trace))
            .app_data(api.clone())
            .app_data(verifier.clone())
            .configure(routes::configure)
    });
    let server = server
        .workers(API_WORKERS)
        .disable_signals()
        .shutdown_timeout(FINISH_REQUESTS_SECONDS);
    Ok(server.listen(listener)?.run())
}

/// The service's pool. Each new connection first finds out whether the database was restored or promoted meanwhile.
///
/// A user's lock is held for milliseconds. Should its holder be frozen, who waits gives up before the pool is starved,
/// and Postgres ends the frozen session.
pub async fn connect(args: &PgArgs) -> Result<PgPool, sqlx::Error> {
    const LIMITS: [(&str, &str); 2] = [
        ("lock_timeout", "2s"),
        ("idle_in_transaction_session_timeout", "10s"),
    ];
    let pool = pg::connect(args, SERVICE).await?;
    let options = pool.options().clone().after_connect(|connection, _| {
        Box::pin(async move { outbox::verify_epoch(connection).await.map(drop) })
    });
    Ok(options.connect_lazy_with(pool.connect_options().as_ref().clone().options(LIMITS)))
}

/// Commands that cannot be read yet are no reason to refuse requests, so that is nobody's readiness.
fn consume_commands(
    lifecycle: &Lifecycle,
    kafka: KafkaArgs,
    client_id: String,
    effects: PostgresEffects<Commands>,
    alive: Component,
) {
    let config = ConsumerConfig {
        service: Service::BackendApi,
        group: commands::GROUP,
        topics: vec![Topic::TaskCommands],
        client_id,
    };
    let ready = Health::new(SERVICE).component("task-commands");
    let health = ConsumerHealth { ready, alive };
    let shutdown = lifecycle.shutdown_token();
    lifecycle.spawn("commands", async move {
        consumer::run(config, &kafka, effects, health, shutdown).await
    });
}

fn refresh_keys(lifecycle: &Lifecycle, verifier: &Verifier) {
    let (verifier, shutdown) = (verifier.clone(), lifecycle.shutdown_token());
    lifecycle.spawn_helper(
        "jwks refresh",
        async move { verifier.refresh_loop(shutdown).await },
    );
}

fn bind(address: SocketAddr, variable: &str) -> anyhow::Result<TcpListener> {
    TcpListener::bind(address).with_context(|| format!("cannot listen on {address}, which {variable} names"))
}
