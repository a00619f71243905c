//! What one user's import does to the others: the same load without it and with it, in turns, in one run.
//!
//! There is no import in the API yet. A helper writes what one would: in each transaction the user's lock and
//! positions, the rows of the tasks, and the outbox's rows, encoded as backend-api does; then it wakes the relay. Each
//! task has its own `task-events` record; each transaction has one `task-updates` record, which tells the user's screens
//! what to fetch, as the action has far too many changes to push them. The import begins right before the load.

use std::time::{Duration, Instant};

use anyhow::Context as _;
use chrono::Utc;
use shared_events::event::task::{FieldChange, TaskEvent, TaskSnapshot, kind};
use shared_events::event::update::{self, UserUpdate, stream};
use shared_events::event::{EventMeta, Timestamp, aggregate, intent, user_actor};
use shared_events::ids::{ActionId, Epoch, EventId, Position, TaskId, UserId, Version};
use shared_events::outbox::{self, Encoded};
use shared_events::topic::Service;
use sqlx::postgres::PgPoolOptions;
use sqlx::{PgConnection, PgPool};
use uuid::Uuid;

use super::load::{Load, Prepared};
use super::percentiles::Summary;
use crate::background::Background;
use crate::world::World;

/// How long the import may take to be published when the load is over.
const DRAIN: Duration = Duration::from_secs(1_800);

/// What the worst ratio may be.
pub const ALLOWED: f64 = 1.5;

#[derive(Debug, Clone, Copy)]
pub struct Import {
    /// Tasks of one import.
    pub rows: i64,
    /// Tasks of one transaction.
    pub batch: i64,
    /// Tasks a second.
    pub rate: f64,
    /// How often the load runs without and then with an import.
    pub rounds: usize,
}

/// From commit to socket, in milliseconds.
#[derive(Debug, Default)]
pub struct Compared {
    pub without: Vec<f64>,
    pub with: Vec<f64>,
    /// For how many seconds each import was committed, and until its last row was published.
    pub imports: Vec<(f64, f64)>,
    /// Rows that the outbox still held when each load with an import ended: 0 means that the import was too short.
    pub left: Vec<i64>,
}

/// Runs the rounds.
pub async fn run(world: &World, load: Load, import: Import) -> anyhow::Result<Compared> {
    let pool = PgPoolOptions::new()
        .max_connections(2)
        .connect(&world.environment.database_url)
        .await?;
    let mut compared = Compared::default();
    for _ in 0..import.rounds {
        until_drained(&pool).await?;
        let quiet = Prepared::new(world, load).await?.send().await?;
        compared.without.extend(quiet.commit_to_socket());

        let prepared = Prepared::new(world, load).await?;
        let user = world.person("import")?.user;
        let began = Instant::now();
        let writer = pool.clone();
        let (told, committed) = tokio::sync::oneshot::channel();
        let importing = Background::run(async move {
            // Nobody waits for it any more only when the run has failed.
            let _ = told.send(write(&writer, &user, import).await);
        });
        let busy = prepared.send().await?;
        compared.with.extend(busy.commit_to_socket());
        compared.left.push(pending(&pool).await?);
        committed
            .await
            .context("the import's task has gone")?
            .context("the import failed")?;
        drop(importing);
        let written = began.elapsed().as_secs_f64();
        until_drained(&pool).await?;
        compared.imports.push((written, began.elapsed().as_secs_f64()));
    }
    Ok(compared)
}

impl Compared {
    /// How many times longer the others wait.
    pub fn ratio(&self) -> f64 {
        Summary::of(self.with.clone()).p99_ms / Summary::of(self.without.clone()).p99_ms
    }

    pub fn to_table(&self) -> String {
        let mut table = format!(
            "{:<26} {:>6} {:>10} {:>10} {:>10}\n",
            "commit → socket, ms", "count", "p50", "p99", "max"
        );
        for (name, durations) in [
            ("without an import", &self.without),
            ("with an import", &self.with),
        ] {
            let Summary {
                count,
                p50_ms,
                p99_ms,
                max_ms,
            } = Summary::of(durations.clone());
            table.push_str(&format!(
                "{name:<26} {count:>6} {p50_ms:>10.2} {p99_ms:>10.2} {max_ms:>10.2}\n"
            ));
        }
        for ((written, published), left) in self.imports.iter().zip(&self.left) {
            table.push_str(&format!(
                "an import was published after {published:.0} s; {left} rows were left when the load ended \
                 ({written:.0} s)\n"
            ));
        }
        table.push_str(&format!(
            "p99 with / without: {:.2} (at most {ALLOWED})\n",
            self.ratio()
        ));
        table
    }
}

async fn until_drained(pool: &PgPool) -> anyhow::Result<()> {
    let deadline = Instant::now() + DRAIN;
    while pending(pool).await? > 0 {
        anyhow::ensure!(
            Instant::now() < deadline,
            "the outbox is not empty after {DRAIN:?}"
        );
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    Ok(())
}

async fn pending(pool: &PgPool) -> anyhow::Result<i64> {
    let count = sqlx::query_scalar("SELECT count(*) FROM outbox.message");
    Ok(count.fetch_one(pool).await?)
}

async fn write(pool: &PgPool, user: &str, import: Import) -> anyhow::Result<()> {
    let user: UserId = user.parse()?;
    let mut tick = tokio::time::interval(Duration::from_secs_f64(import.batch as f64 / import.rate));
    let mut left = import.rows;
    while left > 0 {
        tick.tick().await;
        let count = left.min(import.batch);
        let mut transaction = pool.begin().await?;
        write_batch(&mut transaction, &user, count).await?;
        transaction.commit().await?;
        sqlx::query("SELECT pg_notify('outbox_wake', '')")
            .execute(pool)
            .await?;
        left -= count;
    }
    Ok(())
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
    let created = ids.into_iter().zip(&positions).map(|(id, position)| Created {
        user,
        epoch,
        at,
        action,
        task: id.into(),
        position: Position(*position),
    });
    Ok(outbox::enqueue_all(connection, &encoded(&created.collect::<Vec<_>>())?).await?)
}

/// The rows of the outbox of one transaction.
fn encoded(created: &[Created<'_>]) -> anyhow::Result<Vec<Encoded>> {
    let mut rows = Vec::with_capacity(created.len() + 1);
    for task in created {
        rows.push(Encoded::new(Service::BackendApi, &task.event())?);
    }
    if let (Some(first), Some(last)) = (created.first(), created.last()) {
        rows.push(Encoded::new(Service::BackendApi, &last.refresh(first.position))?);
    }
    Ok(rows)
}

/// A task that was imported.
struct Created<'a> {
    user: &'a UserId,
    epoch: Epoch,
    at: Timestamp,
    action: ActionId,
    task: TaskId,
    position: Position,
}

impl Created<'_> {
    fn event(&self) -> TaskEvent {
        let task = self.snapshot();
        TaskEvent {
            meta: self.meta(kind::TASK_CREATED),
            changes: vec![
                set("priority", "\"normal\""),
                set("status", "\"open\""),
                set("title", &format!("{:?}", task.title)),
            ],
            task: Some(task),
            series: None,
            tag: None,
            operator: None,
        }
    }

    /// Says that everything from this position on is to be fetched.
    fn refresh(&self, from: Position) -> UserUpdate {
        UserUpdate {
            meta: self.meta(update::kind::REFRESH),
            stream: stream::TASKS.to_owned(),
            from,
            refresh: true,
            task: None,
            series: None,
            notification: None,
            tag: None,
        }
    }

    fn meta(&self, kind: &str) -> EventMeta {
        EventMeta {
            event_id: EventId::new(),
            kind: kind.to_owned(),
            occurred_at: self.at,
            user_id: self.user.clone(),
            actor: user_actor(self.user),
            action_id: self.action,
            causation_id: None,
            intent: intent::IMPORT.to_owned(),
            aggregate: aggregate::TASK.to_owned(),
            aggregate_id: self.task.to_string(),
            version: Version(1),
            previous: Version(0),
            epoch: self.epoch,
            position: self.position,
        }
    }

    fn snapshot(&self) -> TaskSnapshot {
        TaskSnapshot {
            id: self.task,
            title: format!("Imported {}", self.position),
            description: None,
            priority: "normal".to_owned(),
            status: "open".to_owned(),
            tags: Vec::new(),
            project_id: None,
            parent_id: None,
            start: None,
            due: None,
            due_at: None,
            series_id: None,
            ordinal: None,
            recurrence: None,
            reminders: Vec::new(),
            version: Version(1),
            position: self.position,
            created_at: self.at,
            updated_at: self.at,
            completed_at: None,
            deleted: false,
            closed_at: None,
            estimate: None,
        }
    }
}

fn set(field: &str, after: &str) -> FieldChange {
    FieldChange {
        field: field.to_owned(),
        before: None,
        after: Some(after.to_owned()),
    }
}
