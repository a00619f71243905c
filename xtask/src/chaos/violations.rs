//! `cargo xtask chaos violations`: violations are planted into the history of a run, and the checkers must find them.

use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::time::Instant;

use anyhow::{Context, bail};

use super::drive::{Outcome, folder};
use crate::workspace::{Profile, Workspace};
use crate::{command, interrupt, ui};

/// Arguments of `cargo xtask chaos violations`.
#[derive(Debug, clap::Args)]
pub(crate) struct ViolationsArgs {
    /// The history of a run [default: that of the last `cargo xtask chaos`]
    history: Option<PathBuf>,
}

pub(super) fn run(workspace: &Workspace, args: &ViolationsArgs) -> anyhow::Result<ExitCode> {
    workspace.build(Profile::Dev)?;
    let history = match &args.history {
        Some(history) => history.clone(),
        None => folder(workspace)?.join("faults.history.jsonl"),
    };
    Ok(plant(workspace, &history)?.exit_code())
}

/// On what the short form of the fault suite has just recorded, by the programs that `cargo xtask test` has built.
pub(crate) fn run_short(workspace: &Workspace) -> anyhow::Result<()> {
    let began = Instant::now();
    match plant(workspace, &folder(workspace)?.join("faults-short.history.jsonl"))? {
        Outcome::Same => ui::step(
            "violations",
            &format!("all were found ({})", ui::seconds(began.elapsed())),
        ),
        Outcome::Differs => bail!("the checkers missed violations, or found some that were not planted"),
    }
    Ok(())
}

fn plant(workspace: &Workspace, history: &Path) -> anyhow::Result<Outcome> {
    if !history.is_file() {
        bail!(
            "there is no history {}: `cargo xtask chaos` writes one",
            history.display()
        );
    }
    let mut driver = Command::new(workspace.binaries(Profile::Dev).join("chaos"));
    driver.arg("--violations").arg(history);
    let status = command::run_lines(&mut driver, ui::line)?;
    interrupt::check()?;
    Outcome::of(status.code()).with_context(|| format!("the history could not be judged ({status})"))
}
