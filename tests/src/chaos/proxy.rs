//! A TCP proxy between services and the servers they need, which can be told to misbehave as networks do.
//!
//! Every service has a port of its own for every server, so that one service can lose what the others still reach.

mod connection;
#[cfg(test)]
mod tests;

use std::io;
use std::net::Ipv4Addr;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinSet;

use super::setup::ProxySetup;
use crate::background::Background;

/// Before a port that was given up is asked for again.
const REBIND: Duration = Duration::from_millis(20);

/// What a proxy does to connections, those that are open included.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Mode {
    Pass,
    /// As if nothing listened there; open connections are reset.
    Refuse,
    /// Connections are taken and stay open, and no byte moves in either direction; what waits goes on afterwards.
    BlackHole,
    /// Connections are taken, and reset at once.
    Reset,
    /// Each direction has this delay, more or less; bytes stay in order.
    Latency {
        delay: Duration,
        jitter: Duration,
    },
    /// Of each direction of each connection.
    Bandwidth {
        bytes_per_second: u64,
    },
    /// No more than so many bytes at a time, a millisecond apart.
    Slice {
        bytes: usize,
    },
    /// A connection is closed after it has passed so many bytes of answers, counted from when the mode was set.
    LimitData {
        bytes: u64,
    },
    /// Every HTTP request gets this answer, and never reaches the server; open connections are reset.
    Answer {
        status: u16,
        body: String,
    },
}

impl Mode {
    /// Whether connections that are open end when it is set.
    fn cuts(&self) -> bool {
        matches!(self, Self::Refuse | Self::Reset | Self::Answer { .. })
    }
}

/// What holds for one port now.
#[derive(Debug, Clone)]
struct State {
    mode: Mode,
    /// How often a mode was set.
    changes: u64,
    /// How often open connections were cut: a connection remembers how often when it began.
    cuts: u64,
}

/// Every proxy of a run, until the last clone is dropped; clones are the same.
#[derive(Debug, Clone)]
pub struct Proxies(Arc<[Proxy]>);

#[derive(Debug)]
struct Proxy {
    service: String,
    server: String,
    state: watch::Sender<State>,
    _listening: Background,
}

impl Proxies {
    /// Listens on every port; everything passes at first.
    pub async fn start(setups: &[ProxySetup]) -> anyhow::Result<Self> {
        let mut proxies = Vec::new();
        for setup in setups {
            let listener = bind(setup.listen).await.with_context(|| {
                format!(
                    "the proxy between {} and {} cannot listen on {}",
                    setup.service, setup.server, setup.listen
                )
            })?;
            let (state, listening) = watch::channel(State {
                mode: Mode::Pass,
                changes: 0,
                cuts: 0,
            });
            proxies.push(Proxy {
                service: setup.service.clone(),
                server: setup.server.clone(),
                state,
                _listening: Background::run(listen(listener, setup.listen, setup.forward, listening)),
            });
        }
        Ok(Self(proxies.into()))
    }

    /// Of one service or of all; connections that are open change too. Answers how many ports that are.
    pub fn set(&self, service: Option<&str>, server: &str, mode: Mode) -> usize {
        let chosen = self
            .0
            .iter()
            .filter(|proxy| proxy.server == server && service.is_none_or(|service| proxy.service == service));
        let mut count = 0;
        for proxy in chosen {
            proxy.state.send_modify(|state| {
                state.changes += 1;
                state.cuts += u64::from(mode.cuts());
                state.mode = mode.clone();
            });
            count += 1;
        }
        count
    }
}

async fn bind(port: u16) -> io::Result<TcpListener> {
    TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await
}

/// Takes connections until the proxies are gone, and gives the port up while it refuses.
async fn listen(first: TcpListener, port: u16, forward: u16, mut state: watch::Receiver<State>) {
    let for_each = state.clone();
    let mut connections = JoinSet::new();
    let mut listener = Some(first);
    while state.wait_for(|state| state.mode != Mode::Refuse).await.is_ok() {
        let listener = match listener.take() {
            Some(listener) => listener,
            None => rebind(port).await,
        };
        loop {
            tokio::select! {
                refuses = state.wait_for(|state| state.mode == Mode::Refuse) => match refuses {
                    Ok(_) => break,
                    Err(_) => return,
                },
                accepted = listener.accept() => {
                    // A client that is gone before it was taken is none.
                    if let Ok((client, _)) = accepted {
                        connections.spawn(connection::serve(client, forward, for_each.clone()));
                    }
                }
                Some(_) = connections.join_next() => {}
            }
        }
    }
}

async fn rebind(port: u16) -> TcpListener {
    loop {
        if let Ok(listener) = bind(port).await {
            return listener;
        }
        // Sleeps because nothing tells when a port is free.
        tokio::time::sleep(REBIND).await;
    }
}
