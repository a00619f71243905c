//! `cargo xtask test`: all tests, on instances of their own.

use std::process::ExitCode;
use std::time::Instant;

use crate::prerequisites::{self, Purpose};
use crate::stack::infra;
use crate::stack::throw_away::ThrowAway;
use crate::stack::{Stack, postgres, setup};
use crate::workspace::Workspace;
use crate::{command, ui};

/// Arguments of `cargo xtask test`.
#[derive(Debug, clap::Args)]
pub(crate) struct TestArgs {
    /// Only tests whose name contains this
    filter: Option<String>,
}

/// Runs the tests and says how it went.
pub(crate) fn run(workspace: &Workspace, args: &TestArgs) -> anyhow::Result<ExitCode> {
    let start = Instant::now();
    prerequisites::check(Purpose::LocalStack)?;
    let throw_away = ThrowAway::begin(workspace)?;
    let stack = &throw_away.stack;
    let addresses = setup::build_and_start(stack, None, || {
        command::expect_success(&mut workspace.cargo(&["build", "--workspace", "--all-targets"]))
    })?;
    let mut cargo = workspace.cargo(&["test", "--workspace", "--no-fail-fast"]);
    cargo.args(&args.filter);
    cargo.envs(environment(workspace, stack, &addresses)?);
    let status = command::run(&mut cargo)?;
    drop(throw_away);
    let elapsed = ui::seconds(start.elapsed());
    if status.success() {
        ui::step("test", &format!("all tests passed ({elapsed})"));
        return Ok(ExitCode::SUCCESS);
    }
    ui::failure(&format!("tests failed ({elapsed})"));
    Ok(ExitCode::FAILURE)
}

fn environment(
    workspace: &Workspace,
    stack: &Stack,
    addresses: &infra::Addresses,
) -> anyhow::Result<Vec<(&'static str, String)>> {
    let port = stack.ports.current(postgres::NAME).unwrap_or_default();
    Ok(vec![
        (
            "TEST_DATABASE_URL",
            postgres::superuser_url(stack, port, "postgres")?,
        ),
        ("TEST_KAFKA_BROKERS", addresses.kafka_brokers.clone()),
        ("TEST_REGISTRY_URL", addresses.registry_url.clone()),
        (
            "TASKWIRE_BIN_DIR",
            workspace.target.join("debug").display().to_string(),
        ),
    ])
}
