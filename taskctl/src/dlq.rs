//! `taskctl dlq`: the dead letters, listed and explained, and partitions that they stopped.

mod explain;
mod letter;
mod list;
mod place;
mod read;
mod resume;
mod show;
mod value;

use clap::Subcommand;

use crate::dlq::list::ListArgs;
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
    /// Let a stopped partition go on from where it stands; an audit record is kept.
    Resume(ResumeArgs),
}

pub(crate) async fn run(command: DlqCommand, output: &Output) -> anyhow::Result<Ending> {
    match command {
        DlqCommand::List(args) => list::run(&args, output),
        DlqCommand::Show(args) => show::run(&args, output).await,
        DlqCommand::Resume(args) => resume::run(&args, output).await,
    }
}
