//! The rows that requests are about: read before a turn, and as they were again after it.

use std::time::Duration;

use sqlx::{FromRow, PgPool};
use uuid::Uuid;

use crate::wait::wait_until;

/// Until everything that a turn changed is published.
const SETTLING: Duration = Duration::from_secs(300);

#[derive(Debug, FromRow)]
pub(super) struct User {
    pub(super) name: String,
    /// The position that a page's worth of changes follows.
    pub(super) page_before: i64,
}

#[derive(Debug, FromRow)]
pub(super) struct Task {
    pub(super) user: String,
    pub(super) id: Uuid,
}

/// In the order of their names.
pub(super) async fn users(pool: &PgPool, page: usize) -> anyhow::Result<Vec<User>> {
    let statement = "SELECT user_id AS name, coalesce(
                         (SELECT position FROM tasks.task t WHERE t.user_id = u.user_id
                           ORDER BY position DESC OFFSET $1 LIMIT 1), 0) AS page_before
                       FROM tasks.user_state u WHERE user_id LIKE 'bench-%' ORDER BY user_id";
    let users = sqlx::query_as(statement).bind(i64::try_from(page)?);
    Ok(users.fetch_all(pool).await?)
}

/// Some of theirs, in no order.
pub(super) async fn open_tasks(pool: &PgPool, users: &[String], most: usize) -> anyhow::Result<Vec<Task>> {
    let statement = "SELECT user_id AS user, id FROM tasks.task
                      WHERE user_id = ANY($1) AND status = 'open' AND deleted_at IS NULL
                      ORDER BY md5(id::text) LIMIT $2";
    let tasks = sqlx::query_as(statement).bind(users).bind(i64::try_from(most)?);
    Ok(tasks.fetch_all(pool).await?)
}

/// Waits until everything is published, takes away what was created and opens what was completed.
pub(super) async fn restore(pool: &PgPool) -> anyhow::Result<()> {
    wait_until(SETTLING, "that everything is published", async || {
        let count = sqlx::query_scalar::<_, i64>("SELECT count(*) FROM outbox.message");
        Ok(match count.fetch_one(pool).await? {
            0 => Ok(()),
            left => Err(format!("{left} rows are left")),
        })
    })
    .await?;
    // What was made in SQL is two days old, or says so.
    for statement in [
        "DELETE FROM tasks.task WHERE created_at > now() - interval '1 day'",
        "UPDATE tasks.task SET status = 'open', completed_at = NULL, closed_at = NULL
          WHERE status <> 'open' AND completed_at > now() - interval '1 day'",
        "DELETE FROM tasks.idempotency",
        "VACUUM (ANALYZE) tasks.task, tasks.idempotency, tasks.user_state, outbox.message",
    ] {
        sqlx::query(statement).execute(pool).await?;
    }
    Ok(())
}
