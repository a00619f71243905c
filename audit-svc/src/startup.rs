//! Puts the service together: the API, the admin port, the consumer, and what they share.

use std::net::{SocketAddr, TcpListener};
use std::process::ExitCode;
use std::time::Duration;

use actix_web::middleware::from_fn;
use actix_web::{App, HttpServer, web};
use anyhow::Context as _;
use service_kit::auth::Verifier;
use service_kit::config::exit_bad_configuration;
use service_kit::health::Health;
use service_kit::lifecycle::Lifecycle;
use service_kit::{http, pg};
use sqlx::PgPool;

use crate::config::Config;
use crate::{consumer, health, routes};

/// The service's name everywhere.
pub const SERVICE: &str = "audit-svc";

/// Less than the 15 s in which a stop must be over.
const DRAIN: Duration = Duration::from_secs(14);
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
        let pool = pg::connect(&config.pg, SERVICE)
            .await
            .context("DATABASE_URL is not usable")?;
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
        self.start(&lifecycle).await?;
        Ok(lifecycle.run_until_stopped(DRAIN).await)
    }

    /// Starts every component under the lifecycle.
    pub async fn start(self, lifecycle: &Lifecycle) -> anyhow::Result<()> {
        tracing::info!(api.addr = %self.api_addr()?, admin.addr = %self.admin_addr()?, "audit-svc starts");
        let health = Health::new(SERVICE);
        service_kit::health::serve_admin(self.admin, health.clone(), lifecycle)?;
        health::watch_database(self.pool.clone(), health.component("postgres"), lifecycle);
        let refresh = self.verifier.clone();
        let shutdown = lifecycle.shutdown_token();
        lifecycle.spawn_helper(
            "jwks refresh",
            async move { refresh.refresh_loop(shutdown).await },
        );
        consumer::start(&self.config, &self.pool, &health, lifecycle);
        http::serve(
            lifecycle,
            "api",
            serve(self.api, self.config, self.pool, self.verifier)?,
        );
        Ok(())
    }
}

fn serve(
    listener: TcpListener,
    config: Config,
    pool: PgPool,
    verifier: Verifier,
) -> std::io::Result<actix_web::dev::Server> {
    let (pool, verifier) = (web::Data::new(pool), web::Data::new(verifier));
    let origins = config.cors.cors_allowed_origins;
    let server = HttpServer::new(move || {
        App::new()
            .wrap(http::cors(&origins))
            .wrap(from_fn(http::trace))
            .app_data(pool.clone())
            .app_data(verifier.clone())
            .app_data(http::query_config())
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
