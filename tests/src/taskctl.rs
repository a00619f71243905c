//! The operator's tool, run as operators run it.

use std::path::PathBuf;
use std::process::{Output, Stdio};
use std::time::Duration;

use anyhow::{Context as _, bail};

use crate::environment::Environment;

const TIMEOUT: Duration = Duration::from_secs(30);

/// Runs `taskctl` with these arguments against the stack; its standard output.
pub async fn run(environment: &Environment, arguments: &[&str]) -> anyhow::Result<String> {
    ending_with(environment, arguments, &[0]).await
}

/// As [`run`], also where what it found makes it end with 3.
pub async fn output(environment: &Environment, arguments: &[&str]) -> anyhow::Result<String> {
    ending_with(environment, arguments, &[0, 3]).await
}

async fn ending_with(environment: &Environment, arguments: &[&str], codes: &[i32]) -> anyhow::Result<String> {
    let output = ended(environment, arguments).await?;
    if !output.status.code().is_some_and(|code| codes.contains(&code)) {
        bail!(
            "`taskctl {}` ended with {}: {}",
            arguments.join(" "),
            output.status,
            String::from_utf8_lossy(&output.stderr)
        );
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

async fn ended(environment: &Environment, arguments: &[&str]) -> anyhow::Result<Output> {
    let command_line = format!("taskctl {}", arguments.join(" "));
    let mut command = tokio::process::Command::new(binary(environment)?);
    command
        .args(arguments)
        .env("KAFKA_BROKERS", &environment.kafka.kafka_brokers)
        .env("REGISTRY_URL", &environment.kafka.registry_url)
        .env("DATABASE_URL", &environment.database_url)
        .stdin(Stdio::null())
        .kill_on_drop(true);
    let output = tokio::time::timeout(TIMEOUT, command.output()).await;
    let output = output.with_context(|| format!("`{command_line}` took more than {TIMEOUT:?}"))?;
    output.with_context(|| format!("`{command_line}` cannot be run"))
}

/// In the directory that the environment names, else beside this executable (or above, for test binaries in `deps`).
fn binary(environment: &Environment) -> anyhow::Result<PathBuf> {
    let own = std::env::current_exe().context("where this executable is")?;
    let beside = own
        .ancestors()
        .skip(1)
        .take(2)
        .map(|folder| folder.join("taskctl"));
    let named = environment
        .taskwire_bin_dir
        .iter()
        .map(|folder| folder.join("taskctl"));
    let found = named.chain(beside).find(|path| path.is_file());
    found.context("taskctl is not built: run `cargo build -p taskctl`, or set TASKWIRE_BIN_DIR")
}
