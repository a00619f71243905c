//! One public origin, as in production: which path is whose, and on the local stack a proxy that keeps to it.

use std::path::Path;
use std::time::Duration;

use anyhow::Context;

use crate::stack::process::Stop;
use crate::stack::supervisor::Spec;
use crate::stack::{Stack, environment, frontend, http};

pub(crate) const NAME: &str = "origin";

/// Everything at a path and below it.
#[derive(Debug)]
pub(crate) struct Route {
    pub(crate) path: &'static str,
    /// A service, or the front end.
    pub(crate) to: &'static str,
    /// What it calls that path itself.
    pub(crate) as_path: &'static str,
}

/// The one table of public routes; of those that fit, the longest path wins. Below `/v1` the `Cookie` header is dropped.
pub(crate) const ROUTES: [Route; 9] = [
    same("/v1/notifications", "notification-svc"),
    same("/v1/notification-settings", "notification-svc"),
    same("/v1/webhook-endpoints", "notification-svc"),
    same("/v1/audit", "audit-svc"),
    same("/v1/stream", "ws-gateway"),
    same("/v1", "backend-api"),
    same("/openapi.json", "backend-api"),
    Route {
        path: "/docs/backend-api",
        to: "backend-api",
        as_path: "/docs",
    },
    same("/", frontend::NAME),
];

const fn same(path: &'static str, to: &'static str) -> Route {
    Route {
        path,
        to,
        as_path: path,
    }
}

/// Starts it on the front end's public port, and waits until the front end answers through it.
pub(crate) fn ensure(stack: &Stack, port: u16, binaries: &Path) -> anyhow::Result<()> {
    let (record, _) = stack.supervisor.ensure(&spec(stack, port, binaries)?)?;
    let ready = || frontend::is_healthy(http::get(port, frontend::HEALTH)?);
    stack
        .supervisor
        .wait_until(&record, Duration::from_secs(60), ready)
}

fn spec(stack: &Stack, port: u16, binaries: &Path) -> anyhow::Result<Spec> {
    let mut args = vec!["--listen".to_owned(), format!("127.0.0.1:{port}")];
    for route in &ROUTES {
        let behind = match route.to {
            frontend::NAME => frontend::own_port(stack),
            service => stack.ports.current(service),
        };
        let behind = behind.with_context(|| format!("{} has no port", route.to))?;
        let to = format!("{}{}", environment::url("http", behind), route.as_path);
        args.extend(["--route".to_owned(), format!("{}={to}", route.path)]);
    }
    Ok(Spec {
        name: NAME,
        program: binaries.join(NAME),
        args,
        env: Vec::new(),
        account: None,
        stop: Stop::Terminate,
    })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::stack::services;

    #[test]
    fn every_service_with_callers_has_a_route_and_no_path_has_two() {
        let paths: BTreeSet<_> = ROUTES.iter().map(|route| route.path).collect();
        assert_eq!(paths.len(), ROUTES.len());
        let reached: BTreeSet<_> = ROUTES.iter().map(|route| route.to).collect();
        let public = services::ALL.iter().filter(|service| service.is_public());
        let expected = public.map(|service| service.name).chain([frontend::NAME]);
        assert_eq!(reached, expected.collect());
    }
}
