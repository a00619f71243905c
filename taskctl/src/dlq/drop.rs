//! `taskctl dlq drop`.

use clap::Args;
use shared_events::event::operator::kind;
use sqlx::postgres::PgConnection;

use crate::dlq::close::{self, Candidate, CloseArgs, Deed};
use crate::dlq::hole::State;
use crate::dlq::report::Planned;
use crate::ending::Ending;
use crate::output::Output;

#[derive(Debug, Args)]
pub(crate) struct DropArgs {
    #[command(flatten)]
    close: CloseArgs,
}

/// Writes down that nobody wants these letters. They stay where they are until their topic's retention is over.
pub(crate) async fn run(args: &DropArgs, output: &Output) -> anyhow::Result<Ending> {
    close::run(&args.close, Dropping, output).await
}

struct Dropping;

impl Deed for Dropping {
    const COMMAND: &'static str = "dlq drop";
    const KIND: &'static str = kind::DLQ_DROPPED;
    const STATE: State = State::Dropped;
    const WAY_OUT: &'static str = "see `taskctl dlq list`";

    async fn prepare(&mut self, _database: &mut PgConnection) -> anyhow::Result<()> {
        Ok(())
    }

    fn objection(&self, _candidate: &Candidate) -> Option<String> {
        None
    }

    async fn plan(&self, candidate: &Candidate) -> Planned {
        close::plan(candidate, "would be dropped".to_owned())
    }

    async fn perform(&self, batch: &[Candidate]) -> Vec<anyhow::Result<String>> {
        let dropped = |candidate: &Candidate| Ok(format!("dropped; {}", candidate.history()));
        batch.iter().map(dropped).collect()
    }
}
