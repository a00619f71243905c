//! The front end of a stack: where people find it, what the services are told of it, and its process.

use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context, bail};

use crate::frontend::build;
use crate::stack::infra::Addresses;
use crate::stack::process::{Record, Stop};
use crate::stack::supervisor::{Outcome, Spec};
use crate::stack::{Stack, environment, http, services, tokens};
use crate::ui;
use crate::workspace::Workspace;

pub(crate) const NAME: &str = "frontend";
const PORT: u16 = 3000;
const ROLE: &str = "taskwire_frontend";
/// The variable with the password of its Postgres role.
pub(crate) const PASSWORD: &str = "TASKWIRE_FRONTEND_PASSWORD";
/// Where it says whether it is ready.
const HEALTH: &str = "/healthz";

/// Whether a stack has one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum FrontEnd {
    #[default]
    LeftOut,
    Wanted,
}

/// Gives it a port, before the services start: they are told where it will be.
pub(crate) fn assign(stack: &Stack) -> anyhow::Result<()> {
    let runs = stack.supervisor.running(NAME).is_some() && stack.ports.current(NAME).is_some();
    if stack.front_end == FrontEnd::Wanted && !runs {
        stack.ports.assign(NAME, PORT)?;
    }
    Ok(())
}

/// Where people find it. Not 127.0.0.1: only `localhost` counts as safe without TLS in every browser, and the session's
/// cookie asks for that.
pub(crate) fn url(stack: &Stack) -> Option<String> {
    Some(format!("http://localhost:{}", port(stack)?))
}

/// Where its public keys are, for processes of this machine.
pub(crate) fn jwks(stack: &Stack) -> Option<String> {
    Some(format!(
        "{}/api/auth/jwks",
        environment::url("http", port(stack)?)
    ))
}

fn port(stack: &Stack) -> Option<u16> {
    let is_wanted = stack.front_end == FrontEnd::Wanted;
    is_wanted.then(|| stack.ports.current(NAME)).flatten()
}

/// Starts it from what was built, or replaces what is outdated, and waits until it is ready. Where the stack has none, one that
/// runs is ended.
pub(crate) fn ensure(workspace: &Workspace, stack: &Stack, addresses: &Addresses) -> anyhow::Result<()> {
    let Some(url) = url(stack) else {
        stack.supervisor.stop(&[NAME]);
        return Ok(());
    };
    let start = Instant::now();
    let spec = spec(workspace, stack, addresses, &url)?;
    let (record, outcome) = stack.supervisor.ensure(&spec)?;
    await_ready(stack, &record)?;
    let how = match outcome {
        Outcome::Reused => "already running".to_owned(),
        Outcome::Started => format!("ready ({})", ui::seconds(start.elapsed())),
        Outcome::Replaced => format!("restarted with what changed ({})", ui::seconds(start.elapsed())),
    };
    ui::step(NAME, &format!("{url} {how}"));
    Ok(())
}

/// Whether it answers that it is ready.
pub(crate) fn is_ready(stack: &Stack) -> anyhow::Result<()> {
    let port = stack.ports.current(NAME).context("it has no port")?;
    match http::get(port, HEALTH)? {
        (200, _) => Ok(()),
        (status, body) => bail!("{HEALTH} answers {status}: {}", body.trim()),
    }
}

fn await_ready(stack: &Stack, record: &Record) -> anyhow::Result<()> {
    let deadline = Duration::from_secs(60);
    stack.supervisor.wait_until(record, deadline, || is_ready(stack))
}

fn spec(workspace: &Workspace, stack: &Stack, addresses: &Addresses, url: &str) -> anyhow::Result<Spec> {
    let server = build::copy(workspace, &stack.path(NAME))?;
    let database = services::as_role(&addresses.database_url, ROLE, &stack.secrets.get(NAME)?)?;
    let port = port(stack).context("the front end has a port")?;
    let mut env = vec![
        ("HOSTNAME", "127.0.0.1".to_owned()),
        ("PORT", port.to_string()),
        ("NODE_ENV", "production".to_owned()),
        ("NEXT_TELEMETRY_DISABLED", "1".to_owned()),
        ("FRONTEND_URL", url.to_owned()),
        ("DATABASE_URL", database),
        ("AUTH_SECRET", secret(stack)?),
        ("JWT_AUDIENCE", tokens::AUDIENCE.to_owned()),
        ("LOCAL_STACK", "true".to_owned()),
    ];
    for (name, service) in [
        ("API_URL", "backend-api"),
        ("NOTIFICATION_URL", "notification-svc"),
        ("AUDIT_URL", "audit-svc"),
        ("WS_URL", "ws-gateway"),
    ] {
        let service = services::ALL.iter().find(|known| known.name == service);
        let url = service.and_then(|service| service.url(stack));
        env.push((name, url.with_context(|| format!("nobody serves {name}"))?));
    }
    let env = env.into_iter().map(|(name, value)| (name.to_owned(), value));
    Ok(Spec {
        name: NAME,
        program: node()?.into(),
        args: vec![server.display().to_string()],
        env: env.collect(),
        account: None,
        stop: Stop::Terminate,
    })
}

/// What it signs and encrypts with, the same for as long as the stack lives: two secrets, as one is too short.
fn secret(stack: &Stack) -> anyhow::Result<String> {
    let [one, other] = ["frontend-secret-1", "frontend-secret-2"].map(|name| stack.secrets.get(name));
    Ok(format!("{}{}", one?, other?))
}

/// The program itself: a wrapper by that name would stand between us and it.
fn node() -> anyhow::Result<String> {
    let output = Command::new("node").args(["-p", "process.execPath"]).output();
    let output = output.context("cannot run node")?;
    Ok(String::from_utf8(output.stdout)?.trim().to_owned())
}
