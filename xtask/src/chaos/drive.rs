//! Runs the driver (of the crate `tests`) on a stack of its own: it starts services, does what it is told to, and judges.

use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use anyhow::{Context, bail};

use super::setup::Setup;
use crate::stack::throw_away::ThrowAway;
use crate::stack::tokens::Issuer;
use crate::stack::{Layout, Stack, artifacts, environment, setup, state};
use crate::workspace::{Profile, Workspace};
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

/// What one kind of run needs.
pub(super) struct Drive<'a> {
    pub(super) workspace: &'a Workspace,
    /// What it is called where its progress is shown.
    pub(super) name: &'a str,
    pub(super) layout: Layout,
    /// What is built first; none when everything has been.
    pub(super) build: Option<Profile>,
    pub(super) services: &'a Path,
    /// Where taskctl and the driver are.
    pub(super) tools: &'a Path,
}

impl Drive<'_> {
    /// Starts the servers, and has the driver do what `arguments` say and write a report of that file name.
    pub(super) fn run(&self, arguments: &[String], report: &str) -> anyhow::Result<Outcome> {
        let throw_away = ThrowAway::begin_as(self.workspace, self.layout)?;
        let stack = &throw_away.stack;
        let addresses = setup::build_and_start(stack, None, || match self.build {
            Some(profile) => self.workspace.build(profile),
            None => Ok(()),
        })?;
        let issuer = Issuer::of(stack)?;
        setup::prepare(self.workspace, stack, &addresses, self.tools, &[])?;
        let setup = stack.path("chaos.json");
        state::write(&setup, &Setup::of(stack, &addresses, self.services)?)?;
        let folder = folder(self.workspace)?;
        let report = folder.join(report);
        // The driver's status says little when an older report, or a part of it, is taken for its own.
        for part in ["md", "svg", "json", "history.jsonl"].map(|part| report.with_extension(part)) {
            if part.exists() {
                std::fs::remove_file(&part)?;
            }
        }
        let variables = environment::variables(stack, &addresses, &issuer, self.tools)?;
        let mut driver = Command::new(self.tools.join("chaos"));
        driver.envs(variables).arg("--setup").arg(&setup);
        driver.arg("--report").arg(&report).args(arguments);
        driver.current_dir(&self.workspace.root);
        ui::step(self.name, &arguments.join(" "));
        // It begins at once, and needs the ports of its proxies.
        stack.ports.release();
        let status = command::run_lines(&mut driver, ui::line)?;
        interrupt::check()?;
        let outcome = Outcome::of(status.code()).filter(|_| report.is_file());
        if outcome != Some(Outcome::Same) {
            keep_logs(stack, &folder)?;
        }
        let Some(outcome) = outcome else {
            bail!("the run of {} could not be carried out ({status})", self.name);
        };
        ui::step(self.name, &format!("the report is {}", report.display()));
        Ok(outcome)
    }
}

fn keep_logs(stack: &Stack, folder: &Path) -> anyhow::Result<()> {
    let kept = folder.join("logs");
    artifacts::remove(&kept)?;
    std::fs::create_dir_all(&kept)?;
    for entry in std::fs::read_dir(stack.path("logs"))?.flatten() {
        std::fs::copy(entry.path(), kept.join(entry.file_name()))?;
    }
    ui::notice(&format!("the logs are kept in {}", kept.display()));
    Ok(())
}

/// Where reports go.
pub(super) fn folder(workspace: &Workspace) -> anyhow::Result<PathBuf> {
    let folder = workspace.target.join("chaos");
    std::fs::create_dir_all(&folder).with_context(|| format!("cannot create {}", folder.display()))?;
    Ok(folder)
}
