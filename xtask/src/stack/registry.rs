//! Apicurio Registry, used through its Confluent API, with its data in an H2 file.

use std::path::Path;
use std::time::Duration;

use anyhow::{Context, bail};

use crate::stack::process::Stop;
use crate::stack::supervisor::Spec;
use crate::stack::{Stack, http, kafka};

const PORT: u16 = 28_081;
/// Where its Confluent API begins.
const API: &str = "/apis/ccompat/v7";
pub(crate) const NAME: &str = "registry";

/// Starts it, or finds it running; the port it has.
pub(crate) fn ensure(stack: &Stack, program: &Path) -> anyhow::Result<u16> {
    let port = match (stack.supervisor.running(NAME), stack.ports.current(NAME)) {
        (Some(_), Some(port)) => port,
        _ => stack.ports.assign(NAME, PORT)?,
    };
    let data = stack.path("data/registry");
    std::fs::create_dir_all(&data).with_context(|| format!("cannot create {}", data.display()))?;
    let mut args = kafka::JVM.map(str::to_owned).to_vec();
    args.extend(["-Xmx256m".to_owned(), "-jar".to_owned(), runner(program)?]);
    let env = [
        ("QUARKUS_HTTP_HOST", "127.0.0.1".to_owned()),
        ("QUARKUS_HTTP_PORT", port.to_string()),
        (
            "REGISTRY_DATASOURCE_URL",
            format!("jdbc:h2:file:{}/registry", data.display()),
        ),
    ];
    let env = env
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value))
        .collect();
    let spec = Spec {
        name: NAME,
        program: kafka::java()?,
        args,
        env,
        account: None,
        stop: Stop::Terminate,
    };
    let (record, _) = stack.supervisor.ensure(&spec)?;
    stack
        .supervisor
        .wait_until(&record, Duration::from_secs(180), || {
            match http::get(port, &format!("{API}/subjects"))? {
                (200, _) => Ok(()),
                (status, _) => bail!("it answers {status}"),
            }
        })?;
    Ok(port)
}

/// The address that clients are given.
pub(crate) fn url(port: u16) -> String {
    format!("http://127.0.0.1:{port}{API}")
}

fn runner(program: &Path) -> anyhow::Result<String> {
    let entries = std::fs::read_dir(program).with_context(|| format!("cannot read {}", program.display()))?;
    let names = entries.flatten().map(|entry| entry.path());
    let runner = names
        .into_iter()
        .find(|path| path.to_string_lossy().ends_with("-runner.jar"));
    Ok(runner
        .with_context(|| format!("no runner in {}", program.display()))?
        .display()
        .to_string())
}
