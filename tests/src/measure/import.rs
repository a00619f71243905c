//! What one user's import does to the others: one load, during which the import goes on and pauses in turns.
//!
//! Turns of some seconds, as the machine's disk alone moves the p99 by a factor of two from one minute to the next. A
//! change counts as one beside the import from when a turn of it begins until its last row is published, and a little
//! longer.
//!
//! There is no import in the API yet. A helper writes what one would: in each transaction the user's lock and
//! positions, the rows of the tasks, and the outbox's rows, encoded as backend-api does; then it wakes the relay. Each
//! task has its own `task-events` record; each transaction has one `task-updates` record, which tells the user's screens
//! what to fetch, as the action has far too many changes to push them.

use std::time::{Duration, Instant};

use chrono::{DateTime, TimeDelta, Utc};
use shared_events::event::Timestamp;
use shared_events::event::update::{self, UserUpdate, stream};
use shared_events::ids::{ActionId, Position, UserId, Version};
use shared_events::outbox::{self, Encoded};
use shared_events::topic::Service;
use sqlx::postgres::PgPoolOptions;
use sqlx::{PgConnection, PgPool};
use uuid::Uuid;

use super::change::Change;
use super::load::{Load, Prepared};
use super::percentiles::Summary;
use super::spread::{Spread, cell, row};
use crate::wait::wait_until;
use crate::world::World;

/// How long a turn of the import, and the pause after it, last.
const TURN: Duration = Duration::from_secs(10);

/// How long a turn's rows may take to be published: a turn that is not over when the next begins is no turn.
const DRAIN: Duration = TURN;

/// Consumers that gather records are this much later at most.
const GATHERING: TimeDelta = TimeDelta::milliseconds(500);

/// What the worst ratio may be.
pub const ALLOWED: f64 = 1.5;

#[derive(Debug, Clone, Copy)]
pub struct Import {
    pub rows: i64,
    /// Rows of one transaction.
    pub batch: i64,
    /// Rows a second.
    pub rate: f64,
}

impl Import {
    /// How many changes of the others, so many a second, go on until the import and its last pause are over.
    #[must_use]
    pub fn changes_beside(self, rate: f64) -> usize {
        let turns = (self.rows as f64 / self.rate / TURN.as_secs_f64()).ceil();
        (rate * TURN.as_secs_f64() * (2.0 * turns + 1.0)) as usize
    }
}

/// From commit to socket, in milliseconds.
#[derive(Debug, Default)]
pub struct Compared {
    pub without: Vec<f64>,
    pub with: Vec<f64>,
    /// For how many seconds each turn was published after its last commit.
    pub published_after: Vec<f64>,
}

/// One turn of the import, and what follows from it.
struct Turn {
    began: DateTime<Utc>,
    ended: DateTime<Utc>,
    published: DateTime<Utc>,
}

/// Runs the load beside the import.
pub async fn run(world: &World, load: Load, import: Import) -> anyhow::Result<Compared> {
    let pool = PgPoolOptions::new()
        .max_connections(2)
        .connect(&world.environment.database_url)
        .await?;
    let prepared = Prepared::new(world, load).await?;
    let user = world.person("import")?.user.parse()?;
    let (measured, turns) = tokio::try_join!(prepared.send(), in_turns(&pool, &user, import))?;
    let mut compared = Compared::default();
    for (committed, milliseconds) in measured.commit_to_socket() {
        let beside = |turn: &Turn| turn.began <= *committed && *committed <= turn.published + GATHERING;
        let of = if turns.iter().any(beside) {
            &mut compared.with
        } else {
            &mut compared.without
        };
        of.push(*milliseconds);
    }
    compared.published_after = turns
        .iter()
        .map(|turn| (turn.published - turn.ended).as_seconds_f64())
        .collect();
    Ok(compared)
}

impl Compared {
    /// How many times longer the others wait.
    fn ratio(&self) -> f64 {
        Summary::of(self.with.clone()).p99_ms / Summary::of(self.without.clone()).p99_ms
    }

    /// How long the last row of any turn was published after its commit, in seconds.
    fn published_within(&self) -> f64 {
        self.published_after.iter().copied().fold(0.0, f64::max)
    }

    /// For those who wait.
    pub fn in_short(&self) -> String {
        format!("p99 with / without an import {:.2}", self.ratio())
    }
}

/// All runs.
#[derive(Debug, Default)]
pub struct Report {
    pub runs: Vec<Compared>,
}

impl Report {
    /// Whether the others wait no longer than they may, by the median of the runs.
    pub fn is_allowed(&self) -> bool {
        let ratios: Vec<f64> = self.runs.iter().map(Compared::ratio).collect();
        Spread::of(&ratios).is_some_and(|ratio| ratio.median <= ALLOWED)
    }

    /// Of all runs, in milliseconds.
    pub fn durations(&self, of: fn(&Compared) -> &Vec<f64>) -> Vec<f64> {
        self.runs.iter().flat_map(of).copied().collect()
    }

    pub fn to_table(&self) -> String {
        let columns = ["count", "p50", "p99", "max"].map(str::to_owned);
        let mut table = row("commit → socket, ms", columns);
        table.push_str(&self.row("without an import", |run| &run.without));
        table.push_str(&self.row("with an import", |run| &run.with));
        let published = cell(self.runs.iter().map(Compared::published_within));
        let ratio = cell(self.runs.iter().map(Compared::ratio));
        format!(
            "{table}the last row of a turn of the import was published within {published} s of its commit\n\
             p99 with / without: {ratio} (at most {ALLOWED})\n"
        )
    }

    fn row(&self, name: &str, of: fn(&Compared) -> &Vec<f64>) -> String {
        let summaries: Vec<Summary> = self.runs.iter().map(|run| Summary::of(of(run).clone())).collect();
        let figures: [fn(&Summary) -> f64; 4] = [
            |summary| summary.count as f64,
            |summary| summary.p50_ms,
            |summary| summary.p99_ms,
            |summary| summary.max_ms,
        ];
        row(name, figures.map(|figure| cell(summaries.iter().map(figure))))
    }
}

/// Begins with a pause and ends with one.
async fn in_turns(pool: &PgPool, user: &UserId, import: Import) -> anyhow::Result<Vec<Turn>> {
    let mut next = tokio::time::interval(TURN);
    next.tick().await;
    let mut left = import.rows;
    let mut turns = Vec::new();
    while left > 0 {
        next.tick().await;
        let began = Utc::now();
        left -= write(pool, user, import, left).await?;
        let ended = Utc::now();
        turns.push(Turn {
            began,
            ended,
            published: published(pool, ended).await?,
        });
        next.tick().await;
    }
    Ok(turns)
}

/// Writes for a turn, at most so many rows; gives how many it wrote.
async fn write(pool: &PgPool, user: &UserId, import: Import, most: i64) -> anyhow::Result<i64> {
    let mut tick = tokio::time::interval(Duration::from_secs_f64(import.batch as f64 / import.rate));
    let until = Instant::now() + TURN;
    let mut written = 0;
    while written < most && Instant::now() < until {
        tick.tick().await;
        let count = import.batch.min(most - written);
        let mut transaction = pool.begin().await?;
        write_batch(&mut transaction, user, count).await?;
        transaction.commit().await?;
        sqlx::query("SELECT pg_notify('outbox_wake', '')")
            .execute(pool)
            .await?;
        written += count;
    }
    Ok(written)
}

/// Waits until every row that was there at a moment is published.
async fn published(pool: &PgPool, moment: DateTime<Utc>) -> anyhow::Result<DateTime<Utc>> {
    let pending = "SELECT count(*) FROM outbox.message WHERE created_at <= $1";
    wait_until(DRAIN, "that a turn's rows are published", async || {
        let count = sqlx::query_scalar::<_, i64>(pending).bind(moment);
        Ok(match count.fetch_one(pool).await? {
            0 => Ok(Utc::now()),
            left => Err(format!("{left} are left: import fewer a second")),
        })
    })
    .await
}

async fn write_batch(connection: &mut PgConnection, user: &UserId, count: i64) -> anyhow::Result<()> {
    let epoch = outbox::current_epoch(connection).await?;
    let lock = "INSERT INTO tasks.user_state AS held (user_id, position) VALUES ($1, $2)
                    ON CONFLICT (user_id) DO UPDATE SET position = held.position + excluded.position
                RETURNING position";
    let last: i64 = sqlx::query_scalar(lock)
        .bind(user.as_str())
        .bind(count)
        .fetch_one(&mut *connection)
        .await?;
    let positions: Vec<i64> = (last - count + 1..=last).collect();
    let ids: Vec<Uuid> = positions.iter().map(|_| Uuid::now_v7()).collect();
    let rows = "INSERT INTO tasks.task (id, user_id, title, priority, status, tags, reminders, version, position,
                                        created_at, updated_at)
                SELECT id, $1, 'Imported ' || position, 'normal', 'open', '{}', '[]', 1, position, now(), now()
                  FROM unnest($2::uuid[], $3::bigint[]) AS task(id, position)";
    sqlx::query(rows)
        .bind(user.as_str())
        .bind(&ids)
        .bind(&positions)
        .execute(&mut *connection)
        .await?;
    let at = Timestamp::new(Utc::now());
    let action = ActionId::new();
    let created = ids.into_iter().zip(&positions).map(|(id, position)| Change {
        user,
        epoch,
        at,
        action,
        task: id.into(),
        position: Position(*position),
        version: Version(1),
    });
    Ok(outbox::enqueue_all(connection, &encoded(&created.collect::<Vec<_>>())?).await?)
}

/// The rows of the outbox of one transaction.
fn encoded(created: &[Change<'_>]) -> anyhow::Result<Vec<Encoded>> {
    let mut rows = Vec::with_capacity(created.len() + 1);
    for task in created {
        rows.push(Encoded::new(Service::BackendApi, &task.event())?);
    }
    if let (Some(first), Some(last)) = (created.first(), created.last()) {
        rows.push(Encoded::new(Service::BackendApi, &refresh(last, first.position))?);
    }
    Ok(rows)
}

/// Says that everything from this position on is to be fetched.
fn refresh(last: &Change<'_>, from: Position) -> UserUpdate {
    UserUpdate {
        from,
        refresh: true,
        ..UserUpdate::new(last.meta(update::kind::REFRESH), stream::TASKS)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn compared(with: f64) -> Compared {
        Compared {
            without: vec![10.0],
            with: vec![with],
            published_after: vec![0.5, 0.25],
        }
    }

    #[test]
    fn the_median_of_the_runs_decides() {
        let mut report = Report {
            runs: vec![compared(12.0), compared(30.0), compared(14.0)],
        };
        assert!(report.is_allowed());
        let table = report.to_table();
        assert!(table.contains("p99 with / without: 1.40 (1.20–3.00)"), "{table}");
        assert!(table.contains("published within 0.50 s"), "{table}");
        report.runs = vec![compared(12.0), compared(30.0), compared(31.0)];
        assert!(!report.is_allowed());
    }
}
