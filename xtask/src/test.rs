//! `cargo xtask test`: all tests, on instances of their own.

use std::process::ExitCode;

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
    let mut cargo = workspace.cargo(&["test", "--workspace", "--no-fail-fast"]);
    cargo.args(&args.filter);
    let status = command::run(&mut cargo)?;
    if status.success() {
        ui::step("test", "all tests passed");
        return Ok(ExitCode::SUCCESS);
    }
    ui::failure("tests failed");
    Ok(ExitCode::FAILURE)
}
