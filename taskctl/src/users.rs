//! `taskctl users`: the broker's users and their rights, from `redpanda/users/*.yaml`.

mod declared;
mod render;

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

use crate::ending::Ending;
use crate::output::Output;

#[derive(Debug, Subcommand)]
pub(crate) enum UsersCommand {
    /// Print the commands that create the users and their rights; asks no broker. With --json: the ACLs as data.
    Render(RenderArgs),
}

#[derive(Debug, Args)]
pub(crate) struct RenderArgs {
    /// Read the User resources of this directory instead of the built-in ones.
    #[arg(long, value_name = "DIRECTORY")]
    dir: Option<PathBuf>,

    /// Only this user.
    #[arg(long, value_name = "NAME")]
    user: Option<String>,

    /// Whose commands to print.
    #[arg(long = "for", value_enum, default_value = "rpk")]
    tool: Tool,
}

/// A tool that can create users and ACLs.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum Tool {
    /// Redpanda's rpk.
    Rpk,
    /// Apache Kafka's kafka-configs.sh and kafka-acls.sh.
    Kafka,
}

pub(crate) fn run(command: UsersCommand, output: &Output) -> anyhow::Result<Ending> {
    let UsersCommand::Render(args) = command;
    let users = declared::read(args.dir.as_deref(), args.user.as_deref())?;
    output.answer(&users, |users| render::script(users, args.tool))?;
    Ok(Ending::Done)
}
