//! What is left after an outage: rows of the outbox that nobody has published, records that nobody has audited.
//!
//! Somebody else starts the service when the watch begins, and counts what that service used when it ends.

use std::collections::BTreeMap;
use std::future::Future;
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use chrono::Utc;
use serde::Serialize;
use shared_events::event::Timestamp;
use shared_events::ids::{ActionId, Epoch, Position, TaskId, UserId, Version};
use shared_events::outbox::{self, Encoded};
use shared_events::topic::{Service, Topic};
use sqlx::PgPool;
use uuid::Uuid;

use super::ends::Ends;
use super::{database, direct, processor};
use crate::measure::change::Change;
use crate::measure::memory::Process;
use crate::wait::wait_until;
use crate::world::World;

/// Rows of one transaction.
const BATCH: u64 = 1_000;

/// Until nothing is left.
const PATIENCE: Duration = Duration::from_secs(1_800);

/// How a backlog went down.
#[derive(Debug, Clone, Serialize)]
pub struct Drained {
    pub count: i64,
    /// From the start of the service to the first that was done.
    pub first_s: f64,
    /// From the start of the service to the last.
    pub last_s: f64,
    /// How many a second, from the first to three quarters of all.
    pub rate: f64,
    /// The same of the last quarter.
    pub last_rate: f64,
    /// What processes used meanwhile, in seconds.
    pub cpu_s: BTreeMap<String, f64>,
}

/// How many were done, so many seconds after the start.
type Progress = Vec<(f64, i64)>;

/// Writes rows of the outbox for tasks that are changed in turn; gives the bytes of a body.
pub async fn write(world: &World, rows: u64, keys: u64) -> anyhow::Result<f64> {
    let pool = database::connect(world).await?;
    let mut changes = Changes::new(world, &pool, keys.min(rows)).await?;
    while changes.made < rows {
        let batch = changes.next(BATCH.min(rows - changes.made))?;
        let mut transaction = pool.begin().await?;
        outbox::enqueue_all(&mut transaction, &batch).await?;
        transaction.commit().await?;
    }
    database::mean_body(&pool).await
}

/// Tasks that are changed in turn.
#[derive(Debug)]
struct Changes {
    user: UserId,
    epoch: Epoch,
    tasks: Vec<TaskId>,
    made: u64,
}

impl Changes {
    async fn new(world: &World, pool: &PgPool, tasks: u64) -> anyhow::Result<Self> {
        Ok(Self {
            user: world.person("backlog")?.user.parse()?,
            epoch: outbox::current_epoch(&mut *pool.acquire().await?).await?,
            tasks: (0..tasks.max(1)).map(|_| Uuid::now_v7().into()).collect(),
            made: 0,
        })
    }

    fn next(&mut self, count: u64) -> anyhow::Result<Vec<Encoded>> {
        let rows = self.made..self.made + count;
        self.made += count;
        rows.map(|row| self.encoded(row)).collect()
    }

    fn encoded(&self, row: u64) -> anyhow::Result<Encoded> {
        let tasks = self.tasks.len() as u64;
        let task = self.tasks.get(usize::try_from(row % tasks)?);
        let change = Change {
            user: &self.user,
            epoch: self.epoch,
            at: Timestamp::new(Utc::now()),
            action: ActionId::new(),
            task: *task.context("rows are numbered modulo the tasks")?,
            position: Position(i64::try_from(row + 1)?),
            version: Version(i64::try_from(row / tasks + 1)?),
        };
        Ok(Encoded::new(Service::BackendApi, &change.event())?)
    }
}

/// Watches until the outbox is empty; `begins` is called when the relay may start.
pub async fn drained(world: &World, processes: &[Process], begins: impl FnOnce()) -> anyhow::Result<Drained> {
    let pool = database::connect(world).await?;
    let ends = Ends::new(&world.environment.kafka)?;
    let (count, before) = (database::pending(&pool).await?, ends.of(Topic::TaskEvents).await?);
    let published = async || Ok(ends.of(Topic::TaskEvents).await? - before);
    let used = processor::used_ms(processes)?;
    begins();
    let mut progress = watch(count, published).await?;
    // A row is deleted after its record was acknowledged.
    let began = Instant::now();
    let nothing_left = async || {
        let left = database::pending(&pool).await?;
        Ok(if left == 0 {
            Ok(())
        } else {
            Err(format!("{left} rows are left"))
        })
    };
    wait_until(PATIENCE, "that the outbox is empty", nothing_left).await?;
    if let Some((last, _)) = progress.last_mut() {
        *last += began.elapsed().as_secs_f64();
    }
    Ok(Drained::of(&progress, count, used_since(processes, &used)?))
}

/// Creates the topic that a peer publishes to.
pub async fn create_topic(world: &World, name: &str) -> anyhow::Result<()> {
    direct::create_topic(&world.environment.kafka, name).await
}

/// Watches until a peer has published what is in the outbox; `begins` is called when it may start.
pub async fn published(
    world: &World,
    processes: &[Process],
    topic: &str,
    begins: impl FnOnce(),
) -> anyhow::Result<Drained> {
    let pool = database::connect(world).await?;
    let count = database::pending(&pool).await?;
    followed(world, processes, topic, count, async || {
        begins();
        Ok(())
    })
    .await
}

/// The same of a peer that runs already, for rows that are written in one transaction: from its commit.
pub async fn published_at_once(
    world: &World,
    processes: &[Process],
    topic: &str,
    rows: u64,
    keys: u64,
) -> anyhow::Result<Drained> {
    let pool = database::connect(world).await?;
    let mut changes = Changes::new(world, &pool, keys.min(rows)).await?;
    let mut transaction = pool.begin().await?;
    while changes.made < rows {
        let batch = changes.next(BATCH.min(rows - changes.made))?;
        outbox::enqueue_all(&mut transaction, &batch).await?;
    }
    let commit = async || Ok(transaction.commit().await?);
    followed(world, processes, topic, i64::try_from(rows)?, commit).await
}

async fn followed(
    world: &World,
    processes: &[Process],
    topic: &str,
    count: i64,
    begin: impl AsyncFnOnce() -> anyhow::Result<()>,
) -> anyhow::Result<Drained> {
    let ends = Ends::new(&world.environment.kafka)?;
    let before = ends.of_named(topic).await?;
    let used = processor::used_ms(processes)?;
    begin().await?;
    let progress = watch(count, async || Ok(ends.of_named(topic).await? - before)).await?;
    Ok(Drained::of(&progress, count, used_since(processes, &used)?))
}

/// Watches until every record of `task-events` is audited; `begins` is called when audit-svc may start.
pub async fn ingested(
    world: &World,
    processes: &[Process],
    begins: impl FnOnce(),
) -> anyhow::Result<Drained> {
    let pool = database::connect(world).await?;
    let end = Ends::new(&world.environment.kafka)?.of(Topic::TaskEvents).await?;
    let before = database::audited(&pool, Topic::TaskEvents.name()).await?;
    let entries = database::entries(&pool).await?;
    let audited = async || Ok(database::audited(&pool, Topic::TaskEvents.name()).await? - before);
    let used = processor::used_ms(processes)?;
    begins();
    let progress = watch(end - before, audited).await?;
    let drained = Drained::of(&progress, end - before, used_since(processes, &used)?);
    let written = database::entries(&pool).await? - entries;
    ensure!(
        written == end - before,
        "{} records became {written} entries",
        end - before
    );
    Ok(drained)
}

/// Asks again and again how many are done until all are.
async fn watch<Answer>(count: i64, done: impl Fn() -> Answer) -> anyhow::Result<Progress>
where
    Answer: Future<Output = anyhow::Result<i64>>,
{
    let began = Instant::now();
    let mut tick = tokio::time::interval(pause(count));
    let mut progress = Progress::new();
    loop {
        tick.tick().await;
        let done = done().await?;
        progress.push((began.elapsed().as_secs_f64(), done));
        if done >= count {
            return Ok(progress);
        }
        ensure!(began.elapsed() < PATIENCE, "only {done} of {count} are done");
    }
}

/// Between two looks: short beside what so many take, and long enough that looking costs the broker little.
fn pause(count: i64) -> Duration {
    if count < 20_000 {
        Duration::from_millis(20)
    } else {
        Duration::from_millis(100)
    }
}

fn used_since(
    processes: &[Process],
    before: &BTreeMap<String, f64>,
) -> anyhow::Result<BTreeMap<String, f64>> {
    let used = processor::used_ms(processes)?.into_iter();
    let since = |(name, now): (String, f64)| {
        let then = before.get(&name).copied().unwrap_or_default();
        (name, (now - then) / 1000.0)
    };
    Ok(used.map(since).collect())
}

impl Drained {
    fn of(progress: &[(f64, i64)], count: i64, cpu_s: BTreeMap<String, f64>) -> Self {
        // The last look before anything was done.
        let first = progress.iter().rev().find(|(_, done)| *done == 0);
        let first_s = first.map_or(0.0, |(at, _)| *at);
        let last_s = progress.last().map_or(0.0, |(at, _)| *at);
        let quarter = progress.iter().find(|(_, done)| *done >= count * 3 / 4);
        let (quarter_s, by_then) = quarter.copied().unwrap_or((last_s, count));
        Self {
            count,
            first_s,
            last_s,
            rate: by_then as f64 / (quarter_s - first_s),
            last_rate: (count - by_then) as f64 / (last_s - quarter_s),
            cpu_s,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_quarter_has_a_rate_of_its_own() {
        let progress = vec![(0.0, 0), (2.0, 0), (3.0, 30), (5.0, 75), (6.0, 80), (10.0, 100)];
        let drained = Drained::of(&progress, 100, Default::default());
        assert_eq!((drained.first_s, drained.last_s), (2.0, 10.0));
        assert_eq!((drained.rate, drained.last_rate), (25.0, 5.0));
    }
}
