//! The front end of a stack: where people find it, what the services are told of it, and its process.

use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context, bail};

use crate::frontend::build;
use crate::stack::infra::Addresses;
use crate::stack::process::{Record, Stop};
use crate::stack::supervisor::{Outcome, Spec};
use crate::stack::{Stack, environment, http, origin, services, tokens};
use crate::ui;
use crate::workspace::Workspace;

pub(crate) const NAME: &str = "frontend";
const PORT: u16 = 3000;
const ROLE: &str = "taskwire_frontend";
/// The variable with the password of its Postgres role.
pub(crate) const PASSWORD: &str = "TASKWIRE_FRONTEND_PASSWORD";
/// Where it says whether it is ready.
pub(crate) const HEALTH: &str = "/healthz";

/// Whether a stack has one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum FrontEnd {
    #[default]
    LeftOut,
    /// Each service at its own address beside it.
    Wanted,
    /// Behind one address with the services, as in production.
    OneOrigin,
}

/// The port that it listens on where a proxy has the public one.
const BEHIND: &str = "frontend-behind-origin";

/// Gives it its ports, before the services start: they are told where it will be.
pub(crate) fn assign(stack: &Stack) -> anyhow::Result<()> {
    let (public, behind) = match stack.front_end {
        FrontEnd::LeftOut => return Ok(()),
        FrontEnd::Wanted => (NAME, None),
        FrontEnd::OneOrigin => (origin::NAME, Some(NAME)),
    };
    let keeps = |port: &str, process: &str| {
        stack.supervisor.running(process).is_some() && stack.ports.current(port).is_some()
    };
    if !keeps(NAME, public) || (behind.is_none() && stack.supervisor.running(origin::NAME).is_some()) {
        // Who has it makes room: one address is either the front end's or the proxy's.
        stack.supervisor.stop(&[NAME, origin::NAME]);
        stack.ports.assign(NAME, PORT)?;
    }
    if behind.is_some_and(|process| !keeps(BEHIND, process)) {
        stack.ports.assign(BEHIND, PORT + 1)?;
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
        environment::url("http", own_port(stack)?)
    ))
}

/// What it listens on itself.
pub(crate) fn own_port(stack: &Stack) -> Option<u16> {
    match stack.front_end {
        FrontEnd::OneOrigin => stack.ports.current(BEHIND),
        _ => port(stack),
    }
}

fn port(stack: &Stack) -> Option<u16> {
    let is_wanted = stack.front_end != FrontEnd::LeftOut;
    is_wanted.then(|| stack.ports.current(NAME)).flatten()
}

/// Starts it from what was built, or replaces what is outdated, and waits until it is ready. Where the stack has none, one that
/// runs is ended.
pub(crate) fn ensure(
    workspace: &Workspace,
    stack: &Stack,
    addresses: &Addresses,
    binaries: &Path,
) -> anyhow::Result<()> {
    let (Some(url), Some(public)) = (url(stack), port(stack)) else {
        stack.supervisor.stop(&[NAME, origin::NAME]);
        return Ok(());
    };
    let start = Instant::now();
    let spec = spec(workspace, stack, addresses, &url)?;
    let (record, outcome) = stack.supervisor.ensure(&spec)?;
    await_ready(stack, &record)?;
    if stack.front_end == FrontEnd::OneOrigin {
        origin::ensure(stack, public, binaries)?;
    }
    let how = match outcome {
        Outcome::Reused => "already running".to_owned(),
        Outcome::Started => format!("ready ({})", ui::seconds(start.elapsed())),
        Outcome::Replaced => format!("restarted with what changed ({})", ui::seconds(start.elapsed())),
    };
    ui::step(NAME, &format!("{url} {how}"));
    Ok(())
}

/// Whether it answers, where people find it, that it is ready.
pub(crate) fn is_ready(stack: &Stack) -> anyhow::Result<()> {
    let port = stack.ports.current(NAME).context("it has no port")?;
    is_healthy(http::get(port, HEALTH)?)
}

pub(crate) fn is_healthy(answer: (u16, String)) -> anyhow::Result<()> {
    match answer {
        (200, _) => Ok(()),
        (status, body) => bail!("{HEALTH} answers {status}: {}", body.trim()),
    }
}

fn await_ready(stack: &Stack, record: &Record) -> anyhow::Result<()> {
    let deadline = Duration::from_secs(60);
    let port = own_port(stack).context("it has no port")?;
    stack
        .supervisor
        .wait_until(record, deadline, || is_healthy(http::get(port, HEALTH)?))
}

fn spec(workspace: &Workspace, stack: &Stack, addresses: &Addresses, url: &str) -> anyhow::Result<Spec> {
    let server = build::copy(workspace, &stack.path(NAME))?;
    let database = services::as_role(&addresses.database_url, ROLE, &stack.secrets.get(NAME)?)?;
    let port = own_port(stack).context("the front end has a port")?;
    let is_behind = stack.front_end == FrontEnd::OneOrigin;
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
        ("TRUSTED_PROXIES", u8::from(is_behind).to_string()),
    ];
    for (name, service) in [
        ("API_URL", "backend-api"),
        ("NOTIFICATION_URL", "notification-svc"),
        ("AUDIT_URL", "audit-svc"),
        ("WS_URL", "ws-gateway"),
    ] {
        let service = services::ALL.iter().find(|known| known.name == service);
        let url = service.and_then(|service| service.url(stack));
        let url = url.with_context(|| format!("nobody serves {name}"))?;
        // Empty: where the page itself comes from.
        env.push((name, if is_behind { String::new() } else { url }));
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
