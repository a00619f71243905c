//! `cargo xtask taskctl`: the operator's tool, on the running stack.

use std::ffi::OsString;
use std::process::{Command, ExitCode};

use anyhow::bail;

use crate::command;
use crate::stack::{Stack, environment};
use crate::workspace::{Profile, Workspace};

/// Arguments of `cargo xtask taskctl`: all of them belong to `taskctl`, also `--help`.
#[derive(Debug, clap::Args)]
#[command(disable_help_flag = true)]
pub(crate) struct TaskctlArgs {
    /// What taskctl is to do
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    arguments: Vec<OsString>,
}

/// Runs the `taskctl` that the stack was set up with, or the one that is built where no stack runs, and ends as it ends.
pub(crate) fn run(workspace: &Workspace, args: &TaskctlArgs) -> anyhow::Result<ExitCode> {
    let stack = Stack::persistent(workspace)?;
    let built = workspace.binaries(Profile::Dev).join("taskctl");
    let (program, variables) = match environment::of_running(&stack) {
        Ok(variables) => (environment::program(&variables, "taskctl")?, variables),
        // Help, and what reads declarations only, needs no stack; taskctl says itself which address it misses.
        Err(_) if built.is_file() => (built, Vec::new()),
        Err(error) => return Err(error),
    };
    if !program.is_file() {
        bail!(
            "{} is not built any more; `cargo xtask up --detach` builds it",
            program.display()
        );
    }
    let mut taskctl = Command::new(program);
    let status = command::run(taskctl.args(&args.arguments).envs(variables))?;
    let code = status.code().and_then(|code| u8::try_from(code).ok());
    Ok(code.map_or(ExitCode::FAILURE, ExitCode::from))
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::TaskctlArgs;

    #[derive(Debug, Parser)]
    struct Tool {
        #[command(flatten)]
        args: TaskctlArgs,
    }

    #[test]
    fn every_argument_belongs_to_taskctl() {
        for line in [
            "dlq list --json",
            "--help",
            "--json dlq show -- -x",
            "offsets set -h",
        ] {
            let words: Vec<&str> = line.split(' ').collect();
            let tool = Tool::try_parse_from(["tool"].into_iter().chain(words.clone())).unwrap();
            assert_eq!(tool.args.arguments, words, "{line}");
        }
    }
}
