//! Schemathesis, in a virtual environment of its own beside what else was downloaded.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::pypi;

const VERSION: &str = "4.32.5";
const SETTINGS: &str = "xtask/src/fuzz_api/schemathesis.toml";
const FORMATS: &str = "xtask/src/fuzz_api/formats.py";

#[derive(Debug)]
pub(crate) struct Schemathesis {
    program: PathBuf,
    /// What it is to know beside a document.
    settings: PathBuf,
    /// Texts of our formats.
    formats: PathBuf,
}

impl Schemathesis {
    /// Installs it from PyPI, unless it is there.
    pub(crate) fn ensure(dist: &Path, root: &Path) -> anyhow::Result<Self> {
        let home = dist.join(format!("schemathesis-{VERSION}"));
        let tool = Self {
            program: home.join("bin").join("schemathesis"),
            settings: root.join(SETTINGS),
            formats: root.join(FORMATS),
        };
        if tool.works() {
            return Ok(tool);
        }
        pypi::install(&home, "schemathesis", VERSION)?;
        Ok(tool)
    }

    /// A run against the document at that address, without arguments yet.
    pub(crate) fn run(&self, document: &str) -> Command {
        let mut command = Command::new(&self.program);
        command.env("SCHEMATHESIS_HOOKS", &self.formats);
        // No compiled copy beside the sources.
        command.env("PYTHONDONTWRITEBYTECODE", "1");
        command.arg("--config-file").arg(&self.settings);
        command.args(["run", document, "--no-color"]);
        command
    }

    fn works(&self) -> bool {
        let version = Command::new(&self.program)
            .arg("--version")
            .stdin(Stdio::null())
            .stderr(Stdio::null())
            .output();
        version.is_ok_and(|output| String::from_utf8_lossy(&output.stdout).trim().ends_with(VERSION))
    }
}

#[cfg(test)]
mod tests {
    const SETTINGS: &str = include_str!("schemathesis.toml");

    #[test]
    fn whatever_is_not_found_fault_with_has_a_reason() {
        let excludes = |table: &&str| {
            let words = ["expected-statuses", "exclude", "enabled", "[[operations]]"];
            words.iter().any(|word| table.contains(word))
        };
        let tables: Vec<&str> = SETTINGS.split("\n\n").filter(excludes).collect();
        assert_eq!(tables.len(), 6);
        for table in tables {
            assert!(table.starts_with("# "), "no reason is given:\n{table}");
        }
    }
}
