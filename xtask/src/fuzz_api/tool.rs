//! Schemathesis, in a virtual environment of its own beside what else was downloaded.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::stack::artifacts;
use crate::{command, ui};

const VERSION: &str = "4.32.5";
const SETTINGS: &str = "xtask/src/fuzz_api/schemathesis.toml";

#[derive(Debug)]
pub(crate) struct Schemathesis {
    program: PathBuf,
    /// What it is to know beside a document.
    settings: PathBuf,
}

impl Schemathesis {
    /// Installs it from PyPI, through the user's own settings of pip, unless it is there.
    pub(crate) fn ensure(dist: &Path, root: &Path) -> anyhow::Result<Self> {
        let home = dist.join(format!("schemathesis-{VERSION}"));
        let tool = Self {
            program: home.join("bin").join("schemathesis"),
            settings: root.join(SETTINGS),
        };
        if tool.works() {
            return Ok(tool);
        }
        // What is there belongs to an installation that was cut off, or to a Python that is gone.
        artifacts::remove(&home)?;
        ui::step("schemathesis", &format!("installing {VERSION} from PyPI"));
        command::expect_success(Command::new("python3").args(["-m", "venv"]).arg(&home))?;
        let mut install = Command::new(home.join("bin").join("python"));
        install.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check"]);
        command::expect_success(install.arg(format!("schemathesis=={VERSION}")))?;
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
