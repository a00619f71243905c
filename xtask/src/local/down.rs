//! `cargo xtask down`: everything stopped, and with --purge forgotten.

use std::process::ExitCode;

use crate::stack::lock::Lock;
use crate::stack::{Stack, artifacts, postgres, setup};
use crate::ui;
use crate::workspace::Workspace;

#[derive(Debug, clap::Args)]
pub(crate) struct DownArgs {
    /// Remove the data, keys and logs too; what was downloaded stays
    #[arg(long)]
    purge: bool,
}

/// Stops whatever of the stack runs.
pub(crate) fn run(workspace: &Workspace, args: &DownArgs) -> anyhow::Result<ExitCode> {
    let stack = Stack::persistent(workspace)?;
    let lock = Lock::wait(&stack.path("lock"))?;
    stack.supervisor.clear_traces();
    let records = stack.supervisor.records();
    let names: Vec<&str> = records.iter().map(|record| record.name.as_str()).collect();
    setup::stop(&stack, &names);
    let _ = std::fs::remove_file(stack.path("env"));
    ui::step(
        "down",
        &if names.is_empty() {
            "nothing was running".into()
        } else {
            format!("ended {}", names.join(", "))
        },
    );
    if args.purge {
        purge(&stack)?;
        ui::step("down", "removed data, keys and logs");
    }
    drop(lock);
    Ok(ExitCode::SUCCESS)
}

fn purge(stack: &Stack) -> anyhow::Result<()> {
    if let Some(outside) = postgres::outside(stack) {
        artifacts::remove(&outside)?;
    }
    for entry in std::fs::read_dir(&stack.dir)?.flatten() {
        let path = entry.path();
        if path == stack.dist || path == stack.path("lock") {
            continue;
        }
        if path.is_dir() {
            artifacts::remove(&path)?;
        } else {
            std::fs::remove_file(&path)?;
        }
    }
    Ok(())
}
