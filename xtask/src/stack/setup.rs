//! The order in which a stack comes up and goes down.

use std::path::Path;
use std::process::Command;
use std::time::Instant;

use anyhow::{Context, anyhow, bail};

use crate::stack::infra::{self, Addresses};
use crate::stack::process::last_lines;
use crate::stack::services::Settings;
use crate::stack::tokens::Issuer;
use crate::stack::{Stack, frontend, services};
use crate::workspace::{Profile, Workspace};
use crate::{command, interrupt, ui};

/// Starts the servers while cargo builds; whichever fails first ends the other.
pub(crate) fn build_and_start(
    stack: &Stack,
    external: Option<Addresses>,
    build: impl FnOnce() -> anyhow::Result<()>,
) -> anyhow::Result<Addresses> {
    std::thread::scope(|scope| {
        let infra = scope.spawn(|| {
            let addresses = external.map_or_else(|| infra::ensure(stack), Ok);
            addresses.inspect_err(|_| interrupt::abandon())
        });
        let built = build().inspect_err(|_| interrupt::abandon());
        let addresses = infra
            .join()
            .map_err(|_| anyhow!("the thread that starts the servers panicked"))?;
        match (built, addresses) {
            (Ok(()), addresses) => addresses,
            (Err(error), Err(other)) if error.is::<interrupt::Interrupted>() => Err(other),
            (Err(error), _) => Err(error),
        }
    })
}

/// The exit code of `taskctl` for what it leaves undone on purpose, such as another partition count.
const LEFT_UNDONE: i32 = 4;

/// Brings database, topics and schemas to the state that the checkout declares; `topic_options` are passed on to
/// `taskctl topics apply`.
pub(crate) fn prepare(
    workspace: &Workspace,
    stack: &Stack,
    addresses: &Addresses,
    binaries: &Path,
    topic_options: &[&str],
) -> anyhow::Result<()> {
    let start = Instant::now();
    let mut env = vec![
        ("DATABASE_URL", addresses.database_url.clone()),
        ("KAFKA_BROKERS", addresses.kafka_brokers.clone()),
        ("REGISTRY_URL", addresses.registry_url.clone()),
    ];
    let copies = addresses.replication_override;
    env.extend(copies.map(|copies| ("REPLICATION_OVERRIDE", copies.to_string())));
    for service in &services::ALL {
        env.extend(service.password(stack)?);
    }
    env.push((frontend::PASSWORD, stack.secrets.get(frontend::NAME)?));
    let topics = [&["topics", "apply"], topic_options].concat();
    // They touch three different servers.
    std::thread::scope(|scope| {
        let tasks = [&["migrate"][..], &topics, &["schemas", "apply"]];
        let running = tasks.map(|args| scope.spawn(|| taskctl(workspace, stack, binaries, args, &env)));
        for task in running {
            task.join()
                .map_err(|_| anyhow!("a thread that ran taskctl panicked"))??;
        }
        anyhow::Ok(())
    })?;
    ui::step(
        "taskctl",
        &format!(
            "database, topics and schemas are up to date ({})",
            ui::seconds(start.elapsed())
        ),
    );
    Ok(())
}

/// Brings a stack of our own to the declared state and starts the services on it, as built for debugging, and the front end where it is wanted.
pub(crate) fn start_services(
    workspace: &Workspace,
    stack: &Stack,
    addresses: &Addresses,
) -> anyhow::Result<()> {
    Issuer::of(stack)?;
    frontend::assign(stack)?;
    let binaries = workspace.binaries(Profile::Dev);
    prepare(workspace, stack, addresses, &binaries, &[])?;
    let settings = Settings {
        binaries: &binaries,
        log: None,
    };
    services::ensure(stack, addresses, &settings)?;
    frontend::ensure(workspace, stack, addresses, &binaries)
}

/// Ends the services first, then the servers they talk to.
pub(crate) fn stop(stack: &Stack, names: &[&str]) {
    let (infra, services): (Vec<&str>, Vec<&str>) =
        names.iter().partition(|name| infra::NAMES.contains(*name));
    stack.supervisor.stop(&services);
    stack.supervisor.stop(&infra);
}

fn taskctl(
    workspace: &Workspace,
    stack: &Stack,
    binaries: &Path,
    args: &[&str],
    env: &[(&str, String)],
) -> anyhow::Result<()> {
    let name: Vec<&str> = args.iter().take(2).copied().collect();
    let log = stack.supervisor.log(&format!("taskctl-{}", name.join("-")));
    let output = std::fs::File::create(&log).with_context(|| format!("cannot write {}", log.display()))?;
    let mut taskctl = Command::new(binaries.join("taskctl"));
    taskctl
        .args(args)
        .envs(env.iter().map(|(name, value)| (name, value)))
        .current_dir(&workspace.root);
    let status = command::run(taskctl.stdout(output.try_clone()?).stderr(output))?;
    if !status.success() {
        let text = std::fs::read_to_string(&log).unwrap_or_default();
        bail!(
            "taskctl {} failed ({status}){}; the end of {}:\n{}",
            args.join(" "),
            way_out(status.code()),
            log.display(),
            last_lines(&text, 15)
        );
    }
    Ok(())
}

/// What `taskctl` leaves undone on purpose belongs, on a stack of our own, to data of an older checkout.
fn way_out(code: Option<i32>) -> &'static str {
    match code {
        Some(LEFT_UNDONE) => {
            ": what runs was made from other declarations; `cargo xtask down --purge` starts a local stack over"
        }
        _ => "",
    }
}
