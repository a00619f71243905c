//! `origin`: one address for services and front end, for `cargo xtask up --one-origin` and a journey.

use std::net::SocketAddr;

use anyhow::Context as _;
use clap::Parser;
use tests::origin::{self, Route};
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};

/// Passes requests on by their path, until it is told to stop.
#[derive(Debug, Parser)]
#[command(name = "origin", version)]
struct Arguments {
    /// Where it listens
    #[arg(long)]
    listen: SocketAddr,

    /// Path and where it leads, as in /v1/audit=http://127.0.0.1:8082/v1/audit; the longest path wins
    #[arg(long = "route", required = true)]
    routes: Vec<Route>,
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let Arguments { listen, routes } = Arguments::parse();
    let listener = TcpListener::bind(listen).await;
    let listener = listener.with_context(|| format!("cannot listen on {listen}"))?;
    let mut stop = signal(SignalKind::terminate())?;
    tokio::select! {
        served = origin::serve(listener, &routes) => served,
        _ = stop.recv() => Ok(()),
    }
}
