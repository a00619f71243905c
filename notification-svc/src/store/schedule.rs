//! The reminder schedule.

use std::collections::HashMap;
use std::time::Duration;

use chrono::{DateTime, Utc};
use shared_events::ids::{Epoch, EventId, ReminderId, TaskId, UserId, Version};
use sqlx::PgConnection;
use uuid::Uuid;

use crate::domain::reminder::ScheduleEntry;
use crate::domain::truth::Truth;

/// A reminder whose time has come, locked by this transaction.
#[derive(Debug, Clone)]
pub struct DueReminder {
    pub reminder_id: ReminderId,
    /// Its version, as scheduled.
    pub version: Version,
    /// As the row says: one that is no user id must not hold up the other rows of a claim.
    pub user_id: String,
    pub task_id: TaskId,
    /// When the reminder was to fire, as scheduled.
    pub fire_at: DateTime<Utc>,
    /// The event that scheduled it.
    pub event_id: EventId,
    /// The trace that event belongs to.
    pub traceparent: Option<String>,
}

/// Records what records of one user say, each of another reminder. Gives the reminders that were news, with the current
/// epoch; not those of which the same version or a newer one is there already.
pub async fn apply(
    conn: &mut PgConnection,
    entries: &[&ScheduleEntry],
) -> Result<HashMap<ReminderId, Epoch>, sqlx::Error> {
    let news = sqlx::query!(
        r#"INSERT INTO notification.schedule AS known
             (reminder_id, user_id, task_id, epoch, version, state, fire_at, claim_at, title, due_at, event_id, traceparent)
         SELECT reminder_id, user_id, task_id, epoch, version, state, fire_at, fire_at, title, due_at, event_id, traceparent
           FROM unnest($1::uuid[], $2::text[], $3::uuid[], $4::bigint[], $5::bigint[], $6::text[], $7::timestamptz[],
                       $8::text[], $9::timestamptz[], $10::uuid[], $11::text[])
                AS said(reminder_id, user_id, task_id, epoch, version, state, fire_at, title, due_at, event_id, traceparent)
          ORDER BY reminder_id
         ON CONFLICT (reminder_id) DO UPDATE
             SET epoch = excluded.epoch, version = excluded.version, state = excluded.state, fire_at = excluded.fire_at,
                 claim_at = excluded.claim_at, title = excluded.title, due_at = excluded.due_at,
                 event_id = excluded.event_id, traceparent = excluded.traceparent
             WHERE (known.epoch, known.version) < (excluded.epoch, excluded.version)
               AND known.user_id = excluded.user_id
         RETURNING reminder_id AS "reminder_id: ReminderId", (SELECT epoch FROM outbox.epoch) AS "epoch!""#,
        &column(entries, |entry| entry.reminder_id.as_uuid()),
        &column(entries, |entry| entry.user.as_str()) as &[&str],
        &column(entries, |entry| entry.task_id.as_uuid()),
        &column(entries, |entry| entry.epoch.get()),
        &column(entries, |entry| entry.version.get()),
        &column(entries, |entry| entry.intention.state()) as &[&str],
        &column(entries, |entry| entry.intention.fire_at()) as &[Option<DateTime<Utc>>],
        &column(entries, |entry| entry.intention.title()) as &[Option<&str>],
        &column(entries, |entry| entry.intention.due_at()) as &[Option<DateTime<Utc>>],
        &column(entries, |entry| entry.event_id.as_uuid()),
        &column(entries, |entry| entry.traceparent.as_deref()) as &[Option<&str>],
    )
    .fetch_all(conn)
    .await?;
    Ok(news
        .into_iter()
        .map(|row| (row.reminder_id, Epoch(row.epoch)))
        .collect())
}

fn column<'a, T>(entries: &[&'a ScheduleEntry], value: impl Fn(&'a ScheduleEntry) -> T) -> Vec<T> {
    entries.iter().map(|entry| value(entry)).collect()
}

/// Lets the schedule say of reminders what the tasks' owner says now, if that is that they fire. What does not fire any
/// more may stay: it is suppressed when it comes due.
pub async fn adopt_truth(
    conn: &mut PgConnection,
    user: &UserId,
    reminder_ids: &[ReminderId],
) -> Result<(), sqlx::Error> {
    let reminder_ids: Vec<Uuid> = reminder_ids.iter().map(ReminderId::as_uuid).collect();
    sqlx::query!(
        "UPDATE notification.schedule AS known
         SET state = 'scheduled', fire_at = truth.fire_at, claim_at = truth.fire_at, title = truth.title,
             due_at = truth.due_at
         FROM tasks.reminder_truth AS truth
         WHERE known.reminder_id = ANY($1) AND known.user_id = $2
           AND truth.reminder_id = known.reminder_id AND truth.state = 'scheduled'",
        &reminder_ids,
        user.as_str(),
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Locks up to `limit` reminders whose time has come by the database's clock, leaving out those another scheduler holds.
///
/// The clock is read in a sub-select, once: compared directly it would be volatile, and no index could serve it.
pub async fn claim_due(conn: &mut PgConnection, limit: i64) -> Result<Vec<DueReminder>, sqlx::Error> {
    sqlx::query_as!(
        DueReminder,
        r#"SELECT reminder_id, version, user_id, task_id, fire_at AS "fire_at!", event_id, traceparent
           FROM notification.schedule
           WHERE state = 'scheduled' AND claim_at <= (SELECT clock_timestamp())
           ORDER BY claim_at
           LIMIT $1
           FOR UPDATE SKIP LOCKED"#,
        limit,
    )
    .fetch_all(conn)
    .await
}

/// Asks the tasks' owner about reminders. A statement of its own, after the lock: its snapshot is not older than the
/// schedule's rows, so a reminder that was just moved cannot look as if it were wrong.
pub async fn truth(conn: &mut PgConnection, reminder_ids: &[ReminderId]) -> Result<Vec<Truth>, sqlx::Error> {
    let reminder_ids: Vec<Uuid> = reminder_ids.iter().map(ReminderId::as_uuid).collect();
    sqlx::query_as!(
        Truth,
        r#"SELECT reminder_id AS "reminder_id!", version AS "version!", state AS "state!", fire_at AS "fire_at!",
                  title AS "title!", due_at, clock_timestamp() AS "asked_at!"
           FROM tasks.reminder_truth WHERE reminder_id = ANY($1)"#,
        &reminder_ids,
    )
    .fetch_all(conn)
    .await
}

/// Ends a reminder: `fired` or `suppressed`.
pub async fn finish(conn: &mut PgConnection, due: &DueReminder, state: &str) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "UPDATE notification.schedule SET state = $4
         WHERE reminder_id = $1 AND user_id = $2 AND version = $3 AND state = 'scheduled'",
        due.reminder_id.as_uuid(),
        due.user_id,
        due.version.get(),
        state,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Moves a reminder to the time that it is meant for by now.
pub async fn retime(
    conn: &mut PgConnection,
    due: &DueReminder,
    fire_at: DateTime<Utc>,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "UPDATE notification.schedule SET fire_at = $4, claim_at = $4
         WHERE reminder_id = $1 AND user_id = $2 AND version = $3 AND state = 'scheduled'",
        due.reminder_id.as_uuid(),
        due.user_id,
        due.version.get(),
        fire_at,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Puts one reminder off, so that a row that cannot be fired holds nobody else up.
pub async fn postpone(conn: &mut PgConnection, due: &DueReminder, by: Duration) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "UPDATE notification.schedule SET claim_at = clock_timestamp() + make_interval(secs => $4)
         WHERE reminder_id = $1 AND user_id = $2 AND version = $3 AND state = 'scheduled'",
        due.reminder_id.as_uuid(),
        due.user_id,
        due.version.get(),
        by.as_secs_f64(),
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Seconds until the next reminder is due by the database's clock, zero or less when one already is.
pub async fn seconds_to_next(conn: &mut PgConnection) -> Result<Option<f64>, sqlx::Error> {
    sqlx::query_scalar!(
        "SELECT EXTRACT(EPOCH FROM min(claim_at) - clock_timestamp())::float8
         FROM notification.schedule WHERE state = 'scheduled'",
    )
    .fetch_one(conn)
    .await
}
