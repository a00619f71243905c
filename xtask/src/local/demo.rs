//! `cargo xtask demo`: the main job as a story, told by the running stack.

use std::process::{Command, ExitCode};

use anyhow::bail;

use crate::stack::{Stack, environment, services};
use crate::workspace::{Profile, Workspace};
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
    let variables = environment::of_running(&stack)?;
    let story = environment::program(&variables, "demo")?;
    // In the profile that `up` was told to use, so that nothing is built twice.
    let mut build = workspace.cargo(&["build", "--package", "tests", "--bin", "demo", "--quiet"]);
    if story.parent() == Some(&workspace.binaries(Profile::Release)) {
        build.arg("--release");
    }
    ui::step("demo", "building the story");
    command::expect_success(&mut build)?;
    let status = command::run(
        Command::new(story)
            .envs(variables.iter().cloned())
            .current_dir(&workspace.root),
    )?;
    if let Some(url) = environment::value(&variables, environment::FRONTEND_URL) {
        ui::line(&format!("\nand now yourself, in a browser: {url}"));
    }
    Ok(if status.success() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}
