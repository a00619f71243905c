//! How many requests a second the API answers when each connection asks again at once, one operation after another.
//!
//! The rows are there before, open tasks of users called `bench-…`. A user is asked about by one connection alone, so
//! that nobody waits for a user's lock. After each operation that writes, everything is published and the rows are
//! what they were, so that every turn begins with as many tasks.

mod find;
mod operation;
mod rows;
mod titles;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use serde::Serialize;
use sqlx::PgPool;
use sqlx::postgres::PgPoolOptions;
use tokio::task::JoinSet;

use self::operation::{Answered, Operation, Worker};
use super::load::milliseconds;
use super::percentiles::Summary;
use crate::world::World;

/// Of every operation, before it counts.
const WARM_UP: Duration = Duration::from_secs(1);

#[derive(Debug, Clone, clap::Args)]
pub struct Plan {
    /// Connections, each with one request at a time
    #[arg(long, default_value_t = 16, value_parser = clap::value_parser!(u32).range(1..))]
    pub connections: u32,

    /// How long each operation is asked for, in seconds
    #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u64).range(1..))]
    pub seconds: u64,

    /// The query of the list
    #[arg(long, default_value = "limit=50&status=open&sort=due")]
    pub list: String,

    /// Which operations
    #[arg(long, value_enum, default_value_t = Operations::Api)]
    pub operations: Operations,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Operations {
    /// Reads and changes, each of one task or of a page
    Api,
    /// Search, filtered lists and stats
    Find,
    /// Creations and edits, with titles that differ as people's do
    Writes,
}

/// What became of one operation.
#[derive(Debug, Serialize)]
pub struct Measured {
    pub operation: &'static str,
    /// Requests a second that were answered.
    pub rate: f64,
    /// From sending a request to having read its answer.
    pub answer: Summary,
    /// Of searches and filtered lists: how many found nothing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub empty: Option<usize>,
}

/// The operations of the plan, one after another; fails when any request is not answered 2xx.
pub async fn run(world: &World, plan: &Plan) -> anyhow::Result<Vec<Measured>> {
    let pool = PgPoolOptions::new()
        .max_connections(2)
        .connect(&world.environment.database_url)
        .await?;
    let operations = Operation::of(plan.operations);
    for operation in operations.iter().copied() {
        turn(world, &pool, plan, operation, WARM_UP).await?;
    }
    let mut measured = Vec::new();
    for operation in operations.iter().copied() {
        let lasts = Duration::from_secs(plan.seconds);
        measured.push(turn(world, &pool, plan, operation, lasts).await?);
    }
    Ok(measured)
}

/// One operation for so long. Where it uses tasks up, it goes on with the same ones once they are open again.
async fn turn(
    world: &World,
    pool: &PgPool,
    plan: &Plan,
    operation: Operation,
    lasts: Duration,
) -> anyhow::Result<Measured> {
    let (mut took, mut answers) = (Duration::ZERO, Vec::new());
    while took < lasts {
        let workers = operation::workers(world, pool, plan, operation).await?;
        let began = Instant::now();
        let more = round(workers, began + (lasts - took)).await;
        took += began.elapsed();
        let more = more.with_context(|| format!("{}: no figures", operation.name()))?;
        ensure!(
            !more.is_empty(),
            "{}: there is nothing to ask for",
            operation.name()
        );
        answers.extend(more);
        if operation.writes() {
            rows::restore(pool).await?;
        }
    }
    let empty = operation
        .finds()
        .then(|| empty(operation, &answers))
        .transpose()?;
    Ok(Measured {
        operation: operation.name(),
        rate: answers.len() as f64 / took.as_secs_f64(),
        answer: Summary::of(answers.iter().map(|asked| asked.took_ms).collect()),
        empty,
    })
}

/// How many found nothing. Where these are more than a third, the rows are not what is looked for.
fn empty(operation: Operation, answers: &[Asked]) -> anyhow::Result<usize> {
    let empty = answers.iter().filter(|asked| asked.answered == Answered::Nothing);
    let (empty, all) = (empty.count(), answers.len());
    ensure!(
        empty * 3 <= all,
        "{}: {empty} of {all} answers were empty: no figures",
        operation.name()
    );
    Ok(empty)
}

/// One request that was answered.
#[derive(Debug)]
struct Asked {
    took_ms: f64,
    answered: Answered,
}

/// Ends for all when one of them has nothing to ask for any more, or an answer is an error.
async fn round(workers: Vec<Worker>, until: Instant) -> anyhow::Result<Vec<Asked>> {
    let over = Arc::new(AtomicBool::new(false));
    let mut running = JoinSet::new();
    for worker in workers {
        let over = Arc::clone(&over);
        running.spawn(async move {
            let asked = ask(worker, until, &over).await;
            over.store(true, Ordering::Relaxed);
            asked
        });
    }
    let mut answers = Vec::new();
    while let Some(asked) = running.join_next().await {
        answers.extend(asked??);
    }
    Ok(answers)
}

async fn ask(worker: Worker, until: Instant, over: &AtomicBool) -> anyhow::Result<Vec<Asked>> {
    let mut answers = Vec::new();
    for number in 0.. {
        if over.load(Ordering::Relaxed) || Instant::now() >= until {
            break;
        }
        let Some(request) = worker.request(number)? else {
            break;
        };
        let sent = Instant::now();
        let answered = worker.answer(request, number).await?;
        answers.push(Asked {
            took_ms: milliseconds(sent.elapsed()),
            answered,
        });
    }
    Ok(answers)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_of_empty_answers_are_refused() {
        let answers = |nothing: usize, something: usize| -> Vec<Asked> {
            let nothing = std::iter::repeat_n(Answered::Nothing, nothing);
            let all = nothing.chain(std::iter::repeat_n(Answered::Something, something));
            all.map(|answered| Asked {
                took_ms: 1.0,
                answered,
            })
            .collect()
        };
        assert_eq!(empty(Operation::Search, &answers(1, 2)).unwrap(), 1);
        let refused = empty(Operation::Search, &answers(2, 3)).unwrap_err().to_string();
        assert!(refused.contains("2 of 5 answers were empty"), "{refused}");
    }
}
