//! Rules of this repository that no other tool checks.

mod commands;
mod derives;
mod imports;
mod layers;
mod metrics;
mod paths;
mod schemas;
mod text;
mod topics;
mod uses;

use std::collections::BTreeMap;

use anyhow::bail;

use crate::sqlx::SCHEMAS;
use crate::ui;
use crate::workspace::Workspace;

pub(crate) use schemas::freeze;

/// Every text file that git knows, or would add: path in the repository to content.
type Files = BTreeMap<String, String>;

/// Judges every file on its own, then what has to agree between files.
pub(crate) fn check(workspace: &Workspace) -> anyhow::Result<()> {
    let files = read(workspace)?;
    let mut findings: Vec<String> = Vec::new();
    for (path, text) in &files {
        let mut found = text::judge(path, text);
        if path.ends_with(".rs") {
            found.extend(derives::judge(text));
            found.extend(imports::judge(text));
        }
        findings.extend(found.into_iter().map(|finding| format!("{path}{finding}")));
    }
    findings.extend(layers::judge(&files));
    findings.extend(commands::judge(&files));
    findings.extend(metrics::judge(&files));
    findings.extend(paths::judge(&files));
    findings.extend(topics::judge(&files));
    findings.extend(forbidden_dependencies_of_xtask(&files));
    findings.extend(unknown_migrations(&files));
    for (path, text) in &files {
        if let Some(length) = text::length_to_show(path, text) {
            ui::notice(&format!("{path} has {length} lines"));
        }
    }
    report(&findings)
}

/// Judges `schemas/`: every version and example is JSON, has examples, and is what it was when it was published.
pub(crate) fn check_schemas(workspace: &Workspace) -> anyhow::Result<()> {
    report(&schemas::judge(&read(workspace)?))
}

fn report(findings: &[String]) -> anyhow::Result<()> {
    for finding in findings {
        ui::failure(finding);
    }
    match findings.len() {
        0 => Ok(()),
        1 => bail!("one finding"),
        count => bail!("{count} findings"),
    }
}

fn read(workspace: &Workspace) -> anyhow::Result<Files> {
    // What is not text is not ours to judge.
    let text = |name: String| {
        // A picture is there, too, and says nothing.
        let text = String::from_utf8(std::fs::read(workspace.path(&name)).ok()?).unwrap_or_default();
        Some((name, text))
    };
    Ok(workspace.files()?.into_iter().filter_map(text).collect())
}

/// xtask says what a machine lacks, so it must build where the services cannot.
fn forbidden_dependencies_of_xtask(files: &Files) -> Vec<String> {
    let manifest = files
        .get("xtask/Cargo.toml")
        .map(String::as_str)
        .unwrap_or_default();
    let members = files.keys().filter_map(|path| path.strip_suffix("/Cargo.toml"));
    let banned = members
        .chain(["rdkafka", "sqlx", "tokio", "reqwest"])
        .filter(|name| *name != "xtask");
    let used = banned.filter(|name| {
        let mut lines = manifest.lines();
        lines.any(|line| line.starts_with(&format!("{name}.")) || line.starts_with(&format!("{name} ")))
    });
    used.map(|name| format!("xtask/Cargo.toml: xtask may not depend on {name}"))
        .collect()
}

/// `cargo xtask sqlx` applies the migrations of the crates it knows.
fn unknown_migrations(files: &Files) -> Vec<String> {
    let migrations = files
        .keys()
        .filter(|path| path.ends_with(".sql") && path.contains("/migrations/"));
    let unknown = migrations.filter(|path| {
        let owner = path.split('/').next().unwrap_or_default();
        !SCHEMAS.iter().any(|(known, _)| *known == owner)
    });
    unknown
        .map(|path| format!("{path}: `SCHEMAS` in xtask/src/sqlx.rs does not name this crate"))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn xtask_depends_on_nobody() {
        let files = |manifest: &str| {
            let files = [("xtask/Cargo.toml", manifest), ("recurrence/Cargo.toml", "")];
            files
                .map(|(path, text)| (path.to_owned(), text.to_owned()))
                .into_iter()
                .collect()
        };
        assert_eq!(
            forbidden_dependencies_of_xtask(&files("anyhow.workspace = true\nsha2.workspace = true\n")),
            [""; 0]
        );
        assert_eq!(
            forbidden_dependencies_of_xtask(&files("recurrence.workspace = true\nsqlx = \"1\"\n")).len(),
            2
        );
    }

    #[test]
    fn migrations_outside_the_known_crates_are_found() {
        let files: Files = [
            ("audit-svc/migrations/0001_a.sql", ""),
            ("unknown-svc/migrations/0001_b.sql", ""),
        ]
        .map(|(path, text)| (path.to_owned(), text.to_owned()))
        .into_iter()
        .collect();
        assert_eq!(unknown_migrations(&files).len(), 1);
    }
}
