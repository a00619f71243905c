//! Schemas: JSON, with examples, and never edited once published.

use std::collections::BTreeMap;

use sha2::{Digest, Sha256};

use super::Files;
use crate::ui;
use crate::workspace::Workspace;

/// One line per published version, as `sha256sum` writes and checks it.
const FROZEN: &str = "schemas/frozen.sha256";

/// What is wrong in `schemas/`.
pub(super) fn judge(files: &Files) -> Vec<String> {
    let mut findings = Vec::new();
    let frozen = frozen(files);
    for (path, text) in files.iter().filter(|(path, _)| path.starts_with("schemas/")) {
        let example = path.ends_with(".json");
        if !example && !path.ends_with(".avsc") {
            continue;
        }
        if let Err(error) = serde_json::from_str::<serde_json::Value>(text) {
            findings.push(format!("{path}: not JSON: {error}"));
        }
        if example {
            continue;
        }
        let examples = format!("{}/", path.trim_end_matches(".avsc"));
        if !files
            .keys()
            .any(|other| other.starts_with(&examples) && other.ends_with(".json"))
        {
            findings.push(format!("{path}: has no example in {examples}"));
        }
        match frozen.get(path.as_str()) {
            None => findings.push(format!(
                "{path}: is not in {FROZEN}; `cargo xtask freeze` publishes it"
            )),
            Some(hash) if *hash != digest(text) => {
                findings.push(format!(
                    "{path}: was changed after it was published; make the next version instead"
                ));
            }
            Some(_) => {}
        }
    }
    let gone = frozen.keys().filter(|path| !files.contains_key(**path));
    findings.extend(gone.map(|path| format!("{path}: was published and is gone")));
    findings
}

/// Adds the versions that are not in the list yet; what is in it stays as it is.
pub(crate) fn freeze(workspace: &Workspace) -> anyhow::Result<()> {
    let files = super::read(workspace)?;
    let frozen = frozen(&files);
    let mut list = files.get(FROZEN).cloned().unwrap_or_default();
    let versions = files
        .iter()
        .filter(|(path, _)| path.starts_with("schemas/") && path.ends_with(".avsc"));
    for (path, text) in versions.filter(|(path, _)| !frozen.contains_key(path.as_str())) {
        list.push_str(&format!("{}  {path}\n", digest(text)));
        ui::step("freeze", path);
    }
    std::fs::write(workspace.path(FROZEN), list)?;
    Ok(())
}

fn frozen(files: &Files) -> BTreeMap<&str, &str> {
    let list = files.get(FROZEN).map(String::as_str).unwrap_or_default();
    list.lines()
        .filter_map(|line| line.split_once("  "))
        .map(|(hash, path)| (path, hash))
        .collect()
}

fn digest(text: &str) -> String {
    Sha256::digest(text.as_bytes())
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn files(schema: &str, frozen: &str) -> Files {
        let files = [
            ("schemas/a/v1.avsc", schema),
            ("schemas/a/v1/one.json", "{}"),
            (FROZEN, frozen),
        ];
        files
            .map(|(path, text)| (path.to_owned(), text.to_owned()))
            .into_iter()
            .collect()
    }

    #[test]
    fn a_published_schema_may_not_change() {
        let list = format!("{}  schemas/a/v1.avsc\n", digest("{}"));
        assert_eq!(judge(&files("{}", &list)), [""; 0]);
        assert!(judge(&files("{ }", &list)).concat().contains("changed after"));
        assert!(judge(&files("{}", "")).concat().contains("cargo xtask freeze"));
        let gone = format!("{list}{}  schemas/a/v2.avsc\n", digest("{}"));
        assert!(judge(&files("{}", &gone)).concat().contains("is gone"));
    }

    #[test]
    fn a_schema_has_examples_and_is_json() {
        let list = format!("{}  schemas/a/v1.avsc\n", digest("{"));
        let mut broken = files("{", &list);
        broken.remove("schemas/a/v1/one.json");
        assert_eq!(judge(&broken).len(), 2);
    }
}
