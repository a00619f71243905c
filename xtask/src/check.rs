//! `cargo xtask check`: every rule of this repository, the same here and in CI.

use std::process::{Command, ExitCode, Stdio};
use std::time::Instant;

use anyhow::ensure;

use crate::prerequisites::{self, Purpose};
use crate::workspace::Workspace;
use crate::{chaos, command, frontend, interrupt, openapi, sqlx, tidy, ui};

/// The quick ones first.
const RULES: [(&str, Rule); 10] = [
    ("tidy", tidy::check),
    ("schemas", tidy::check_schemas),
    ("openapi", openapi::check),
    ("planted", chaos::check_planted),
    ("format", format),
    ("frontend", frontend::check),
    ("clippy", clippy),
    ("docs", docs),
    ("sqlx", sqlx::check),
    ("deny", deny),
];

#[derive(Debug, clap::Args)]
pub(crate) struct CheckArgs {
    /// Only these rules: tidy, schemas, openapi, planted, format, frontend, clippy, docs, sqlx, deny
    #[arg(value_parser = RULES.map(|(name, _)| name))]
    rules: Vec<String>,
    /// With `openapi` alone: make the APIs of today those of the last release
    #[arg(long)]
    accept: bool,
}

type Rule = fn(&Workspace) -> anyhow::Result<()>;

/// Runs all rules and names those that failed; a failure does not hide the next one.
pub(crate) fn run(workspace: &Workspace, args: &CheckArgs) -> anyhow::Result<ExitCode> {
    if args.accept {
        ensure!(args.rules == ["openapi"], "--accept goes with `openapi` alone");
        openapi::accept(workspace)?;
    }
    let wanted = |name: &str| args.rules.is_empty() || args.rules.iter().any(|rule| rule == name);
    prerequisites::check(if wanted("frontend") {
        Purpose::WithFrontEnd
    } else {
        Purpose::LocalStack
    })?;
    let mut failed = Vec::new();
    for (name, rule) in RULES.into_iter().filter(|(name, _)| wanted(name)) {
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
        ui::step(
            "check",
            if args.rules.is_empty() {
                "every rule holds"
            } else {
                "these rules hold"
            },
        );
        return Ok(ExitCode::SUCCESS);
    }
    ui::failure(&format!("check failed: {}", failed.join(", ")));
    Ok(ExitCode::FAILURE)
}

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

/// Licences, sources and advisories; the tool brings its own database, so it runs where somebody installed it.
fn deny(workspace: &Workspace) -> anyhow::Result<()> {
    let version = Command::new("cargo-deny")
        .arg("--version")
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
    if !version.is_ok_and(|status| status.success()) {
        ui::notice(
            "cargo-deny is not installed, so deny.toml was not checked; cargo install --locked cargo-deny",
        );
        return Ok(());
    }
    command::expect_success(&mut workspace.cargo(&["deny", "--all-features", "check"]))
}
