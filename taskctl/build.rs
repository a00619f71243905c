//! Embeds the declared topics, users, compatibility modes and schemas, so that one binary can bring a broker to the
//! state of the commit it was built from.

use std::error::Error;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

/// Every migrations folder that `migrate.rs` embeds: a new file there must rebuild this crate.
const MIGRATIONS: [&str; 5] = [
    "shared-events",
    "backend-api",
    "notification-svc",
    "audit-svc",
    "frontend",
];

#[expect(
    clippy::disallowed_methods,
    reason = "OUT_DIR is cargo's way to say where generated code goes"
)]
fn main() -> Result<(), Box<dyn Error>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut code = String::new();
    embed(
        &mut code,
        "TOPICS",
        &files(&root.join("redpanda/topics"), "yaml")?,
        1,
    )?;
    embed(
        &mut code,
        "USERS",
        &files(&root.join("redpanda/users"), "yaml")?,
        1,
    )?;
    embed(&mut code, "REGISTRY", &[root.join("redpanda/registry.yaml")], 1)?;
    embed(&mut code, "SCHEMAS", &schemas(&root.join("schemas"))?, 2)?;
    fs::write(Path::new(&std::env::var("OUT_DIR")?).join("embedded.rs"), code)?;

    watch(&root.join("redpanda"));
    watch(&root.join("schemas"));
    for owner in MIGRATIONS {
        watch(&root.join(owner).join("migrations"));
    }
    Ok(())
}

/// Writes `pub(crate) const NAME: &[(&str, &str)]`: the last `depth` parts of each path, and the text.
fn embed(code: &mut String, name: &str, paths: &[PathBuf], depth: usize) -> Result<(), Box<dyn Error>> {
    writeln!(code, "pub(crate) const {name}: &[(&str, &str)] = &[")?;
    for path in paths {
        let parts: Vec<String> = path
            .components()
            .map(|part| part.as_os_str().to_string_lossy().into_owned())
            .collect();
        let short = parts
            .iter()
            .skip(parts.len().saturating_sub(depth))
            .cloned()
            .collect::<Vec<_>>()
            .join("/");
        let full = path.canonicalize()?;
        writeln!(
            code,
            "    ({short:?}, include_str!({:?})),",
            full.display().to_string()
        )?;
    }
    writeln!(code, "];")?;
    Ok(())
}

fn schemas(directory: &Path) -> Result<Vec<PathBuf>, Box<dyn Error>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(directory)? {
        let path = entry?.path();
        if path.is_dir() {
            found.extend(files(&path, "avsc")?);
        }
    }
    found.sort();
    Ok(found)
}

fn files(directory: &Path, extension: &str) -> Result<Vec<PathBuf>, Box<dyn Error>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(directory)? {
        let path = entry?.path();
        if path.extension().is_some_and(|found| found == extension) {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}

fn watch(path: &Path) {
    println!("cargo::rerun-if-changed={}", path.display());
}
