//! The front end's own tools, npm's: what its checks, its build and its tests run.

pub(crate) mod build;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::Command;
use std::time::Instant;

use crate::workspace::Workspace;
use crate::{command, ui};

/// Written when npm is done, with what it installed from: without it, what lies there is incomplete.
const INSTALLED: &str = "node_modules/.taskwire-installed";

/// Where the front end is.
pub(crate) fn folder(workspace: &Workspace) -> PathBuf {
    workspace.path("frontend")
}

/// A script of its package.json.
pub(crate) fn npm(workspace: &Workspace, args: &[&str]) -> Command {
    let mut npm = Command::new("npm");
    npm.args(args)
        .current_dir(folder(workspace))
        .env("NEXT_TELEMETRY_DISABLED", "1");
    npm
}

/// Installs exactly what the lock file says, unless that is there.
pub(crate) fn install(workspace: &Workspace) -> anyhow::Result<()> {
    let mark = folder(workspace).join(INSTALLED);
    let wanted = build::fingerprint_of(workspace, ["frontend/package.json", "frontend/package-lock.json"])?;
    if std::fs::read_to_string(&mark).is_ok_and(|found| found == wanted) {
        return Ok(());
    }
    let start = Instant::now();
    ui::step("npm", "installing what frontend/package-lock.json says");
    let args = ["ci", "--no-audit", "--no-fund", "--loglevel", "error"];
    command::expect_success(&mut npm(workspace, &args))?;
    std::fs::write(&mark, wanted)?;
    ui::step("npm", &format!("installed ({})", ui::seconds(start.elapsed())));
    Ok(())
}

/// Types of the APIs, format, lint and types: what `cargo xtask check frontend` asks for.
pub(crate) fn check(workspace: &Workspace) -> anyhow::Result<()> {
    let _lock = build::lock(workspace)?;
    install(workspace)?;
    for args in [
        &["run", "--silent", "api", "--", "--check"][..],
        &["run", "--silent", "format:check"],
        // The types of the routes come first, as the rules of lint go by types.
        &["run", "--silent", "types"],
        &["run", "--silent", "lint"],
    ] {
        command::expect_success(&mut npm(workspace, args))?;
    }
    Ok(())
}

/// Its tests that need no browser; some ask for a database server.
pub(crate) fn test(workspace: &Workspace, environment: &BTreeMap<String, String>) -> anyhow::Result<()> {
    let _lock = build::lock(workspace)?;
    install(workspace)?;
    command::expect_success(npm(workspace, &["run", "--silent", "test"]).envs(environment))
}

/// Journeys through a browser, on the running stack that the environment tells of: all, or those of one file.
pub(crate) fn journeys(
    workspace: &Workspace,
    environment: &BTreeMap<String, String>,
    file: Option<&str>,
) -> anyhow::Result<()> {
    let mut journeys = npm(workspace, &["run", "--silent", "journeys", "--"]);
    command::expect_success(journeys.args(file).envs(environment))
}

/// Whether there are any.
pub(crate) fn has_journeys(workspace: &Workspace) -> bool {
    folder(workspace).join("journeys").is_dir()
}
