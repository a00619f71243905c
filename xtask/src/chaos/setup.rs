//! What the driver needs to know to start services and servers itself, and to stand between them.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::Context;
use serde::Serialize;

use crate::stack::infra::{self, Addresses};
use crate::stack::proxies::{self, Proxy};
use crate::stack::services::{self, Service, Settings};
use crate::stack::{Layout, Stack, postgres, process, registry};

/// Replicas of a service that may run at the same time.
const REPLICAS: usize = 2;

#[derive(Serialize)]
pub(crate) struct Setup {
    services: Vec<ServiceSetup>,
    broker_pid: i32,
    servers: Vec<ServerSetup>,
    proxies: Vec<Proxy>,
    logs: PathBuf,
}

#[derive(Serialize)]
struct ServiceSetup {
    name: &'static str,
    program: PathBuf,
    env: BTreeMap<String, String>,
    replicas: Vec<Ports>,
}

#[derive(Serialize)]
struct ServerSetup {
    name: &'static str,
    pid: i32,
    program: PathBuf,
    args: Vec<String>,
    env: BTreeMap<String, String>,
    account: Option<(u32, u32)>,
    port: u16,
    log: PathBuf,
}

#[derive(Serialize)]
struct Ports {
    admin: u16,
    public: Option<u16>,
}

impl Setup {
    /// Of a stack whose servers run, and the programs in `services`.
    pub(crate) fn of(stack: &Stack, addresses: &Addresses, services: &Path) -> anyhow::Result<Self> {
        let settings = Settings {
            binaries: services,
            log: None,
        };
        let brokers = stack.layout.brokers();
        let names = brokers.iter().copied().chain([postgres::NAME, registry::NAME]);
        let servers: Vec<ServerSetup> = names
            .map(|name| server(stack, name))
            .collect::<anyhow::Result<_>>()?;
        let mut ways = Vec::new();
        for server in &servers {
            // A broker has a port for each service, the others one for all.
            let shared = (!brokers.contains(&server.name)).then_some(server.port);
            ways.extend(proxies::ensure(stack, server.name, shared)?);
        }
        Ok(Self {
            services: services::ALL
                .iter()
                .map(|it| service(stack, it, addresses, &settings))
                .collect::<anyhow::Result<_>>()?,
            broker_pid: servers.first().context("there is a broker")?.pid,
            servers,
            proxies: ways,
            logs: stack.path("logs"),
        })
    }
}

fn service(
    stack: &Stack,
    service: &Service,
    addresses: &Addresses,
    settings: &Settings<'_>,
) -> anyhow::Result<ServiceSetup> {
    let spec = match stack.layout {
        Layout::Plain | Layout::Bench | Layout::BenchBesidePeer | Layout::Recovery => {
            service.spec(stack, addresses, settings)?
        }
        Layout::Faults { .. } => {
            let addresses = infra::through_proxies(stack, service.name)?;
            service.spec(stack, &addresses, settings)?
        }
    };
    let replicas = (0..REPLICAS).map(|slot| {
        let public = service.url(stack).map(|_| format!("{}-{slot}", service.name));
        Ok(Ports {
            admin: stack.ports.assign(&format!("{}-admin-{slot}", service.name), 0)?,
            public: public.map(|name| stack.ports.assign(&name, 0)).transpose()?,
        })
    });
    Ok(ServiceSetup {
        name: service.name,
        program: spec.program,
        env: spec.env.into_iter().chain([mark(stack)]).collect(),
        replicas: replicas.collect::<anyhow::Result<_>>()?,
    })
}

fn server(stack: &Stack, name: &'static str) -> anyhow::Result<ServerSetup> {
    let (spec, record) = stack.supervisor.how_it_started(name)?;
    Ok(ServerSetup {
        name,
        pid: record.pid,
        program: spec.program,
        args: spec.args,
        // The driver has variables of its own, which a server may take for settings.
        env: own_environment().chain(spec.env).chain([mark(stack)]).collect(),
        account: spec.account.map(|account| (account.uid, account.gid)),
        port: stack
            .ports
            .current(name)
            .with_context(|| format!("{name} has a port"))?,
        log: record.log,
    })
}

/// By which a process is found that outlived the driver.
fn mark(stack: &Stack) -> (String, String) {
    (process::STACK_MARK.to_owned(), stack.dir.display().to_string())
}

fn own_environment() -> impl Iterator<Item = (String, String)> {
    std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
}
