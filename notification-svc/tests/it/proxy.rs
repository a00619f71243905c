//! A wire to the database that can be cut and mended.

use std::net::SocketAddr;

use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

/// Forwards connections while it is whole. While it is cut nobody listens, as with a server that is down.
pub struct Proxy {
    pub address: SocketAddr,
    whole: watch::Sender<bool>,
}

impl Proxy {
    pub async fn to(target: SocketAddr) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let whole = watch::Sender::new(true);
        let state = whole.subscribe();
        #[expect(clippy::disallowed_methods, reason = "ends with the test's runtime")]
        tokio::spawn(async move {
            serve(listener, target, state.clone()).await;
            while state.clone().wait_for(|whole| *whole).await.is_ok() {
                let listener = TcpListener::bind(address).await.unwrap();
                serve(listener, target, state.clone()).await;
            }
        });
        Self { address, whole }
    }

    pub fn cut(&self) {
        self.whole.send_replace(false);
    }

    pub fn mend(&self) {
        self.whole.send_replace(true);
    }
}

/// Accepts until the wire is cut.
async fn serve(listener: TcpListener, target: SocketAddr, mut whole: watch::Receiver<bool>) {
    let state = whole.clone();
    loop {
        let client = tokio::select! {
            accepted = listener.accept() => accepted.unwrap().0,
            _ = whole.wait_for(|whole| !whole) => return,
        };
        #[expect(clippy::disallowed_methods, reason = "ends with the test's runtime")]
        tokio::spawn(forward(client, target, state.clone()));
    }
}

async fn forward(mut client: TcpStream, target: SocketAddr, mut whole: watch::Receiver<bool>) {
    let mut server = TcpStream::connect(target).await.unwrap();
    tokio::select! {
        _ = copy_bidirectional(&mut client, &mut server) => {}
        _ = whole.wait_for(|whole| !whole) => {}
    }
}
