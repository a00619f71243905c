//! `cargo xtask sqlx`: the query metadata in `.sqlx/`, made by the macros themselves from a real database.
//!
//! The macros write a file per query they see. So the checkout is compiled once more against a throw-away
//! PostgreSQL with all migrations applied; only the workspace's own crates are, since a wrapper around rustc
//! gives them, and nobody else, artifacts of their own.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, bail};
use serde::Deserialize;

use crate::prerequisites::{self, Purpose};
use crate::stack::sql::Connection;
use crate::stack::throw_away::ThrowAway;
use crate::stack::{artifacts, infra, postgres};
use crate::workspace::Workspace;
use crate::{command, ui};

/// The schemas and who owns them, in the order in which their migrations refer to each other.
pub(crate) const SCHEMAS: [(&str, &str); 5] = [
    ("shared-events", "outbox"),
    ("backend-api", "tasks"),
    ("notification-svc", "notification"),
    ("audit-svc", "audit"),
    ("frontend", "auth"),
];

#[derive(Debug, clap::Args)]
pub(crate) struct SqlxArgs {
    /// Only say what is out of date, and fail then
    #[arg(long)]
    check: bool,
}

/// Refreshes the metadata, or judges it.
pub(crate) fn run(workspace: &Workspace, args: &SqlxArgs) -> anyhow::Result<ExitCode> {
    prerequisites::check(Purpose::LocalStack)?;
    if args.check {
        check(workspace)?;
        ui::step("sqlx", ".sqlx is up to date");
    } else {
        refresh(workspace)?;
    }
    Ok(ExitCode::SUCCESS)
}

/// Fails unless `.sqlx/` is what the macros would write.
pub(crate) fn check(workspace: &Workspace) -> anyhow::Result<()> {
    let wanted = generate(workspace)?;
    let found = read(&workspace.path(".sqlx"))?;
    let differences = compare(&wanted, &found);
    for (difference, name) in &differences {
        ui::failure(&format!(
            "{} .sqlx/{name}: {}",
            difference.word(),
            query_of(&wanted, &found, name)
        ));
    }
    if !differences.is_empty() {
        bail!(
            "{} files of .sqlx are out of date; `cargo xtask sqlx` refreshes them",
            differences.len()
        );
    }
    Ok(())
}

fn refresh(workspace: &Workspace) -> anyhow::Result<()> {
    let wanted = generate(workspace)?;
    let dir = workspace.path(".sqlx");
    std::fs::create_dir_all(&dir)?;
    let found = read(&dir)?;
    let differences = compare(&wanted, &found);
    for (difference, name) in &differences {
        let path = dir.join(name);
        match (difference, wanted.get(*name)) {
            (Difference::Missing | Difference::Stale, Some(text)) => std::fs::write(&path, text)?,
            _ => std::fs::remove_file(&path)?,
        }
    }
    let count = |wanted| {
        differences
            .iter()
            .filter(|(difference, _)| *difference == wanted)
            .count()
    };
    let [new, changed, gone] = [Difference::Missing, Difference::Stale, Difference::Orphan].map(count);
    ui::step(
        "sqlx",
        &format!(
            "{} queries: {new} new, {changed} changed, {gone} gone",
            wanted.len()
        ),
    );
    Ok(())
}

/// File name to content.
type Files = BTreeMap<String, String>;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Difference {
    Missing,
    Stale,
    Orphan,
}

impl Difference {
    fn word(self) -> &'static str {
        match self {
            Self::Missing => "missing",
            Self::Stale => "stale",
            Self::Orphan => "orphan",
        }
    }
}

fn compare<'a>(wanted: &'a Files, found: &'a Files) -> Vec<(Difference, &'a str)> {
    let names: BTreeSet<&String> = wanted.keys().chain(found.keys()).collect();
    let judge = |name: &'a String| match (wanted.get(name), found.get(name)) {
        (Some(wanted), Some(found)) if wanted == found => None,
        (Some(_), Some(_)) => Some((Difference::Stale, name.as_str())),
        (Some(_), None) => Some((Difference::Missing, name.as_str())),
        (None, _) => Some((Difference::Orphan, name.as_str())),
    };
    names.into_iter().filter_map(judge).collect()
}

fn query_of(wanted: &Files, found: &Files, name: &str) -> String {
    let text = wanted
        .get(name)
        .or_else(|| found.get(name))
        .map(String::as_str)
        .unwrap_or_default();
    let query = serde_json::from_str::<serde_json::Value>(text).ok();
    let query = query
        .and_then(|file| Some(file.get("query")?.as_str()?.to_owned()))
        .unwrap_or_default();
    let line: Vec<&str> = query.split_whitespace().collect();
    line.join(" ").chars().take(100).collect()
}

fn read(dir: &Path) -> anyhow::Result<Files> {
    let Ok(entries) = std::fs::read_dir(dir) else {
        return Ok(Files::new());
    };
    let mut files = Files::new();
    for entry in entries.flatten() {
        let text = std::fs::read_to_string(entry.path())?;
        files.insert(entry.file_name().to_string_lossy().into_owned(), text);
    }
    Ok(files)
}

/// What the macros write when they see the database that the migrations describe.
fn generate(workspace: &Workspace) -> anyhow::Result<Files> {
    let throw_away = ThrowAway::begin(workspace)?;
    let stack = &throw_away.stack;
    let port = infra::ensure_postgres(stack)?;
    let mut connection = Connection::open(port, postgres::DATABASE)?;
    for (owner, schema) in SCHEMAS {
        connection.run(&format!("CREATE SCHEMA IF NOT EXISTS {schema}"))?;
        for migration in migrations(&workspace.path(owner).join("migrations"))? {
            let script = std::fs::read_to_string(&migration)?;
            connection
                .run(&script)
                .with_context(|| format!("{} does not apply", migration.display()))?;
        }
    }
    let dir = stack.path("sqlx");
    let url = postgres::superuser_url(stack, port, postgres::DATABASE)?;
    compile(workspace, &url, &dir)?;
    read(&dir)
}

fn migrations(dir: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let entries = std::fs::read_dir(dir).with_context(|| format!("cannot read {}", dir.display()))?;
    let mut paths: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "sql"));
    paths.sort();
    Ok(paths)
}

/// Compiles until no crate was left out because it had been compiled before.
fn compile(workspace: &Workspace, url: &str, dir: &Path) -> anyhow::Result<()> {
    for _ in 0..2 {
        artifacts::remove(dir)?;
        std::fs::create_dir_all(dir)?;
        if compile_once(workspace, url, dir)? == Freshness::AllCompiled {
            return Ok(());
        }
    }
    bail!("cargo did not compile every crate anew")
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Freshness {
    AllCompiled,
    SomeReused,
}

/// The part of cargo's messages that tells what was compiled.
#[derive(Deserialize)]
struct Artifact {
    manifest_path: PathBuf,
    target: Target,
    filenames: Vec<PathBuf>,
    fresh: bool,
}

#[derive(Deserialize)]
struct Target {
    kind: Vec<String>,
}

fn compile_once(workspace: &Workspace, url: &str, dir: &Path) -> anyhow::Result<Freshness> {
    let mut check = workspace.cargo(&["check", "--workspace", "--all-targets", "--quiet", "--locked"]);
    check
        .arg("--message-format=json-render-diagnostics")
        .env("RUSTC_WORKSPACE_WRAPPER", "/usr/bin/env")
        .env("CARGO_INCREMENTAL", "0")
        .env("SQLX_OFFLINE", "false")
        .env("SQLX_OFFLINE_DIR", dir)
        .env("DATABASE_URL", url);
    let mut freshness = Freshness::AllCompiled;
    let mut outputs = Vec::new();
    let status = command::run_lines(&mut check, |line| {
        let Ok(artifact) = serde_json::from_str::<Artifact>(line) else {
            return;
        };
        let build_script = artifact.target.kind.iter().any(|kind| kind == "custom-build");
        if artifact.manifest_path.starts_with(&workspace.root) && !build_script {
            if artifact.fresh {
                freshness = Freshness::SomeReused;
            }
            outputs.extend(artifact.filenames);
        }
    });
    // Without its output a crate is compiled anew next time.
    for output in outputs {
        let _ = std::fs::remove_file(output);
    }
    if !status?.success() {
        bail!("a query does not fit the database, or does not compile");
    }
    Ok(freshness)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn missing_stale_and_orphan_files_are_told_apart() {
        let files = |pairs: &[(&str, &str)]| -> Files {
            pairs
                .iter()
                .map(|(name, text)| ((*name).to_owned(), (*text).to_owned()))
                .collect()
        };
        let wanted = files(&[("a", "1"), ("b", "2"), ("c", "3")]);
        let found = files(&[("a", "1"), ("b", "other"), ("d", "4")]);
        assert_eq!(
            compare(&wanted, &found),
            [
                (Difference::Stale, "b"),
                (Difference::Missing, "c"),
                (Difference::Orphan, "d")
            ]
        );
        assert!(compare(&wanted, &wanted).is_empty());
    }

    #[test]
    fn a_query_is_shown_on_one_line() {
        let files = Files::from([("a".to_owned(), r#"{"query": "SELECT 1\n   FROM x"}"#.to_owned())]);
        assert_eq!(query_of(&files, &Files::new(), "a"), "SELECT 1 FROM x");
    }
}
