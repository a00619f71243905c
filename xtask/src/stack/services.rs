//! The five services: their ports, their environment, their readiness.

use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context, bail};

use crate::stack::infra::Addresses;
use crate::stack::process::{Record, Stop};
use crate::stack::supervisor::{Outcome, Spec};
use crate::stack::{Stack, environment, frontend, http, tokens};
use crate::ui;

/// One service as the stack sees it.
#[derive(Debug)]
pub(crate) struct Service {
    pub(crate) name: &'static str,
    /// How its variables in `.taskwire/env` begin.
    pub(crate) prefix: &'static str,
    /// Scheme and documented port of what it serves to users.
    public: Option<(&'static str, u16)>,
    admin_port: u16,
    /// What describes its API, and where.
    documents: &'static [(&'static str, &'static str)],
    /// The variable with the password of its Postgres role.
    password: Option<&'static str>,
}

/// In the order of the workspace.
pub(crate) const ALL: [Service; 5] = [
    Service {
        name: "backend-api",
        prefix: "API",
        public: Some(("http", 8080)),
        admin_port: 9080,
        documents: &[
            ("the API, to read and to try", "/docs/"),
            ("as OpenAPI", "/openapi.json"),
        ],
        password: Some("TASKWIRE_BACKEND_API_PASSWORD"),
    },
    Service {
        name: "notification-svc",
        prefix: "NOTIFICATION",
        public: Some(("http", 8081)),
        admin_port: 9081,
        documents: &[("as OpenAPI", "/v1/notifications/openapi.json")],
        password: Some("TASKWIRE_NOTIFICATION_SVC_PASSWORD"),
    },
    Service {
        name: "audit-svc",
        prefix: "AUDIT",
        public: Some(("http", 8082)),
        admin_port: 9082,
        documents: &[("as OpenAPI", "/v1/audit/openapi.json")],
        password: Some("TASKWIRE_AUDIT_SVC_PASSWORD"),
    },
    Service {
        name: "ws-gateway",
        prefix: "WS",
        public: Some(("ws", 8083)),
        admin_port: 9083,
        documents: &[],
        password: None,
    },
    Service {
        name: "recurring-svc",
        prefix: "RECURRING",
        public: None,
        admin_port: 9084,
        documents: &[],
        password: None,
    },
];

/// Where the protocols that no OpenAPI document describes are written down: what, and the file.
pub(crate) const WRITTEN: [(&str, &str); 2] = [
    ("the WebSocket protocol", "docs/REALTIME.md"),
    ("webhooks", "docs/WEBHOOKS.md"),
];

/// Every address and file that describes an API, a line each.
pub(crate) fn documentation(stack: &Stack) -> String {
    let served = ALL.iter().flat_map(|service| {
        let documents = service.documents(stack).into_iter();
        documents.map(|(what, url)| format!("  {:<17} {what:<28} {url}\n", service.name))
    });
    let written = WRITTEN.map(|(what, file)| format!("  {:<17} {what:<28} {file}\n", ""));
    served.chain(written).collect()
}

/// What the services are started with, besides the addresses.
#[derive(Debug, Clone)]
pub(crate) struct Settings<'a> {
    pub(crate) binaries: &'a Path,
    /// The filter of `LOG`; absent: the services' own.
    pub(crate) log: Option<&'a str>,
}

/// Starts what does not run, replaces what is outdated, and waits until all are ready.
pub(crate) fn ensure(stack: &Stack, addresses: &Addresses, settings: &Settings<'_>) -> anyhow::Result<()> {
    let start = Instant::now();
    let mut begun = Vec::new();
    for service in &ALL {
        let spec = service.spec(stack, addresses, settings)?;
        let (record, outcome) = stack.supervisor.ensure(&spec)?;
        begun.push((service, record, outcome));
    }
    for (service, record, outcome) in &begun {
        service.await_ready(stack, record)?;
        let how = match outcome {
            Outcome::Reused => "already running".to_owned(),
            Outcome::Started => format!("ready ({})", ui::seconds(start.elapsed())),
            Outcome::Replaced => format!("restarted with what changed ({})", ui::seconds(start.elapsed())),
        };
        let place = service.url(stack).unwrap_or_else(|| "no public port".to_owned());
        ui::step(service.name, &format!("{place} {how}"));
    }
    Ok(())
}

/// Starts one of them alone and waits until it is ready; the others have addresses, and nobody is there.
pub(crate) fn ensure_one(
    stack: &Stack,
    addresses: &Addresses,
    settings: &Settings<'_>,
    name: &str,
) -> anyhow::Result<()> {
    for service in &ALL {
        let spec = service.spec(stack, addresses, settings)?;
        if service.name == name {
            let (record, _) = stack.supervisor.ensure(&spec)?;
            service.await_ready(stack, &record)?;
        }
    }
    Ok(())
}

impl Service {
    pub(crate) fn url(&self, stack: &Stack) -> Option<String> {
        let (scheme, _) = self.public?;
        Some(environment::url(scheme, stack.ports.current(self.name)?))
    }

    /// Whether it serves users.
    #[cfg(test)]
    pub(crate) fn is_public(&self) -> bool {
        self.public.is_some()
    }

    /// What describes its API, with the address of each document.
    pub(crate) fn documents(&self, stack: &Stack) -> Vec<(&'static str, String)> {
        let Some(url) = self.url(stack) else {
            return Vec::new();
        };
        let documents = self.documents.iter();
        documents
            .map(|(what, path)| (*what, format!("{url}{path}")))
            .collect()
    }

    /// The path of its OpenAPI document.
    pub(crate) fn openapi(&self) -> Option<&'static str> {
        let mut paths = self.documents.iter().map(|(_, path)| *path);
        paths.find(|path| path.ends_with("/openapi.json"))
    }

    pub(crate) fn admin_url(&self, stack: &Stack) -> String {
        environment::url(
            "http",
            stack
                .ports
                .current(&environment::admin_port_name(self))
                .unwrap_or(self.admin_port),
        )
    }

    /// Where it answers questions about its health, once it was started.
    pub(crate) fn admin_port(&self, stack: &Stack) -> Option<u16> {
        stack.ports.current(&environment::admin_port_name(self))
    }

    /// Variable and value of its database password.
    pub(crate) fn password(&self, stack: &Stack) -> anyhow::Result<Option<(&'static str, String)>> {
        self.password
            .map(|variable| Ok((variable, stack.secrets.get(self.name)?)))
            .transpose()
    }

    fn role(&self) -> String {
        format!("taskwire_{}", self.name.replace('-', "_"))
    }

    pub(crate) fn spec(
        &self,
        stack: &Stack,
        addresses: &Addresses,
        settings: &Settings<'_>,
    ) -> anyhow::Result<Spec> {
        let admin_name = environment::admin_port_name(self);
        let running = stack.supervisor.running(self.name).is_some();
        let port = |name: &str, documented| match stack.ports.current(name) {
            Some(port) if running => anyhow::Ok(port),
            _ => stack.ports.assign(name, documented),
        };
        let mut env = vec![
            (
                "ADMIN_ADDR",
                format!("127.0.0.1:{}", port(&admin_name, self.admin_port)?),
            ),
            ("KAFKA_BROKERS", addresses.kafka_brokers.clone()),
            ("REGISTRY_URL", addresses.registry_url.clone()),
            ("INSTANCE", format!("{}-local", self.name)),
            ("LOG_FORMAT", "json".to_owned()),
        ];
        env.extend(settings.log.map(|filter| ("LOG", filter.to_owned())));
        if let Some((_, documented)) = self.public {
            env.push((
                "LISTEN_ADDR",
                format!("127.0.0.1:{}", port(self.name, documented)?),
            ));
            env.push(("JWT_ISSUERS", tokens::issuers(stack)));
            env.push(("JWT_AUDIENCE", tokens::AUDIENCE.to_owned()));
            env.push(("LOCAL_STACK", "true".to_owned()));
            env.push(("CORS_ALLOWED_ORIGINS", origins(stack)));
        }
        if let Some((_, password)) = self.password(stack)? {
            env.push((
                "DATABASE_URL",
                as_role(&addresses.database_url, &self.role(), &password)?,
            ));
        }
        if self.name == "backend-api"
            && let Some(copies) = addresses.replication_override
        {
            env.push(("REPLICATION_OVERRIDE", copies.to_string()));
        }
        if self.name == "notification-svc" {
            // Webhooks to this machine are refused everywhere else.
            env.push(("WEBHOOK_ALLOW_LIST", "127.0.0.0/8".to_owned()));
        }
        Ok(Spec {
            name: self.name,
            program: settings.binaries.join(self.name),
            args: Vec::new(),
            env: env
                .into_iter()
                .map(|(name, value)| (name.to_owned(), value))
                .collect(),
            account: None,
            stop: Stop::Terminate,
        })
    }

    fn await_ready(&self, stack: &Stack, record: &Record) -> anyhow::Result<()> {
        let port = self.admin_port(stack).context("an admin port was assigned")?;
        stack.supervisor.wait_until(record, Duration::from_secs(60), || {
            match http::get(port, "/readyz")? {
                (200, _) => Ok(()),
                (status, body) => bail!("/readyz answers {status}: {}", body.trim()),
            }
        })
    }
}

/// Whose pages may call: the front end's, and those of its development server.
fn origins(stack: &Stack) -> String {
    const DEVELOPMENT: &str = "http://localhost:3000";
    match frontend::url(stack) {
        Some(url) if url != DEVELOPMENT => format!("{url},{DEVELOPMENT}"),
        _ => DEVELOPMENT.to_owned(),
    }
}

/// The same database, as another role.
pub(crate) fn as_role(url: &str, role: &str, password: &str) -> anyhow::Result<String> {
    let (scheme, rest) = url.split_once("://").context("DATABASE_URL has no scheme")?;
    // The user part ends at the last @ before the path; a password may hold an encoded one.
    let end = rest.find(['/', '?']).unwrap_or(rest.len());
    let (authority, path) = rest.split_at(end);
    let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    Ok(format!("{scheme}://{role}:{password}@{host}{path}"))
}

#[cfg(test)]
mod tests {
    use super::as_role;

    #[test]
    fn the_role_takes_the_place_of_whoever_was_in_the_address() {
        let role = |url| as_role(url, "r", "p").unwrap();
        assert_eq!(
            role("postgres://u:x@h:1/d?sslmode=require"),
            "postgres://r:p@h:1/d?sslmode=require"
        );
        assert_eq!(role("postgresql://h/d"), "postgresql://r:p@h/d");
        assert_eq!(role("postgres://u@h:1"), "postgres://r:p@h:1");
        assert!(as_role("h/d", "r", "p").is_err());
    }
}
