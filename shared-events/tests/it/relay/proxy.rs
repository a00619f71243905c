//! A way to a server: its connections can be made to hang, and it can be made to lead to another.

use std::sync::{Arc, Mutex};

use sqlx::PgPool;
use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::broker::Broker;

/// Forwards connections until it is dropped.
pub(super) struct Proxy {
    port: u16,
    /// Where new connections lead.
    server: Arc<Mutex<(String, u16)>>,
    /// One for each connection, in the order they came; cancelled: it stays open and forwards nothing more.
    frozen: Arc<Mutex<Vec<CancellationToken>>>,
    stop: CancellationToken,
}

impl Proxy {
    /// A proxy of the pool's server.
    pub(super) async fn of_database(pool: &PgPool) -> Self {
        let options = pool.connect_options();
        Self::start((options.get_host().to_owned(), options.get_port())).await
    }

    /// A proxy of the broker, for the first connection: then the broker says its own address.
    pub(super) async fn of_broker(broker: &Broker) -> Self {
        Self::start(address(broker)).await
    }

    async fn start(server: (String, u16)) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let proxy = Self {
            port: listener.local_addr().expect("an address").port(),
            server: Arc::new(Mutex::new(server)),
            frozen: Arc::default(),
            stop: CancellationToken::new(),
        };
        let (frozen, stop) = (Arc::clone(&proxy.frozen), proxy.stop.clone());
        let server = Arc::clone(&proxy.server);
        let connections = TaskTracker::new();
        connections.clone().spawn(async move {
            while let Some(Ok((client, _))) = stop.run_until_cancelled(listener.accept()).await {
                let freeze = CancellationToken::new();
                frozen.lock().expect("a lock").push(freeze.clone());
                let server = server.lock().expect("a lock").clone();
                let forwarded = stop
                    .clone()
                    .run_until_cancelled_owned(forward(client, server, freeze));
                connections.spawn(forwarded);
            }
        });
        proxy
    }

    pub(super) fn port(&self) -> u16 {
        self.port
    }

    /// From now on, new connections lead to this broker.
    pub(super) fn lead_to(&self, broker: &Broker) {
        *self.server.lock().expect("a lock") = address(broker);
    }

    pub(super) fn address(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    /// Makes the first connection hang.
    pub(super) fn freeze_first(&self) {
        let frozen = self.frozen.lock().expect("a lock");
        frozen.first().expect("a connection").cancel();
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

fn address(broker: &Broker) -> (String, u16) {
    let bootstrap = broker.bootstrap();
    let (host, port) = bootstrap.rsplit_once(':').expect("host and port");
    (host.to_owned(), port.parse().expect("a port"))
}

async fn forward(mut client: TcpStream, server: (String, u16), freeze: CancellationToken) {
    let Ok(mut server) = TcpStream::connect(server).await else {
        return;
    };
    tokio::select! {
        _ended = copy_bidirectional(&mut client, &mut server) => {}
        () = freeze.cancelled() => std::future::pending().await,
    }
}
