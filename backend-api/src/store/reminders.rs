//! The statements for what was announced of reminders.

use chrono::{DateTime, Utc};
use shared_events::ids::{ReminderId, TaskId, UserId, Version};
use sqlx::PgConnection;
use uuid::Uuid;

use super::corrupt;
use crate::domain::reminder_plan::{Announced, State};

/// What was announced of a task's reminders.
pub async fn of_task(
    conn: &mut PgConnection,
    user: &UserId,
    task: TaskId,
) -> Result<Vec<Announced>, sqlx::Error> {
    let rows = sqlx::query_as!(
        ReminderRow,
        "SELECT id, state, fire_at, version FROM tasks.reminder WHERE user_id = $1 AND task_id = $2 ORDER BY id",
        user.as_str(),
        task.as_uuid(),
    )
    .fetch_all(conn)
    .await?;
    rows.into_iter().map(Announced::try_from).collect()
}

/// Writes down what is announced now.
pub async fn announce(
    conn: &mut PgConnection,
    user: &UserId,
    task: TaskId,
    reminders: &[&Announced],
) -> Result<(), sqlx::Error> {
    let ids: Vec<Uuid> = reminders.iter().map(|reminder| reminder.id.as_uuid()).collect();
    let states: Vec<&str> = reminders.iter().map(|reminder| reminder.state.as_str()).collect();
    let times: Vec<DateTime<Utc>> = reminders.iter().map(|reminder| reminder.fire_at).collect();
    let versions: Vec<i64> = reminders.iter().map(|reminder| reminder.version.get()).collect();
    sqlx::query!(
        "INSERT INTO tasks.reminder (id, user_id, task_id, state, fire_at, version)
         SELECT id, $1, $2, state, fire_at, version
           FROM unnest($3::uuid[], $4::text[], $5::timestamptz[], $6::bigint[]) AS r(id, state, fire_at, version)
             ON CONFLICT (id) DO UPDATE
            SET state = excluded.state, fire_at = excluded.fire_at, version = excluded.version",
        user.as_str(),
        task.as_uuid(),
        &ids,
        &states as &[&str],
        &times,
        &versions,
    )
    .execute(conn)
    .await?;
    Ok(())
}

struct ReminderRow {
    id: Uuid,
    state: String,
    fire_at: DateTime<Utc>,
    version: i64,
}

impl TryFrom<ReminderRow> for Announced {
    type Error = sqlx::Error;

    fn try_from(row: ReminderRow) -> Result<Self, sqlx::Error> {
        let state = match row.state.as_str() {
            "scheduled" => State::Scheduled,
            "cancelled" => State::Cancelled,
            other => return Err(corrupt(other)),
        };
        Ok(Self {
            id: ReminderId::from_uuid(row.id),
            state,
            fire_at: row.fire_at,
            version: Version(row.version),
        })
    }
}
