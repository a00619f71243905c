//! What `cargo xtask chaos` hands over: how each service is started, and where it listens.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use reqwest::Url;
use serde::Deserialize;

/// A stack whose servers run and whose services do not.
#[derive(Debug, Clone, Deserialize)]
pub struct Setup {
    /// Every service, in the order in which they are started.
    pub services: Vec<ServiceSetup>,
    /// The broker's process, to be frozen for moments.
    pub broker_pid: i32,
    /// What the services need: `kafka-1` and so on (`kafka` where there is one), `postgres`, `registry`.
    #[serde(default)]
    pub servers: Vec<ServerSetup>,
    /// What stands between services and servers; the driver runs it before it starts any service.
    #[serde(default)]
    pub proxies: Vec<ProxySetup>,
    pub logs: PathBuf,
}

/// A server, and all that is needed to start it again as it was.
#[derive(Debug, Clone, Deserialize)]
pub struct ServerSetup {
    pub name: String,
    /// The process that runs when the driver begins.
    pub pid: i32,
    pub program: PathBuf,
    pub args: Vec<String>,
    pub env: BTreeMap<String, String>,
    /// User and group to start it as, where it must not be the driver's own.
    pub account: Option<(u32, u32)>,
    /// Where it listens on 127.0.0.1, past every proxy.
    pub port: u16,
    pub log: PathBuf,
}

/// A port that a service uses instead of a server's own; a broker's listener for that service advertises it.
#[derive(Debug, Clone, Deserialize)]
pub struct ProxySetup {
    /// The service that comes this way.
    pub service: String,
    /// The server behind it.
    pub server: String,
    pub listen: u16,
    pub forward: u16,
}

#[derive(Debug, Clone, Deserialize)]
pub struct ServiceSetup {
    /// `audit-svc`.
    pub name: String,
    pub program: PathBuf,
    /// Its environment but for ports and instance.
    pub env: BTreeMap<String, String>,
    /// One entry per replica that may run.
    pub replicas: Vec<Ports>,
}

#[derive(Debug, Clone, Copy, Deserialize)]
pub struct Ports {
    pub admin: u16,
    /// What it serves to users, if it does.
    pub public: Option<u16>,
}

impl Setup {
    /// Reads the file that xtask wrote.
    pub fn read(path: &Path) -> anyhow::Result<Self> {
        let text = std::fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
        serde_json::from_slice(&text).with_context(|| format!("{} is not a setup", path.display()))
    }

    pub fn service(&self, name: &str) -> anyhow::Result<&ServiceSetup> {
        let found = self.services.iter().find(|service| service.name == name);
        found.with_context(|| format!("the setup has no {name}"))
    }

    /// Where users find the replicas of a service.
    pub fn addresses(&self, name: &str, scheme: &str) -> anyhow::Result<Vec<Url>> {
        let ports = self
            .service(name)?
            .replicas
            .iter()
            .filter_map(|ports| ports.public);
        ports
            .map(|port| Ok(Url::parse(&format!("{scheme}://127.0.0.1:{port}"))?))
            .collect()
    }
}
