//! Building the gateway from its configuration, and running it.

use std::{net::SocketAddr, process::ExitCode, sync::Arc, time::Duration};

use anyhow::Context as _;
use service_kit::{
    auth::Verifier,
    config::BadConfiguration,
    health::{Health, serve_admin},
    lifecycle::Lifecycle,
};
use shared_events::codec::Decoder;
use tokio::{net::TcpListener, sync::mpsc};
use tokio_util::sync::CancellationToken;

use crate::{
    accept,
    config::{Config, Settings},
    feed::{self, Item, Tail},
    hub::Hub,
    session::Context,
};

/// So many records wait between the broker's thread and the hub.
const FEED_QUEUE: usize = 1024;
const EXPIRE_EVERY: Duration = Duration::from_secs(5);

/// A gateway that is built, bound and running.
#[derive(Debug)]
pub struct Application {
    lifecycle: Lifecycle,
    address: SocketAddr,
    admin_address: SocketAddr,
}

/// Where the updates come from.
#[derive(Debug)]
pub enum Source {
    /// The broker that the configuration names.
    Broker,
    /// Whatever a test sends.
    Channel(mpsc::Receiver<Item>),
}

impl Application {
    /// Builds a gateway that reads from the broker.
    pub async fn build(config: Config) -> anyhow::Result<Self> {
        let settings = config.settings();
        Self::build_with(config, settings, Source::Broker).await
    }

    /// Builds a gateway with other times and another source than the configuration's, for tests.
    pub async fn build_with(config: Config, settings: Settings, source: Source) -> anyhow::Result<Self> {
        config.check()?;
        let verifier = Verifier::new(&config.auth)
            .await
            .map_err(|error| BadConfiguration::new("JWKS", error))?;
        let registry = config
            .kafka
            .registry()
            .map_err(|error| BadConfiguration::new("REGISTRY_URL", error))?;
        let listener = bind(config.listen_addr, "LISTEN_ADDR").await?;
        let admin = bind(config.admin_addr, "ADMIN_ADDR").await?.into_std()?;
        let application = Self {
            lifecycle: Lifecycle::new(),
            address: listener.local_addr()?,
            admin_address: admin.local_addr()?,
        };
        let lifecycle = &application.lifecycle;
        let health = Health::new("ws-gateway");
        let hub = Hub::new(config.limits(), settings.socket_bytes);
        start_tokens(lifecycle, &verifier, &health);
        let all_closed = start_feed(lifecycle, &config, source, Decoder::new(registry), &hub, &health);
        start_expiry(lifecycle, hub.clone());
        let shutdown = lifecycle.shutdown_token();
        let context = Arc::new(Context {
            hub,
            verifier,
            settings,
            shutdown,
        });
        start_sockets(lifecycle, listener, context, all_closed);
        serve_admin(admin, health, lifecycle)?;
        tracing::info!(address = %application.address, admin.address = %application.admin_address, "ws-gateway listens");
        Ok(application)
    }

    /// Where sockets are accepted.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Where health and metrics are served.
    #[must_use]
    pub fn admin_address(&self) -> SocketAddr {
        self.admin_address
    }

    /// The components, so that a test can stop them.
    #[must_use]
    pub fn lifecycle(&self) -> &Lifecycle {
        &self.lifecycle
    }

    /// Runs until a signal or a death, and for `drain` at most after it.
    pub async fn run_until_stopped(self, drain: Duration) -> ExitCode {
        self.lifecycle.run_until_stopped(drain).await
    }
}

async fn bind(address: SocketAddr, variable: &str) -> anyhow::Result<TcpListener> {
    TcpListener::bind(address)
        .await
        .with_context(|| format!("cannot listen on {address}, see {variable}"))
}

fn start_tokens(lifecycle: &Lifecycle, verifier: &Verifier, health: &Health) {
    let verifier = verifier.clone();
    let component = health.component("tokens");
    let shutdown = lifecycle.shutdown_token();
    lifecycle.spawn("tokens", async move {
        verifier.keep_fresh(shutdown, &component).await;
        anyhow::Ok(())
    });
}

/// Starts the feed, which ends when the returned token is cancelled: after the last socket, so that none misses an
/// update for as long as it is open.
fn start_feed(
    lifecycle: &Lifecycle,
    config: &Config,
    source: Source,
    decoder: Decoder,
    hub: &Hub,
    health: &Health,
) -> CancellationToken {
    let all_closed = CancellationToken::new();
    let state = feed::State::new(health);
    let items = match source {
        Source::Channel(items) => {
            state.broker_answers(true);
            items
        }
        Source::Broker => {
            let (sender, items) = mpsc::channel(FEED_QUEUE);
            let tail = Tail {
                kafka: config.kafka.clone(),
                client_id: format!("ws-gateway-{}", config.instance.instance),
                window: config.recovery_window(),
                items: sender,
                state: state.clone(),
                draining: lifecycle.shutdown_token(),
                stop: all_closed.clone(),
            };
            lifecycle.spawn("feed tail", tail.run());
            items
        }
    };
    lifecycle.spawn(
        "feed",
        feed::run(items, decoder, hub.clone(), state, all_closed.clone()),
    );
    all_closed
}

fn start_expiry(lifecycle: &Lifecycle, hub: Hub) {
    let shutdown = lifecycle.shutdown_token();
    lifecycle.spawn("window expiry", async move {
        loop {
            tokio::select! {
                () = shutdown.cancelled() => return anyhow::Ok(()),
                () = tokio::time::sleep(EXPIRE_EVERY) => hub.expire(),
            }
        }
    });
}

fn start_sockets(
    lifecycle: &Lifecycle,
    listener: TcpListener,
    context: Arc<Context>,
    all_closed: CancellationToken,
) {
    let sockets = accept::run(listener, context, lifecycle.clone(), all_closed);
    lifecycle.spawn("sockets", async move {
        sockets.await;
        anyhow::Ok(())
    });
}
