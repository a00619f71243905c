//! `taskctl dlq`: the dead letters, listed, explained, redriven or dropped, and partitions that they stopped.

mod close;
mod drop;
mod explain;
mod hole;
mod letter;
mod list;
mod place;
mod read;
mod redrive;
mod report;
mod resume;
mod selection;
mod show;
mod store;
mod value;

use clap::Subcommand;

use crate::dlq::drop::DropArgs;
use crate::dlq::list::ListArgs;
use crate::dlq::redrive::RedriveArgs;
use crate::dlq::resume::ResumeArgs;
use crate::dlq::show::ShowArgs;
use crate::ending::Ending;
use crate::output::Output;

#[derive(Debug, Subcommand)]
pub(crate) enum DlqCommand {
    /// List dead letters, newest first.
    List(ListArgs),
    /// Explain one dead letter: why it died, where it came from, what it says.
    Show(ShowArgs),
    /// Give dead letters back to the service that could not handle them; an audit record is kept of each.
    Redrive(RedriveArgs),
    /// Say that nobody wants dead letters; an audit record is kept of each.
    Drop(DropArgs),
    /// Let a stopped partition go on from where it stands; an audit record is kept.
    Resume(ResumeArgs),
}

pub(crate) async fn run(command: DlqCommand, output: &Output) -> anyhow::Result<Ending> {
    match command {
        DlqCommand::List(args) => list::run(&args, output).await,
        DlqCommand::Show(args) => show::run(&args, output).await,
        DlqCommand::Redrive(args) => redrive::run(&args, output).await,
        DlqCommand::Drop(args) => drop::run(&args, output).await,
        DlqCommand::Resume(args) => resume::run(&args, output).await,
    }
}
