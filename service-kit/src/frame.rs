//! The frame that all services have in common: arguments, telemetry, ports, keys, the database's watch, the API's
//! server, the admin port, and the stop. A service's `startup` says only what is its own.

use std::error::Error;
use std::io;
use std::net::{SocketAddr, TcpListener};
use std::process::ExitCode;
use std::time::Duration;

use actix_web::web::ServiceConfig;
use clap::{Args, Parser};
use sqlx::PgPool;

use crate::auth::{AuthArgs, Verifier};
use crate::config::{self, BadConfiguration, InstanceArgs};
use crate::health::{Health, serve_admin};
use crate::http::{self, CorsArgs, Origin};
use crate::lifecycle::{ComponentError, Lifecycle};
use crate::pg;
use crate::telemetry::{self, TelemetryArgs};

/// How long a stop waits for what has begun: less than the 15 s after which a supervisor kills, and more than a
/// request, a webhook call, a consumer's last commit or the sockets' goodbyes may take.
pub const DRAIN: Duration = Duration::from_secs(14);

/// What every process is told.
#[derive(Debug, Clone, Args)]
#[expect(missing_docs, reason = "clap would show them as help")]
pub struct ProcessArgs {
    #[command(flatten)]
    pub telemetry: TelemetryArgs,

    #[command(flatten)]
    pub instance: InstanceArgs,
}

impl ProcessArgs {
    /// The name of this replica on connections.
    #[must_use]
    pub fn client_id(&self, service: &str) -> String {
        format!("{service}-{}", self.instance.instance)
    }
}

/// What a process is told whose callers bring tokens.
#[derive(Debug, Clone, Args)]
#[expect(missing_docs, reason = "clap would show them as help")]
pub struct CallerArgs {
    #[command(flatten)]
    pub auth: AuthArgs,

    #[command(flatten)]
    pub cors: CorsArgs,
}

/// The configuration of a service.
pub trait Configuration: Parser {
    /// What every process is told.
    fn process(&self) -> &ProcessArgs;
}

/// A process from its start to its exit code: reads the configuration, installs telemetry, starts the service, and
/// runs it until it is stopped.
pub async fn run<C, E>(
    service: &'static str,
    start: impl AsyncFnOnce(C, Lifecycle) -> Result<(), E>,
) -> ExitCode
where
    C: Configuration,
    E: AsRef<dyn Error + Send + Sync + 'static>,
{
    let config: C = config::parse();
    // Before anything that takes time, so that a stop asked for during the start is a clean one.
    let lifecycle = Lifecycle::new();
    let ProcessArgs { telemetry, instance } = config.process();
    let _telemetry = match telemetry::init(telemetry, service, &instance.instance) {
        Ok(guard) => guard,
        Err(error) => return config::report_failure(&error),
    };
    match start(config, lifecycle.clone()).await {
        Ok(()) => lifecycle.run_until_stopped(DRAIN).await,
        Err(error) => config::report_failure(error.as_ref()),
    }
}

/// Binds the port that `variable` names; nothing is accepted yet.
///
/// # Errors
/// A port that cannot be had.
pub fn listen(address: SocketAddr, variable: &str) -> Result<TcpListener, BadConfiguration> {
    TcpListener::bind(address)
        .map_err(|error| BadConfiguration::new(variable, format!("cannot listen on {address}: {error}")))
}

/// The port of a service's callers, and the keys that their tokens are checked with.
#[derive(Debug)]
pub struct CallerPort {
    /// Bound, and accepting nothing yet.
    pub listener: TcpListener,
    /// Has the issuers' keys, or waits for them.
    pub verifier: Verifier,
    /// The web origins that may call.
    pub origins: Vec<Origin>,
}

impl CallerPort {
    /// Reads the keys, then binds the port.
    ///
    /// # Errors
    /// Issuers or key files that cannot be used, or a port that cannot be had.
    pub async fn bind(address: SocketAddr, args: &CallerArgs) -> Result<Self, BadConfiguration> {
        let verifier = Verifier::new(&args.auth).await?;
        Ok(Self {
            listener: listen(address, "LISTEN_ADDR")?,
            verifier,
            origins: args.cors.cors_allowed_origins.clone(),
        })
    }

    /// Where callers find it.
    ///
    /// # Errors
    /// Those of the system.
    pub fn address(&self) -> io::Result<SocketAddr> {
        self.listener.local_addr()
    }
}

/// A service that is starting.
///
/// Its components are started first and name themselves in [`Frame::health`]; [`Frame::open`] comes last, so that
/// readiness is never true because a component is not there yet.
#[derive(Debug)]
pub struct Frame {
    service: &'static str,
    lifecycle: Lifecycle,
    health: Health,
}

impl Frame {
    /// Nothing runs yet.
    #[must_use]
    pub fn new(service: &'static str, lifecycle: &Lifecycle) -> Self {
        Self {
            service,
            lifecycle: lifecycle.clone(),
            health: Health::new(service),
        }
    }

    /// Where components run.
    #[must_use]
    pub fn lifecycle(&self) -> &Lifecycle {
        &self.lifecycle
    }

    /// Where components name themselves.
    #[must_use]
    pub fn health(&self) -> &Health {
        &self.health
    }

    /// Readiness depends on the database, whose new connections have to pass `admit`.
    pub fn watch_database(&self, pool: &PgPool, admit: pg::Admit) {
        let watch = pg::watch(pool, self.health.component("postgres"), admit);
        let shutdown = self.lifecycle.shutdown_token();
        self.lifecycle.spawn_helper("database watch", async move {
            shutdown.run_until_cancelled(watch).await;
        });
    }

    /// Readiness depends on the keys of some issuer; all are fetched again and again.
    pub fn keep_keys(&self, verifier: &Verifier) {
        let verifier = verifier.clone();
        let component = self.health.component("tokens");
        let missing = self.health.detail("issuers");
        let shutdown = self.lifecycle.shutdown_token();
        self.lifecycle.spawn("tokens", async move {
            verifier.keep_fresh(shutdown, &component, &missing).await;
            Ok::<(), ComponentError>(())
        });
    }

    /// Serves an API to callers with tokens.
    ///
    /// # Errors
    /// Those of the system.
    pub fn serve(
        &self,
        port: CallerPort,
        configure: impl Fn(&mut ServiceConfig) + Clone + Send + 'static,
    ) -> io::Result<()> {
        self.keep_keys(&port.verifier);
        tracing::info!(service = self.service, api.addr = %port.address()?, "the API listens");
        http::serve(&self.lifecycle, "api", http::server(port, configure)?);
        Ok(())
    }

    /// Serves health and metrics; every component must have named itself by now.
    ///
    /// # Errors
    /// Those of the system.
    pub fn open(self, admin: TcpListener) -> io::Result<()> {
        tracing::info!(service = self.service, admin.addr = %admin.local_addr()?, "started");
        serve_admin(admin, self.health, &self.lifecycle)
    }
}

#[cfg(test)]
mod tests;
