//! Rules of this repository that no other tool checks.

use std::path::Path;
use std::process::Command;

use anyhow::{Context, bail};

use crate::ui;
use crate::workspace::Workspace;

/// Looks at every file git knows, or would add.
pub(crate) fn check(workspace: &Workspace) -> anyhow::Result<()> {
    let mut findings = Vec::new();
    for path in tracked_files(workspace)? {
        // Files that are not text are not ours to judge; a listed file may have been deleted.
        if let Ok(text) = std::fs::read_to_string(workspace.path(&path)) {
            findings.extend(
                judge(&path, &text)
                    .into_iter()
                    .map(|finding| format!("{path}: {finding}")),
            );
        }
    }
    for finding in &findings {
        ui::failure(finding);
    }
    if !findings.is_empty() {
        bail!("{} findings", findings.len());
    }
    Ok(())
}

/// What is wrong with one file.
fn judge(path: &str, text: &str) -> Vec<String> {
    let mut findings = Vec::new();
    let extension = Path::new(path).extension().unwrap_or_default();
    if extension == "rs" && !text.starts_with("//! ") {
        findings.push("does not open with a `//!` sentence".to_owned());
    }
    findings
}

fn tracked_files(workspace: &Workspace) -> anyhow::Result<Vec<String>> {
    let output = Command::new("git")
        .args(["ls-files", "-z", "--cached", "--others", "--exclude-standard"])
        .current_dir(&workspace.root)
        .output()
        .context("cannot run git")?;
    if !output.status.success() {
        bail!(
            "git ls-files failed: {}",
            String::from_utf8_lossy(&output.stderr).trim()
        );
    }
    let names = String::from_utf8_lossy(&output.stdout).into_owned();
    Ok(names
        .split('\0')
        .filter(|name| !name.is_empty())
        .map(str::to_owned)
        .collect())
}

#[cfg(test)]
mod tests {
    use super::judge;

    #[test]
    fn a_rust_file_without_an_opening_sentence_is_found() {
        assert_eq!(judge("a/b.rs", "use x;\n").len(), 1);
        assert!(judge("a/b.rs", "//! Says what it is.\n").is_empty());
        assert!(judge("a/b.txt", "use x;\n").is_empty());
    }
}
