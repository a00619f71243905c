//! `cargo xtask chaos restore`: a cold copy takes Postgres' place, and what clients and consumers make of it is judged.

use std::process::ExitCode;

use anyhow::bail;

use super::drive::{Drive, Outcome};
use crate::prerequisites::{self, Purpose};
use crate::stack::Layout;
use crate::workspace::{Profile, Workspace};

/// What it is called where its progress is shown.
const NAME: &str = "restore";

pub(super) fn run(workspace: &Workspace) -> anyhow::Result<ExitCode> {
    prerequisites::check(Purpose::LocalStack)?;
    Ok(run_on(workspace, Some(Profile::Dev))?.exit_code())
}

/// On the programs that `cargo xtask test` has built.
pub(crate) fn run_short(workspace: &Workspace) -> anyhow::Result<()> {
    match run_on(workspace, None)? {
        Outcome::Same => Ok(()),
        Outcome::Differs => bail!("a restored database was taken for the one before"),
    }
}

fn run_on(workspace: &Workspace, build: Option<Profile>) -> anyhow::Result<Outcome> {
    let binaries = workspace.binaries(Profile::Dev);
    let drive = Drive {
        workspace,
        name: NAME,
        layout: Layout::Plain,
        build,
        services: &binaries,
        tools: &binaries,
    };
    drive.run(&["--restore".to_owned()], "restore.md")
}
