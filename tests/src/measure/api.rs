//! How many requests a second the API answers when each connection asks again at once, one operation after another.
//!
//! The rows are there before, open tasks of users called `bench-…`. A user is asked about by one connection alone, so
//! that nobody waits for a user's lock. After each operation that writes, everything is published and the rows are
//! what they were, so that every turn begins with as many tasks.

mod operation;
mod rows;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use serde::Serialize;
use sqlx::PgPool;
use sqlx::postgres::PgPoolOptions;
use tokio::task::JoinSet;

use self::operation::{Operation, Worker};
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
}

/// What became of one operation.
#[derive(Debug, Serialize)]
pub struct Measured {
    pub operation: &'static str,
    /// Requests a second that were answered.
    pub rate: f64,
    /// From sending a request to having read its answer.
    pub answer: Summary,
}

/// All operations, one after another; fails when any request is not answered 2xx.
pub async fn run(world: &World, plan: &Plan) -> anyhow::Result<Vec<Measured>> {
    let pool = PgPoolOptions::new()
        .max_connections(2)
        .connect(&world.environment.database_url)
        .await?;
    for operation in Operation::ALL {
        turn(world, &pool, plan, operation, WARM_UP).await?;
    }
    let mut measured = Vec::new();
    for operation in Operation::ALL {
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
    let (mut took, mut durations) = (Duration::ZERO, Vec::new());
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
        durations.extend(more);
        if operation.writes() {
            rows::restore(pool).await?;
        }
    }
    Ok(Measured {
        operation: operation.name(),
        rate: durations.len() as f64 / took.as_secs_f64(),
        answer: Summary::of(durations),
    })
}

/// Ends for all when one of them has nothing to ask for any more, or an answer is an error.
async fn round(workers: Vec<Worker>, until: Instant) -> anyhow::Result<Vec<f64>> {
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
    let mut durations = Vec::new();
    while let Some(asked) = running.join_next().await {
        durations.extend(asked??);
    }
    Ok(durations)
}

/// In milliseconds.
async fn ask(worker: Worker, until: Instant, over: &AtomicBool) -> anyhow::Result<Vec<f64>> {
    let mut durations = Vec::new();
    for number in 0.. {
        if over.load(Ordering::Relaxed) || Instant::now() >= until {
            break;
        }
        let Some(request) = worker.request(number)? else {
            break;
        };
        let sent = Instant::now();
        worker.answer(request, number).await?;
        durations.push(milliseconds(sent.elapsed()));
    }
    Ok(durations)
}
