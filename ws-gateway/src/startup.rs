//! What is ws-gateway's own: the feed, the hub, and the sockets.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use service_kit::config::BadConfiguration;
use service_kit::frame::{CallerPort, Frame, listen};
use service_kit::lifecycle::Lifecycle;
use shared_events::codec::Decoder;
use shared_events::topic::Service;
use tokio::net::TcpListener;
use tokio::runtime::Handle;
use tokio_util::sync::CancellationToken;

use crate::accept;
use crate::config::{Config, Settings};
use crate::feed::{self, Tail};
use crate::hub::Hub;
use crate::session::Context;

/// The service's name everywhere.
pub const SERVICE: &str = Service::WsGateway.name();

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
    Broker,
    /// What a test puts there.
    Queue(feed::Receiver),
}

/// Starts the service under the lifecycle.
///
/// # Errors
/// What cannot be used as it is configured.
pub async fn start(config: Config, lifecycle: Lifecycle) -> anyhow::Result<()> {
    Application::build(config, lifecycle).await.map(drop)
}

impl Application {
    /// Builds a gateway that reads from the broker.
    pub async fn build(config: Config, lifecycle: Lifecycle) -> anyhow::Result<Self> {
        let settings = config.settings();
        Self::build_with(config, settings, Source::Broker, lifecycle).await
    }

    /// Builds a gateway with other times and another source than the configuration's, for tests.
    pub async fn build_with(
        config: Config,
        settings: Settings,
        source: Source,
        lifecycle: Lifecycle,
    ) -> anyhow::Result<Self> {
        config.check()?;
        let registry = config.kafka.registry();
        let registry = registry.map_err(|error| BadConfiguration::new("REGISTRY_URL", error))?;
        let callers = CallerPort::bind(config.listen_addr, &config.callers).await?;
        let admin = listen(config.admin_addr, "ADMIN_ADDR")?;
        let (address, admin_address) = (callers.address()?, admin.local_addr()?);
        let frame = Frame::new(SERVICE, &lifecycle);
        let hub = Hub::new(config.limits(), config.unread_limits());
        frame.keep_keys(&callers.verifier);
        let all_closed = start_feed(&frame, &config, source, Decoder::new(registry), &hub);
        start_expiry(&lifecycle, hub.clone());
        let context = Arc::new(Context {
            hub,
            verifier: callers.verifier,
            settings,
            shutdown: lifecycle.shutdown_token(),
        });
        start_sockets(&lifecycle, callers.listener, context, all_closed)?;
        tracing::info!(%address, "sockets are accepted");
        frame.open(admin)?;
        Ok(Self {
            lifecycle,
            address,
            admin_address,
        })
    }

    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    #[must_use]
    pub fn admin_address(&self) -> SocketAddr {
        self.admin_address
    }

    /// The components, so that a test can stop them.
    #[must_use]
    pub fn lifecycle(&self) -> &Lifecycle {
        &self.lifecycle
    }
}

/// Starts the feed, which ends when the returned token is cancelled: after the last socket, so that none misses an
/// update for as long as it is open.
fn start_feed(
    frame: &Frame,
    config: &Config,
    source: Source,
    decoder: Decoder,
    hub: &Hub,
) -> CancellationToken {
    let all_closed = CancellationToken::new();
    let (lifecycle, state) = (frame.lifecycle(), feed::State::new(frame.health()));
    let items = match source {
        Source::Queue(items) => {
            state.broker_answers(true);
            items
        }
        Source::Broker => {
            let (sender, items) = feed::queue(config.feed_bytes);
            let tail = Tail {
                kafka: config.kafka.clone(),
                client_id: config.process.client_id(SERVICE),
                window: config.recovery_window(),
                items: sender,
                runtime: Handle::current(),
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
    listener: std::net::TcpListener,
    context: Arc<Context>,
    all_closed: CancellationToken,
) -> std::io::Result<()> {
    listener.set_nonblocking(true)?;
    let listener = TcpListener::from_std(listener)?;
    let sockets = accept::run(listener, context, lifecycle.clone(), all_closed);
    lifecycle.spawn("sockets", async move {
        sockets.await;
        anyhow::Ok(())
    });
    Ok(())
}
