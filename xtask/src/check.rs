//! `cargo xtask check`: every rule of this repository, the same here and in CI.

use std::process::ExitCode;
use std::time::Instant;

use crate::workspace::Workspace;
use crate::{command, interrupt, tidy, ui};

/// Runs all rules and names those that failed; a failure does not hide the next one.
pub(crate) fn run(workspace: &Workspace) -> anyhow::Result<ExitCode> {
    let rules: [(&str, Rule); 4] = [
        ("tidy", tidy::check),
        ("format", format),
        ("clippy", clippy),
        ("docs", docs),
    ];
    let mut failed = Vec::new();
    for (name, rule) in rules {
        let start = Instant::now();
        match rule(workspace) {
            Ok(()) => ui::step(name, &format!("ok ({})", ui::seconds(start.elapsed()))),
            Err(error) => {
                interrupt::check()?;
                ui::failure(&format!("{name}: {error:#}"));
                failed.push(name);
            }
        }
    }
    if failed.is_empty() {
        ui::step("check", "every rule holds");
        return Ok(ExitCode::SUCCESS);
    }
    ui::failure(&format!("check failed: {}", failed.join(", ")));
    Ok(ExitCode::FAILURE)
}

type Rule = fn(&Workspace) -> anyhow::Result<()>;

fn format(workspace: &Workspace) -> anyhow::Result<()> {
    command::expect_success(&mut workspace.cargo(&["fmt", "--all", "--check"]))
}

fn clippy(workspace: &Workspace) -> anyhow::Result<()> {
    let args = [
        "clippy",
        "--workspace",
        "--all-targets",
        "--locked",
        "--",
        "-D",
        "warnings",
    ];
    command::expect_success(&mut workspace.cargo(&args))
}

fn docs(workspace: &Workspace) -> anyhow::Result<()> {
    let args = [
        "doc",
        "--workspace",
        "--no-deps",
        "--document-private-items",
        "--locked",
        "--quiet",
    ];
    command::expect_success(workspace.cargo(&args).env("RUSTDOCFLAGS", "-D warnings"))
}
