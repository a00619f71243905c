//! Schemathesis, in a virtual environment of its own beside what else was downloaded.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::pypi;

const VERSION: &str = "4.32.5";
const SETTINGS: &str = "xtask/src/fuzz_api/schemathesis.toml";

#[derive(Debug)]
pub(crate) struct Schemathesis {
    program: PathBuf,
    /// What it is to know beside a document.
    settings: PathBuf,
}

impl Schemathesis {
    /// Installs it from PyPI, unless it is there.
    pub(crate) fn ensure(dist: &Path, root: &Path) -> anyhow::Result<Self> {
        let home = dist.join(format!("schemathesis-{VERSION}"));
        let tool = Self {
            program: home.join("bin").join("schemathesis"),
            settings: root.join(SETTINGS),
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
