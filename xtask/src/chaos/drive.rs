//! Runs the driver (of the crate `tests`), which starts services, does what it is told to, and judges.

use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use anyhow::{Context, bail};

use super::setup::Setup;
use crate::stack::infra::Addresses;
use crate::stack::tokens::Issuer;
use crate::stack::{Stack, artifacts, environment, setup, state};
use crate::workspace::Workspace;
use crate::{command, interrupt, ui};

/// What the driver ends with when it found a difference, as opposed to when it could not look.
const DIFFERS: i32 = 1;

/// What came out of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Outcome {
    Same,
    Differs,
}

impl Outcome {
    /// What an end of the driver means; none when it could not look.
    pub(super) fn of(code: Option<i32>) -> Option<Self> {
        match code {
            Some(0) => Some(Self::Same),
            Some(DIFFERS) => Some(Self::Differs),
            _ => None,
        }
    }

    pub(super) fn exit_code(self) -> ExitCode {
        match self {
            Self::Same => ExitCode::SUCCESS,
            Self::Differs => ExitCode::FAILURE,
        }
    }
}

/// A stack whose servers run and whose services do not.
pub(super) struct Drive<'a> {
    pub(super) workspace: &'a Workspace,
    pub(super) stack: &'a Stack,
    pub(super) addresses: &'a Addresses,
    pub(super) services: &'a Path,
    /// Where taskctl and the driver are.
    pub(super) tools: &'a Path,
}

impl Drive<'_> {
    /// Has the driver do what `arguments` say, which `name` is the name of, and write a report of that file name.
    pub(super) fn run(&self, name: &str, arguments: &[String], report: &str) -> anyhow::Result<Outcome> {
        let issuer = Issuer::of(self.stack)?;
        setup::prepare(self.workspace, self.stack, self.addresses, self.tools, &[])?;
        let setup = self.stack.path("chaos.json");
        state::write(&setup, &Setup::of(self.stack, self.addresses, self.services)?)?;
        let folder = folder(self.workspace)?;
        let report = folder.join(report);
        // The driver's status says little when an older report, or a part of it, is taken for its own.
        for part in ["md", "svg", "json", "history.jsonl"].map(|part| report.with_extension(part)) {
            if part.exists() {
                std::fs::remove_file(&part)?;
            }
        }
        let variables = environment::variables(self.stack, self.addresses, &issuer, self.tools)?;
        let mut driver = Command::new(self.tools.join("chaos"));
        driver.envs(variables).arg("--setup").arg(&setup);
        driver.arg("--report").arg(&report).args(arguments);
        driver.current_dir(&self.workspace.root);
        ui::step(name, &arguments.join(" "));
        // It begins at once, and needs the ports of its proxies.
        self.stack.ports.release();
        let status = command::run_lines(&mut driver, ui::line)?;
        interrupt::check()?;
        let outcome = Outcome::of(status.code()).filter(|_| report.is_file());
        if outcome != Some(Outcome::Same) {
            self.keep_logs(&folder)?;
        }
        let Some(outcome) = outcome else {
            bail!("the run of {name} could not be carried out ({status})");
        };
        ui::step(name, &format!("the report is {}", report.display()));
        Ok(outcome)
    }

    fn keep_logs(&self, folder: &Path) -> anyhow::Result<()> {
        let kept = folder.join("logs");
        artifacts::remove(&kept)?;
        std::fs::create_dir_all(&kept)?;
        for entry in std::fs::read_dir(self.stack.path("logs"))?.flatten() {
            std::fs::copy(entry.path(), kept.join(entry.file_name()))?;
        }
        ui::notice(&format!("the logs are kept in {}", kept.display()));
        Ok(())
    }
}

/// Where reports go.
pub(super) fn folder(workspace: &Workspace) -> anyhow::Result<PathBuf> {
    let folder = workspace.target.join("chaos");
    std::fs::create_dir_all(&folder).with_context(|| format!("cannot create {}", folder.display()))?;
    Ok(folder)
}
