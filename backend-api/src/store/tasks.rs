//! The statements for tasks.

pub mod list;
mod order;
pub(super) mod row;

use chrono::{DateTime, Utc};
use recurrence::TZDB_VERSION;
use serde_json::Value;
use shared_events::ids::{Position, ProjectId, SeriesId, TagId, TaskId, UserId};
use sqlx::PgConnection;
use uuid::Uuid;

use super::{Stored, of_version_before};
use crate::domain::reminder::Reminder;
use crate::domain::task::{Ancestor, Estimate, Task};
use crate::domain::text::Description;
use row::TaskRow;

/// A task as its row says. `from` is where the rows come from that are called `t`, if that is not the table.
macro_rules! select_tasks {
    (from $from:literal, $($bind:expr),+ $(,)?) => {
        select_tasks!(@ [$from] $($bind),+)
    };
    ($condition:literal, $($bind:expr),+ $(,)?) => {
        select_tasks!(@ ["tasks.task t " + $condition] $($bind),+)
    };
    (@ [$($from:tt)+] $($bind:expr),+) => {
        sqlx::query_as!(
            TaskRow,
            "SELECT t.id, t.title, t.description, t.priority, t.status, t.tags, t.project_id, t.parent_id,
                      t.start_local, t.start_zone, t.due_local, t.due_zone, t.due_at, t.reminders, t.series_id, t.ordinal,
                      t.slot, t.rrule, t.anchor, t.missed, t.version, t.position, t.created_at, t.updated_at,
                      t.completed_at, t.closed_at, t.deleted_at, t.estimate, t.order_key,
                      t.template
                 FROM " + $($from)+,
            $($bind),+
        )
    };
}

/// A statement that writes all columns of a task, numbered in the order of the table.
macro_rules! write_task {
    ($statement:literal, $task:expr, $user:expr $(, $more:expr)* $(,)?) => {{
        let (task, details, due) = ($task, &$task.details, $task.details.due);
        let recurrence = details.recurrence.as_ref();
        sqlx::query!(
            $statement,
            task.id.as_uuid(),
            $user.as_str(),
            details.title.as_str(),
            details.description.as_ref().map(Description::as_str),
            details.priority.as_str(),
            task.status.as_str(),
            &details
                .tags
                .as_slice()
                .iter()
                .map(TagId::as_uuid)
                .collect::<Vec<_>>(),
            details.project.map(|id| id.as_uuid()),
            details.parent.map(|id| id.as_uuid()),
            details.start.map(|start| start.local.to_string()),
            details.start.map(|start| start.zone.name()),
            due.map(|due| due.local.to_string()),
            due.map(|due| due.zone.name()),
            task.due_at,
            details.reminders.iter().map(Reminder::to_json).collect::<Value>(),
            task.occurrence.map(|occurrence| occurrence.series.as_uuid()),
            task.occurrence.map(|occurrence| occurrence.ordinal),
            task.occurrence.map(|occurrence| occurrence.slot.to_string()),
            task.version.get(),
            task.position.get(),
            task.created_at,
            task.updated_at,
            task.completed_at,
            task.closed_at,
            task.deleted_at,
            details.estimate.map(Estimate::minutes),
            recurrence.map(|recurrence| recurrence.rule.to_string()),
            recurrence.map(|recurrence| recurrence.anchor.as_str()),
            recurrence.map(|recurrence| recurrence.missed.as_str()),
            task.due_at.map(|_| TZDB_VERSION),
            task.order.to_string(),
            task.template,
            details.start.map(|start| start.begins_at()),
            $($more,)*
        )
    }};
}

// After the macro that it uses.
pub mod at_once;

impl Stored for Task {
    async fn get(conn: &mut PgConnection, user: &UserId, id: TaskId) -> Result<Option<Self>, sqlx::Error> {
        let row = select_tasks!(
            "WHERE t.user_id = $1 AND t.id = $2 AND t.deleted_at IS NULL",
            user.as_str(),
            id.as_uuid()
        )
        .fetch_optional(conn)
        .await?;
        row.map(Task::try_from).transpose()
    }

    async fn insert(&self, conn: &mut PgConnection, user: &UserId) -> Result<(), sqlx::Error> {
        write_task!(
            "INSERT INTO tasks.task (id, user_id, title, description, priority, status, tags, project_id, parent_id,
                                     start_local, start_zone, due_local, due_zone, due_at, reminders, series_id,
                                     ordinal, slot, version, position, created_at, updated_at, completed_at, closed_at,
                                     deleted_at, estimate, rrule, anchor, missed, tzdb, order_key,
                                     template, start_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21,
                     $22, $23, $24, $25, $26, $27, $28, $29, $30, $31, $32, $33)",
            self,
            user
        )
        .execute(conn)
        .await?;
        Ok(())
    }

    async fn update(&self, conn: &mut PgConnection, user: &UserId) -> Result<(), sqlx::Error> {
        let written = write_task!(
            "UPDATE tasks.task
                SET title = $3, description = $4, priority = $5, status = $6, tags = $7, project_id = $8,
                    parent_id = $9, start_local = $10, start_zone = $11, due_local = $12, due_zone = $13, due_at = $14,
                    reminders = $15, series_id = $16, ordinal = $17, slot = $18, version = $19, position = $20,
                    created_at = $21, updated_at = $22, completed_at = $23, closed_at = $24, deleted_at = $25,
                    estimate = $26, rrule = $27, anchor = $28, missed = $29, tzdb = $30, order_key = $31, template = $32,
                    start_at = $33
              WHERE id = $1 AND user_id = $2 AND version + 1 = $19",
            self,
            user
        )
        .execute(conn)
        .await?;
        of_version_before::<Self>(written)
    }
}

/// An occurrence of a series, deleted or not.
pub async fn occurrence(
    conn: &mut PgConnection,
    user: &UserId,
    series: SeriesId,
    ordinal: i32,
) -> Result<Option<Task>, sqlx::Error> {
    let row = select_tasks!(
        "WHERE t.user_id = $1 AND t.series_id = $2 AND t.ordinal = $3",
        user.as_str(),
        series.as_uuid(),
        ordinal
    )
    .fetch_optional(conn)
    .await?;
    row.map(Task::try_from).transpose()
}

/// The occurrences of a series that are not deleted, newest first, below an ordinal.
pub async fn occurrences(
    conn: &mut PgConnection,
    user: &UserId,
    series: SeriesId,
    below: Option<i32>,
    limit: i64,
) -> Result<Vec<Task>, sqlx::Error> {
    let rows = select_tasks!(
        "WHERE t.user_id = $1 AND t.series_id = $2 AND t.ordinal < $3 AND t.deleted_at IS NULL
         ORDER BY t.ordinal DESC LIMIT $4",
        user.as_str(),
        series.as_uuid(),
        // Not by `coalesce` in SQL, which row-level security keeps from the index.
        below.unwrap_or(i32::MAX),
        limit,
    )
    .fetch_all(conn)
    .await?;
    rows.into_iter().map(Task::try_from).collect()
}

pub async fn open_occurrences(
    conn: &mut PgConnection,
    user: &UserId,
    series: SeriesId,
) -> Result<Vec<Task>, sqlx::Error> {
    let rows = select_tasks!(
        "WHERE t.user_id = $1 AND t.series_id = $2 AND t.status = 'open' AND t.deleted_at IS NULL ORDER BY t.id",
        user.as_str(),
        series.as_uuid()
    )
    .fetch_all(conn)
    .await?;
    rows.into_iter().map(Task::try_from).collect()
}

/// A task that was deleted after a time.
pub async fn deleted_after(
    conn: &mut PgConnection,
    user: &UserId,
    id: TaskId,
    after: DateTime<Utc>,
) -> Result<Option<Task>, sqlx::Error> {
    let row = select_tasks!(
        "WHERE t.user_id = $1 AND t.id = $2 AND t.deleted_at > $3
           AND t.deleted_at > (SELECT coalesce(s.erased_at, '-infinity') FROM tasks.user_state s WHERE s.user_id = $1)",
        user.as_str(),
        id.as_uuid(),
        after
    )
    .fetch_optional(conn)
    .await?;
    row.map(Task::try_from).transpose()
}

/// Some tasks that are not deleted.
pub async fn some(conn: &mut PgConnection, user: &UserId, limit: i64) -> Result<Vec<Task>, sqlx::Error> {
    let rows = select_tasks!(
        "WHERE t.user_id = $1 AND t.deleted_at IS NULL LIMIT $2",
        user.as_str(),
        limit
    )
    .fetch_all(conn)
    .await?;
    rows.into_iter().map(Task::try_from).collect()
}

/// The tasks of a project, at most `limit`.
pub async fn of_project(
    conn: &mut PgConnection,
    user: &UserId,
    project: ProjectId,
    limit: i64,
) -> Result<Vec<Task>, sqlx::Error> {
    let rows = select_tasks!(
        "WHERE t.user_id = $1 AND t.project_id = $2 AND t.deleted_at IS NULL ORDER BY t.id LIMIT $3",
        user.as_str(),
        project.as_uuid(),
        limit
    )
    .fetch_all(conn)
    .await?;
    rows.into_iter().map(Task::try_from).collect()
}

/// The tasks that changed after one position, up to another; tombstones too.
pub async fn changed(
    conn: &mut PgConnection,
    user: &UserId,
    after: Position,
    until: Position,
    limit: i64,
) -> Result<Vec<Task>, sqlx::Error> {
    let rows = select_tasks!(
        "WHERE t.user_id = $1 AND t.position > $2 AND t.position <= $3 ORDER BY t.position LIMIT $4",
        user.as_str(),
        after.get(),
        until.get(),
        limit,
    )
    .fetch_all(conn)
    .await?;
    rows.into_iter().map(Task::try_from).collect()
}

/// A task and the tasks that it is a part of, upwards, deleted or not, and at most `limit` of them; empty if there is no
/// such task.
pub async fn with_ancestors(
    conn: &mut PgConnection,
    user: &UserId,
    id: TaskId,
    limit: i32,
) -> Result<Vec<Ancestor>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"WITH RECURSIVE line AS (
               SELECT id, parent_id, series_id, ordinal, deleted_at, 1 AS depth
                 FROM tasks.task WHERE user_id = $1 AND id = $2
                UNION ALL
               SELECT t.id, t.parent_id, t.series_id, t.ordinal, t.deleted_at, line.depth + 1
                 FROM tasks.task t JOIN line ON t.id = line.parent_id
                WHERE t.user_id = $1 AND line.depth < $3
           )
           SELECT line.id AS "id!", line.series_id, line.ordinal, line.deleted_at IS NOT NULL AS "is_deleted!",
                  coalesce(s.alive AND s.last_ordinal = line.ordinal, false) AS "recurs!"
             FROM line LEFT JOIN tasks.series s ON s.user_id = $1 AND s.id = line.series_id
            ORDER BY line.depth"#,
        user.as_str(),
        id.as_uuid(),
        limit,
    )
    .fetch_all(conn)
    .await?;
    let ancestors = rows.into_iter().map(|row| Ancestor {
        id: TaskId::from_uuid(row.id),
        occurrence: row.series_id.map(SeriesId::from_uuid).zip(row.ordinal),
        is_deleted: row.is_deleted,
        recurs: row.recurs,
    });
    Ok(ancestors.collect())
}

/// How many levels there are from a task down to its lowest sub-task, itself included, counted up to `limit`.
pub async fn height(
    conn: &mut PgConnection,
    user: &UserId,
    id: TaskId,
    limit: i32,
) -> Result<i32, sqlx::Error> {
    sqlx::query_scalar!(
        r#"WITH RECURSIVE below AS (
               SELECT $2::uuid AS id, 1 AS depth
                UNION ALL
               SELECT t.id, below.depth + 1
                 FROM tasks.task t JOIN below ON t.parent_id = below.id
                WHERE t.user_id = $1 AND below.depth < $3
           )
           SELECT max(depth) AS "height!" FROM below"#,
        user.as_str(),
        id.as_uuid(),
        limit,
    )
    .fetch_one(conn)
    .await
}

/// The sub-tasks that come back with a task, each after the one that it is a part of; at most `limit`, if there is one.
/// What is deleted is left out, and what is below it; of a series the newest occurrence alone counts, and what is
/// below it stays with it while the series is alive.
pub async fn sub_tasks(
    conn: &mut PgConnection,
    user: &UserId,
    id: TaskId,
    limit: Option<i64>,
) -> Result<Vec<TaskId>, sqlx::Error> {
    let ids = sqlx::query_scalar!(
        r#"WITH RECURSIVE part AS (
               SELECT $2::uuid AS id, false AS recurs, 0 AS depth, NULL::timestamptz AS created_at
                UNION ALL
               SELECT t.id, s.alive IS TRUE, part.depth + 1, t.created_at
                 FROM part
                 JOIN tasks.task t ON t.parent_id = part.id AND t.user_id = $1 AND t.deleted_at IS NULL
                 LEFT JOIN tasks.series s ON s.id = t.series_id AND s.user_id = $1
                WHERE NOT part.recurs AND (t.series_id IS NULL OR t.ordinal = s.last_ordinal)
           )
           SELECT id AS "id!" FROM (SELECT id, depth, created_at FROM part WHERE depth > 0 LIMIT $3) AS parts
            ORDER BY depth, created_at, id"#,
        user.as_str(),
        id.as_uuid(),
        limit,
    )
    .fetch_all(conn)
    .await?;
    Ok(ids.into_iter().map(TaskId::from_uuid).collect())
}

/// The tasks with these ids, in the order of the ids.
pub async fn all(conn: &mut PgConnection, user: &UserId, ids: &[TaskId]) -> Result<Vec<Task>, sqlx::Error> {
    let ids: Vec<Uuid> = ids.iter().map(TaskId::as_uuid).collect();
    let rows = select_tasks!(
        "WHERE t.user_id = $1 AND t.id = ANY($2) ORDER BY array_position($2, t.id)",
        user.as_str(),
        &ids
    )
    .fetch_all(conn)
    .await?;
    rows.into_iter().map(Task::try_from).collect()
}
