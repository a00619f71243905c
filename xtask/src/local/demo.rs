//! `cargo xtask demo`: the main job as a story, told by the running stack.

use std::process::{Command, ExitCode};

use anyhow::{Context, bail};

use crate::stack::{Stack, environment, services};
use crate::workspace::Workspace;
use crate::{command, ui};

/// Builds and runs the story, which lives in the crate `tests`.
pub(crate) fn run(workspace: &Workspace) -> anyhow::Result<ExitCode> {
    let stack = Stack::persistent(workspace)?;
    let silent: Vec<&str> = services::ALL
        .iter()
        .map(|service| service.name)
        .filter(|name| stack.supervisor.running(name).is_none())
        .collect();
    if !silent.is_empty() {
        bail!(
            "the stack is not up (missing: {}); start it with: cargo xtask up --detach",
            silent.join(", ")
        );
    }
    let variables =
        environment::read(&stack).context("there is no .taskwire/env; run `cargo xtask up` again")?;
    // In the profile that `up` was told to use, so that nothing is built twice.
    let binaries = variables
        .iter()
        .find(|(name, _)| name == "TASKWIRE_BIN_DIR")
        .map(|(_, value)| value.clone());
    let binaries = binaries.context(".taskwire/env names no TASKWIRE_BIN_DIR")?;
    let mut build = workspace.cargo(&["build", "--package", "tests", "--bin", "demo", "--quiet"]);
    if binaries.ends_with("release") {
        build.arg("--release");
    }
    ui::step("demo", "building the story");
    command::expect_success(&mut build)?;
    let status = command::run(
        Command::new(format!("{binaries}/demo"))
            .envs(variables)
            .current_dir(&workspace.root),
    )?;
    Ok(if status.success() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}
