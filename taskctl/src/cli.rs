//! The command line, as `--help` shows it.

use clap::{Parser, Subcommand};

use crate::dlq::DlqCommand;
use crate::epoch::EpochCommand;
use crate::migrate::MigrateArgs;
use crate::offsets::OffsetsCommand;
use crate::outbox::OutboxCommand;
use crate::reconcile::ReconcileArgs;
use crate::schemas::SchemasCommand;
use crate::topics::TopicsCommand;
use crate::users::UsersCommand;

const EXIT_CODES: &str = "\
Exit codes:
  0  done; for a plan: nothing differs
  1  failed; the message says what could not be done and the way out
  2  bad usage or configuration: an argument, a variable or a declaring file
  3  a plan found drift; reconcile found gaps
  4  something was left undone on purpose: an incompatible schema, another partition count, too few brokers, a dead
     letter of a stopped partition

An option with [env: …] can be given by that variable. `cargo xtask up` writes the addresses to .taskwire/env.";

/// The operator's tool of Taskwire: migrations, topics, schemas, users, the outbox, offsets, dead letters.
#[derive(Debug, Parser)]
#[command(name = "taskctl", version, after_help = EXIT_CODES, propagate_version = true)]
pub(crate) struct Cli {
    /// Print JSON on stdout instead of a table.
    #[arg(long, global = true)]
    pub(crate) json: bool,

    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Bring the database to the newest migration of every schema, and set the services' passwords.
    Migrate(MigrateArgs),
    /// Compare the broker's topics with the declared ones, or create and configure them.
    #[command(subcommand)]
    Topics(TopicsCommand),
    /// Compare the registry with the declared schemas, or register them.
    #[command(subcommand)]
    Schemas(SchemasCommand),
    /// The broker's users and their rights.
    #[command(subcommand)]
    Users(UsersCommand),
    /// Look at what waits to be published, and have the relay try again what the broker had refused.
    #[command(subcommand)]
    Outbox(OutboxCommand),
    /// Where consumer groups stand, and another offset to go on from.
    #[command(subcommand)]
    Offsets(OffsetsCommand),
    /// Which life of the database this is, and the beginning of another.
    #[command(subcommand)]
    Epoch(EpochCommand),
    /// Look at dead letters, records that a service could not handle; redrive or drop them; let a stopped partition go on.
    #[command(subcommand)]
    Dlq(DlqCommand),
    /// Compare every change with its topic, the audit log and its effects; name what is missing. Changes nothing.
    Reconcile(Box<ReconcileArgs>),
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::Cli;

    /// `cargo xtask check` reads this list: a command that a document names must be in it.
    #[test]
    fn commands() {
        let mut root = Cli::command();
        root.build();
        let mut lines = Vec::new();
        list("", &root, &mut lines);
        insta::assert_snapshot!(lines.join("\n"));
    }

    fn list(above: &str, command: &clap::Command, lines: &mut Vec<String>) {
        let name = format!("{above}{}", command.get_name());
        let options = command.get_arguments().flat_map(|argument| {
            let long = argument.get_long().map(|long| format!(" --{long}"));
            long.into_iter()
                .chain(argument.get_short().map(|short| format!(" -{short}")))
        });
        lines.push(format!("{name}{}", options.collect::<String>()));
        let below = command
            .get_subcommands()
            .filter(|below| below.get_name() != "help");
        for below in below {
            list(&format!("{name} "), below, lines);
        }
    }
}
