//! Where the fault suite's proxies listen: a port for every service and server.
//!
//! The driver runs the proxies; here they only get their ports, which are held until it begins.

use serde::Serialize;

use crate::stack::Stack;
use crate::stack::services;

/// One service's way to one server.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Proxy {
    pub(crate) service: &'static str,
    pub(crate) server: &'static str,
    /// What the service is told to use.
    pub(crate) listen: u16,
    /// Where the server listens for it.
    pub(crate) forward: u16,
}

/// The ways of all services to a server, assigned when they are first asked for; none where there are no proxies.
/// `shared` is the port on which the server listens for all of them, unless it has one for each.
pub(crate) fn ensure(stack: &Stack, server: &'static str, shared: Option<u16>) -> anyhow::Result<Vec<Proxy>> {
    if !stack.layout.bears_faults() {
        return Ok(Vec::new());
    }
    let mut proxies = Vec::new();
    for service in &services::ALL {
        let name = format!("{server}-for-{}", service.name);
        let listen = match port(stack, server, service.name) {
            Some(port) => port,
            None => stack.ports.hold(&proxy_name(server, service.name))?,
        };
        let forward = match (shared, stack.ports.current(&name)) {
            (Some(port), _) | (None, Some(port)) => port,
            (None, None) => stack.ports.assign(&name, 0)?,
        };
        proxies.push(Proxy {
            service: service.name,
            server,
            listen,
            forward,
        });
    }
    Ok(proxies)
}

/// Where a service finds a server.
pub(crate) fn port(stack: &Stack, server: &str, service: &str) -> Option<u16> {
    stack.ports.current(&proxy_name(server, service))
}

fn proxy_name(server: &str, service: &str) -> String {
    format!("{server}-for-{service}-proxy")
}
